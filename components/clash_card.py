"""The card of a passage that was typed and committed at the same time: both wordings, and what to keep (§8.10)."""

from __future__ import annotations

from html import escape

from components.card import CardAct
from components.card_parts import BACK, PROBLEM, button_html, item_html, menu_html, place_html, why_html
from components.design import icon
from components.word_diff import words_html
from services.domain.change import ChangeState
from services.domain.prose_diff import PieceKind
from services.usecases.views.changes import ChangeView, ClashView, WordPiece

KEEP_TYPED = "Keep the typed one"
LONG = 160
"""Characters of a wording from which the two stand one below the other: a column would be too narrow."""


def chooser(card: ChangeView, clash: ClashView, *, decides: bool) -> str:
    """An undecided clash, inside of its card; without buttons for whoever may not decide."""
    return (
        f'<header class="r-card__head">{icon("git-merge", "i-14")}<span class="r-clip">{place_html(card)}'
        f"<span data-note></span></span></header><div data-body>{why_html(card)}{both_sides(clash)}{PROBLEM}"
        + (
            _choices(card, clash) + "</div>" + _own_wording(clash, card.proposed)
            if decides
            else _nobody(card) + "</div>"
        )
    )


def both_sides(clash: ClashView) -> str:
    """The two wordings side by side, each against what stood there before."""
    typists = " and ".join(escape(person.name) for person in clash.typed_by)
    mine = f"Typed here by {typists}" if typists else "Typed here"
    theirs = f"Committed by {escape(clash.by.name)}" if clash.by else "Committed on Gitea"
    is_long = any(sum(len(text) for _, text in side) > LONG for side in (clash.mine, clash.theirs))
    return (
        f'<div class="r-card__two"{" data-long" if is_long else ""}>{_side("mine", mine, clash.mine)}'
        f"{_side('theirs', theirs, clash.theirs)}</div>"
    )


def became(card: ChangeView, clash: ClashView) -> str:
    """What was kept, in a word."""
    if card.state is ChangeState.DECLINED:
        return "Typed wording kept"
    if clash.kept_both:
        return "Both wordings kept"
    return "Another wording taken" if card.edited else "Committed wording taken"


def _side(side: str, name: str, pieces: tuple[WordPiece, ...]) -> str:
    is_gone = all(kind is PieceKind.DELETE for kind, _ in pieces)
    name += ": taken out" if is_gone else ""
    return (
        f'<div class="r-card__side" data-testid="clash-{side}"><p class="r-label">{name}</p>'
        f"<p>{words_html(pieces)}</p></div>"
    )


def _choices(card: ChangeView, clash: ClashView) -> str:
    busy = card.state is ChangeState.ACCEPTING
    both = (
        button_html(CardAct.BOTH, "Keep both", key="b", off=busy, testid="conflict-both")
        if clash.both
        else ""
    )
    return (
        '<footer class="r-card__acts r-card__acts--wrap">'
        + button_html(CardAct.DECLINE, KEEP_TYPED, key="d", off=busy, testid="conflict-mine")
        + button_html(CardAct.ACCEPT, "Take the committed one", key="a", off=busy, testid="conflict-theirs")
        + both
        + f'<span class="r-grow"></span>{menu_html(card, _WRITE)}</footer>'
    )


def _own_wording(clash: ClashView, proposed: str) -> str:
    return (
        '<template data-opens="edit" data-says=", your wording"><div class="r-card__diff"><textarea rows="3" '
        f'data-testid="change-text" aria-label="Your wording">{escape(clash.both or proposed)}</textarea></div>'
        f'<p class="r-card__why">The other wordings stay in the commits.</p>{PROBLEM}'
        f'<footer class="r-card__acts">{button_html(CardAct.ACCEPT, "Use this wording", "r-btn--primary")}{BACK}'
        "</footer></template>"
    )


_WRITE = item_html("pencil", "Write it myself", 'data-open="edit" data-key-of="e" data-testid="change-edit"')


def _nobody(card: ChangeView) -> str:
    said = card.over or "Waits for somebody who may edit this branch"
    return (
        f'<footer class="r-card__acts"><span class="r-soft r-grow r-card__say">{escape(said)}</span></footer>'
    )
