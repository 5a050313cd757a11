"""Asking a model (§8.5, §8.6): its answer streams to everybody who watches; what it proposes becomes cards."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.domain.actors import Actor
from services.domain.anchors import place
from services.domain.audit import ActionKind
from services.domain.branch import MAIN, BranchKey
from services.domain.change import ChangeState
from services.domain.change_protocol import BrokenBlock, Located, ProposedChange, Reach, locate
from services.domain.clock import now
from services.domain.errors import Conflict, Invalid, NotFound
from services.domain.events import AnswerEnded, AnswerStarted, ChangeProposed, MessagePosted
from services.domain.identifiers import ChangeId, MessageId, OperationId, Repository, Slug, ThreadId
from services.domain.permissions import may_talk_on_branch, may_withdraw
from services.domain.proposal import check_message
from services.domain.prose_diff import Span
from services.domain.trailers import new_operation_id
from services.llm.port import EarlierChange, ModelFailed, Question, Said
from services.store.queries import actions, changes, events, threads, users, watches, words
from services.store.queries.changes import ChangeRow, NewChange
from services.store.queries.threads import AnswerState, MessageKind
from services.store.work import Work
from services.usecases.answering import Answering
from services.usecases.models import ModelChoice
from services.usecases.people import entitled
from services.usecases.present_text import PresentText, place_standing, present_text
from services.usecases.rate_limits import Limited
from services.usecases.texts import home_of_branch
from services.usecases.views.entry import find_entry

if TYPE_CHECKING:
    from services.usecases.context import Context

log = logging.getLogger(__name__)

TOLD_MESSAGES = 30
TOLD_CHANGES = 20
RESTARTED = "The server was restarted before the answer was complete."
STOPPED_WORDS = "Stopped."


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The answer that is being given, and the thread it is in."""

    message_id: MessageId
    thread_id: ThreadId


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """Everything the background task needs."""

    slug: Slug
    branch: str | None
    repo: Repository
    thread_id: ThreadId
    message_id: MessageId
    actor: Actor
    choice: ModelChoice
    question: Question
    present: PresentText


async def ask(
    context: Context,
    *,
    actor: Actor | None,
    slug: Slug,
    branch: str | None,
    text: str,
    model_key: str,
    reach: Span | None = None,
    quotes: Sequence[str] = (),
    op_id: OperationId | None = None,
) -> Asked:
    """Ask a model about main (`branch` None) or a branch; the answer comes in the background.

    `reach` is in code points of the present text, None for the whole document. Raises NotFound, NotSignedIn, Muted,
    Forbidden, RateLimited, Invalid (field `message` or `model`), Conflict when the text changed under the reach.
    """
    request = check_message(text)
    present = await present_text(context, slug=slug, branch=branch)
    asked_about = _reach(present.text, reach)
    op_id = op_id or new_operation_id()
    async with context.store.write() as work:
        standing = await place_standing(work, context, slug=slug, branch=branch, viewer=actor)
        person = await entitled(work, may_talk_on_branch, actor, standing, act="ask a model")
        entry = await find_entry(work, slug)
        choice = context.models.offer(entry.models).choice(model_key)
        context.limits.count(Limited.ASK, person.login)
        context.limits.count(Limited.ASK_ON_RFC, slug)
        home = await home_of_branch(work, context.meta, entry, branch or MAIN)
        thread_id = await threads.open(work, created_by=person.id, slug=slug, branch=branch)
        question = await _question(
            work,
            context,
            slug,
            branch,
            home.repo,
            thread_id,
            entry.title,
            present,
            asked_about,
            request,
            quotes,
        )
        said = await threads.append_message(
            work,
            thread_id=thread_id,
            author_user_id=person.id,
            body=_with_quotes(request, quotes),
            op_id=op_id,
        )
        answer = await threads.append_message(
            work,
            thread_id=thread_id,
            author_user_id=None,
            body="",
            kind=MessageKind.MODEL,
            model_key=choice.key,
            model_name=choice.name,
            asked_by=person.id,
            state=AnswerState.STREAMING,
        )
        await _record(work, person, slug, branch, op_id, choice, answer.id)
        await events.append(work, MessagePosted(thread_id, said.id, slug=slug, branch=branch))
        await events.append(work, AnswerStarted(slug, branch, thread_id, answer.id))
        await watches.set_watching(work, user_id=person.id, slug=slug, at=now())
    job = _Job(
        slug=slug,
        branch=branch,
        repo=home.repo,
        thread_id=thread_id,
        message_id=answer.id,
        actor=person,
        choice=choice,
        question=question,
        present=present,
    )
    context.streams.begin(answer.id, thread_id)
    context.answers.start(answer.id, _answer(context, job))
    return Asked(message_id=answer.id, thread_id=thread_id)


async def stop(context: Context, *, actor: Actor | None, message_id: MessageId) -> bool:
    """Stop an answer; what has been said stays. Whoever asked may, and arbiters. False when it has ended."""
    async with context.store.read() as work:
        message = await threads.message(work, id=message_id)
        thread = None if message is None else await threads.find(work, id=message.thread_id)
        if message is None or thread is None or thread.rfc_slug is None:
            raise NotFound("There is no such answer.")
        if actor is None or actor.id != message.asked_by:
            standing = await place_standing(
                work, context, slug=thread.rfc_slug, branch=thread.branch_name, viewer=actor
            )
            await entitled(work, may_withdraw, actor, standing, act="stop this answer")
    return context.answers.stop(message_id)


async def end_interrupted(context: Context) -> int:
    """After a start: answers that a killed server was giving have failed; how many."""
    async with context.store.write() as work:
        interrupted = await threads.list_streaming(work)
        for message in interrupted:
            await threads.end_answer(
                work, id=message.id, state=AnswerState.FAILED, body=message.body, trouble=RESTARTED
            )
    return len(interrupted)


async def _answer(context: Context, job: _Job) -> None:
    """The background task of one answer: stream, cards, and how it ended."""
    state, trouble = AnswerState.COMPLETE, None

    async def make_card(change: ProposedChange | BrokenBlock) -> ChangeId:
        return await _store_card(context, job, change)

    answering = Answering(job.message_id, context.streams, make_card)
    participant = context.models.participant(job.choice.key)
    try:
        async with aclosing(participant.answer(job.question)) as stream:  # type: ignore[type-var]
            await answering.run(stream)
    except ModelFailed as error:
        state, trouble = AnswerState.FAILED, f"{error.message} {error.hint}"
    except asyncio.CancelledError:
        state, trouble = AnswerState.STOPPED, STOPPED_WORDS
    await _end(context, job, answering.body.strip(), state, trouble)


async def _end(context: Context, job: _Job, body: str, state: AnswerState, trouble: str | None) -> None:
    async with context.store.write() as work:
        await threads.end_answer(work, id=job.message_id, state=state, body=body, trouble=trouble)
        await events.append(work, AnswerEnded(job.slug, job.branch, job.thread_id, job.message_id))
    context.streams.end(job.message_id)


async def _store_card(context: Context, job: _Job, change: ProposedChange | BrokenBlock) -> ChangeId:
    """Pending where the change fits the text once inside the reach; refused, with the reason, where not."""
    card = await _judged(context, job, change)
    async with context.store.write() as work:
        change_id = await changes.insert(work, card)
        await events.append(work, ChangeProposed(job.slug, job.branch, change_id))
    return change_id


async def _judged(context: Context, job: _Job, change: ProposedChange | BrokenBlock) -> NewChange:
    if isinstance(change, BrokenBlock):
        return _card(job, change.raw[:2_000], "", "", state=ChangeState.REFUSED, refusal=change.problem)
    present = await present_text(context, slug=job.slug, branch=job.branch)
    reach = job.question.reach if present.text == job.present.text else Reach.document(present.text)
    found = await asyncio.to_thread(locate, change, present.text, reach)
    if not isinstance(found, Located):
        return _card(
            job,
            change.original,
            change.proposed,
            change.reason,
            state=ChangeState.REFUSED,
            refusal=found.sentence,
        )
    anchor = place(present.text, found.span.start, found.span.end, present.commit_sha)
    return _card(job, found.original, found.replacement, change.reason, anchor=anchor)


def _card(job: _Job, original: str, proposed: str, reason: str, **more: object) -> NewChange:
    return NewChange(
        rfc_slug=job.slug,
        repo=job.repo,
        branch_name=job.branch,
        thread_id=job.thread_id,
        message_id=job.message_id,
        model_key=job.choice.key,
        model_name=job.choice.name,
        asked_by=job.actor.id,
        prompt=job.question.request,
        original=original,
        proposed=proposed,
        reason=reason,
        **more,  # type: ignore[arg-type]
    )


def _reach(text: str, span: Span | None) -> Reach:
    if span is None:
        return Reach.document(text)
    if not 0 <= span.start < span.end <= len(text):
        raise Invalid("The passage you asked about is no longer there.", field="message")
    return Reach(span, whole=False)


async def _question(
    work: Work,
    context: Context,
    slug: Slug,
    branch: str | None,
    repo: Repository,
    thread_id: ThreadId,
    title: str,
    present: PresentText,
    reach: Reach,
    request: str,
    quotes: Sequence[str],
) -> Question:
    """Everything the model is told (§18.3), the latest talk and changes of this branch with it."""
    known = (
        await changes.list_buffer(work, slug=slug)
        if branch is None
        else await changes.list_for_branch(work, key=BranchKey(repo, branch))
    )
    return Question(
        title=title,
        text=present.text,
        reach=reach,
        request=request,
        quotes=tuple(quotes),
        thread=await _said(work, thread_id),
        pending=_told(known, ChangeState.PENDING),
        declined=_told(known, ChangeState.DECLINED),
        known_words=frozenset(await words.list_for_slug(work, slug=slug)),
    )


async def _said(work: Work, thread_id: ThreadId) -> tuple[Said, ...]:
    rows = (await threads.messages(work, thread_ids=[thread_id]))[-TOLD_MESSAGES:]
    people = await users.find_many(work, user_ids=[row.author_user_id for row in rows if row.author_user_id])
    found = []
    for row in rows:
        if row.kind is MessageKind.MODEL:
            found.append(Said(row.model_name or "Model", row.body, by_model=True))
        elif row.author_user_id in people:
            found.append(Said(people[row.author_user_id].display_name, row.body))
    return tuple(found)


def _told(known: Sequence[ChangeRow], state: ChangeState) -> tuple[EarlierChange, ...]:
    cards = [card for card in known if card.state is state][-TOLD_CHANGES:]
    return tuple(
        EarlierChange(card.original, card.proposed, card.decline_reason or card.reason) for card in cards
    )


def _with_quotes(request: str, quotes: Sequence[str]) -> str:
    """What the person's message shows: the passages they quoted, then what they asked."""
    quoted = "\n\n".join("> " + quote.strip().replace("\n", "\n> ") for quote in quotes if quote.strip())
    return f"{quoted}\n\n{request}" if quoted else request


async def _record(
    work: Work,
    person: Actor,
    slug: Slug,
    branch: str | None,
    op_id: OperationId,
    choice: ModelChoice,
    answer_id: MessageId,
) -> None:
    recorded = await actions.append(
        work,
        actor_user_id=person.id,
        on_behalf_of=person.login,
        kind=ActionKind.ASK_MODEL,
        op_id=op_id,
        slug=slug,
        branch=branch,
        details={"model": choice.key, "answer": answer_id},
    )
    if not recorded:
        raise Conflict("This question was asked already.")
