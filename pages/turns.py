"""“Your turn” for the home page and the inbox: one derivation, in words with one button each (§14.1, §15.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from components.overview import Turn
from pages.site import Site
from services.domain.actors import Actor
from services.domain.events import (
    BranchChanged,
    ChangeDecided,
    Event,
    MessagePosted,
    ThreadChanged,
    catalog_topic,
    inbox_topic,
)
from services.domain.hygiene import Step
from services.domain.notice_words import quoted
from services.domain.permissions import allows, may_merge_idea
from services.usecases.views.catalog import CatalogView, IdeaRow
from services.usecases.views.turns import TurnKind, TurnView, called, turns_view

_WHY_IT_ENDS = {
    Step.CLOSE: "Nobody has worked on it for long.",
    Step.DELETE_STALE: "It has been closed for long.",
    Step.DELETE_MERGED: "Its pull request was merged.",
}
"""Why a branch will be closed or deleted by itself (§12)."""
_ELSEWHERE = (ThreadChanged, MessagePosted, ChangeDecided, BranchChanged)
"""What happens on an RFC without anybody being told: it may be what was waited for."""


class Waiting:
    """What waits as an open page shows it, and so which events the page looks at again for."""

    def __init__(self) -> None:
        self._slugs: frozenset[str] = frozenset()

    def show(self, turns: Iterable[Turn]) -> None:
        """These are shown now."""
        self._slugs = frozenset(turn.path.split("/")[2] for turn in turns if turn.path.startswith("/rfc/"))

    def concerns(self, event: Event) -> bool:
        """Whether something may wait no more, or anew."""
        if isinstance(event, _ELSEWHERE):
            return event.slug in self._slugs
        return not {catalog_topic(), inbox_topic()}.isdisjoint(event.topics)


async def every_turn(site: Site, viewer: Actor) -> tuple[Turn, ...]:
    """Everything that waits for this person."""
    view = (await site.feed.newest(site.context)).view
    more = await turns_view(site.context, viewer=viewer)
    proposers = {idea.proposed_by for idea in view.ideas}
    decisions = turns_of(view, viewer, await called(site.context, logins=proposers))
    return (*decisions, *[turn_in_words(turn) for turn in more])


def turns_of(view: CatalogView, viewer: Actor, names: Mapping[str, str]) -> tuple[Turn, ...]:
    """The ideas that wait, the longest wait first: those to decide on, and one's own that are still open.

    `names` are what proposers are called.
    """
    decides = allows(may_merge_idea, viewer)
    ideas = sorted(view.ideas, key=lambda idea: idea.opened_at)
    to_decide = [_decision(idea, names[idea.proposed_by]) for idea in ideas if decides]
    own = [
        _waiting(idea) for idea in ideas if not decides and idea.proposed_by.lower() == viewer.login.lower()
    ]
    return (*to_decide, *own)


def _decision(idea: IdeaRow, who: str) -> Turn:
    return Turn(
        title=f"Merge or decline: {idea.title}",
        why=f"Proposed by {who}. You decide as an admin.",
        since=idea.opened_at,
        path=f"/proposal/{idea.number}",
        button="Review",
    )


def _waiting(idea: IdeaRow) -> Turn:
    return Turn(
        title=f"Your idea: {idea.title}",
        why="It is open. Answer what people ask; an admin merges or declines it.",
        since=idea.opened_at,
        path=f"/proposal/{idea.number}",
        button="Open",
    )


_GLYPHS = {
    TurnKind.MERGE: "git-merge",
    TurnKind.CONFLICT: "git-merge",
    TurnKind.CLAIM: "user",
    TurnKind.CARDS: "pencil",
    TurnKind.ANSWER: "message-square",
    TurnKind.GRADUATE: "award",
    TurnKind.WARNED: "git-branch",
}


def turn_in_words(turn: TurnView) -> Turn:
    """What waits, why, and the one button (§14.1)."""
    if turn.kind is TurnKind.GRADUATE and turn.count > 1:
        title = f"{turn.count} RFCs are ready to graduate"
        return Turn(
            title=title,
            why="Their owners or an admin graduate them.",
            since=turn.since,
            path=turn.path,
            button="Look",
            glyph=_GLYPHS[turn.kind],
        )
    until = f"{turn.until.day} {turn.until:%B}" if turn.until else ""
    cards = "1 change card waits" if turn.count == 1 else f"{turn.count} change cards wait"
    title, why, button = {
        TurnKind.MERGE: (
            f"Merge or answer {turn.text}",
            f"Opened by {turn.who}. You may merge on {turn.title}.",
            "Review",
        ),
        TurnKind.CONFLICT: _conflict(turn),
        TurnKind.CLAIM: (
            f"Decide on a claim: {turn.title}",
            f"{turn.who} asks to own it. You decide as an admin.",
            "Review",
        ),
        TurnKind.CARDS: (f"{cards} on {turn.text}", f"Of {turn.title}.", "Decide"),
        TurnKind.ANSWER: (
            f"{turn.who} waits for your answer",
            f"{turn.title}: “{quoted(turn.text)}”",
            "Answer",
        ),
        TurnKind.GRADUATE: (
            f"Graduate {turn.title}",
            f"Owned by {turn.who}. Nothing stands in its way.",
            "Look",
        ),
        TurnKind.WARNED: (
            f"Your branch {turn.text} {turn.who} on {until}",
            f"{_WHY_IT_ENDS[turn.fate or Step.CLOSE]} Of {turn.title}.",
            "Keep" if turn.fate is Step.DELETE_MERGED else "Keep or let go",
        ),
    }[turn.kind]
    return Turn(
        title=title, why=why, since=turn.since, path=turn.path, button=button, glyph=_GLYPHS[turn.kind]
    )


def _conflict(turn: TurnView) -> tuple[str, str, str]:
    if not turn.who:
        why = f"{turn.title} has changed where it changes the same words: it can't be merged as it is."
        return f"Resolve the conflict of {turn.text}", why, "Resolve"
    why = f"Opened by {turn.who}. It can be merged once the conflict is resolved, by its author or by you."
    return f"{turn.text} contradicts {turn.title}", why, "Look"
