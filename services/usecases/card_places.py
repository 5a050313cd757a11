"""Where a card's passage stands in the present text, and which cards no longer fit (§8.6, §8.8)."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from services.domain.anchors import Anchor, place
from services.domain.branch import BranchKey
from services.domain.change import ChangeState
from services.domain.change_protocol import places_of
from services.domain.clash_card import followed
from services.domain.errors import ProductError
from services.domain.events import (
    BranchChanged,
    ChangeDecided,
    ChangeProposed,
    EntryChanged,
    Event,
    TextTyped,
)
from services.domain.identifiers import Slug, UserId
from services.domain.line_ends import editor_text
from services.domain.prose_diff import Span
from services.domain.text_home import TextHome, body_of
from services.store.queries import changes, events
from services.store.queries.changes import ChangeRow
from services.store.work import Work
from services.usecases.known_branch import find_branch
from services.usecases.shown_text import shown_text

if TYPE_CHECKING:
    from services.usecases.context import Context

log = logging.getLogger(__name__)

GONE = "The passage it would change does not stand in the text any more."
TWICE = "The passage it would change stands in the text more than once now."
LEAST_AROUND = 12
"""Characters beside a passage that tell it from its lookalikes."""
TELLING = 120
"""Characters from which a passage is hardly ever written twice."""
NEAR = 200
"""Characters that a passage is taken to have been pushed by what was written before it."""
_UNDECIDED = (ChangeState.PENDING, ChangeState.STALE)


def place_of(card: ChangeRow, text: str) -> Span | str:
    """The one place a card is about, or the sentence that says why there is none.

    White space may differ. Of several equal passages it is the one with the surroundings in which it was made.
    """
    at = text.find(card.original)
    once = at >= 0 and text.find(card.original, at + 1) < 0
    found = [Span(at, at + len(card.original))] if once else places_of(card.original, text)
    if len(found) > 1 and card.anchor is not None:
        found = [span for span in found if _is_surrounded(card.anchor, text, span)] or found
    if not found or (len(found) == 1 and _is_lookalike(card, found[0], text)):
        return GONE
    return found[0] if len(found) == 1 else TWICE


async def review_cards(work: Work, *, slug: Slug, key: BranchKey, text: str) -> None:
    """After a branch's text changed: cards whose passage is gone become stale, and wait again when it is back."""
    await _review(work, await changes.list_for_branch(work, key=key, states=_UNDECIDED), text)


async def review_event(context: Context, event: Event) -> None:
    """The same where an event says that a text may have moved without the app; main's waiting cards too."""
    match event:
        case EntryChanged(slug):
            await _try_to_review(context, slug, None)
        case BranchChanged(slug, name):
            await _try_to_review(context, slug, name)


async def follow_typing(context: Context, event: Event) -> None:
    """While a text is typed, cards of clashes go with their typed wording: whoever chooses reads what stands (§8.10).

    None becomes stale meanwhile: half a word typed does not mean that a passage is gone.
    """
    match event:
        case TextTyped(slug, name):
            try:
                await _follow_typing(context, slug, name)
            except ProductError as error:
                log.warning("the cards of %s can't follow its text yet: %s", name, error.message)


def text_in(home: TextHome, content: str) -> str:
    """The text that people edit, out of a whole file."""
    return editor_text(body_of(home, content))


async def _try_to_review(context: Context, slug: Slug, branch: str | None) -> None:
    try:
        async with context.store.read() as work:
            cards = await _undecided(context, work, slug, branch)
        if not cards:
            return
        text = (await shown_text(context, slug=slug, branch=branch)).text
        async with context.store.write() as work:
            await _review(work, await _undecided(context, work, slug, branch), text)
    except ProductError as error:
        log.warning("the cards of %s %s could not be looked at: %s", slug, branch or "", error.message)


async def _follow_typing(context: Context, slug: Slug, name: str) -> None:
    async with context.store.read() as work:
        known = await find_branch(work, context.meta, slug=slug, name=name)
        cards = await changes.list_for_branch(work, key=known.key, states=_UNDECIDED)
    live = context.live_texts.find(known.key)
    if live is None or not any(_was_typed_on(card, live.text) for card in cards):
        return
    async with context.store.write() as work:
        for card in await changes.list_for_branch(work, key=known.key, states=_UNDECIDED):
            text = live.text
            typists = tuple(live.state.authors)
            if _was_typed_on(card, text) and await _typed_on(work, card, text, typists):
                await events.append(work, ChangeProposed(slug, name, card.id))


def _was_typed_on(card: ChangeRow, text: str) -> bool:
    if card.clash is None:
        return False
    found = place_of(card, text)
    return isinstance(found, str) or _goes_on(card, found, text)


def _goes_on(card: ChangeRow, span: Span, text: str) -> bool:
    """Whether words were typed behind a passage that ended its line without a full stop: they belong to it."""
    ended_line = card.anchor is not None and card.anchor.suffix[:1] in ("", "\n")
    return ended_line and card.original[-1:].isalnum() and text[span.end : span.end + 1] not in ("", "\n")


async def _undecided(context: Context, work: Work, slug: Slug, branch: str | None) -> list[ChangeRow]:
    if branch is None:
        return await changes.list_buffer(work, slug=slug, states=_UNDECIDED)
    known = await find_branch(work, context.meta, slug=slug, name=branch)
    return await changes.list_for_branch(work, key=known.key, states=_UNDECIDED)


async def _review(work: Work, cards: Iterable[ChangeRow], text: str) -> None:
    for card in cards:
        found = place_of(card, text)
        if _was_typed_on(card, text) and await _typed_on(work, card, text):
            changed = True
        elif isinstance(found, str) and card.state is ChangeState.PENDING:
            changed = await changes.make_stale(work, id=card.id, why=found)
        elif isinstance(found, Span) and card.state is ChangeState.STALE:
            changed = await changes.make_pending(work, id=card.id)
        else:
            continue
        if changed:
            await events.append(work, ChangeDecided(card.rfc_slug, card.branch_name, card.id))


async def _typed_on(work: Work, card: ChangeRow, text: str, typists: tuple[UserId, ...] = ()) -> bool:
    """Whether the typed wording of a clash only went on being typed: then its card goes with it (§8.10).

    `typists` typed since the last commit; of several it can't be told here which of them typed on this.
    """
    if card.clash is None or card.anchor is None:
        return False
    found = followed(card.original, card.proposed, card.clash, card.anchor, text)
    if found is None:
        return False
    span, clash = found
    if len(typists) == 1:
        clash = replace(clash, typed_by=tuple(dict.fromkeys((*clash.typed_by, *typists))))
    anchor = place(text, span.start, span.end, card.anchor.commit)
    original = text[span.start : span.end]
    return await changes.follow_clash(work, id=card.id, original=original, anchor=anchor, clash=clash)


def _is_lookalike(card: ChangeRow, span: Span, text: str) -> bool:
    """Whether the only passage that reads so is another one: a short one, far away, with nothing around it alike.

    Its own was rewritten then, and the same few words stand elsewhere too (§8.6, a reach of one section).
    """
    anchor = card.anchor
    if anchor is None or len(card.original) >= TELLING or abs(span.start - anchor.start) <= NEAR:
        return False
    behind = text.startswith(anchor.suffix[:LEAST_AROUND], span.end) and anchor.suffix.strip() != ""
    ahead = text.endswith(anchor.prefix[-LEAST_AROUND:], 0, span.start) and anchor.prefix.strip() != ""
    return not behind and not ahead


def _is_surrounded(anchor: Anchor, text: str, span: Span) -> bool:
    before = text.endswith(anchor.prefix[-LEAST_AROUND:], 0, span.start)
    return before and text.startswith(anchor.suffix[:LEAST_AROUND], span.end)
