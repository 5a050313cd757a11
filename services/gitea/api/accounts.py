"""People and the server itself."""

from __future__ import annotations

from services.domain.errors import GiteaNotFound
from services.gitea.api.addresses import named
from services.gitea.connection import Connection
from services.gitea.models import GiteaUser, UserSearch, Version


class AccountsApi:
    """`/version`, `/user`, `/users`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def version(self) -> str:
        """Gitea's version, such as `1.25.4`."""
        return (await self._connection.get_as(Version, "version")).version

    async def me(self) -> GiteaUser:
        """Whose token it is; needs `read:user`."""
        return await self._connection.get_as(GiteaUser, "user")

    async def by_login(self, login: str) -> GiteaUser | None:
        """The person who holds the login now, if anybody does."""
        try:
            return await self._connection.get_as(GiteaUser, named("users", login))
        except GiteaNotFound:
            return None

    async def by_id(self, user_id: int) -> GiteaUser | None:
        """The person with this numeric id, whatever they are called now."""
        found = await self._connection.get_as(UserSearch, "users/search", {"uid": user_id, "limit": 1})
        return next((user for user in found.data if user.id == user_id), None)
