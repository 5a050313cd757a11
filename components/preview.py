"""A branch's text with what it changes against main, rendered once for everybody who looks at it (§8.3, §8.11)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from components.turns import Turns
from services.domain.attribution import Accepted, attribution
from services.domain.rendering.changes import render_changes
from services.domain.rendering.links import LinkBase
from services.domain.rendering.markdown import RenderedDocument
from services.domain.rendering.tracked import Mark

REST, SHORT_REST, LEAST = 16, 1.2, 6
"""After a rendering its branch rests so many times as long as it took, so that typing in a long text leaves the
processor to others, but no longer than these seconds, unless that were fewer than the last times as long."""
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


class Previews(Turns[Source, Preview]):
    """The previews of all branches; a branch rests after each, so that typing in a long text stays cheap."""

    def __init__(self) -> None:
        super().__init__(render_preview, rest=rest_after)


def rest_after(took: float) -> float:
    """Seconds until the next rendering of the same branch, after one that took `took` seconds."""
    return min(REST * took, max(SHORT_REST, LEAST * took))


def render_preview(source: Source) -> Preview:
    """Compare and render; a few milliseconds for a few pages, fifty for 200 kB."""
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
