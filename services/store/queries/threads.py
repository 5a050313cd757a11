"""Conversation: `threads` and `thread_messages`; nothing here is ever deleted (§1, §8.14)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, select

from services.domain.anchors import Anchor
from services.domain.clock import now
from services.domain.identifiers import MessageId, OperationId, PullNumber, Repository, Slug, ThreadId, UserId
from services.domain.side import Side
from services.store.shape import Shape, storable, table_of
from services.store.tables import Thread, ThreadMessage
from services.store.work import Work

threads = table_of(Thread)
thread_messages = table_of(ThreadMessage)


class ThreadKind(StrEnum):
    """What a thread is for (§8.14)."""

    CHAT = "chat"
    FLAG = "flag"
    REVIEW = "review"


class ThreadState(StrEnum):
    """How a thread stands (§8.14)."""

    OPEN = "open"
    RESOLVED = "resolved"
    STALE = "stale"


class MessageKind(StrEnum):
    """Who speaks in a message."""

    PERSON = "person"
    MODEL = "model"
    SYSTEM = "system"


class AnswerState(StrEnum):
    """How far a model's answer is."""

    STREAMING = "streaming"
    COMPLETE = "complete"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadRow:
    """A conversation under an entry, a branch of it, or a pull request; `anchor`: about this passage of it.

    On the side BEFORE the passage is one of what the branch started from.
    """

    id: ThreadId
    kind: ThreadKind
    state: ThreadState
    rfc_slug: Slug | None
    branch_name: str | None
    repo: Repository | None
    pr_number: PullNumber | None
    created_by: UserId | None
    created_at: datetime
    anchor: Anchor | None = None
    side: Side = Side.AFTER
    resolved_by: UserId | None = None
    resolved_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRow:
    """One message; `author_user_id` is null for system lines and models.

    A model's answer says which model, to whose question (`asked_by`), how far it is, and what went wrong.
    """

    id: MessageId
    thread_id: ThreadId
    author_user_id: UserId | None
    kind: MessageKind
    body: str
    op_id: OperationId | None
    created_at: datetime
    model_key: str | None = None
    model_name: str | None = None
    asked_by: UserId | None = None
    state: AnswerState | None = None
    trouble: str | None = None


THREAD = Shape(ThreadRow, threads)
MESSAGE = Shape(MessageRow, thread_messages)


async def open(  # noqa: A001
    work: Work,
    *,
    created_by: UserId | None,
    slug: Slug | None = None,
    branch: str | None = None,
    repo: Repository | None = None,
    number: PullNumber | None = None,
    at: datetime | None = None,
) -> ThreadId:
    """The chat of a pull request (`repo`, `number`) or else of an entry's branch; begun if there is none.

    Two people who begin it at the same time get the same one.
    """
    await work.serialize(f"chat {repo} {number} {slug} {branch}")
    present = await (
        find_for_pull(work, repo=repo, number=number)
        if repo is not None and number is not None
        else find_for_slug(work, slug=_named(slug), branch=branch)
    )
    if present is not None:
        return present.id
    values = {
        "kind": ThreadKind.CHAT.value,
        "state": ThreadState.OPEN.value,
        "rfc_slug": slug,
        "branch_name": branch,
        "repo": repo,
        "pr_number": number,
        "created_by": created_by,
        "created_at": at or now(),
    }
    return ThreadId(await work.insert(threads, values))


async def begin(
    work: Work,
    *,
    kind: ThreadKind,
    slug: Slug,
    branch: str | None,
    anchor: Anchor,
    created_by: UserId,
    side: Side = Side.AFTER,
    at: datetime | None = None,
) -> ThreadId:
    """A new thread about a passage of an entry's branch (None: of its main), or of what that started from."""
    values = {
        "kind": kind.value,
        "state": ThreadState.OPEN.value,
        "rfc_slug": slug,
        "branch_name": branch,
        "anchor": storable(anchor),
        "side": side.value,
        "created_by": created_by,
        "created_at": at or now(),
    }
    return ThreadId(await work.insert(threads, values))


async def list_anchored(work: Work, *, slug: Slug, branch: str | None = None) -> list[ThreadRow]:
    """The threads about passages of an entry's branch (None: of its main), in the order they were begun."""
    anchored = (threads.c.rfc_slug == slug) & _on_branch(branch) & threads.c.anchor.is_not(None)
    statement = THREAD.select.where(anchored).order_by(threads.c.id)
    return [THREAD.read(row) for row in await work.rows(statement)]


async def list_on_main(work: Work, *, slug: Slug) -> list[ThreadRow]:
    """Every conversation about an entry's main: its chat, and threads about passages."""
    here = (threads.c.rfc_slug == slug) & threads.c.branch_name.is_(None)
    statement = THREAD.select.where(here).order_by(threads.c.id)
    return [THREAD.read(row) for row in await work.rows(statement)]


async def list_anchored_places(work: Work) -> list[tuple[Slug, str | None]]:
    """Every entry and branch (None: main) with a thread about a passage that is not resolved."""
    unresolved = threads.c.anchor.is_not(None) & (threads.c.state != ThreadState.RESOLVED.value)
    columns = (threads.c.rfc_slug, threads.c.branch_name)
    statement = select(*columns).where(unresolved).distinct().order_by(*columns)
    return [(Slug(row["rfc_slug"]), row["branch_name"]) for row in await work.rows(statement)]


async def set_anchor(work: Work, *, id: ThreadId, anchor: Anchor) -> bool:  # noqa: A002
    """Note where a thread's passage stands now; whether there is such a thread."""
    return await _set(work, threads.c.id == id, anchor=storable(anchor))


async def set_kind(work: Work, *, id: ThreadId, kind: ThreadKind) -> bool:  # noqa: A002
    """Make a flag a chat (§8.14), or the other way round; whether that changed anything."""
    return await _set(work, (threads.c.id == id) & (threads.c.kind != kind.value), kind=kind.value)


async def resolve(work: Work, *, id: ThreadId, by: UserId, at: datetime) -> bool:  # noqa: A002
    """Open or stale becomes resolved; False when somebody else resolved it first."""
    unresolved = (threads.c.id == id) & (threads.c.state != ThreadState.RESOLVED.value)
    return await _set(work, unresolved, state=ThreadState.RESOLVED.value, resolved_by=by, resolved_at=at)


async def reopen(work: Work, *, id: ThreadId) -> bool:  # noqa: A002
    """Resolved or stale becomes open; False when it is open."""
    shut = (threads.c.id == id) & (threads.c.state != ThreadState.OPEN.value)
    return await _set(work, shut, state=ThreadState.OPEN.value, resolved_by=None, resolved_at=None)


async def find(work: Work, *, id: ThreadId) -> ThreadRow | None:  # noqa: A002
    """The thread with this key."""
    return THREAD.read_if(await work.first(THREAD.select.where(threads.c.id == id)))


async def find_many(work: Work, *, ids: Collection[ThreadId]) -> dict[ThreadId, ThreadRow]:
    """The threads with these keys."""
    statement = THREAD.select.where(threads.c.id.in_(ids))
    found = [THREAD.read(row) for row in await work.rows(statement)] if ids else []
    return {row.id: row for row in found}


async def find_for_pull(work: Work, *, repo: Repository, number: PullNumber) -> ThreadRow | None:
    """The chat of a pull request."""
    return await _chat(work, (threads.c.repo == repo) & (threads.c.pr_number == number))


async def find_for_slug(work: Work, *, slug: Slug, branch: str | None = None) -> ThreadRow | None:
    """The chat of an entry (`branch` None: of its main); an idea's became it with the merge."""
    return await _chat(work, (threads.c.rfc_slug == slug) & _on_branch(branch))


async def give_slug(work: Work, *, repo: Repository, number: PullNumber, slug: Slug) -> int:
    """Put a merged idea's threads under its slug (§9.1); how many were not there yet."""
    of_pull = (threads.c.repo == repo) & (threads.c.pr_number == number)
    statement = threads.update().where(of_pull, threads.c.rfc_slug.is_distinct_from(slug))
    return await work.change(statement.values(rfc_slug=slug))


async def append_message(
    work: Work,
    *,
    thread_id: ThreadId,
    author_user_id: UserId | None,
    body: str,
    kind: MessageKind = MessageKind.PERSON,
    op_id: OperationId | None = None,
    at: datetime | None = None,
    model_key: str | None = None,
    model_name: str | None = None,
    asked_by: UserId | None = None,
    state: AnswerState | None = None,
) -> MessageRow:
    """Add a message; the one that is there already when this operation was sent twice."""
    values = {
        "thread_id": thread_id,
        "author_user_id": author_user_id,
        "kind": kind.value,
        "body": storable(body),
        "op_id": op_id,
        "created_at": at or now(),
        "model_key": model_key,
        "model_name": model_name,
        "asked_by": asked_by,
        "state": storable(state),
    }
    if op_id is None:
        return await _message(work, thread_messages.c.id == await work.insert(thread_messages, values))
    await work.insert_unless_there(thread_messages, values)
    return await _message(work, thread_messages.c.op_id == op_id)


async def messages(
    work: Work, *, thread_ids: Iterable[ThreadId], after: MessageId | None = None
) -> list[MessageRow]:
    """The messages of these threads in the order they were written, or those after one of them."""
    statement = MESSAGE.select.where(thread_messages.c.thread_id.in_(list(thread_ids)))
    if after is not None:
        statement = statement.where(thread_messages.c.id > after)
    return [MESSAGE.read(row) for row in await work.rows(statement.order_by(thread_messages.c.id))]


async def message(work: Work, *, id: MessageId) -> MessageRow | None:  # noqa: A002
    """The message with this key."""
    statement = MESSAGE.select.where(thread_messages.c.id == id)
    return MESSAGE.read_if(await work.first(statement))


async def message_of(work: Work, *, op_id: OperationId) -> MessageRow | None:
    """The message that this operation posted."""
    statement = MESSAGE.select.where(thread_messages.c.op_id == op_id)
    return MESSAGE.read_if(await work.first(statement))


async def last_message(work: Work, *, thread_id: ThreadId) -> MessageRow | None:
    """The newest message of a thread."""
    statement = MESSAGE.select.where(thread_messages.c.thread_id == thread_id)
    return MESSAGE.read_if(await work.first(statement.order_by(thread_messages.c.id.desc()).limit(1)))


async def reword_line(work: Work, *, id: MessageId, body: str) -> bool:  # noqa: A002
    """Let a system line tell of more of the same; False for what somebody said."""
    line = (thread_messages.c.id == id) & (thread_messages.c.kind == MessageKind.SYSTEM.value)
    return await work.change(thread_messages.update().where(line).values(body=storable(body))) == 1


async def set_body(work: Work, *, id: MessageId, body: str) -> bool:  # noqa: A002
    """What a streaming answer says so far; False when it has ended."""
    values = {"body": storable(body)}
    return await work.change(thread_messages.update().where(_is_streaming(id)).values(**values)) == 1


async def end_answer(
    work: Work,
    *,
    id: MessageId,  # noqa: A002
    body: str,
    state: AnswerState,
    trouble: str | None = None,
) -> bool:
    """Streaming becomes complete, stopped or failed; False when it had ended before."""
    values = {"body": storable(body), "state": state.value, "trouble": storable(trouble)}
    return await work.change(thread_messages.update().where(_is_streaming(id)).values(**values)) == 1


async def list_streaming(work: Work) -> list[MessageRow]:
    """The answers that have not ended: after a restart nobody writes them any more."""
    streaming = thread_messages.c.state == AnswerState.STREAMING.value
    statement = MESSAGE.select.where(streaming).order_by(thread_messages.c.id)
    return [MESSAGE.read(row) for row in await work.rows(statement)]


def _is_streaming(id: MessageId) -> ColumnElement[bool]:  # noqa: A002
    return (thread_messages.c.id == id) & (thread_messages.c.state == AnswerState.STREAMING.value)


async def _set(work: Work, condition: ColumnElement[bool], **values: object) -> bool:
    return await work.change(threads.update().where(condition).values(**values)) == 1


async def _chat(work: Work, condition: ColumnElement[bool]) -> ThreadRow | None:
    whole = (threads.c.kind == ThreadKind.CHAT.value) & threads.c.anchor.is_(None)
    statement = THREAD.select.where(condition, whole)
    return THREAD.read_if(await work.first(statement.order_by(threads.c.id).limit(1)))


def _on_branch(branch: str | None) -> ColumnElement[bool]:
    return threads.c.branch_name.is_(None) if branch is None else threads.c.branch_name == branch


async def _message(work: Work, condition: ColumnElement[bool]) -> MessageRow:
    (row,) = await work.rows(MESSAGE.select.where(condition))
    return MESSAGE.read(row)


def _named(slug: Slug | None) -> Slug:
    if slug is None:
        raise ValueError("a thread belongs to a pull request or to an entry")
    return slug
