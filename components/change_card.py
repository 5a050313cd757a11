"""Change cards as HTML strings: one string for each card, replaced as a whole when its state changes (§8.7).

What opens inside a card (own wording, sentences, a reason) stands in templates, so that nothing is sent when somebody
opens it; conversation_parts/cards.js puts it there.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from components.card import CardAct
from components.card_parts import (
    BACK,
    PROBLEM,
    badge_html,
    button_html,
    in_place,
    item_html,
    label_of,
    menu_html,
    place_html,
    sign_html,
    why_html,
)
from components.clash_card import KEEP_TYPED, became, both_sides, chooser
from components.design import icon
from components.people import time_html
from components.phrases import counted
from components.word_diff import change_html, words_html
from services.domain.branch import branch_address
from services.domain.change import ChangeState
from services.domain.prose_diff import PieceKind
from services.domain.search import plain_text
from services.usecases.models import ModelChoice
from services.usecases.views.changes import ChangeView, SentenceView, WordPiece

SHORT = 60
"""Characters of a decided change that its one line shows."""
_OPEN = (ChangeState.PENDING, ChangeState.ACCEPTING)
_GLYPHS = {
    ChangeState.ACCEPTED: "check",
    ChangeState.DECLINED: "x",
    ChangeState.STALE: "history",
    ChangeState.REFUSED: "triangle-alert",
    ChangeState.UNDONE: "undo-2",
}


def card_html(card: ChangeView, *, slug: str = "", models: Iterable[ModelChoice] = ()) -> str:
    """The card in its present state; `models` are those that can be asked again."""
    inner = _open_html(card, tuple(models)) if card.state in _OPEN else _decided_html(card)
    if card.moved_to:
        inner = _moved_html(card, branch_address(slug, card.moved_to))
    busy = ' aria-busy="true"' if card.state is ChangeState.ACCEPTING else ""
    kept = " data-kept" if _is_typed_kept(card) else ""
    return (
        f'<section class="r-card" data-key="c{card.id}" data-change="{card.id}" data-state="{card.state}" '
        f'data-testid="change-card-{card.id}" tabindex="-1" aria-label="{escape(label_of(card))}"{busy}{kept}>'
        f"{inner}</section>"
    )


def set_html(set_id: int, cards: Iterable[ChangeView]) -> str:
    """The line above several cards of one answer: how many, and one button for all that wait."""
    listed = tuple(cards)
    waiting = [card for card in listed if card.state is ChangeState.PENDING]
    accepted = sum(card.state is ChangeState.ACCEPTED for card in listed)
    said = counted(len(listed), "change", "changes") + (f", {accepted} accepted" if accepted else "")
    whole = "Accept the rest" if len(waiting) < len(listed) else "Accept all"
    button = ""
    if len(waiting) > 1 and all(card.decide.allowed and not card.waits for card in waiting):
        button = button_html(CardAct.ACCEPT_ALL, whole, "r-btn--quiet", testid="change-accept-all")
    return (
        f'<div class="r-cardset" data-key="s{set_id}" data-set="{set_id}"><span class="r-grow">{said}</span>'
        f"{button}</div>"
    )


# a card that waits


def _open_html(card: ChangeView, models: tuple[ModelChoice, ...]) -> str:
    decides = card.decide.allowed and not card.waits
    if card.clash is not None:
        return chooser(card, card.clash, decides=decides)
    return (
        _head(card, part=decides)
        + f'<div data-body><div class="r-card__diff">{change_html(card)}</div>{why_html(card)}'
        + PROBLEM
        + (_acts(card, models) if decides else _no_acts(card, models))
        + "</div>"
        + (_opened(card) if decides else "")
    )


def _head(card: ChangeView, *, part: bool) -> str:
    sentences = ""
    if part and card.sentences:
        sentences = (
            '<button type="button" class="r-btn r-btn--quiet r-btn--small" data-open="part" '
            f'data-testid="change-part" title="Accept by sentence">{len(card.sentences)} sentences</button>'
        )
    return (
        f'<header class="r-card__head">{sign_html(card)}<span class="r-clip">{place_html(card)}'
        f"<span data-note></span></span>{sentences}</header>"
    )


def _acts(card: ChangeView, models: tuple[ModelChoice, ...]) -> str:
    busy = card.state is ChangeState.ACCEPTING
    return (
        '<footer class="r-card__acts">'
        + button_html(CardAct.ACCEPT, "Accept", "r-btn--primary", key="a", busy=busy)
        + button_html(CardAct.DECLINE, "Decline", key="d", off=busy)
        + '<button type="button" class="r-btn r-btn--small r-btn--quiet" data-open="edit" data-key-of="e" '
        'data-testid="change-edit" aria-keyshortcuts="e">Edit <kbd>e</kbd></button>'
        + f'<span class="r-grow"></span>{_again(card)}{_more(card, models)}</footer>'
    )


def _no_acts(card: ChangeView, models: tuple[ModelChoice, ...]) -> str:
    start = ""
    if card.waits and card.by_viewer:
        start = button_html(CardAct.START, "Start contributing")
    said = _waits_for(card)
    again = _again(card) + _more(card, models) if card.ask.allowed and not card.waits else ""
    return (
        f'<footer class="r-card__acts"><span class="r-soft r-grow r-card__say">{escape(said)}</span>'
        f"{again}{start}</footer>"
    )


def _waits_for(card: ChangeView) -> str:
    """Who decides on a card that the viewer may not decide on, or why nobody does any more."""
    if card.over:
        return card.over
    if not card.waits:
        return "Waits for somebody who may edit this branch"
    if card.by_viewer:
        return "Waits for your branch"
    return f"Waits for {card.asked_by.name}’s branch" if card.asked_by else "Waits for a branch"


def _again(card: ChangeView) -> str:
    if card.sign is None or not card.ask.allowed:
        return ""
    return (
        f'<button type="button" class="r-icon r-icon--small" data-act="{CardAct.AGAIN}" data-testid="change-again" '
        f'aria-label="Ask {escape(card.model_name)} again" title="Ask {escape(card.model_name)} again">'
        f"{icon('rotate-cw', 'i-14')}</button>"
    )


def _more(card: ChangeView, models: tuple[ModelChoice, ...]) -> str:
    items = ""
    if card.decide.allowed and not card.waits:
        items += item_html("x", "Decline, saying why", 'data-open="decline" data-testid="change-decline-why"')
    if card.word and card.decide.allowed:
        words = f"Add “{escape(card.word)}” to the word list"
        items += item_html("plus", words, f'data-act="{CardAct.ADD_WORD}" data-testid="change-add-word"')
    if card.sign is not None and card.ask.allowed:
        others = [choice for choice in models if choice.key != card.model_key]
        items += "".join(_other_model(choice) for choice in others)
    return menu_html(card, items)


def _other_model(choice: ModelChoice) -> str:
    return (
        f'<button type="button" class="r-menu__item" data-act="{CardAct.AGAIN}" data-text="{escape(choice.key)}">'
        f"{badge_html(choice.sign, choice.name, small=True)}Ask {escape(choice.name)} instead</button>"
    )


# what opens inside a card


def _opened(card: ChangeView) -> str:
    return _edit_html(card) + _part_html(card) + _decline_html()


def _edit_html(card: ChangeView) -> str:
    stays = "The first wording" if card.sign is None else f"{card.model_name}’s wording"
    return (
        '<template data-opens="edit" data-says=", your wording"><div class="r-card__diff"><textarea rows="3" '
        f'data-testid="change-text" aria-label="Your wording">{escape(card.proposed)}</textarea></div>'
        f'<p class="r-card__why">{escape(stays)} stays in the commit message.</p>{PROBLEM}'
        f'<footer class="r-card__acts">{button_html(CardAct.ACCEPT, "Accept mine", "r-btn--primary")}{BACK}'
        "</footer></template>"
    )


def _part_html(card: ChangeView) -> str:
    if not card.sentences:
        return ""
    number = len(card.sentences)
    accept = button_html(CardAct.ACCEPT_PART, f"Accept {number}", "r-btn--primary", testid="change-accept")
    return (
        f'<template data-opens="part" data-says=", {number} of {number} sentences">'
        f'<div class="r-card__diff r-part">{"".join(map(_tick, card.sentences))}</div>{PROBLEM}'
        f'<footer class="r-card__acts">{accept}{BACK}</footer></template>'
    )


def _tick(sentence: SentenceView) -> str:
    return (
        f'<label><input type="checkbox" class="r-checkbox" value="{sentence.number}" checked>'
        f"<span>{words_html(sentence.pieces)}</span></label>"
    )


def _decline_html() -> str:
    return (
        '<template data-opens="decline" data-says=", declined because"><div class="r-card__ask">'
        '<textarea rows="2" data-testid="change-reason" aria-label="Why it is declined" '
        'placeholder="Why? Models read it before they answer again."></textarea></div>'
        f'{PROBLEM}<footer class="r-card__acts">{button_html(CardAct.DECLINE, "Decline", "r-btn--danger")}{BACK}'
        '<span class="r-grow"></span><span class="r-hint r-hide-s">Ctrl Enter declines</span></footer></template>'
    )


# a card that was decided, or can't be


def _decided_html(card: ChangeView) -> str:
    return (
        f'<header class="r-card__head">{icon(_glyph(card))}{_who(card)}'
        '<button type="button" class="r-card__fold r-clip" data-fold aria-expanded="false">'
        f"{_line(card)}</button>{_moment(card)}{_undo(card)}</header>"
        f"{_trouble(card)}<template data-folded>"
        f"{_changed(card)}{why_html(card)}"
        f'<p class="r-card__why r-small">{_history(card)}</p></template>'
    )


def _glyph(card: ChangeView) -> str:
    return "check" if _is_typed_kept(card) else _GLYPHS[card.state]


def _is_typed_kept(card: ChangeView) -> bool:
    """Whether a clash ended with the typed wording: one of two was chosen, and no change was turned down."""
    return card.clash is not None and card.state is ChangeState.DECLINED


def _who(card: ChangeView) -> str:
    return sign_html(card) if card.clash is None else ""


def _changed(card: ChangeView) -> str:
    if card.clash is not None:
        return "" if card.state is ChangeState.STALE else both_sides(card.clash)
    return f'<div class="r-card__diff">{words_html(card.pieces)}</div>'


def _moved_html(card: ChangeView, address: str) -> str:
    return (
        f'<header class="r-card__head">{icon("git-branch")}{sign_html(card)}<span class="r-clip">'
        f'<a href="{escape(address)}"><b>Moved to a branch</b></a>: {escape(_short(card.pieces))}{in_place(card)}'
        "</span></header>"
    )


def _line(card: ChangeView) -> str:
    if card.state is ChangeState.STALE:
        return f"<b>Text has changed</b>{in_place(card)}"
    if card.state is ChangeState.REFUSED:
        return f"<b>Refused</b>{in_place(card)}"
    undone = "Undone: " if card.state is ChangeState.UNDONE else ""
    if card.clash is not None:
        kept = card.clash.mine if card.state is ChangeState.DECLINED else card.pieces
        return f"{undone}<b>{became(card, card.clash)}</b>{in_place(card)}: {escape(_short(kept))}"
    because = f", “{escape(card.decline_reason)}”" if card.decline_reason else ""
    return f"{undone}<b>{escape(_short(card.pieces))}</b>{in_place(card)}{because}"


def _short(pieces: Iterable[WordPiece]) -> str:
    """The words that matter most of a change: those it puts in, else those it strikes; as one reads them."""
    listed = tuple(pieces)
    for kind, verb in ((PieceKind.INSERT, ""), (PieceKind.DELETE, "Struck ")):
        words = " … ".join(filter(None, (_read(text) for of, text in listed if of is kind)))
        if words:
            return f"{verb}“{words if len(words) <= SHORT else words[:SHORT].rsplit(' ', 1)[0] + '…'}”"
    return _short_sign(listed)


def _read(text: str) -> str:
    words = plain_text(text).strip(" ,;.:|")
    return words if any(map(str.isalnum, words)) else ""


def _short_sign(pieces: tuple[WordPiece, ...]) -> str:
    """A change of signs only: the first of them, behind the word it stands at."""
    for at, (kind, text) in enumerate(pieces):
        if kind is not PieceKind.SAME and text.strip():
            before = pieces[at - 1][1].split()[-1:] if at and pieces[at - 1][0] is PieceKind.SAME else []
            verb = "" if kind is PieceKind.INSERT else "Struck "
            return f"{verb}“{''.join(before)}{text.strip()}”"
    return "White space"


def _moment(card: ChangeView) -> str:
    return time_html(card.decided_at) if card.decided_at else ""


def _undo(card: ChangeView) -> str:
    if not (_is_typed_kept(card) or card.state is ChangeState.ACCEPTED) or not card.decide.allowed:
        return ""
    return button_html(CardAct.UNDO, "Undo", "r-btn--quiet")


def _trouble(card: ChangeView) -> str:
    """Why it can't be accepted, and the way on; after an act that was refused, the reason."""
    if card.state not in (ChangeState.STALE, ChangeState.REFUSED):
        return PROBLEM
    again = ""
    if card.sign is not None and card.ask.allowed:
        words = f"{icon('rotate-cw', 'i-14')} Ask again"
        again = button_html(CardAct.AGAIN, words)
    if card.state is ChangeState.STALE and card.decide.allowed:
        words, testid = ("Decline", "") if card.clash is None else (KEEP_TYPED, "conflict-mine")
        again = button_html(CardAct.DECLINE, words, "r-btn--quiet", testid=testid) + again
    sides = "" if card.clash is None else both_sides(card.clash)
    return (
        f'{sides}{PROBLEM}<footer class="r-card__acts"><span class="r-soft r-grow r-card__say">'
        f"{escape(card.refusal)}</span>{again}</footer>"
    )


def _history(card: ChangeView) -> str:
    said = (
        [f"Asked by {escape(card.asked_by.name)}" if card.sign else f"By {escape(card.asked_by.name)}"]
        if card.asked_by
        else []
    )
    if card.decided_by is not None and card.clash is not None:
        said = [f"Decided by {escape(card.decided_by.name)}"]
    elif card.decided_by is not None:
        verb = "declined" if card.state is ChangeState.DECLINED else "accepted"
        own = " in their own wording" if card.edited else ""
        said.append(f"{verb} by {escape(card.decided_by.name)}{own}")
    if card.commit_sha:
        said.append(f"<code>{escape(card.commit_sha[:7])}</code>")
    return ", ".join(said)
