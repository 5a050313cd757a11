"""Giving an answer in the background (§8.4–§8.6): the words stream, cards come up, and its end is written down."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from services.domain.errors import ProductError
from services.domain.events import AnswerEnded
from services.domain.identifiers import CommitSha, MessageId, UserId
from services.live.answers import Ending
from services.llm.port import ModelFailed, Question, Trouble
from services.store.queries import events, threads
from services.store.queries.threads import AnswerState, MessageRow, ThreadRow
from services.usecases.answer_cards import AnswerCards
from services.usecases.answering import MOST_CARDS, Answering
from services.usecases.context import Context
from services.usecases.models import ModelChoice
from services.usecases.questions import Asking
from services.usecases.rfc_models import participant_of
from services.usecases.system_lines import say_system_line

LONGEST_SECONDS = 600
"""How long an answer may take as a whole."""
RESTARTED = "The server was restarted before the answer was complete. Ask again."
BROKEN = "Something went wrong here, not with the model. Ask again; if it stays so, tell an admin."


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerJob:
    """Everything the background task needs."""

    asking: Asking
    message_id: MessageId
    asked_by: UserId
    choice: ModelChoice
    question: Question
    commit_sha: CommitSha


def start_answer(context: Context, job: AnswerJob) -> None:
    """Have the model answer; whoever watches the thread is sent the words as they come."""
    giving = _Giving(context, job)
    context.streams.begin(job.message_id, job.asking.thread_id)
    context.answers.start(job.message_id, giving.run(), giving.end, asked_by=job.asked_by)


async def end_interrupted(context: Context) -> int:
    """After a start: answers that a killed server was giving have failed; how many."""
    ended = 0
    async with context.store.write() as work:
        for message in await threads.list_streaming(work):
            thread = await threads.find(work, id=message.thread_id)
            if message.id in context.streams.under_way or thread is None or thread.rfc_slug is None:
                continue
            state, trouble = AnswerState.FAILED, RESTARTED
            await threads.end_answer(work, id=message.id, body=message.body, state=state, trouble=trouble)
            ended += 1
            await events.append(work, AnswerEnded(thread.rfc_slug, thread.branch_name, thread.id, message.id))
    return ended


async def cut_off(context: Context, message: MessageRow, thread: ThreadRow) -> None:
    """Stop an answer that is not given in this process: whoever gives it finds that it has ended."""
    async with context.store.write() as work:
        if not await threads.end_answer(work, id=message.id, body=message.body, state=AnswerState.STOPPED):
            return
        if thread.rfc_slug is not None:
            await events.append(work, AnswerEnded(thread.rfc_slug, thread.branch_name, thread.id, message.id))


class _Giving:
    """One answer under way."""

    def __init__(self, context: Context, job: AnswerJob) -> None:
        self._context = context
        self._job = job
        cards = AnswerCards(
            context=context,
            asking=job.asking,
            message_id=job.message_id,
            asked_by=job.asked_by,
            choice=job.choice,
            prompt=job.question.request,
            text=job.question.text,
            reach=job.question.reach,
            commit_sha=job.commit_sha,
        )
        self._answering = Answering(job.message_id, job.choice.name, context.streams, cards.make, self._keep)
        self._trouble: str | None = None

    async def run(self) -> None:
        """Stream the answer; what goes wrong with a model or a store is told as what it is."""
        job = self._job
        try:
            participant = await participant_of(self._context, slug=job.asking.slug, key=job.choice.key)
            async with asyncio.timeout(LONGEST_SECONDS):
                await self._answering.run(participant.answer(self._job.question))
        except TimeoutError:
            failed = ModelFailed(self._job.choice.name, Trouble.TIMED_OUT)
            self._trouble = f"{failed.message} {failed.hint}"
        except ProductError as error:
            self._trouble = f"{error.message} {error.hint}"

    async def end(self, ending: Ending) -> None:
        """Write down what was said and how it ended, then tell."""
        state, trouble = self._outcome(ending)
        job, asking = self._job, self._job.asking
        try:
            async with self._context.store.write() as work:
                ended = await threads.end_answer(
                    work, id=job.message_id, body=self._answering.body, state=state, trouble=trouble
                )
                if ended:
                    told = AnswerEnded(asking.slug, asking.branch, asking.thread_id, job.message_id)
                    await events.append(work, told)
                    if self._answering.left_out:
                        text = _too_many(job.choice.name, self._answering.left_out)
                        await say_system_line(work, slug=asking.slug, branch=asking.branch, text=text)
        finally:
            self._context.streams.end(job.message_id)

    def _outcome(self, ending: Ending) -> tuple[AnswerState, str | None]:
        match ending:
            case Ending.STOPPED:
                return AnswerState.STOPPED, None
            case Ending.LEFT:
                return AnswerState.FAILED, RESTARTED
            case Ending.BROKEN:
                return AnswerState.FAILED, BROKEN
        return (AnswerState.FAILED if self._trouble else AnswerState.COMPLETE), self._trouble

    async def _keep(self, body: str) -> None:
        """Store what has been said so far; somebody may have stopped it from another process."""
        async with self._context.store.write() as work:
            going_on = await threads.set_body(work, id=self._job.message_id, body=body)
        if not going_on:
            self._context.answers.stop(self._job.message_id)


def _too_many(name: str, left_out: int) -> str:
    more = "one more change" if left_out == 1 else f"{left_out} more changes"
    return f"{name} proposed {more}; an answer may have {MOST_CARDS}."
