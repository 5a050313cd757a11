"""Conversation (§8.4, §9.3): people write under an idea or under an entry; nothing is ever deleted."""

from __future__ import annotations

from services.domain.actors import Actor
from services.domain.identifiers import MessageId, OperationId, PullNumber, Slug, ThreadId
from services.domain.permissions import may_comment, may_talk_on_branch
from services.domain.proposal import check_message
from services.domain.pull import PullKind, PullState
from services.store.queries import pulls, threads
from services.store.queries.pulls import PullRow
from services.store.work import Work
from services.usecases.context import Context
from services.usecases.ideas import chat_of_idea, find_idea
from services.usecases.meta_pulls import find_meta_pull
from services.usecases.people import entitled
from services.usecases.present_text import place_standing
from services.usecases.rate_limits import Limited
from services.usecases.record import record_message
from services.usecases.views.entry import find_entry


async def post_to_idea(
    context: Context,
    *,
    actor: Actor | None,
    number: PullNumber,
    text: str,
    op_id: OperationId | None = None,
) -> MessageId:
    """Write under an idea, open or decided. The same `op_id` again posts nothing new.

    Raises Invalid (field `message`), NotFound, NotSignedIn, Muted and RateLimited.
    """
    body = check_message(text)
    async with context.store.write() as work:
        person = await _writer(context, work, actor)
        pull = await find_idea(work, context.meta, number)
        thread_id = await _thread_of_idea(work, person, pull)
        return await _post(work, context, person, thread_id, pull.rfc_slug, body, op_id)


async def post_to_meta_pull(
    context: Context,
    *,
    actor: Actor | None,
    slug: Slug,
    number: PullNumber,
    text: str,
    op_id: OperationId | None = None,
) -> MessageId:
    """Write under a metadata or claim PR, open or decided; see `post_to_idea`."""
    body = check_message(text)
    async with context.store.write() as work:
        person = await _writer(context, work, actor)
        await find_meta_pull(work, context.meta, slug=slug, number=number)
        thread_id = await threads.open(work, created_by=person.id, repo=context.meta, number=number)
        return await _post(work, context, person, thread_id, slug, body, op_id)


async def post_to_entry(
    context: Context, *, actor: Actor | None, slug: Slug, text: str, op_id: OperationId | None = None
) -> MessageId:
    """Write in the chat of an entry's main; see `post_to_idea`."""
    body = check_message(text)
    async with context.store.write() as work:
        person = await _writer(context, work, actor)
        entry = await find_entry(work, slug)
        thread_id = await _thread_of_entry(work, person, entry.slug)
        return await _post(work, context, person, thread_id, entry.slug, body, op_id)


async def post_to_branch(
    context: Context,
    *,
    actor: Actor | None,
    slug: Slug,
    branch: str,
    text: str,
    op_id: OperationId | None = None,
) -> MessageId:
    """Write in the chat of a branch, one that is open; see `post_to_idea`. Raises Forbidden as well."""
    body = check_message(text)
    async with context.store.write() as work:
        standing = await place_standing(work, context, slug=slug, branch=branch, viewer=actor)
        person = await entitled(work, may_talk_on_branch, actor, standing, act="write here")
        context.limits.count(Limited.COMMENT, person.login)
        thread_id = await threads.open(work, created_by=person.id, slug=slug, branch=branch)
        return await _post(work, context, person, thread_id, slug, body, op_id)


async def _writer(context: Context, work: Work, actor: Actor | None) -> Actor:
    person = await entitled(work, may_comment, actor, act="comment")
    context.limits.count(Limited.COMMENT, person.login)
    return person


async def _thread_of_idea(work: Work, person: Actor, pull: PullRow) -> ThreadId:
    """The idea's chat; once merged it is its entry's, before that it has no slug (§9.1)."""
    present = await chat_of_idea(work, pull)
    if present is not None:
        return present.id
    slug = pull.rfc_slug if pull.state is PullState.MERGED else None
    return await threads.open(work, created_by=person.id, slug=slug, repo=pull.repo, number=pull.pr_number)


async def _thread_of_entry(work: Work, person: Actor, slug: Slug) -> ThreadId:
    """The entry's chat; if nobody wrote yet, it belongs to the idea as well that the entry came from."""
    if await threads.find_for_slug(work, slug=slug) is None:
        for pull in await pulls.list_for_slug(work, slug=slug):
            if pull.pr_kind is PullKind.IDEA and pull.state is PullState.MERGED:
                return await _thread_of_idea(work, person, pull)
    return await threads.open(work, created_by=person.id, slug=slug)


async def _post(
    work: Work,
    context: Context,
    person: Actor,
    thread_id: ThreadId,
    watched: Slug | None,
    body: str,
    op_id: OperationId | None,
) -> MessageId:
    thread = await threads.find(work, id=thread_id)
    if thread is None:
        raise LookupError(f"thread {thread_id} was not begun")
    message = await record_message(
        work, context, person=person, thread=thread, body=body, op_id=op_id, watched=watched
    )
    return message.id
