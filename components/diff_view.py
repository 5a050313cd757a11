"""The difference of a pull request in its three views, with what leads from change to change (§10.3)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from html import escape
from typing import Final

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from components.design import icon
from components.diff_contents import IN_THIS_PR, diff_contents_html
from components.turns import Turns
from services.domain.diff_views import ChangeKind, DiffViews, Limit, show_difference
from services.domain.rendering.links import LinkBase


class DiffMode(StrEnum):
    """The three views."""

    RENDERED = "rendered"
    SPLIT = "split"
    SOURCE = "source"


@dataclass(frozen=True, slots=True)
class Difference:
    """Two versions to compare."""

    before: str
    after: str
    base: LinkBase
    title: str


class Differences(Turns[Difference, DiffViews]):
    """The differences that pages show: each is made once, off the loop, for everybody who looks at it."""

    def __init__(self) -> None:
        super().__init__(_compare)

    async def of(self, difference: Difference) -> DiffViews:
        """All three views of a difference."""
        return await self.newest(difference, lambda: difference)


def _compare(difference: Difference) -> DiffViews:
    return show_difference(difference.before, difference.after, base=difference.base, title=difference.title)


LIMITS: Final = {
    Limit.LARGE: "Limited: the two versions are too large for anything but whole paragraphs of the source.",
    Limit.COARSE: "Limited: so much changed at once that whole paragraphs are marked, not words.",
    Limit.WRITTEN: "Limited: parts of the text are too deeply nested to format; they are shown as written.",
}


@dataclass(frozen=True, slots=True)
class DiffActs:
    """What the page does."""

    turn: Callable[[DiffMode], Awaitable[None]]
    tick: Callable[[str, str, bool], Awaitable[None]]
    """Section, fingerprint, whether it is viewed."""
    looked: Callable[[str], Awaitable[None]]
    """The difference that has this version was really looked at, not only opened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the element shows: one view, the reader's ticks (section to fingerprint), and what is new to them."""

    views: DiffViews
    mode: DiffMode
    names: tuple[str, str]
    """What the two versions are called."""
    ticks: Mapping[str, str] | None
    """None for somebody who has none."""
    fresh: frozenset[str] = frozenset()
    problem: str = ""
    label: str = IN_THIS_PR
    """What the list of sections is called."""
    version: str = ""
    """What the newer version is known by: the browser says with it what it shows."""


class DiffView(Element, component="diff_view.js"):
    """Bar, head, what its children are, then the difference."""

    def __init__(self, shown: Shown, *, head: str, acts: DiffActs) -> None:
        super().__init__()
        self._acts = acts
        self._ticking = asyncio.Lock()
        self._props.update(head=head, **_props(shown))
        self.on("turn", self._turn)
        self.on("tick", self._tick)
        self.on("looked", self._looked)

    def show(self, shown: Shown, *, head: str) -> None:
        """Show it as it is now; nothing is sent when nothing changed."""
        fresh = {"head": head, **_props(shown)}
        if any(self._props[name] != value for name, value in fresh.items()):
            self._props.update(fresh)
            self.update()

    async def _turn(self, event: GenericEventArguments) -> None:
        if event.args in tuple(DiffMode):
            await self._acts.turn(DiffMode(event.args))

    async def _looked(self, event: GenericEventArguments) -> None:
        await self._acts.looked(str(event.args))

    async def _tick(self, event: GenericEventArguments) -> None:
        match event.args:
            case {"section": str(section), "print": str(fingerprint), "viewed": bool(viewed)}:
                async with self._ticking:  # ticked and unticked again ends unticked
                    await self._acts.tick(section, fingerprint, viewed)


def tally_html(views: DiffViews, *, fresh: int) -> str:
    """How much changed, and how much of it is new to the reader."""
    moved = views.count(ChangeKind.MOVED)
    counts = (("p", f"+{views.gained}", views.gained), ("m", f"−{views.lost}", views.lost))
    shown = [(look, count) for look, count, number in counts if number]
    parts = [
        f'<span class="{look}">{count}{"" if place else " words"}</span>'
        for place, (look, count) in enumerate(shown)
    ]
    if moved:
        parts.append(f'<span class="v">{moved} moved</span>')
    changes, sections = len(views.changes), len(views.sections)
    said = (
        f"{changes} change{'' if changes == 1 else 's'} in {sections} section{'' if sections == 1 else 's'}"
    )
    new = (
        '<button type="button" class="r-line r-fresh" data-to-new data-testid="diff-new" '
        f'title="Go to the next of them"><i class="r-dot"></i>{fresh} new since you looked</button>'
        if fresh
        else ""
    )
    return (
        f'<p class="r-line r-line--wrap r-soft r-tallies"><span class="r-tally">{"".join(parts)}</span>'
        f"<span>{said}</span>{new}</p>"
    )


def _props(shown: Shown) -> dict[str, object]:
    return {
        "html": _html(shown),
        "contents": diff_contents_html(shown.views, shown.label) if shown.mode is DiffMode.RENDERED else "",
        "mode": shown.mode.value,
        "formats": shown.views.count(ChangeKind.FORMAT),
        "sections": len(shown.views.sections),
        "ticks": dict(shown.ticks) if shown.ticks is not None else None,
        "fresh": sorted(shown.fresh),
        "note": _note(shown),
        "version": shown.version,
    }


def _html(shown: Shown) -> str:
    views = shown.views
    if shown.mode is DiffMode.SOURCE:
        return views.source
    if shown.mode is DiffMode.SPLIT:
        return _heads(shown.names) + views.split if views.split else ""
    return views.rendered


def _heads(names: Iterable[str]) -> str:
    return "".join(
        f'<div class="head r-aside">{icon("git-branch", "i-14")} <code class="r-clip">{escape(name)}</code></div>'
        for name in names
    )


def _note(shown: Shown) -> str:
    words = shown.problem or LIMITS.get(shown.views.limit, "")
    if not words and not shown.views.changes:
        words = "Nothing in the text differs."
    if shown.views.limit is Limit.LARGE and shown.mode is not DiffMode.SOURCE and not shown.problem:
        words += " Look at the source."
    return f'<p class="r-note r-note--warn" role="note">{escape(words)}</p>' if words else ""
