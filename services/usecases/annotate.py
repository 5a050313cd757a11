"""Threads about passages: comments and flags, and what is decided about them (§8.12–§8.14)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from services.domain.actors import Actor
from services.domain.anchors import Anchor, Certainty, follow, place
from services.domain.audit import ActionKind
from services.domain.clock import now
from services.domain.errors import Conflict, Invalid, NotFound
from services.domain.events import ThreadChanged
from services.domain.identifiers import Login, MessageId, OperationId, Slug, ThreadId
from services.domain.permissions import Standing, may_resolve_thread, may_talk_on_branch
from services.domain.proposal import check_message
from services.domain.prose_diff import Span
from services.domain.quoting import Reading, Selection, locate_selection, with_marks
from services.domain.quoting.selection import CHANGED
from services.domain.side import Side
from services.domain.trailers import new_operation_id
from services.store.queries import events, threads, users
from services.store.queries.threads import ThreadKind, ThreadRow, ThreadState
from services.store.work import Work
from services.usecases.anchor_following import followed, replace_anchor
from services.usecases.base_text import side_text
from services.usecases.context import Context
from services.usecases.live_texts.flush import FlushReason
from services.usecases.people import entitled
from services.usecases.rate_limits import Limited
from services.usecases.record import record_action, record_message
from services.usecases.shown_text import ShownText, place_standing

LONGEST_LABEL = 200
"""A flag says in a line what is wrong."""
PLACING = "say where it belongs"
TRIES = 3
MOVED_ON = "The passage has changed again. Look at where the thread stands now."


async def comment(
    context: Context,
    *,
    actor: Actor | None,
    slug: Slug,
    branch: str | None,
    selection: Selection,
    text: str,
    op_id: OperationId | None = None,
    review: bool = False,
) -> ThreadId:
    """Open a thread on a passage of main (`branch` None), of a branch, or of what that started from (its side).

    The same `op_id` again opens nothing new.

    `review`: it was begun on a pull request's page (§10.4).

    Raises Invalid (field `message` or `selection`), NotFound, NotSignedIn, Muted, Forbidden, RateLimited, Upstream.
    """
    body = check_message(text)
    where = _Where(slug, branch, ThreadKind.REVIEW if review else ThreadKind.CHAT)
    return await _open(context, actor, where, selection, body, op_id or new_operation_id())


async def flag(
    context: Context,
    *,
    actor: Actor | None,
    slug: Slug,
    branch: str | None,
    selection: Selection,
    label: str,
    op_id: OperationId | None = None,
) -> ThreadId:
    """Flag a passage: the label, one line, is what is wrong with it. Otherwise like `comment`."""
    body = " ".join(check_message(label).split())
    if len(body) > LONGEST_LABEL:
        raise Invalid(f"A flag has at most {LONGEST_LABEL} characters. Comment instead.", field="message")
    where = _Where(slug, branch, ThreadKind.FLAG)
    return await _open(context, actor, where, selection, body, op_id or new_operation_id())


async def place_selection(
    context: Context, *, actor: Actor | None, slug: Slug, branch: str | None, selection: Selection
) -> tuple[Span, str]:
    """Where a selection stands in the source of the present text, with the marks that belong to it, and its words.

    Raises Invalid, NotFound.
    """
    async with context.store.read() as work:
        await place_standing(work, context, slug=slug, branch=branch, viewer=actor)
    present, reading, span = await _placed(context, slug, branch, selection)
    span = with_marks(reading, span)
    return span, present.text[span.start : span.end]


async def _placed(
    context: Context, slug: Slug, branch: str | None, selection: Selection
) -> tuple[ShownText, Reading, Span]:
    present = await side_text(context, slug=slug, branch=branch, side=selection.side)
    reading = await context.places.reading(present.text, written=selection.written)
    return present, reading, locate_selection(reading, selection)


async def anchor_of(
    context: Context, *, actor: Actor | None, slug: Slug, branch: str | None, selection: Selection
) -> Anchor:
    """An anchor for what somebody selected. Words that no commit has yet are committed first.

    Raises Invalid (field `selection`), NotFound and Upstream.
    """
    async with context.store.read() as work:
        await place_standing(work, context, slug=slug, branch=branch, viewer=actor)
    for _ in range(TRIES):
        present, _, span = await _placed(context, slug, branch, selection)
        anchor = _anchored(present, span)
        if anchor is not None:
            return anchor
        await _commit_typed(context, slug, branch)
    raise Invalid(CHANGED, field="selection")


async def reply(
    context: Context,
    *,
    actor: Actor | None,
    thread_id: ThreadId,
    text: str,
    op_id: OperationId | None = None,
) -> MessageId:
    """Write in a thread about a passage; a resolved one stays resolved. Raises what `comment` raises."""
    body = check_message(text)
    async with context.store.write() as work:
        thread, standing = await _thread(work, context, actor, thread_id)
        person = await entitled(work, may_talk_on_branch, actor, standing, act="comment")
        context.limits.count(Limited.COMMENT, person.login)
        message = await record_message(work, context, person=person, thread=thread, body=body, op_id=op_id)
        return message.id


async def resolve(context: Context, *, actor: Actor | None, thread_id: ThreadId) -> None:
    """Settle a thread (§6.4: its opener, the branch's creator, arbiters). Raises NotFound, Forbidden, Conflict."""
    async with context.store.write() as work:
        thread, person = await _judge(work, context, actor, thread_id, act="resolve it")
        if not await threads.resolve(work, id=thread.id, by=person.id, at=now()):
            raise Conflict("Somebody else has resolved this thread.")
        await _record(work, context, person, thread, ActionKind.RESOLVE_THREAD)


async def reopen(context: Context, *, actor: Actor | None, thread_id: ThreadId) -> None:
    """Open a resolved thread again; by whom and raises as `resolve`."""
    async with context.store.write() as work:
        thread, person = await _judge(work, context, actor, thread_id, act="reopen it")
        if not await threads.reopen(work, id=thread.id):
            raise Conflict("This thread is open already.")
        await _record(work, context, person, thread, ActionKind.REOPEN_THREAD)


async def discuss_flag(context: Context, *, actor: Actor | None, thread_id: ThreadId) -> None:
    """Turn a flag into a discussion (§8.14); by whom and raises as `resolve`."""
    async with context.store.write() as work:
        thread, person = await _judge(work, context, actor, thread_id, act="turn it into a discussion")
        if thread.kind is not ThreadKind.FLAG or not await threads.set_kind(
            work, id=thread.id, kind=ThreadKind.CHAT
        ):
            raise Conflict("This is a discussion already.")
        await _record(work, context, person, thread, ActionKind.DISCUSS_FLAG)


async def confirm_place(context: Context, *, actor: Actor | None, thread_id: ThreadId, seen: str) -> None:
    """Say that a thread belongs where it was found; `seen` are the words there that the person looked at.

    Words that no commit has yet are committed first. Raises NotFound, Forbidden, Conflict where other words stand
    there by now, and Upstream.
    """
    for _ in range(TRIES):
        thread, present, anchor = await _unsure(context, actor, thread_id, act=PLACING)
        if present.text[anchor.start : anchor.end] != seen:
            break
        sure = _anchored(present, Span(anchor.start, anchor.end))
        if sure is None:
            await _commit_typed(context, thread.rfc_slug, thread.branch_name)
        elif await _move(context, actor, thread, sure, ActionKind.CONFIRM_PLACE, act=PLACING):
            return
    raise Conflict(MOVED_ON)


async def detach(context: Context, *, actor: Actor | None, thread_id: ThreadId) -> None:
    """Say that a thread does not belong where it was found: it goes to the orphans. Raises as `confirm_place`."""
    for _ in range(TRIES):
        thread, present, anchor = await _unsure(context, actor, thread_id, act="detach it")
        lost = replace(anchor, commit=present.commit_sha, certainty=Certainty.LOST)
        if await _move(context, actor, thread, lost, ActionKind.DETACH_THREAD, act="detach it"):
            return
    raise Conflict(MOVED_ON)


@dataclass(frozen=True, slots=True)
class _Where:
    """What is being opened where."""

    slug: Slug
    branch: str | None
    kind: ThreadKind
    side: Side = Side.AFTER


async def _open(
    context: Context, actor: Actor | None, where: _Where, selection: Selection, body: str, op_id: OperationId
) -> ThreadId:
    async with context.store.read() as work:
        await _talker(work, context, actor, where)
        posted = await threads.message_of(work, op_id=op_id)
    if posted is not None:
        return posted.thread_id
    anchor = await anchor_of(context, actor=actor, slug=where.slug, branch=where.branch, selection=selection)
    async with context.store.write() as work:
        await work.serialize(f"thread {op_id}")
        posted = await threads.message_of(work, op_id=op_id)
        if posted is not None:
            return posted.thread_id
        person = await _talker(work, context, actor, where)
        context.limits.count(Limited.COMMENT, person.login)
        return await _begin(work, context, person, replace(where, side=selection.side), anchor, body, op_id)


async def _talker(work: Work, context: Context, actor: Actor | None, where: _Where) -> Actor:
    standing = await place_standing(work, context, slug=where.slug, branch=where.branch, viewer=actor)
    return await entitled(work, may_talk_on_branch, actor, standing, act="comment")


async def _begin(
    work: Work,
    context: Context,
    person: Actor,
    where: _Where,
    anchor: Anchor,
    body: str,
    op_id: OperationId,
) -> ThreadId:
    thread_id = await threads.begin(
        work,
        kind=where.kind,
        slug=where.slug,
        branch=where.branch,
        anchor=anchor,
        side=where.side,
        created_by=person.id,
    )
    thread = await threads.find(work, id=thread_id)
    if thread is None:
        raise LookupError(f"thread {thread_id} was not begun")
    await record_message(
        work, context, person=person, thread=thread, body=body, op_id=op_id, kind=ActionKind.OPEN_THREAD
    )
    await events.append(work, ThreadChanged(thread_id, where.slug, where.branch))
    return thread_id


async def _record(work: Work, context: Context, person: Actor, thread: ThreadRow, kind: ActionKind) -> None:
    """The audit row of a decision, and what open pages are told of it."""
    await record_action(
        work,
        context,
        actor_user_id=person.id,
        on_behalf_of=person.login,
        kind=kind,
        op_id=new_operation_id(),
        slug=thread.rfc_slug,
        branch=thread.branch_name,
        details={"thread": thread.id},
    )
    if thread.rfc_slug is not None:
        await events.append(work, ThreadChanged(thread.id, thread.rfc_slug, thread.branch_name))


async def _thread(
    work: Work, context: Context, actor: Actor | None, thread_id: ThreadId
) -> tuple[ThreadRow, Standing]:
    """A thread about a passage that the person may read, and what rules look at."""
    thread = await threads.find(work, id=thread_id)
    if thread is None or thread.anchor is None or thread.rfc_slug is None:
        raise NotFound("There is no such thread.")
    standing = await place_standing(
        work, context, slug=thread.rfc_slug, branch=thread.branch_name, viewer=actor
    )
    return thread, replace(standing, opened_by=await _opener(work, thread))


async def _opener(work: Work, thread: ThreadRow) -> Login | None:
    row = await users.find(work, user_id=thread.created_by) if thread.created_by is not None else None
    return row.gitea_login if row else None


async def _judge(
    work: Work, context: Context, actor: Actor | None, thread_id: ThreadId, *, act: str
) -> tuple[ThreadRow, Actor]:
    thread, standing = await _thread(work, context, actor, thread_id)
    return thread, await entitled(work, may_resolve_thread, actor, standing, act=act)


async def _unsure(
    context: Context, actor: Actor | None, thread_id: ThreadId, *, act: str
) -> tuple[ThreadRow, ShownText, Anchor]:
    """A thread that is not sure of its place, the present text, and the place; raises Conflict if it is sure.

    Whoever may not move the thread gets no further: on the way there, typed text is committed.
    """
    async with context.store.read() as work:
        thread, _ = await _judge(work, context, actor, thread_id, act=act)
    slug, branch = Slug(thread.rfc_slug or ""), thread.branch_name
    present = await side_text(context, slug=slug, branch=branch, side=thread.side)
    found = await followed(context, [thread], slug=slug, branch=branch, to=present)
    anchor = found[thread.id]
    if anchor.certainty is not Certainty.UNCERTAIN or thread.state is ThreadState.RESOLVED:
        raise Conflict(MOVED_ON)
    return thread, present, anchor


async def _move(
    context: Context, actor: Actor | None, thread: ThreadRow, anchor: Anchor, kind: ActionKind, *, act: str
) -> bool:
    """Give the thread this place; False where it followed the text somewhere else meanwhile."""
    async with context.store.write() as work:
        _, person = await _judge(work, context, actor, thread.id, act=act)
        if not await replace_anchor(work, thread, anchor):
            return False
        await _record(work, context, person, thread, kind)
        return True


async def _commit_typed(context: Context, slug: Slug | None, branch: str | None) -> None:
    if slug is not None and branch is not None:
        async with context.live_texts.editing(context, slug=slug, name=branch) as edited:
            await edited.flush(FlushReason.TALK)


def _anchored(present: ShownText, span: Span) -> Anchor | None:
    """An anchor on the commit for a passage of the present text; None where the commit lacks its words."""
    anchor = place(present.text, span.start, span.end, present.commit_sha)
    if not present.dirty:
        return anchor
    back = follow(anchor, present.text, present.committed, present.commit_sha)
    if back.certainty in (Certainty.UNCERTAIN, Certainty.LOST):
        return None
    return place(present.committed, back.start, back.end, present.commit_sha)
