"""A branch's text with what it changes against main, rendered once for everybody who looks at it (§8.3, §8.11)."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from anyio import to_thread

from services.domain.attribution import Accepted, attribution
from services.domain.rendering.changes import render_changes
from services.domain.rendering.links import LinkBase
from services.domain.rendering.markdown import RenderedDocument
from services.domain.rendering.tracked import Mark

MOST_KEPT: Final = 8
"""Previews kept in memory; the newest of each branch is the one that is asked for."""
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

    @property
    def key(self) -> str:
        """The same for the same preview."""
        return hashlib.sha256(repr(self).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Preview:
    """The branch's text with marks, and how many words it gained and lost."""

    document: RenderedDocument
    added: int = 0
    removed: int = 0


_kept: OrderedDict[str, asyncio.Future[Preview]] = OrderedDict()


async def preview_of(source: Source) -> Preview:
    """Render in a thread; who asks for the same while it is being rendered gets that one."""
    key = source.key
    rendering = _kept.get(key)
    if rendering is None:
        rendering = _kept[key] = asyncio.ensure_future(to_thread.run_sync(_render, source))
        rendering.add_done_callback(lambda done: _drop_failed(key, done))
        if len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    _kept.move_to_end(key)
    return await asyncio.shield(rendering)


def _drop_failed(key: str, done: asyncio.Future[Preview]) -> None:
    if done.cancelled() or done.exception() is not None:
        _kept.pop(key, None)


def _render(source: Source) -> Preview:
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
        RenderedDocument(html, shown.headings),
        added=sum(len(mark.inserted.split()) for mark in marks),
        removed=sum(len(mark.struck.split()) for mark in marks),
    )
