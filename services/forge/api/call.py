"""One API request: who asks, what for, and how the answer is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn, TypeVar
from urllib.parse import quote, urlencode

import orjson
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from services.forge.identity import Identity
from services.forge.json_types import Json
from services.forge.records import Repository, User
from services.forge.refusals import Refused, forbidden, not_found, unprocessable
from services.forge.repositories import Access, access, find_repository, renamed_repository
from services.forge.state import Forge

DEFAULT_PAGE = 30
LARGEST_PAGE = 50
GO_NAMES = {"sha": "SHA", "url": "URL", "username": "UserName", "new_branch_name": "BranchName"}

Options = TypeVar("Options", bound=BaseModel)
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is wanted: `number` from 1, `limit` at most 50."""

    number: int
    limit: int

    def of(self, items: Sequence[Item]) -> Sequence[Item]:
        """This page of a whole list."""
        start = (self.number - 1) * self.limit
        return items[start : start + self.limit]


@dataclass(frozen=True, slots=True)
class Call:
    """A request to the API, read completely, with its caller identified."""

    forge: Forge
    request: Request
    body: bytes
    identity: Identity

    @property
    def viewer(self) -> User | None:
        """Who asks; None is anonymous."""
        return self.identity.user

    def part(self, name: str) -> str:
        """A part of the path."""
        return str(self.request.path_params[name])

    def number(self, name: str) -> int:
        """A number in the path; 404 when it is none."""
        text = self.part(name)
        if not text.isdecimal() or len(text) > 18:
            raise not_found()
        return int(text)

    def query(self, name: str) -> str:
        """A query parameter, empty when absent."""
        return self.request.query_params.get(name, "")

    def flag(self, name: str, *, default: bool) -> bool:
        """A query parameter as Go reads booleans."""
        text = self.query(name).lower()
        return default if not text else text in {"1", "t", "true"}

    def page(self, *, default: int = DEFAULT_PAGE, largest: int = LARGEST_PAGE, name: str = "limit") -> Page:
        """The wanted page; a limit above the largest is cut down without a word."""
        number, limit = self.query("page"), self.query(name)
        size = int(limit) if limit.isdecimal() and int(limit) > 0 else default
        return Page(max(1, int(number)) if number.isdecimal() else 1, min(size, largest))

    def bind(self, model: type[Options]) -> Options:
        """The body as options; 422 naming the first field that doesn't fit."""
        try:
            return model.model_validate_json(self.body or b"{}")
        except ValidationError as failed:
            raise unprocessable(binding_message(failed)) from failed

    def person(self) -> User:
        """The signed-in caller; 401 otherwise."""
        if self.viewer is None:
            raise Refused(401, "token is required")
        return self.viewer

    def site_admin(self) -> User:
        """The caller, who must be a site admin."""
        if not self.person().is_admin:
            raise forbidden("user should be the site admin")
        return self.person()

    def repository(self, needed: Access = Access.READ) -> Repository:
        """The repository of the path; 404 when the caller may not see it, 403 when more is needed."""
        owner, name = self.part("owner"), self.part("name")
        found = find_repository(self.forge, owner, name)
        if found is None:
            self._redirect(owner, name)
        if found.private and self.identity.public_only:
            raise forbidden("token scope is limited to public repos")
        rights = access(self.forge, found, self.viewer)
        if rights < Access.READ:
            raise not_found()
        if needed > Access.READ:
            self.person()
            self._check_rights(rights, needed)
        return found

    def _check_rights(self, rights: Access, needed: Access) -> None:
        if rights >= needed:
            return
        if needed is Access.OWNER:
            raise forbidden("Given user is not owner of organization.")
        word = (
            "have write permission to"
            if needed is Access.WRITE
            else "be an owner or a collaborator with admin write of"
        )
        raise forbidden(f"user should {word} a repository")

    def writable(self, needed: Access = Access.WRITE) -> Repository:
        """The repository of the path, to be changed; 423 when it is archived."""
        found = self.repository(needed)
        if found.archived:
            raise Refused(423, f"{found.full_name} is archived: repo is archived")
        return found

    def _redirect(self, owner: str, name: str) -> NoReturn:
        moved = renamed_repository(self.forge, owner, name)
        if moved is None or access(self.forge, moved, self.viewer) < Access.READ:
            raise not_found()
        path = self.request.url.path.replace(f"/{owner}/{name}", f"/{moved.full_name}", 1)
        query = f"?{self.request.url.query}" if self.request.url.query else ""
        raise Refused(301, location=f"{self.forge.url}{path}{query}")


def binding_message(failed: ValidationError) -> str:
    """The first failure as Gitea's form binding words it."""
    first = failed.errors()[0]
    name = str(first["loc"][-1]) if first["loc"] else "body"
    go_name = GO_NAMES.get(name) or "".join(word.title() for word in name.split("_"))
    if first["type"] in {"missing", "string_too_short"}:
        return f"[{go_name}]: Required"
    return f"[{go_name}]: {first['msg']}"


def answer(document: Json, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(
        orjson.dumps(document) + b"\n", status, headers, media_type="application/json; charset=utf-8"
    )


def nothing(status: int = 204) -> Response:
    """An answer without a body."""
    return Response(status_code=status)


def paging_headers(call: Call, page: Page, total: int, *, extended: bool = False) -> dict[str, str]:
    """`X-Total-Count` and `Link`, and for Git lists the page counts."""
    last = max(1, -(-total // page.limit))
    links = []
    targets = {"next": page.number + 1, "last": last, "first": 1, "prev": page.number - 1}
    wanted = [name for name in ("next", "last") if page.number < last]
    wanted += [name for name in ("first", "prev") if page.number > 1]
    for name in wanted:
        query = dict(call.request.query_params) | {"page": str(targets[name])}
        path = quote(call.request.scope["path"])
        links.append(f'<{call.forge.url}{path}?{urlencode(query)}>; rel="{name}"')
    headers = {"X-Total-Count": str(total), "Access-Control-Expose-Headers": "X-Total-Count, Link"}
    if links:
        headers["Link"] = ",".join(links)
    if extended:
        more = str(page.number < last).lower()
        headers |= {"X-Page": str(page.number), "X-PerPage": str(page.limit), "X-PageCount": str(last),
                    "X-HasMore": more, "X-Total": str(total)}  # fmt: skip
    return headers
