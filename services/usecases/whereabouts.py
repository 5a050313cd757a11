"""Where what people are told of is now (§15.3): what happens on a branch is shown by its pull request, if it has one.

Rows keep the page of when they were written; this is read beside them, so that old ones lead there as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.domain.branch import branch_address
from services.domain.identifiers import PullNumber, Repository, Slug, ThreadId
from services.domain.notice_places import path_now, pull_page
from services.domain.notice_words import Said
from services.domain.pull import PullState, one_line_of_text, pull_address
from services.domain.side import Side
from services.store.queries import catalog, pulls, threads
from services.store.queries.notifications import NotificationRow
from services.store.queries.pulls import BranchPull
from services.store.queries.threads import ThreadKind, ThreadRow
from services.store.work import Work


@dataclass(frozen=True, slots=True)
class Spot:
    """A place on a branch at some time."""

    slug: Slug | None
    branch: str | None
    thread: ThreadId | None
    at: datetime

    @classmethod
    def of(cls, row: NotificationRow) -> Spot:
        """Where a row happened; a row about a pull request is on no branch: it names its page itself."""
        branch = row.branch_name if row.pr_number is None else None
        return cls(row.rfc_slug, branch, row.thread_id, row.created_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """What was read of entries, pull requests and threads for some spots."""

    meta: Repository
    homes: Mapping[Slug, str | None]
    pulls: Mapping[tuple[str, str], Sequence[BranchPull]]
    threads: Mapping[ThreadId, ThreadRow]

    def pull_of(self, spot: Spot) -> BranchPull | None:
        """The pull request whose page shows it: the open one, the merged one it led to, or the one of a review."""
        found = self.pulls.get((spot.slug or "", spot.branch or ""), ())
        if not found:
            return None
        is_open = [pull for pull in found if pull.state is PullState.OPEN]
        led_to = [pull for pull in found if pull.merged_at is not None and spot.at <= pull.merged_at]
        return next(iter(is_open or led_to), found[0] if self._needs_one(spot) else None)

    def _needs_one(self, spot: Spot) -> bool:
        """Begun in a review, or about words that only a comparison shows."""
        thread = None if spot.thread is None else self.threads.get(spot.thread)
        return thread is not None and (thread.kind is ThreadKind.REVIEW or thread.side is Side.BEFORE)

    def path(self, spot: Spot) -> str:
        """The address of a spot on a branch or on main."""
        thread = None if spot.thread is None else self.threads.get(spot.thread)
        mark = "" if thread is None or thread.anchor is None else f"#thread-{thread.id}"
        slug, pull = spot.slug or Slug(""), self.pull_of(spot)
        if pull is not None:
            return f"{pull_address(slug, pull.pr_number, past=self._is_past(slug, pull.repo))}{mark}"
        return f"{f'/rfc/{slug}' if spot.branch is None else branch_address(slug, spot.branch)}{mark}"

    def path_of(self, row: NotificationRow) -> str:
        """The address of what a row tells of."""
        spot = Spot.of(row)
        if self.pull_of(spot) is not None:
            return self.path(spot)
        beside = row.rfc_slug is not None and row.repo is not None and self._is_past(row.rfc_slug, row.repo)
        return path_now(row.path, slug=row.rfc_slug, pull=row.pr_number, beside=beside)

    def name_of(self, row: NotificationRow) -> str:
        """What the place is called within its entry: its pull request, else its branch; empty on main."""
        spot = Spot.of(row)
        return pull_name(pull) if (pull := self.pull_of(spot)) is not None else spot.branch or ""

    def said_in(self, row: NotificationRow) -> Said:
        """What kind of talk a row's words belong to."""
        thread = None if row.thread_id is None else self.threads.get(row.thread_id)
        if thread is None or thread.anchor is None:
            return Said.CHAT
        return {ThreadKind.FLAG: Said.FLAG, ThreadKind.REVIEW: Said.REVIEW}.get(thread.kind, Said.PASSAGE)

    def _is_past(self, slug: Slug, repo: Repository) -> bool:
        return self.homes.get(slug) is not None and repo.lower() == self.meta.lower()


def pull_name(pull: BranchPull) -> str:
    """A pull request, by number and title."""
    return f"PR #{pull.pr_number} {one_line_of_text(pull.title)}".rstrip()


async def whereabouts(work: Work, meta: Repository, spots: Iterable[Spot]) -> Whereabouts:
    """Read what tells where these are; as many questions however many they are."""
    asked = list(spots)
    on_branches = {(spot.slug, spot.branch) for spot in asked if spot.slug and spot.branch}
    return Whereabouts(
        meta=meta,
        homes=await catalog.homes(work, slugs={spot.slug for spot in asked if spot.slug is not None}),
        pulls=await pulls.of_branches(work, branches=on_branches),
        threads=await threads.find_many(work, ids={spot.thread for spot in asked if spot.thread is not None}),
    )


async def branch_pages(work: Work, meta: Repository, page: str) -> tuple[str, ...]:
    """What is shown on a page beside itself: on a pull request's, what happens on its branch."""
    found = pull_page(page)
    if found is None:
        return ()
    homes = await catalog.homes(work, slugs=[Slug(found.slug)])
    repo = homes.get(Slug(found.slug))
    of_meta = found.past or repo is None
    pull = await pulls.find(
        work, repo=meta if of_meta else Repository(repo or ""), number=PullNumber(found.number)
    )
    if pull is None or pull.rfc_slug != found.slug or not pull.head_branch:
        return ()
    return (f"/rfc/{found.slug}/branch/{pull.head_branch}",)
