"""The copy-editor as a participant: asks its worker process, and answers in the form every model uses."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import AsyncIterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from services.llm.copy_editor import worker
from services.llm.copy_editor.remarks import Remark, corrected
from services.llm.port import COPY_EDITOR_KEY, ModelFailed, Question, Trouble

ALL_IT_DOES = "I only look at spelling, grammar and clarity, in English."
LONGEST_SECONDS = 60


class CopyEditor:
    """A `Participant`. One worker process serves all questions, one after the other; it starts at the first."""

    key = COPY_EDITOR_KEY
    name = "Copy-editor"

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None

    async def answer(self, question: Question) -> AsyncIterator[str]:
        """One sentence, then a change block for each remark."""
        remarks = await self._read(question)
        yield _opening(remarks)
        for remark in remarks:
            yield _block(question, remark)

    def close(self) -> None:
        """End the worker process."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None

    async def _read(self, question: Question) -> tuple[Remark, ...]:
        span = question.reach.span
        work = (question.text, span.start, span.end, question.known_words)
        try:
            future = asyncio.get_running_loop().run_in_executor(self._worker(), worker.read, *work)
            return await asyncio.wait_for(future, LONGEST_SECONDS)
        except TimeoutError as error:
            self.close()
            raise ModelFailed(self.name, Trouble.TIMED_OUT) from error
        except BrokenProcessPool as error:
            self.close()
            raise ModelFailed(self.name, Trouble.UNREACHABLE) from error

    def _worker(self) -> ProcessPoolExecutor:
        """A fresh interpreter: a fork would take the server's threads and sockets along."""
        if self._pool is None:
            fresh = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(1, mp_context=fresh, initializer=worker.warm_up)
        return self._pool


def _opening(remarks: tuple[Remark, ...]) -> str:
    if not remarks:
        return f"I have no remarks. {ALL_IT_DOES}\n"
    count = "One remark" if len(remarks) == 1 else f"{len(remarks)} remarks"
    return f"{count}. {ALL_IT_DOES}\n"


def _block(question: Question, remark: Remark) -> str:
    original, proposed = corrected(question.text, remark, question.reach.span)
    return (
        f"\n<change>\n<original>{original}</original>\n<proposed>{proposed}</proposed>\n"
        f"<reason>{remark.message}</reason>\n</change>\n"
    )
