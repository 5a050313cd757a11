"""Asking a model (§8.5, §8.6): its answer streams to everybody who watches; what it proposes becomes cards.

Nothing a model says is ever acted upon: its words are text, and its changes wait for people.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from anyio import to_thread

from services.domain.actors import Actor
from services.domain.audit import ActionKind
from services.domain.branch import MAIN
from services.domain.clock import now
from services.domain.errors import Busy, Conflict, NotFound
from services.domain.events import AnswerStarted, MessagePosted
from services.domain.identifiers import ChangeId, Login, MessageId, OperationId, Slug, ThreadId
from services.domain.permissions import may_stop_answer, may_talk_on_branch
from services.domain.proposal import check_message
from services.domain.trailers import new_operation_id
from services.store.queries import changes, events, threads, users, watches
from services.store.queries.threads import AnswerState, MessageKind, MessageRow, ThreadRow
from services.store.work import Work
from services.usecases.context import Context
from services.usecases.give_answer import AnswerJob, cut_off, start_answer
from services.usecases.models import ModelChoice
from services.usecases.people import entitled
from services.usecases.present_text import place_standing, present_text
from services.usecases.questions import (
    AskedReach,
    Asking,
    Passage,
    Wanted,
    check_quotes,
    question_of,
    reach_in,
    with_quotes,
)
from services.usecases.rate_limits import Limited
from services.usecases.record import record_action
from services.usecases.rfc_models import offer_of
from services.usecases.texts import home_of_branch
from services.usecases.views.entry import find_entry

MOST_AT_ONCE = 3
"""Answers that may be given to one person at the same time."""
AGAIN = "Please propose another wording."


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The answer that is being given, and the thread it is in."""

    message_id: MessageId
    thread_id: ThreadId


async def ask(
    context: Context,
    *,
    actor: Actor | None,
    slug: Slug,
    branch: str | None,
    text: str,
    model_key: str,
    reach: AskedReach = None,
    quotes: Sequence[str] = (),
    op_id: OperationId | None = None,
) -> Asked:
    """Ask a model about main (`branch` None) or a branch; the answer comes in the background.

    The same `op_id` again asks nothing new. Raises NotFound, NotSignedIn, Muted, Forbidden (also where the branch is
    closed or deleted), RateLimited, Busy, Invalid (field `message` or `model`), UnreadableText and Upstream.
    """
    wanted = Wanted(request=check_message(text), reach=reach, quotes=check_quotes(quotes))
    return await _ask(context, actor, slug, branch, wanted, model_key, op_id or new_operation_id())


async def ask_again(
    context: Context,
    *,
    actor: Actor | None,
    change_id: ChangeId,
    model_key: str | None = None,
    op_id: OperationId | None = None,
) -> Asked:
    """Ask for another wording of a card's passage, by the same model or another. Raises what `ask` raises.

    The card stays as it is; the model is told that it does not do.
    """
    async with context.store.read() as work:
        card = await changes.find(work, id=change_id)
        if card is None:
            raise NotFound("There is no such change.")
        await _asker(work, context, actor, card.rfc_slug, card.branch_name)
    present = await present_text(context, slug=card.rfc_slug, branch=card.branch_name)
    stands = bool(card.original.strip()) and card.original in present.text
    wanted = Wanted(
        request=f"{card.prompt}\n\n{AGAIN}" if card.prompt else AGAIN,
        reach=Passage(quote=card.original) if stands and present.text.count(card.original) == 1 else None,
        quotes=check_quotes([card.original]) if stands else (),
        again=card.id,
    )
    key = model_key or card.model_key or ""
    return await _ask(
        context, actor, card.rfc_slug, card.branch_name, wanted, key, op_id or new_operation_id()
    )


async def retry(
    context: Context,
    *,
    actor: Actor | None,
    message_id: MessageId,
    model_key: str | None = None,
    op_id: OperationId | None = None,
) -> Asked:
    """Ask the question of an answer that failed or was stopped once more. Raises what `ask` raises, and Conflict."""
    async with context.store.read() as work:
        message, thread = await _answer(work, message_id)
        question = await _question_before(work, message)
    if message.state is AnswerState.STREAMING:
        raise Conflict("This is being answered right now.")
    slug, branch = _named(thread), thread.branch_name
    wanted = context.asked.find(message_id) or Wanted(request=question.body)
    key = model_key or message.model_key or ""
    return await _ask(context, actor, slug, branch, wanted, key, op_id or new_operation_id())


async def stop(context: Context, *, actor: Actor | None, message_id: MessageId) -> bool:
    """Stop an answer; what has been said stays. Whoever asked may, and arbiters. False when it has ended.

    Raises NotFound, NotSignedIn, Muted and Forbidden.
    """
    async with context.store.write() as work:
        message, thread = await _answer(work, message_id)
        slug, branch = _named(thread), thread.branch_name
        standing = await place_standing(work, context, slug=slug, branch=branch, viewer=actor)
        asker = dataclasses.replace(standing, opened_by=await _login_of(work, message))
        person = await entitled(work, may_stop_answer, actor, asker, act="stop this answer")
        if message.state is not AnswerState.STREAMING:
            return False
        await record_action(
            work,
            context,
            actor_user_id=person.id,
            on_behalf_of=person.login,
            kind=ActionKind.STOP_ANSWER,
            op_id=new_operation_id(),
            slug=slug,
            branch=branch,
            details={"answer": message.id},
        )
    if not context.answers.stop(message_id):
        await cut_off(context, message, thread)
    return True


async def _ask(
    context: Context,
    actor: Actor | None,
    slug: Slug,
    branch: str | None,
    wanted: Wanted,
    model_key: str,
    op_id: OperationId,
) -> Asked:
    async with context.store.read() as work:
        await _asker(work, context, actor, slug, branch)
        entry = await find_entry(work, slug)
        earlier = await _asked_before(work, op_id)
        choice = (await offer_of(work, context, entry)).choice(model_key)
    if earlier is not None:
        return earlier
    present = await present_text(context, slug=slug, branch=branch)
    reach = await to_thread.run_sync(reach_in, present.text, wanted.reach, entry.title)
    async with context.store.write() as work:
        person = await _asker(work, context, actor, slug, branch)
        _count(context, person, slug)
        asking = await _asking(work, context, person, slug, branch)
        question = await question_of(work, asking, wanted, text=present.text, reach=reach)
        answer = await _begin(work, context, person, asking, wanted, choice, op_id)
    job = AnswerJob(
        asking=asking,
        message_id=answer,
        asked_by=person.id,
        choice=choice,
        question=question,
        commit_sha=present.commit_sha,
    )
    context.asked.keep(answer, wanted)
    start_answer(context, job)
    return Asked(message_id=answer, thread_id=asking.thread_id)


async def _asker(work: Work, context: Context, actor: Actor | None, slug: Slug, branch: str | None) -> Actor:
    standing = await place_standing(work, context, slug=slug, branch=branch, viewer=actor)
    return await entitled(work, may_talk_on_branch, actor, standing, act="ask a model")


async def _asking(work: Work, context: Context, person: Actor, slug: Slug, branch: str | None) -> Asking:
    entry = await find_entry(work, slug)
    home = await home_of_branch(work, context.meta, entry, branch or MAIN)
    thread_id = await threads.open(work, created_by=person.id, slug=slug, branch=branch)
    return Asking(slug=slug, branch=branch, repo=home.repo, title=entry.title, thread_id=thread_id)


def _count(context: Context, person: Actor, slug: Slug) -> None:
    if context.answers.count(person.id) >= MOST_AT_ONCE:
        raise Busy(f"{MOST_AT_ONCE} answers are being given to you. Wait for one, or stop one.")
    context.limits.count(Limited.ASK, person.login)
    context.limits.count(Limited.ASK_ON_RFC, slug)


async def _begin(
    work: Work,
    context: Context,
    person: Actor,
    asking: Asking,
    wanted: Wanted,
    choice: ModelChoice,
    op_id: OperationId,
) -> MessageId:
    """The question, the empty answer, and the record of it."""
    said = await threads.append_message(
        work,
        thread_id=asking.thread_id,
        author_user_id=person.id,
        body=with_quotes(wanted.request, wanted.quotes),
        op_id=op_id,
    )
    answer = await threads.append_message(
        work,
        thread_id=asking.thread_id,
        author_user_id=None,
        body="",
        kind=MessageKind.MODEL,
        model_key=choice.key,
        model_name=choice.name,
        asked_by=person.id,
        state=AnswerState.STREAMING,
    )
    await record_action(
        work,
        context,
        actor_user_id=person.id,
        on_behalf_of=person.login,
        kind=ActionKind.ASK_MODEL,
        op_id=op_id,
        slug=asking.slug,
        branch=asking.branch,
        details={"model": choice.key, "question": said.id, "answer": answer.id},
    )
    slug, branch = asking.slug, asking.branch
    await events.append(work, MessagePosted(asking.thread_id, said.id, slug=slug, branch=branch))
    await events.append(work, AnswerStarted(slug, branch, asking.thread_id, answer.id))
    await watches.set_watching(work, user_id=person.id, slug=slug, at=now())
    return answer.id


async def _asked_before(work: Work, op_id: OperationId) -> Asked | None:
    """The answer to the same question sent before: the model's first message after it."""
    question = await threads.message_of(work, op_id=op_id)
    if question is None:
        return None
    following = await threads.messages(work, thread_ids=[question.thread_id], after=question.id)
    answers = (row for row in following if row.kind is MessageKind.MODEL)
    answer = next((row for row in answers if row.asked_by == question.author_user_id), None)
    if answer is None:
        raise Conflict("This was sent already.")
    return Asked(message_id=answer.id, thread_id=question.thread_id)


async def _answer(work: Work, message_id: MessageId) -> tuple[MessageRow, ThreadRow]:
    message = await threads.message(work, id=message_id)
    thread = None if message is None else await threads.find(work, id=message.thread_id)
    if message is None or thread is None or message.kind is not MessageKind.MODEL:
        raise NotFound("There is no such answer.")
    return message, thread


async def _question_before(work: Work, answer: MessageRow) -> MessageRow:
    """What was asked: the asker's last message before the answer."""
    rows = await threads.messages(work, thread_ids=[answer.thread_id])
    own = [row for row in rows if row.id < answer.id and row.author_user_id == answer.asked_by]
    if not own:
        raise NotFound("There is no question to this answer.")
    return own[-1]


async def _login_of(work: Work, message: MessageRow) -> Login | None:
    row = await users.find(work, user_id=message.asked_by) if message.asked_by is not None else None
    return row.gitea_login if row is not None else None


def _named(thread: ThreadRow) -> Slug:
    if thread.rfc_slug is None:
        raise NotFound("There is no such answer.")
    return thread.rfc_slug
