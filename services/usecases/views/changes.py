"""Change cards as pages show them: what a card changes, where, who may decide, what became (§8.7, §8.8, §8.10)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from anyio import to_thread

from services.domain.actors import Viewer
from services.domain.anchors import CONTEXT
from services.domain.attribution import place_of
from services.domain.change import ChangeKind, ChangeState
from services.domain.identifiers import ChangeId, CommitSha, MessageId, Slug, ThreadId, UserId
from services.domain.model_symbols import ModelSign
from services.domain.part_accept import sentences_of
from services.domain.permissions import Standing, may_edit_branch, may_talk_on_branch
from services.domain.prose_diff import PieceKind, compare_prose
from services.domain.sections import Section, section_at, sections_of
from services.llm.port import COPY_EDITOR_KEY
from services.store.queries import changes, users
from services.store.queries.changes import ChangeRow
from services.store.queries.users import UserRow
from services.store.work import Work
from services.usecases.known_branch import EntryFacts, entry_facts
from services.usecases.shown_text import shown_of
from services.usecases.views.parts import Permit, PersonView
from services.usecases.views.threads import permit, person_view

if TYPE_CHECKING:
    from services.usecases.context import Context

WordPiece = tuple[PieceKind, str]
"""Some words of a word diff: the same on both sides, put in, or struck."""
ON_MAIN = "Changes of main wait for a branch. Start contributing, and yours move there."
MERGED = "The PR of this branch has been merged without it."
SHORT = 60
"""Characters of a passage below which the words around it are shown as well."""
_UNSEEN = Permit(allowed=False)
_WORD = re.compile(r"[^\W\d_][\w’'-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceView:
    """One sentence of a change that can be accepted by itself."""

    number: int
    pieces: tuple[WordPiece, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceView:
    """Where a change stands: the heading above it, all empty above the first one or where that is unknown."""

    number: str = ""
    title: str = ""
    anchor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClashView:
    """The two wordings of a passage that was typed and committed at the same time (§8.10), against what stood there.

    `by` committed, None where nobody can be named. `both` is the passage with both in it, empty where they
    can't stand one after the other.
    """

    mine: tuple[WordPiece, ...]
    theirs: tuple[WordPiece, ...]
    by: PersonView | None
    commit_sha: CommitSha | None
    both: str
    kept_both: bool
    typed_by: tuple[PersonView, ...] = ()
    """Who typed `mine`, most first; none where that is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeView:
    """One card. `sign`, `model_key` and `model_name` are a model's; `asked_by` whose prompt or proposal it is.

    `applied` is the wording that was accepted, `pieces` its word diff against `original`. A card of main's discuss
    buffer `waits`; one that moved from there has the branch's name in `moved_to`, for readers of main.
    """

    id: ChangeId
    state: ChangeState
    kind: ChangeKind
    message_id: MessageId | None
    thread_id: ThreadId | None
    parent_id: ChangeId | None
    model_key: str
    model_name: str
    sign: ModelSign | None
    asked_by: PersonView | None
    by_viewer: bool
    prompt: str
    original: str
    proposed: str
    applied: str
    reason: str
    refusal: str
    where: PlaceView
    pieces: tuple[WordPiece, ...]
    sentences: tuple[SentenceView, ...]
    """Empty when it can only be accepted as a whole."""
    word: str
    """The word a copy-editor's card is about, which could go on the RFC's own list; else empty."""
    edited: bool
    """Accepted in somebody's own wording."""
    at: datetime
    decided_by: PersonView | None
    decided_at: datetime | None
    decline_reason: str
    commit_sha: CommitSha | None
    undo_sha: CommitSha | None
    waits: bool
    moved_to: str
    decide: Permit
    ask: Permit
    led_by: str = ""
    followed_by: str = ""
    """Words around a short change, in its own line, so that it can be understood; they don't change."""
    clash: ClashView | None = None
    over: str = ""
    """Why nobody decides on it here any more, or nothing."""


@dataclass(frozen=True, slots=True)
class Cards:
    """The cards of a branch or of main, whoever looks; what depends on the viewer is not filled in."""

    views: tuple[ChangeView, ...] = ()
    askers: tuple[UserId | None, ...] = ()
    seen: dict[Eyes, tuple[ChangeView, ...]] = field(default_factory=dict, compare=False)
    """What was made for one viewer does for all who may do and know the same."""

    def seen_by(self, eyes: Eyes) -> tuple[ChangeView, ...]:
        """The cards as one viewer may see them."""
        if eyes.viewer_id not in self.askers:
            eyes = replace(eyes, viewer_id=None)
        if eyes not in self.seen:
            cards = zip(self.views, self.askers, strict=True)
            self.seen[eyes] = tuple(_seen(view, asker, eyes) for view, asker in cards)
        return self.seen[eyes]


@dataclass(frozen=True, slots=True)
class Eyes:
    """What of a viewer decides how cards look to them."""

    viewer_id: UserId | None
    decide: Permit
    ask: Permit
    readable: frozenset[str]
    """Branches the viewer may know of."""
    over: str = ""
    """Why nobody waits for a decision any more, or nothing."""


async def changes_of(
    context: Context, *, viewer: Viewer, slug: Slug, branch: str | None
) -> tuple[ChangeView, ...]:
    """The cards of a branch, or (None) those of main's discuss buffer and what moved from there, oldest first.

    Raises NotFound (also for a private branch the viewer may not read), UnreadableText and Upstream.
    """
    facts = await entry_facts(context, slug)
    eyes = eyes_of(viewer, facts.standing(branch, viewer), facts, branch)
    return (await cards_of(context, facts, branch)).seen_by(eyes)


def eyes_of(viewer: Viewer, standing: Standing, facts: EntryFacts, branch: str | None) -> Eyes:
    """What cards depend on besides themselves."""
    decide = permit(may_edit_branch, viewer, standing, act="decide on the changes of this branch")
    known = None if branch is None else facts.any_branch(branch)
    merged = known is not None and known.is_merged and known.pull is None
    return Eyes(
        viewer_id=viewer.id if viewer is not None else None,
        decide=Permit(allowed=False, why_not=ON_MAIN) if branch is None else decide,
        ask=permit(may_talk_on_branch, viewer, standing, act="ask a model"),
        readable=frozenset(row.key.name for row in facts.readable(viewer)) if branch is None else frozenset(),
        over=MERGED if merged and not decide.allowed else "",
    )


async def cards_of(context: Context, facts: EntryFacts, branch: str | None) -> Cards:
    """The cards whoever looks; raises what `changes_of` raises."""
    known = None if branch is None else facts.any_branch(branch)
    async with context.store.read() as work:
        if known is None:
            rows = await _cards_of_main(work, facts.entry.slug)
        else:
            rows = await changes.list_for_branch(work, key=known.key)
        if not rows:
            return Cards()
        named = {row.asked_by for row in rows} | {row.decided_by for row in rows}
        named |= {user_id for row in rows if row.clash is not None for user_id in row.clash.typed_by}
        people = await users.find_many(work, user_ids=[user_id for user_id in named if user_id])
    text = (await shown_of(context, facts, known)).text
    title, on_main = facts.entry.title, branch is None
    signs = context.models.signs({row.model_key for row in rows if row.model_key})
    views = await to_thread.run_sync(lambda: _views(rows, people, signs, text, title, on_main=on_main))
    return Cards(views, tuple(row.asked_by for row in rows))


async def _cards_of_main(work: Work, slug: Slug) -> list[ChangeRow]:
    waiting = await changes.list_buffer(work, slug=slug)
    moved = await changes.list_moved(work, slug=slug)
    return sorted([*waiting, *moved], key=lambda row: row.id)


def _seen(view: ChangeView, asker: UserId | None, eyes: Eyes) -> ChangeView:
    return replace(
        view,
        by_viewer=asker is not None and asker == eyes.viewer_id,
        moved_to=view.moved_to if view.moved_to in eyes.readable else "",
        decide=eyes.decide,
        ask=eyes.ask,
        over=eyes.over,
    )


def _views(
    rows: Sequence[ChangeRow],
    people: Mapping[UserId, UserRow],
    signs: Mapping[str, ModelSign],
    text: str,
    title: str,
    *,
    on_main: bool,
) -> tuple[ChangeView, ...]:
    sections = sections_of(text, title)
    return tuple(_view(row, people, signs, text, sections, on_main=on_main) for row in rows)


def _view(
    row: ChangeRow,
    people: Mapping[UserId, UserRow],
    signs: Mapping[str, ModelSign],
    text: str,
    sections: Sequence[Section],
    *,
    on_main: bool,
) -> ChangeView:
    applied = row.proposed if row.edited is None else row.edited
    waits_for_somebody = row.state in (ChangeState.PENDING, ChangeState.STALE)
    by_sentence = row.state is ChangeState.PENDING and row.clash is None
    led_by, followed_by = _around(row)
    return ChangeView(
        id=row.id,
        state=row.state,
        kind=row.kind,
        message_id=row.message_id,
        thread_id=row.thread_id,
        parent_id=row.parent_id,
        model_key=row.model_key or "",
        model_name=row.model_name or "",
        sign=signs[row.model_key] if row.kind is ChangeKind.MODEL and row.model_key else None,
        asked_by=_person(people, row.asked_by),
        by_viewer=False,
        prompt=row.prompt,
        original=row.original,
        proposed=row.proposed,
        applied=applied,
        reason=row.reason,
        refusal=row.refusal or "",
        where=_where(row, applied, text, sections),
        pieces=word_pieces(row.original, applied),
        sentences=sentence_views(row.original, row.proposed) if by_sentence else (),
        word=_word(row) if waits_for_somebody else "",
        edited=row.edited is not None,
        at=row.created_at,
        decided_by=_person(people, row.decided_by),
        decided_at=row.decided_at,
        decline_reason=row.decline_reason or "",
        commit_sha=row.commit_sha,
        undo_sha=row.undo_sha,
        waits=row.branch_name is None,
        moved_to=row.branch_name or "" if on_main else "",
        decide=_UNSEEN,
        ask=_UNSEEN,
        led_by=led_by,
        followed_by=followed_by,
        clash=_clash(row, people),
    )


def _clash(row: ChangeRow, people: Mapping[UserId, UserRow]) -> ClashView | None:
    sides = row.clash
    if sides is None:
        return None
    stranger = PersonView(login=sides.login, name=sides.by) if sides.by else None
    return ClashView(
        mine=word_pieces(sides.base.strip(), sides.mine.strip()),
        theirs=word_pieces(sides.base.strip(), sides.theirs.strip()),
        by=_person(people, row.asked_by) or stranger,
        commit_sha=sides.commit,
        both=sides.both or "",
        kept_both=sides.both is not None and row.edited == sides.both,
        typed_by=tuple(person_view(people[user_id]) for user_id in sides.typed_by if user_id in people),
    )


def _around(row: ChangeRow) -> tuple[str, str]:
    """Whole words of the line before and after a change that is too short to be understood by itself."""
    if row.anchor is None or len(row.original) > SHORT:
        return "", ""
    before, after = row.anchor.prefix.rsplit("\n", 1), row.anchor.suffix.split("\n", 1)
    led_by, followed_by = before[-1], after[0]
    if len(before) == 1 and row.anchor.start > len(led_by):
        led_by = "… " + led_by.partition(" ")[2]
    if len(after) == 1 and len(followed_by) == CONTEXT:
        followed_by = followed_by.rpartition(" ")[0] + " …"
    return led_by, followed_by


def _person(people: Mapping[UserId, UserRow], user_id: UserId | None) -> PersonView | None:
    row = people.get(user_id) if user_id is not None else None
    return None if row is None else person_view(row)


def _where(row: ChangeRow, applied: str, text: str, sections: Sequence[Section]) -> PlaceView:
    """The section its words stand in now; where that can't be told, where they stood last."""
    stands = applied if row.state is ChangeState.ACCEPTED else row.original
    around = ("", "") if row.anchor is None else (row.anchor.prefix, row.anchor.suffix)
    at = place_of(text, stands, led_by=around[0], followed_by=around[1])
    if at is None and row.anchor is not None:
        at = row.anchor.start
    section = None if at is None else section_at(sections, at)
    if section is None:
        return PlaceView()
    heading = section.heading
    return PlaceView(number=heading.number, title=heading.text, anchor=heading.anchor)


def _word(row: ChangeRow) -> str:
    """The one word that a copy-editor's card would replace."""
    if row.model_key != COPY_EDITOR_KEY:
        return ""
    struck = [text for kind, text in word_pieces(row.original, row.proposed) if kind is PieceKind.DELETE]
    return struck[0] if len(struck) == 1 and _WORD.fullmatch(struck[0]) else ""


@lru_cache(maxsize=2_000)
def word_pieces(original: str, proposed: str) -> tuple[WordPiece, ...]:
    """The word diff of a change in reading order; what only white space differs in is the same."""
    pieces: list[WordPiece] = []
    for piece in compare_prose(original, proposed):
        struck = original[piece.before.start : piece.before.end]
        kind = PieceKind.SAME if piece.kind is PieceKind.SPACE else piece.kind
        words = struck if kind is PieceKind.DELETE else piece.text
        if pieces and pieces[-1][0] is kind:
            words = pieces.pop()[1] + words
        if words:
            pieces.append((kind, words))
    return tuple(pieces)


@lru_cache(maxsize=1_000)
def sentence_views(original: str, proposed: str) -> tuple[SentenceView, ...]:
    """The sentences of a change that can be accepted one by one; none when it is whole or nothing."""
    parts = [part for part in sentences_of(original, proposed) if part.number is not None]
    if len(parts) < 2:
        return ()
    return tuple(
        SentenceView(number=part.number or 0, pieces=word_pieces(part.before, part.after)) for part in parts
    )
