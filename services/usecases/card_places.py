"""Where a card's passage stands in the present text, and which cards no longer fit (§8.6, §8.8)."""

from __future__ import annotations

from services.domain.anchors import Anchor, place
from services.domain.branch import BranchKey
from services.domain.change import ChangeState
from services.domain.change_protocol import Located, ProposedChange, Reach, Refusal, RefusedBecause, locate
from services.domain.events import ChangeDecided
from services.domain.identifiers import CommitSha, Slug
from services.domain.prose_diff import Span
from services.store.queries import changes, events
from services.store.queries.changes import ChangeRow
from services.store.work import Work

CONTEXT = 32


def place_of(change: ChangeRow, text: str, proposed: str | None = None) -> Located | Refusal:
    """The one place a card is about; of several equal passages, the one with the surroundings it was made in."""
    wanted = ProposedChange(change.original, change.proposed if proposed is None else proposed, change.reason)
    found = locate(wanted, text, Reach.document(text))
    if (
        not isinstance(found, Refusal)
        or found.because is not RefusedBecause.AMBIGUOUS
        or change.anchor is None
    ):
        return found
    around = _surrounded(change.anchor, text)
    if len(around) != 1:
        return found
    return locate(wanted, text, Reach(around[0], whole=False))


def anchor_at(text: str, span: Span, commit: CommitSha) -> Anchor:
    """An anchor on a card's passage."""
    return place(text, span.start, span.end, commit)


async def review_cards(work: Work, *, slug: Slug, key: BranchKey, text: str) -> None:
    """After the text changed: cards whose passage is gone become stale, those whose passage is back wait again."""
    open_states = (ChangeState.PENDING, ChangeState.STALE)
    for card in await changes.list_for_branch(work, key=key, states=open_states):
        found = place_of(card, text)
        if isinstance(found, Refusal) and card.state is ChangeState.PENDING:
            changed = await changes.make_stale(work, id=card.id, why=found.sentence)
        elif isinstance(found, Located) and card.state is ChangeState.STALE:
            changed = await changes.make_pending(work, id=card.id)
        else:
            continue
        if changed:
            await events.append(work, ChangeDecided(slug, key.name, card.id))


def _surrounded(anchor: Anchor, text: str) -> list[Span]:
    """Where the anchor's quote stands between the characters it stood between; at least one side must agree."""
    spans = []
    at = text.find(anchor.quote)
    while at >= 0:
        end = at + len(anchor.quote)
        before = text[max(0, at - CONTEXT) : at].endswith(anchor.prefix[-12:])
        behind = text[end : end + CONTEXT].startswith(anchor.suffix[:12])
        if before and behind:
            spans.append(Span(at, end))
        at = text.find(anchor.quote, at + 1)
    return spans
