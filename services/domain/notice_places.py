"""Where the thing is that somebody is told of: its page, and the address that leads there (§15.3)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from services.domain.branch import branch_address
from services.domain.pull import pull_address
from services.domain.routing import SYNC_BROKEN

INTO_THE_CATALOG: Final = frozenset({"merge_idea", "graduate_complete"})
"""Acts after which the thing is an entry's page, whatever pull request they were about."""
_PULL = re.compile(r"/rfc/([^/]+)/(pr|meta)/([0-9]{1,10})/?")


@dataclass(frozen=True, slots=True)
class Place:
    """`path` is an address without the site's own part."""

    path: str

    @property
    def page(self) -> str:
        """The page as a server sees it asked for; opening it marks the rows of this place read."""
        return unquote(self.path.partition("#")[0])


def place_of(
    kind: str,
    *,
    slug: str | None,
    branch: str | None,
    idea: int | None = None,
    pull: int | None = None,
    beside: bool = False,
    thread: int | None = None,
) -> Place:
    """The page that shows what happened.

    `beside`: the pull request stands in the meta repository while the text has one of its own (§10). `thread`: one
    about a passage, which has an address of its own.
    """
    mark = "" if thread is None else f"#thread-{thread}"
    if idea is not None and kind not in INTO_THE_CATALOG:
        return Place(f"/proposal/{idea}{mark}")
    if kind == SYNC_BROKEN:
        return Place("/admin/sync")
    if slug is None:
        return Place("/")
    if pull is not None and kind not in INTO_THE_CATALOG:
        return Place(f"{pull_address(slug, pull, past=beside)}{mark}")
    if branch is not None and kind not in INTO_THE_CATALOG:
        return Place(f"{branch_address(slug, branch)}{mark}")
    return Place(f"/rfc/{slug}{mark}")


def path_now(path: str, *, slug: str | None, pull: int | None, beside: bool) -> str:
    """Where what was told of is now: a graduation gives its entry's earlier pull requests another address (§10)."""
    if slug is None or pull is None or not beside:
        return path
    page, sign, mark = path.partition("#")
    return f"{pull_address(slug, pull, past=True)}{sign}{mark}" if page == pull_address(slug, pull) else path


@dataclass(frozen=True, slots=True)
class PullPage:
    """What a pull request's page is of; `past` where it is one of the meta repository beside its RFC's own (§10)."""

    slug: str
    number: int
    past: bool


def pull_page(page: str) -> PullPage | None:
    """Which pull request this is the page of; None for other pages."""
    found = _PULL.fullmatch(page)
    return None if found is None else PullPage(found[1], int(found[3]), past=found[2] == "meta")


def earlier_page(page: str) -> str | None:
    """What the page of a graduated entry's earlier pull request was called before; None for other pages."""
    found = pull_page(page)
    return pull_address(found.slug, found.number) if found is not None and found.past else None
