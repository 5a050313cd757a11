"""What stands in the way of a graduation, and what it closes (§9.8, §13.2)."""

from __future__ import annotations

from services.domain.audit import ActionKind
from services.domain.branch import BranchState
from services.domain.entry import EntryState
from services.domain.errors import Busy
from services.domain.identifiers import Repository, Slug
from services.domain.pull import PullKind, PullState
from services.store.queries import operations, pulls, sagas
from services.store.queries.catalog import RfcRow
from services.store.queries.operations import OperationState
from services.store.queries.pulls import PullRow
from services.store.work import Work
from services.usecases.known_branch import KnownBranch, every_branch

_HARMLESS = frozenset({ActionKind.FLUSH_TEXT, ActionKind.ACCEPT_CHANGE, ActionKind.UNDO_CHANGE})
"""What goes on on branches while their entry graduates; anything else under way has to end first."""


async def open_body_pulls(work: Work, meta: Repository, slug: Slug) -> list[PullRow]:
    """The open PRs that change the text of a super-draft, newest first."""
    found = await pulls.list_for_slug(work, slug=slug)
    return [
        row
        for row in found
        if row.repo == meta and row.pr_kind is PullKind.META_BODY_EDIT and row.state is PullState.OPEN
    ]


async def is_ready(work: Work, meta: Repository, entry: RfcRow) -> bool:
    """Whether nothing stands in the way of graduating a super-draft: it has owners, no open body PR, no saga alive."""
    if entry.state is not EntryState.SUPER_DRAFT or not entry.owners:
        return False
    alive = (OperationState.PENDING, OperationState.PARKED)
    if entry.slug in {row.rfc_slug for row in await sagas.list_in_states(work, states=alive)}:
        return False
    return not await open_body_pulls(work, meta, entry.slug)


async def branches_to_close(work: Work, meta: Repository, entry: RfcRow) -> list[KnownBranch]:
    """The open edit branches of a super-draft that have no PR, whoever may read them, by name."""
    found = await every_branch(work, entry)
    return [
        branch
        for branch in found
        if branch.key.repo == meta and branch.state is BranchState.OPEN and branch.pull is None
    ]


async def require_nothing_under_way(work: Work, slug: Slug) -> None:
    """Raise Busy while the bot is doing something to the entry that was begun before."""
    for operation in await operations.pending(work):
        if operation.intent.get("slug") == slug and operation.kind not in _HARMLESS:
            raise Busy(
                f"Something that {operation.on_behalf_of} began on this RFC is not over yet.",
                hint="Wait a minute, then start again.",
            )
