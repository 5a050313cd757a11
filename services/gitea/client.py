"""The typed, asynchronous client of one Gitea, 1.21 to 1.27 (§4, §18.1)."""

from __future__ import annotations

from types import TracebackType
from typing import Self

import httpx

from services.gitea.api.accounts import AccountsApi
from services.gitea.api.git import GitApi
from services.gitea.api.pulls import PullsApi
from services.gitea.api.repositories import RepositoriesApi
from services.gitea.connection import Connection
from services.gitea.models import GiteaUser


class GiteaClient:
    """Gitea by noun. Every method raises Upstream or one of its kinds, and nothing else, when Gitea fails.

    `base_url` is Gitea's root address; `transport` replaces the network in tests.
    """

    def __init__(
        self, base_url: str, token: str, *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._connection = Connection(base_url, token, transport=transport)
        self.accounts = AccountsApi(self._connection)
        self.repositories = RepositoriesApi(self._connection)
        self.git = GitApi(self._connection)
        self.pulls = PullsApi(self._connection)

    async def user_by_id(self, user_id: int) -> GiteaUser | None:
        """The person with this numeric id, whatever they are called now (§6.1)."""
        return await self.accounts.by_id(user_id)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._connection.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()
