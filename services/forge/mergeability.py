"""The queue of pull requests to check: asynchronous as in Gitea, and slowed or stopped on request."""

from __future__ import annotations

import heapq
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from services.forge.faults import Faults

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, order=True)
class CheckTask:
    """A pull request to look at again; `doer_id` is who pushed, if anyone did."""

    due: float
    pull_id: int = field(compare=False)
    doer_id: int | None = field(compare=False, default=None)


class CheckQueue:
    """One thread that checks pull requests when their time has come."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._tasks: list[CheckTask] = []
        self._queued: set[tuple[int, int | None]] = set()
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None
        self._stopping = False

    def start(self, check: Callable[[CheckTask], None]) -> None:
        """Begin working."""
        self._stopping = False
        self._thread = threading.Thread(target=self._work, args=(check,), name="forge-checks", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish the check under way and end."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        if self._thread:
            self._thread.join()

    def add(self, pull_id: int, doer_id: int | None = None) -> None:
        """Have a pull request checked after the configured delay; never, when told so."""
        delay = self._faults.switches.mergeability
        if delay is None:
            return
        with self._wake:
            if (pull_id, doer_id) in self._queued:
                return
            self._queued.add((pull_id, doer_id))
            heapq.heappush(self._tasks, CheckTask(time.monotonic() + delay, pull_id, doer_id))
            self._wake.notify_all()

    def _work(self, check: Callable[[CheckTask], None]) -> None:
        while task := self._next():
            try:
                check(task)
            except Exception:
                logger.exception("check of pull request %s failed", task.pull_id)

    def _next(self) -> CheckTask | None:
        with self._wake:
            while not self._stopping:
                wait = self._tasks[0].due - time.monotonic() if self._tasks else None
                if wait is not None and wait <= 0:
                    task = heapq.heappop(self._tasks)
                    self._queued.discard((task.pull_id, task.doer_id))
                    return task
                self._wake.wait(wait)
        return None
