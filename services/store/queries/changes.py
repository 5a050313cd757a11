"""Change cards: `changes`, moved on by compare-and-set, so that of two who decide at once one wins (§8.7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import ColumnElement

from services.domain.anchors import Anchor
from services.domain.branch import BranchKey
from services.domain.change import ChangeKind, ChangeState, MovedFrom
from services.domain.clash_card import ClashSides
from services.domain.clock import now
from services.domain.identifiers import (
    ChangeId,
    CommitSha,
    MessageId,
    OperationId,
    Repository,
    Slug,
    ThreadId,
    UserId,
)
from services.store.shape import Shape, storable, table_of
from services.store.tables import Change
from services.store.work import Work

changes = table_of(Change)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewChange:
    """A card as it is proposed; `branch_name` None: it waits in main's discuss buffer."""

    rfc_slug: Slug
    repo: Repository
    branch_name: str | None
    thread_id: ThreadId | None = None
    message_id: MessageId | None = None
    kind: ChangeKind = ChangeKind.MODEL
    model_key: str | None = None
    model_name: str | None = None
    asked_by: UserId | None
    prompt: str = ""
    original: str
    proposed: str
    reason: str = ""
    state: ChangeState = ChangeState.PENDING
    refusal: str | None = None
    anchor: Anchor | None = None
    parent_id: ChangeId | None = None
    clash: ClashSides | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRow(NewChange):
    """One card; the cards of one `message_id` are a set. `op_id` is set while somebody is deciding it."""

    id: ChangeId
    edited: str | None
    decided_by: UserId | None
    decided_at: datetime | None
    decline_reason: str | None
    commit_sha: CommitSha | None
    undo_sha: CommitSha | None
    moved_from: MovedFrom | None
    op_id: OperationId | None
    created_at: datetime
    updated_at: datetime


NEW = Shape(NewChange, changes)
SHAPE = Shape(ChangeRow, changes)


async def insert(work: Work, change: NewChange, *, at: datetime | None = None) -> ChangeId:
    """Add a card."""
    values = {name: value for name, value in NEW.values(change).items() if value is not None}
    moment = at or now()
    return ChangeId(await work.insert(changes, {**values, "created_at": moment, "updated_at": moment}))


async def find(work: Work, *, id: ChangeId) -> ChangeRow | None:  # noqa: A002
    """The card with this key."""
    return SHAPE.read_if(await work.first(SHAPE.select.where(changes.c.id == id)))


async def list_for_branch(
    work: Work, *, key: BranchKey, states: Iterable[ChangeState] | None = None
) -> list[ChangeRow]:
    """The cards of a branch in the order they were proposed, of some states or of all."""
    return await _listed(work, _on(key), states)


async def list_buffer(
    work: Work, *, slug: Slug, states: Iterable[ChangeState] | None = None
) -> list[ChangeRow]:
    """The cards that wait on an entry's main (§8.8), everybody's, in the order they were proposed."""
    return await _listed(work, _in_buffer(slug), states)


async def list_for_messages(work: Work, *, message_ids: Iterable[MessageId]) -> list[ChangeRow]:
    """The cards that these messages proposed, wherever they are now."""
    return await _listed(work, changes.c.message_id.in_(list(message_ids)), None)


async def list_for_threads(
    work: Work, *, thread_ids: Iterable[ThreadId], states: Iterable[ChangeState] | None = None
) -> list[ChangeRow]:
    """The cards that were proposed in these threads."""
    return await _listed(work, changes.c.thread_id.in_(list(thread_ids)), states)


async def list_moved(work: Work, *, slug: Slug) -> list[ChangeRow]:
    """The cards that were proposed on an entry's main and moved to branches (§8.8)."""
    moved = (changes.c.rfc_slug == slug) & changes.c.moved_from.is_not(None)
    return await _listed(work, moved, None)


async def list_parts(work: Work, *, parent_id: ChangeId) -> list[ChangeRow]:
    """What was split off a card by part-accepting it (§8.7)."""
    return await _listed(work, changes.c.parent_id == parent_id, None)


async def begin_accepting(
    work: Work,
    *,
    id: ChangeId,  # noqa: A002
    op_id: OperationId,
    decided_by: UserId,
    edited: str | None = None,
) -> bool:
    """Pending becomes accepting; False when somebody else was first, and nothing was written."""
    values = {"state": ChangeState.ACCEPTING, "op_id": op_id, "decided_by": decided_by, "edited": edited}
    return await _set(work, _is(id, ChangeState.PENDING), **values)


async def finish_accepting(
    work: Work,
    *,
    id: ChangeId,  # noqa: A002
    op_id: OperationId,
    commit_sha: CommitSha,
    at: datetime,
) -> bool:
    """Accepting by this operation becomes accepted."""
    held = _is(id, ChangeState.ACCEPTING) & _held_by(op_id)
    accepted = {"state": ChangeState.ACCEPTED, "commit_sha": commit_sha, "decided_at": at}
    return await _set(work, held, **accepted, op_id=None)


async def stop_accepting(work: Work, *, id: ChangeId, op_id: OperationId) -> bool:  # noqa: A002
    """Accepting by this operation becomes pending again: it came to nothing."""
    held = _is(id, ChangeState.ACCEPTING) & _held_by(op_id)
    return await _set(work, held, state=ChangeState.PENDING, **_UNDECIDED)


async def decline(
    work: Work,
    *,
    id: ChangeId,  # noqa: A002
    decided_by: UserId,
    reason: str | None,
    at: datetime,
) -> bool:
    """Pending or stale becomes declined; the row stays for ever."""
    declined = {"state": ChangeState.DECLINED, "decided_by": decided_by, "decided_at": at}
    undecided = _is(id, ChangeState.PENDING, ChangeState.STALE)
    return await _set(work, undecided, **declined, decline_reason=reason)


async def make_stale(
    work: Work,
    *,
    id: ChangeId,  # noqa: A002
    why: str,
    op_id: OperationId | None = None,
) -> bool:
    """Pending, or accepting by this operation, becomes stale: its original is no longer there (§8.8)."""
    stale = {"state": ChangeState.STALE, "refusal": why}
    if op_id is None:
        return await _set(work, _is(id, ChangeState.PENDING), **stale)
    return await _set(work, _is(id, ChangeState.ACCEPTING) & _held_by(op_id), **stale, **_UNDECIDED)


async def make_pending(work: Work, *, id: ChangeId) -> bool:  # noqa: A002
    """Stale becomes pending: its original is there again."""
    return await _set(work, _is(id, ChangeState.STALE), state=ChangeState.PENDING, refusal=None)


async def begin_undoing(work: Work, *, id: ChangeId, op_id: OperationId) -> bool:  # noqa: A002
    """Keep an accepted card for one operation that reverts it; False when another one does."""
    return await _set(work, _is(id, ChangeState.ACCEPTED) & changes.c.op_id.is_(None), op_id=op_id)


async def finish_undoing(
    work: Work,
    *,
    id: ChangeId,  # noqa: A002
    op_id: OperationId,
    undo_sha: CommitSha,
) -> bool:
    """Accepted, and kept for this operation, becomes undone."""
    held = _is(id, ChangeState.ACCEPTED) & _held_by(op_id)
    return await _set(work, held, state=ChangeState.UNDONE, undo_sha=undo_sha, op_id=None)


async def reopen_clash(work: Work, *, id: ChangeId, op_id: OperationId | None = None) -> bool:  # noqa: A002
    """Of a clash: declined, or accepted and kept for this operation that reverts it, becomes pending (§8.10)."""
    held = _is(id, ChangeState.DECLINED) if op_id is None else _is(id, ChangeState.ACCEPTED) & _held_by(op_id)
    nothing = dict.fromkeys(("decided_at", "decline_reason", "commit_sha", "refusal"))
    return await _set(work, held, state=ChangeState.PENDING, **_UNDECIDED, **nothing)


async def stop_undoing(work: Work, *, id: ChangeId, op_id: OperationId) -> bool:  # noqa: A002
    """The operation that was to revert a card came to nothing."""
    return await _set(work, _is(id, ChangeState.ACCEPTED) & _held_by(op_id), op_id=None)


async def narrow(
    work: Work,
    *,
    id: ChangeId,  # noqa: A002
    original: str,
    proposed: str,
    anchor: Anchor | None,
) -> bool:
    """What is left of a pending card after a part of it was split off (§8.7)."""
    left = {"original": original, "proposed": proposed, "anchor": anchor}
    return await _set(work, _is(id, ChangeState.PENDING), **left)


async def follow_clash(
    work: Work,
    *,
    id: ChangeId,  # noqa: A002
    original: str,
    anchor: Anchor,
    clash: ClashSides,
) -> bool:
    """The typed wording of an undecided clash as it reads now (§8.10); its card waits."""
    undecided = _is(id, ChangeState.PENDING, ChangeState.STALE)
    waits = {"state": ChangeState.PENDING, "refusal": None}
    return await _set(work, undecided, original=original, anchor=anchor, clash=clash, **waits)


async def set_anchor(work: Work, *, id: ChangeId, anchor: Anchor) -> bool:  # noqa: A002
    """Note where a card's passage stands now; whether there is such a card."""
    return await _set(work, changes.c.id == id, anchor=anchor)


async def move_buffer(
    work: Work, *, slug: Slug, asked_by: UserId, key: BranchKey, thread_id: ThreadId
) -> list[ChangeId]:
    """Move a person's pending cards from main's discuss buffer to their branch, once (§8.8); which.

    They keep the message that proposed them, and remember where they stood.
    """
    own = _in_buffer(slug) & (changes.c.asked_by == asked_by)
    waiting = await _listed(work, own, (ChangeState.PENDING,))
    there = {"repo": key.repo, "branch_name": key.name, "thread_id": thread_id}
    moved: list[ChangeId] = []
    for card in waiting:
        origin = MovedFrom(thread_id=card.thread_id, message_id=card.message_id)
        still = _is(card.id, ChangeState.PENDING) & _in_buffer(slug)
        if await _set(work, still, moved_from=origin, **there):
            moved.append(card.id)
    return moved


_UNDECIDED: Mapping[str, None] = MappingProxyType(dict.fromkeys(("op_id", "decided_by", "edited")))


async def _listed(
    work: Work, condition: ColumnElement[bool], states: Iterable[ChangeState] | None
) -> list[ChangeRow]:
    statement = SHAPE.select.where(condition)
    if states is not None:
        statement = statement.where(changes.c.state.in_([state.value for state in states]))
    return [SHAPE.read(row) for row in await work.rows(statement.order_by(changes.c.id))]


async def _set(work: Work, condition: ColumnElement[bool], **values: object) -> bool:
    stored = {name: storable(value) for name, value in values.items()}
    return await work.change(changes.update().where(condition).values(**stored, updated_at=now())) == 1


def _is(id: ChangeId, *states: ChangeState) -> ColumnElement[bool]:  # noqa: A002
    return (changes.c.id == id) & changes.c.state.in_([state.value for state in states])


def _held_by(op_id: OperationId) -> ColumnElement[bool]:
    return changes.c.op_id == op_id


def _on(key: BranchKey) -> ColumnElement[bool]:
    return (changes.c.repo == key.repo) & (changes.c.branch_name == key.name)


def _in_buffer(slug: Slug) -> ColumnElement[bool]:
    return (changes.c.rfc_slug == slug) & changes.c.branch_name.is_(None)
