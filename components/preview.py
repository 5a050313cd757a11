"""A branch's text with what it changes against main, rendered once for everybody who looks at it (§8.3, §8.11)."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from time import perf_counter
from typing import Final

from anyio import to_thread

from services.domain.attribution import Accepted, attribution
from services.domain.rendering.changes import render_changes
from services.domain.rendering.links import LinkBase
from services.domain.rendering.markdown import RenderedDocument
from services.domain.rendering.tracked import Mark

MOST_KEPT: Final = 8
"""Previews kept in memory for those who come next; the newest of each branch is the one that is asked for."""
REST: Final = 4.0
"""How many times as long as a rendering took its branch rests before the next, so that typing in a long text
leaves the processor to others."""
UNMARKED: Final = (
    '<p class="r-note r-note--warn" role="note">'
    "The two versions are too large to compare; this is the text without marks.</p>"
)


@dataclass(frozen=True, slots=True)
class Source:
    """What a preview is made of: main's text, the branch's, and the changes accepted on it in their order."""

    before: str
    after: str
    base: LinkBase
    title: str
    accepted: tuple[Accepted, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """The branch's text with marks, and how many words it gained and lost."""

    source: Source
    document: RenderedDocument
    added: int = 0
    removed: int = 0


class Previews:
    """Renders at most one version of each branch at a time; who waits gets the newest when it is their turn."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Source, Preview] = OrderedDict()
        self._turns: dict[Hashable, asyncio.Lock] = {}
        self._rested: dict[Hashable, float] = {}

    async def newest(self, branch: Hashable, read: Callable[[], Source]) -> Preview:
        """The preview of what `read` gives once no other version of this branch is being rendered."""
        present = self._kept.get(read())
        if present is not None:
            return present
        turn = self._turns.setdefault(branch, asyncio.Lock())
        async with turn:
            await asyncio.sleep(max(0.0, self._rested.get(branch, 0.0) - perf_counter()))
            source = read()
            preview = self._kept.get(source) or await self._render(branch, source)
        self._keep(source, preview)
        return preview

    async def _render(self, branch: Hashable, source: Source) -> Preview:
        started = perf_counter()
        preview = await to_thread.run_sync(render_preview, source)
        ended = perf_counter()
        self._rested[branch] = ended + REST * (ended - started)
        return preview

    def _keep(self, source: Source, preview: Preview) -> None:
        self._kept[source] = preview
        self._kept.move_to_end(source)
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        resting = {branch for branch, until in self._rested.items() if until > perf_counter()}
        for branch in [
            known for known, turn in self._turns.items() if not turn.locked() and known not in resting
        ]:
            self._turns.pop(branch)
            self._rested.pop(branch, None)


def render_preview(source: Source) -> Preview:
    """Compare and render; some milliseconds for a few pages, a third of a second for 200 kB."""
    marks: list[Mark] = []
    change_of = attribution(source.accepted, source.after)

    def attribute(mark: Mark) -> str | None:
        marks.append(mark)
        return change_of(mark)

    shown = render_changes(
        source.before, source.after, base=source.base, title=source.title, attribute=attribute
    )
    html = UNMARKED + shown.html if shown.limited else shown.html
    return Preview(
        source,
        RenderedDocument(html, shown.headings),
        added=sum(len(mark.inserted.split()) for mark in marks),
        removed=sum(len(mark.struck.split()) for mark in marks),
    )
