"""The threads about passages of main or of a branch, and where they are in the text that is shown (§8.13, §8.14)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache

from services.domain.actors import Viewer
from services.domain.anchors import Anchor, Certainty
from services.domain.change import ChangeState
from services.domain.errors import ProductError
from services.domain.identifiers import Slug, ThreadId, UserId
from services.domain.permissions import Standing, allows, may_resolve_thread, may_talk_on_branch
from services.domain.prose_diff import Span
from services.domain.quoting import Reading, Shown, reading_of, shown_at, with_marks, words_at
from services.domain.side import Side
from services.store.queries import changes, threads, users
from services.store.queries.threads import ThreadKind, ThreadRow, ThreadState
from services.store.queries.users import UserRow
from services.usecases.anchor_following import followed
from services.usecases.base_text import base_text
from services.usecases.context import Context
from services.usecases.known_branch import EntryFacts, entry_facts
from services.usecases.shown_text import ShownText, shown_of
from services.usecases.views.parts import MessageView, Permit, PersonView
from services.usecases.views.threads import Spoken, permit, person_view, spoken


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotationView:
    """One thread. `quote` is what it was opened on, `words` what stands where it is found now ("" when lost).

    Both are source; `quote_reads` and `reads` are the same as people read it. `shown` is that place as the rendered
    text shows it, None where nothing of it is shown, `written` as the source does. `side`: whether the place is in the
    text itself or in what its branch started from; `kept`: the branch has the words of the latter now. `asked`: the
    viewer may say whether an uncertain place is right. `offers_resolve`: a change made in this thread was accepted.
    `reach` is a flag's `span` with the marks that belong to its words, `reach_source` what stands there: a model is
    asked about it.
    """

    id: ThreadId
    kind: ThreadKind
    state: ThreadState
    certainty: Certainty
    quote: str
    words: str
    quote_reads: str
    reads: str
    span: Span | None
    shown: Shown | None
    written: Shown | None
    side: Side
    kept: bool
    opened_by: PersonView | None
    opened_at: datetime
    messages: tuple[MessageView, ...]
    judge: Permit
    asked: bool
    offers_resolve: bool
    reach: Span | None = None
    reach_source: str = ""

    @property
    def is_orphan(self) -> bool:
        """Whether it lost its passage and nobody has settled it."""
        return self.certainty is Certainty.LOST and self.state is not ThreadState.RESOLVED


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotationsView:
    """All threads in the order of the text, orphans last; `comment`: whether the viewer may open one or reply."""

    threads: tuple[AnnotationView, ...]
    comment: Permit

    @property
    def open_count(self) -> int:
        """How many are not resolved."""
        return sum(thread.state is not ThreadState.RESOLVED for thread in self.threads)

    def about(self, span: Span, side: Side = Side.AFTER) -> ThreadId | None:
        """The open thread that a suggestion for this passage belongs to; of several the one about fewest words."""
        overlapping = [
            (thread.span.end - thread.span.start, thread.id)
            for thread in self.threads
            if thread.state is not ThreadState.RESOLVED
            and thread.span is not None
            and thread.side is side
            and thread.span.start < span.end
            and span.start < thread.span.end
        ]
        return min(overlapping)[1] if overlapping else None


@dataclass(frozen=True, slots=True)
class _SideText:
    """One of the texts that threads stand in, as readers see it, and where in it which of them do."""

    text: str
    reading: Reading
    written: Reading
    places: Mapping[ThreadId, Anchor]


@dataclass(frozen=True, slots=True)
class _Found:
    """What is read in one go for all threads, whoever looks: their rows, and where they stand in the text."""

    facts: EntryFacts
    rows: Sequence[ThreadRow] = ()
    said: Mapping[ThreadId, Spoken] = field(default_factory=dict)
    people: Mapping[UserId, UserRow] = field(default_factory=dict)
    accepted: frozenset[ThreadId] = frozenset()
    texts: Mapping[Side, _SideText] = field(default_factory=dict)
    kept: frozenset[ThreadId] = frozenset()


async def annotations_view(
    context: Context, *, viewer: Viewer, slug: Slug, branch: str | None = None
) -> AnnotationsView:
    """The threads of main (`branch` None) or of a branch; raises NotFound."""
    found = await context.readings.of(("threads", slug, branch), lambda: _found(context, slug, branch))
    standing = found.facts.standing(branch, viewer)
    views = [_view(row, found, standing, viewer) for row in found.rows]
    return AnnotationsView(
        threads=tuple(sorted(views, key=_in_order_of_the_text)),
        comment=permit(may_talk_on_branch, viewer, standing, act="comment"),
    )


async def _found(context: Context, slug: Slug, branch: str | None) -> _Found:
    facts = await entry_facts(context, slug)
    async with context.store.read() as work:
        rows = await threads.list_anchored(work, slug=slug, branch=branch)
        ids = [row.id for row in rows]
        if not ids:
            return _Found(facts)
        accepted = await changes.list_for_threads(work, thread_ids=ids, states=[ChangeState.ACCEPTED])
        said = await spoken(work, ids)
        people = await users.find_many(work, user_ids=[row.created_by for row in rows if row.created_by])
    texts, kept = await _texts(context, rows, facts, branch)
    return _Found(
        facts,
        rows=rows,
        said=said,
        people=people,
        accepted=frozenset(change.thread_id for change in accepted if change.thread_id is not None),
        texts=texts,
        kept=kept,
    )


async def _texts(
    context: Context, rows: Sequence[ThreadRow], facts: EntryFacts, branch: str | None
) -> tuple[Mapping[Side, _SideText], frozenset[ThreadId]]:
    """Where unresolved threads stand; while a text can't be read, nobody knows. And which struck words are back."""
    unresolved = [row for row in rows if row.state is not ThreadState.RESOLVED]
    sides = {side: [row for row in unresolved if row.side is side] for side in Side}
    found: dict[Side, _SideText] = {}
    if not unresolved:
        return found, frozenset()
    try:
        present = await shown_of(context, facts, None if branch is None else facts.any_branch(branch))
        found[Side.AFTER] = await _side(context, sides[Side.AFTER], facts, branch, present)
        if not sides[Side.BEFORE]:
            return found, frozenset()
        base = await base_text(context, slug=facts.entry.slug, branch=branch)
        found[Side.BEFORE] = await _side(context, sides[Side.BEFORE], facts, branch, base)
    except ProductError:
        return found, frozenset()
    return found, await _kept(context, found[Side.BEFORE], present)


async def _side(
    context: Context, rows: Sequence[ThreadRow], facts: EntryFacts, branch: str | None, text: ShownText
) -> _SideText:
    places = await followed(context, rows, slug=facts.entry.slug, branch=branch, to=text)
    reading = await context.places.reading(text.text)
    return _SideText(text.text, reading, await context.places.reading(text.text, written=True), places)


async def _kept(context: Context, base: _SideText, present: ShownText) -> frozenset[ThreadId]:
    """Which passages of what a branch started from stand in it as well."""
    ids, anchors = tuple(base.places), tuple(base.places.values())
    after = await context.places.follow(anchors, base.text, present.text, present.commit_sha)
    sure = (Certainty.EXACT, Certainty.MOVED)
    return frozenset(number for number, one in zip(ids, after, strict=True) if one.certainty in sure)


def _view(row: ThreadRow, all_: _Found, of_text: Standing, viewer: Viewer) -> AnnotationView:
    side = all_.texts.get(row.side)
    found = side.places.get(row.id) if side else None
    opener = all_.people.get(row.created_by) if row.created_by is not None else None
    standing = replace(of_text, opened_by=opener.gitea_login if opener else None)
    anchor = found or row.anchor
    certainty = anchor.certainty if anchor else Certainty.LOST
    span = Span(found.start, found.end) if found and certainty is not Certainty.LOST else None
    is_flag = row.kind is ThreadKind.FLAG
    reach = with_marks(side.reading, span) if side and span and is_flag else None
    is_open = row.state is not ThreadState.RESOLVED
    quote = anchor.quote if anchor else ""
    return AnnotationView(
        id=row.id,
        kind=row.kind,
        state=row.state,
        certainty=certainty,
        quote=quote,
        words=side.text[span.start : span.end] if side and span else "",
        quote_reads=_plain(quote),
        reads=words_at(side.reading, side.text, span) if side and span else "",
        span=span,
        shown=shown_at(side.reading, span) if side and span else None,
        written=shown_at(side.written, span) if side and span else None,
        side=row.side,
        kept=row.id in all_.kept,
        opened_by=person_view(opener) if opener else None,
        opened_at=row.created_at,
        messages=all_.said[row.id].seen_by(viewer),
        judge=permit(may_resolve_thread, viewer, standing, act="resolve it"),
        asked=is_open and certainty is Certainty.UNCERTAIN and allows(may_resolve_thread, viewer, standing),
        offers_resolve=is_open and row.id in all_.accepted,
        reach=reach,
        reach_source=side.text[reach.start : reach.end] if side and reach else "",
    )


@lru_cache(maxsize=1024)
def _plain(quote: str) -> str:
    """A quote by itself without its markup."""
    return words_at(reading_of(quote), quote, Span(0, len(quote))) or quote


def _in_order_of_the_text(view: AnnotationView) -> tuple[bool, int, int]:
    return (view.span is None, view.span.start if view.span else 0, view.id)
