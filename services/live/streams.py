"""Answers that are being given: words go to whoever watches, without a detour through the database.

An answer is sent as blocks that are complete and never change again, and a tail that still grows. Whoever comes
late gets what is there. Content travels here and nowhere else; events hold ids only.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from services.domain.identifiers import MessageId, ThreadId

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Streamed:
    """What to show now: markdown blocks from `first` on that are complete, and the tail after them."""

    message_id: MessageId
    first: int
    closed: tuple[str, ...]
    tail: str
    ended: bool = False


Listener = Callable[[Streamed], None]


@dataclass(slots=True)
class _Answer:
    thread_id: ThreadId
    closed: list[str] = field(default_factory=list)
    tail: str = ""


class Streams:
    """The answers under way in this process, by message."""

    def __init__(self) -> None:
        self._answers: dict[MessageId, _Answer] = {}
        self._listeners: defaultdict[ThreadId, dict[int, Listener]] = defaultdict(dict)
        self._next = 0

    def begin(self, message_id: MessageId, thread_id: ThreadId) -> None:
        """An answer starts."""
        self._answers[message_id] = _Answer(thread_id)

    def put(self, message_id: MessageId, closed: tuple[str, ...], tail: str) -> None:
        """More of an answer: blocks that are now complete, and the present tail."""
        answer = self._answers[message_id]
        first = len(answer.closed)
        answer.closed.extend(closed)
        answer.tail = tail
        self._tell(answer.thread_id, Streamed(message_id, first, closed, tail))

    def end(self, message_id: MessageId) -> None:
        """The answer stands in the database now, whole or as far as it came."""
        answer = self._answers.pop(message_id, None)
        if answer is not None:
            self._tell(answer.thread_id, Streamed(message_id, len(answer.closed), (), "", ended=True))

    def subscribe(self, thread_id: ThreadId, listener: Listener) -> Callable[[], None]:
        """Be told of the answers of a thread, first of what has been said already; call the result to leave."""
        self._next += 1
        number = self._next
        self._listeners[thread_id][number] = listener
        for message_id, answer in self._answers.items():
            if answer.thread_id == thread_id:
                listener(Streamed(message_id, 0, tuple(answer.closed), answer.tail))
        return lambda: self._leave(thread_id, number)

    @property
    def under_way(self) -> frozenset[MessageId]:
        """Messages whose answer has not ended."""
        return frozenset(self._answers)

    def _leave(self, thread_id: ThreadId, number: int) -> None:
        listeners = self._listeners.get(thread_id, {})
        listeners.pop(number, None)
        if not listeners:
            self._listeners.pop(thread_id, None)

    def _tell(self, thread_id: ThreadId, streamed: Streamed) -> None:
        for listener in list(self._listeners.get(thread_id, {}).values()):
            try:
                listener(streamed)
            except Exception:  # one viewer's trouble is not the others' (border: bus subscriber)
                log.exception("a viewer of thread %s could not be told", thread_id)
