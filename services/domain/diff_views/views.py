"""Makes the three views of one difference."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from services.domain.diff_views.html import Writer
from services.domain.diff_views.layout import Part, lay_out, summary_of
from services.domain.diff_views.merging import Merging
from services.domain.diff_views.model import Change, DiffViews, Limit
from services.domain.diff_views.moves import captions_of
from services.domain.diff_views.rendered import Rendered
from services.domain.diff_views.source import Places, Source, places_of
from services.domain.diff_views.split import Split
from services.domain.prose_diff import compare
from services.domain.rendering.bounds import BUDGET, Budget, TooMuchWork
from services.domain.rendering.headings import Heading, number_headings
from services.domain.rendering.html import Env
from services.domain.rendering.links import LinkBase
from services.domain.rendering.markdown import parse_document
from services.domain.rendering.tree import Node, grow

LARGEST = 500_000
"""Characters of one version above which only the source is compared."""
_MARKED = re.compile(r'data-chg="([^"]*)"')


@dataclass(frozen=True, slots=True)
class _Merged:
    nodes: list[Node]
    merging: Merging
    env: Env
    headings: tuple[Heading, ...]
    written: bool


def show_difference(before: str, after: str, *, base: LinkBase, title: str = "") -> DiffViews:
    """Compare two versions and write all three views; pure, bounded, thread-safe. Texts have LF line ends."""
    merged = _merge(before, after, base, title)
    places = places_of(merged.nodes) if merged else Places()
    source = Source(before, after, places)
    diff = compare(before, after)
    lines = source.html(diff)
    if merged is None:
        return DiffViews("", "", lines, tuple(source.extra), limit=Limit.LARGE)
    parts = lay_out(merged.nodes, merged.merging)
    captions, writer = captions_of(parts), Writer(merged.env)
    rendered = Rendered(writer, captions).html(parts)
    return DiffViews(
        rendered=rendered,
        split=Split(writer, captions).html(parts),
        source=lines,
        changes=(*_changes(parts, rendered), *source.extra),
        sections=tuple(summary_of(part) for part in parts if part.changes),
        headings=merged.headings,
        limit=_limit(merged, limited=diff.limited),
    )


def change_ids(before: str, after: str, *, base: LinkBase, title: str = "") -> frozenset[str]:
    """The ids of the changes that the rendered views of a difference have."""
    merged = _merge(before, after, base, title)
    return frozenset(merged.merging.noted) if merged else frozenset()


def _merge(before: str, after: str, base: LinkBase, title: str) -> _Merged | None:
    if max(len(before), len(after)) > LARGEST:
        return None
    try:
        (old, were), (new, env) = parse_document(before, base), parse_document(after, base)
    except TooMuchWork:
        return None
    # A title that only one version repeats is a change, and has to be seen.
    drop = title if _repeats(before, title) and _repeats(after, title) else ""
    number_headings(old, title=drop)
    headings = number_headings(new, title=drop)
    merging = Merging()
    nodes = list(merging.merge(grow(old), grow(new)))
    merging.settle()
    return _Merged(nodes, merging, env, headings, _is_limited(were) or _is_limited(env))


def _repeats(text: str, title: str) -> bool:
    first = text.lstrip().split("\n", 1)[0]
    return first.startswith("#") and first.lstrip("# ").strip() == title.strip()


def _changes(parts: Sequence[Part], rendered: str) -> tuple[Change, ...]:
    """Each once; without those of text that no reader sees, such as a second definition of one footnote."""
    every = {change.id: change for part in parts for change in part.changes}
    seen = set(_MARKED.findall(rendered))
    return tuple(change for change in every.values() if change.id in seen)


def _is_limited(env: Env) -> bool:
    budget = env[BUDGET]
    return isinstance(budget, Budget) and budget.limited


def _limit(merged: _Merged, *, limited: bool) -> Limit:
    if merged.merging.coarse or limited:
        return Limit.COARSE
    return Limit.WRITTEN if merged.written else Limit.NONE
