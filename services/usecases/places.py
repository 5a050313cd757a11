"""Where passages stand now: documents as read, and anchors as they followed, worked out once for everybody."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from anyio import to_thread

from services.domain.anchors import Anchor, follow_all
from services.domain.identifiers import CommitSha
from services.domain.prose_diff import ProseDiff, compare
from services.domain.quoting import Reading, reading_as_written, reading_of

MOST_KEPT = 24

K = TypeVar("K")
V = TypeVar("V")
Anchors = tuple[Anchor, ...]


class Places:
    """Reads texts and follows anchors in a thread; the same again, by whomever, costs nothing."""

    def __init__(self) -> None:
        self._readings: _Once[tuple[str, bool], Reading] = _Once()
        self._followed: _Once[tuple[Anchors, str, str, CommitSha], Anchors] = _Once()
        self._diffs: _Once[tuple[str, str], ProseDiff] = _Once()

    async def reading(self, text: str, *, written: bool = False) -> Reading:
        """The document as its readers see it; `written`: those who look at its source."""
        read = reading_as_written if written else reading_of
        return await self._readings.get((_digest(text), written), lambda: read(text))

    async def follow(self, anchors: Anchors, before: str, after: str, commit: CommitSha) -> Anchors:
        """Where anchors of `before` stand in `after`, which is that of `commit`."""
        if before == after or not anchors:
            return anchors
        key = (anchors, _digest(before), _digest(after), commit)
        return await self._followed.get(key, lambda: follow_all(anchors, before, after, commit))

    async def diff(self, before: str, after: str) -> ProseDiff:
        """What changed between two texts."""
        return await self._diffs.get((_digest(before), _digest(after)), lambda: compare(before, after))


class _Once(Generic[K, V]):
    """Results of work in threads, the latest kept; who asks meanwhile waits for the same result."""

    def __init__(self) -> None:
        self._kept: OrderedDict[K, asyncio.Future[V]] = OrderedDict()

    async def get(self, key: K, work: Callable[[], V]) -> V:
        working = self._kept.get(key)
        if working is None:
            working = self._kept[key] = asyncio.ensure_future(to_thread.run_sync(work))
            working.add_done_callback(lambda done: self._drop_failed(key, done))
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(key)
        return await asyncio.shield(working)

    def _drop_failed(self, key: K, done: asyncio.Future[V]) -> None:
        if done.cancelled() or done.exception() is not None:
            self._kept.pop(key, None)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
