"""What is known of one pull request of an entry, and who may do what with it (§6.4, §10)."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from services.domain.actors import Actor, Viewer
from services.domain.audit import ActionKind
from services.domain.branch import BranchKey, BranchState
from services.domain.errors import Conflict, NotFound
from services.domain.identifiers import PullNumber, Repository, Slug
from services.domain.permissions import Standing, allows, may_read_branch
from services.domain.pull import BODY_KINDS, PullKind, PullState, pull_address, superseded_number
from services.domain.text_home import TextHome, meta_home
from services.store.queries import catalog, operations, pulls
from services.store.queries.catalog import RfcRow
from services.store.queries.operations import OperationRow
from services.store.queries.pulls import PullRow
from services.store.work import Work
from services.usecases.acts_under_way import name_of, require_free
from services.usecases.authority import authority_of
from services.usecases.known_branch import KnownBranch, every_branch
from services.usecases.people import present_login
from services.usecases.texts import home_of_entry
from services.usecases.views.entry import find_entry

_CLOSED_REASONS = {
    PullState.MERGED: "This pull request has been merged already.",
    PullState.CLOSED: "This pull request has been closed already.",
    PullState.WITHDRAWN: "This pull request has been withdrawn already.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPull:
    """One pull request: its entry, its row, where its text lives, its branch if that is one the app follows."""

    entry: RfcRow
    row: PullRow
    home: TextHome
    branch: KnownBranch | None
    standing: Standing

    @property
    def key(self) -> BranchKey:
        """Its branch."""
        return BranchKey(self.row.repo, self.row.head_branch)

    @property
    def changes_text(self) -> bool:
        """Whether it changes the entry's text, and not what the meta repository says about it."""
        return self.row.pr_kind in BODY_KINDS

    @property
    def why_not_reopened(self) -> str | None:
        """Why it can't be opened again; None where it can."""
        row = self.row
        if row.state is PullState.OPEN:
            return "This pull request is open already."
        if row.state is PullState.MERGED:
            return closed_reason(row.state)
        if row.superseded_by_pr_number is not None:
            return f"Pull request #{row.superseded_by_pr_number} has taken its place."
        if self.branch is None or self.branch.state is BranchState.DELETED:
            return "Its branch has been deleted. Restore the branch first."
        if self.branch.pull is not None:
            return f"Its branch has another pull request open, #{self.branch.pull.pr_number}."
        return None


def repository_of_pulls(meta_repo: Repository, entry: RfcRow, *, meta: bool) -> Repository:
    """Whose numbers an address means: `/meta/<n>` those of the meta repository, else those of the text's (§10)."""
    return meta_repo if meta else home_of_entry(meta_repo, entry).repo


async def find_pull(
    work: Work, meta_repo: Repository, *, slug: Slug, number: PullNumber, meta: bool = False
) -> KnownPull:
    """One pull request of an entry, whoever asks; raises NotFound. An idea is none: its page is another."""
    entry = await find_entry(work, slug)
    repo = repository_of_pulls(meta_repo, entry, meta=meta)
    row = await pulls.find(work, repo=repo, number=number)
    if row is None or row.rfc_slug != slug or row.pr_kind is PullKind.IDEA:
        raise NotFound(f"“{slug}” has no pull request #{number}.")
    home = meta_home(meta_repo, slug) if repo == meta_repo else home_of_entry(meta_repo, entry)
    return await _known(work, entry, row, home)


async def readable_pull(
    work: Work, meta_repo: Repository, *, slug: Slug, number: PullNumber, viewer: Viewer, meta: bool = False
) -> KnownPull:
    """The same; raises NotFound too where its branch is private and the viewer may not read it."""
    found = await find_pull(work, meta_repo, slug=slug, number=number, meta=meta)
    if not is_readable(found.row, found.standing, viewer):
        raise NotFound(f"“{slug}” has no pull request #{number}.")
    return found


async def moved_to(
    work: Work, meta_repo: Repository, *, slug: Slug, number: PullNumber, viewer: Viewer, meta: bool
) -> str | None:
    """Which page to open instead where this is not the one of the meta repository's pull request; else None.

    An idea has a page of its own, and a graduation is told of on its entry's. One that the viewer may not read is
    nowhere.
    """
    row = await pulls.find(work, repo=meta_repo, number=number)
    if row is None or row.rfc_slug != slug:
        return None
    entry = await catalog.find(work, slug=slug)
    past = entry is not None and entry.repo is not None
    if entry is not None and past and not meta:
        own = await pulls.find(work, repo=home_of_entry(meta_repo, entry).repo, number=number)
        if own is not None and own.rfc_slug == slug:
            return None
    if row.pr_kind is PullKind.IDEA:
        return f"/proposal/{number}"
    if entry is not None and row.pr_kind is PullKind.META_GRADUATION:
        return f"/rfc/{slug}"
    if entry is None or past is meta:
        return None
    found = await _known(work, entry, row, meta_home(meta_repo, slug))
    return pull_address(slug, number, past=past) if is_readable(row, found.standing, viewer) else None


def is_readable(row: PullRow, standing: Standing, viewer: Viewer) -> bool:
    """Open ones are public, and so is what has become part of main; others are as public as their branch (§11)."""
    return row.state in (PullState.OPEN, PullState.MERGED) or allows(may_read_branch, viewer, standing)


async def list_readable(work: Work, slug: Slug, *, viewer: Viewer) -> list[KnownPull]:
    """Every pull request of an entry that the viewer may read, newest first; raises NotFound."""
    entry = await find_entry(work, slug)
    rows = [row for row in await pulls.list_for_slug(work, slug=slug) if row.pr_kind is not PullKind.IDEA]
    branches = {branch.key: branch for branch in await every_branch(work, entry)} if rows else {}
    home = TextHome(Repository(""), "", "", slug)
    found = [
        await _with_branch(work, entry, row, home, branches.get(BranchKey(row.repo, row.head_branch)))
        for row in rows
    ]
    return [pull for pull in found if is_readable(pull.row, pull.standing, viewer)]


def closed_reason(state: PullState) -> str | None:
    """Why nothing can be decided any more; None while it is open."""
    return _CLOSED_REASONS.get(state)


def require_open(row: PullRow) -> None:
    """Raise Conflict, in words, unless the pull request is open."""
    reason = closed_reason(row.state)
    if reason is not None:
        raise Conflict(reason)


async def require_undisturbed(
    work: Work, row: PullRow, *, by: Actor, act: ActionKind | None = None, together: bool = False
) -> None:
    """Raise Busy when an act on this pull request is under way; on PostgreSQL, wait for one being begun.

    Where it is `act` itself, begun by the same person or done `together`, it is BegunAlready.
    """
    await work.serialize(f"pull {row.repo} {row.pr_number}")
    found = await _under_way(work, row)
    require_free(found, by=by, act=act, what="this pull request", together=together)


async def open_replacement(work: Work, row: PullRow) -> PullRow | None:
    """The open pull request that takes the place of this one when it is merged, if there is one (§10.9)."""
    others = [] if row.rfc_slug is None else await pulls.list_for_slug(work, slug=row.rfc_slug)
    for other in others:
        is_open = other.state is PullState.OPEN and other.repo == row.repo
        if is_open and superseded_number(other.body) == row.pr_number:
            return other
    return None


async def under_way(work: Work, row: PullRow) -> str | None:
    """The name of whoever's act on this pull request has not ended yet."""
    return next(map(name_of, await _under_way(work, row)), None)


async def _under_way(work: Work, row: PullRow) -> list[OperationRow]:
    meant = (row.repo, row.pr_number)
    return [
        operation
        for operation in await operations.pending(work)
        if (operation.intent.get("repo"), operation.intent.get("number")) == meant
    ]


async def _known(work: Work, entry: RfcRow, row: PullRow, home: TextHome) -> KnownPull:
    key = BranchKey(row.repo, row.head_branch)
    found = [branch for branch in await every_branch(work, entry) if branch.key == key]
    return await _with_branch(work, entry, row, home, found[0] if found else None)


async def _with_branch(
    work: Work, entry: RfcRow, row: PullRow, home: TextHome, branch: KnownBranch | None
) -> KnownPull:
    standing = branch.standing if branch is not None else await authority_of(work, entry)
    opener = await present_login(work, login=row.opened_by, at=row.opened_at) if row.opened_by else None
    return KnownPull(
        entry=entry,
        row=row,
        home=home,
        branch=branch,
        standing=dataclasses.replace(standing, opened_by=opener),
    )
