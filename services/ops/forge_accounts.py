"""Sets up accounts, organisation, token and OAuth application through the forge's ordinary Gitea API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import httpx
from pydantic import BaseModel, ConfigDict

_Body = dict[str, str | bool | Sequence[str]]
BOT_SCOPES = ("write:organization", "write:repository", "write:issue", "read:user")


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore")


class ForgeUser(_Answer):
    """A person as the forge describes them."""

    id: int
    login: str
    full_name: str = ""
    email: str = ""
    avatar_url: str = ""


class _Token(_Answer):
    sha1: str


class _Team(_Answer):
    id: int
    name: str


class _Application(_Answer):
    id: int
    name: str
    client_id: str
    client_secret: str = ""
    redirect_uris: list[str] = []


@dataclass(frozen=True, slots=True)
class OAuthApplication:
    """What the app needs to send people to the forge for sign-in."""

    client_id: str
    client_secret: str


class SetupRefused(Exception):
    """The forge did not do what was asked; the message has its status and words."""


class ForgeSetup:
    """The forge as its site admin sees it. Every `ensure_…` looks first and may be repeated."""

    def __init__(self, url: str, *, admin: str, password: str) -> None:
        self._admin = (admin, password)
        self._client = httpx.Client(base_url=f"{url}/api/v1", auth=self._admin, timeout=30, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def ensure_user(self, login: str, *, password: str, full_name: str, email: str) -> ForgeUser:
        """Return the account, made with this password if it is new."""
        found = self._client.get(f"/users/{login}")
        if found.status_code == httpx.codes.OK:
            return ForgeUser.model_validate_json(found.content)
        made = self._post(
            "/admin/users",
            {
                "username": login,
                "password": password,
                "full_name": full_name,
                "email": email,
                "must_change_password": False,
            },
        )
        return ForgeUser.model_validate_json(made.content)

    def ensure_organisation(self, name: str, *, full_name: str, owner: str) -> None:
        """Make the organisation if it is new, and `owner` one of its owners."""
        if self._client.get(f"/orgs/{name}").status_code != httpx.codes.OK:
            self._post("/orgs", {"username": name, "full_name": full_name, "visibility": "public"})
        answer = self._checked(self._client.get(f"/orgs/{name}/teams"))
        teams = [_Team.model_validate(team) for team in answer.json()]
        owners = next(team for team in teams if team.name == "Owners")
        self._checked(self._client.put(f"/teams/{owners.id}/members/{owner}"))

    def new_token(self, login: str, *, password: str, name: str) -> str:
        """Make the bot's token anew; an older one of the same name is revoked."""
        auth = (login, password)
        self._client.delete(f"/users/{login}/tokens/{name}", auth=auth)
        body = {"name": name, "scopes": list(BOT_SCOPES)}
        answer = self._checked(self._client.post(f"/users/{login}/tokens", json=body, auth=auth))
        return _Token.model_validate_json(answer.content).sha1

    def token_works(self, token: str) -> bool:
        """Whether the forge still takes this token."""
        with httpx.Client(
            base_url=self._client.base_url, headers={"Authorization": f"token {token}"}
        ) as client:
            return client.get("/user").status_code == httpx.codes.OK

    def ensure_application(
        self, name: str, *, redirect_uri: str, present: OAuthApplication | None
    ) -> OAuthApplication:
        """Return the OAuth application for this redirect address; `present` is kept if it still fits."""
        answer = self._checked(self._client.get("/user/applications/oauth2"))
        applications = [_Application.model_validate(each) for each in answer.json()]
        for each in applications:
            known = present is not None and each.client_id == present.client_id
            if present is not None and known and each.redirect_uris == [redirect_uri]:
                return present
            if known or each.name == name:
                self._checked(self._client.delete(f"/user/applications/oauth2/{each.id}"))
        body: _Body = {"name": name, "redirect_uris": [redirect_uri], "confidential_client": True}
        made = _Application.model_validate_json(self._post("/user/applications/oauth2", body).content)
        return OAuthApplication(made.client_id, made.client_secret)

    def _post(self, path: str, body: _Body) -> httpx.Response:
        return self._checked(self._client.post(path, json=body))

    @staticmethod
    def _checked(answer: httpx.Response) -> httpx.Response:
        if answer.is_success:
            return answer
        path = answer.request.url.path
        raise SetupRefused(
            f"{answer.request.method} {path} answered {answer.status_code}: {answer.text[:300]}"
        )
