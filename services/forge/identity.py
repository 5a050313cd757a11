"""Who makes a request, and how much their credential allows."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from starlette.requests import Request

from services.forge.accounts import find_user, sign_in, token_owner
from services.forge.oauth_tokens import access_token_owner
from services.forge.records import User
from services.forge.refusals import Refused, forbidden, not_found
from services.forge.state import Forge

ALL = ("all",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The caller; `scopes` are those of their token, `("all",)` for a password."""

    user: User | None = None
    scopes: tuple[str, ...] = ALL
    by_password: bool = False

    @property
    def public_only(self) -> bool:
        """Whether private things are out of this token's reach."""
        return "public-only" in self.scopes

    def allows(self, level: str, category: str) -> bool:
        """Whether the token has a scope; writing includes reading."""
        if "all" in self.scopes or f"write:{category}" in self.scopes:
            return True
        return level == "read" and f"read:{category}" in self.scopes


def identify(forge: Forge, request: Request) -> Identity:
    """Read the caller's credentials; 401 when they are wrong, nobody when there are none."""
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "basic":
        found = basic_identity(forge, value)
    elif kind.lower() in {"token", "bearer"}:
        found = token_identity(forge, value.strip())
    else:
        query = request.query_params.get("token") or request.query_params.get("access_token")
        found = token_identity(forge, query) if query else Identity()
    return _sudo(forge, request, found)


def refuse_credentials() -> Refused:
    """401 in Gitea's words."""
    return Refused(401, "invalid username, password or token")


def basic_identity(forge: Forge, encoded: str) -> Identity:
    """Basic auth: a password, or a token in either field."""
    try:
        name, _, password = base64.b64decode(encoded).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as bad:
        raise refuse_credentials() from bad
    for secret in (password, name):
        owner = token_owner(forge, secret) if len(secret) == 40 else None
        if owner:
            return Identity(user=owner[0], scopes=owner[1].scopes)
    user = sign_in(forge, name, password)
    if user is None:
        raise refuse_credentials()
    return Identity(user=user, by_password=True)


def token_identity(forge: Forge, secret: str) -> Identity:
    """A personal access token, or an OAuth2 access token."""
    owner = token_owner(forge, secret)
    found = Identity(user=owner[0], scopes=owner[1].scopes) if owner else None
    if found is None and secret.count(".") == 2:
        granted = access_token_owner(forge, secret)
        found = Identity(user=granted.user, scopes=granted.scopes) if granted else None
    if found is None or found.user is None or found.user.prohibit_login or not found.user.is_active:
        raise refuse_credentials()
    return found


def _sudo(forge: Forge, request: Request, found: Identity) -> Identity:
    name = request.query_params.get("sudo") or request.headers.get("sudo")
    if found.user is not None and found.user.must_change_password:
        raise forbidden(f"You must change your password. Change it at: {forge.url}/user/change_password")
    if not name or found.user is None:
        return found
    if not found.user.is_admin:
        raise forbidden("Only administrators allowed to sudo.")
    other = find_user(forge, name)
    if other is None:
        raise not_found("user redirect does not exist")
    return Identity(user=other, scopes=found.scopes)
