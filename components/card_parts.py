"""The small parts of change cards, in whatever state (§8.7)."""

from __future__ import annotations

from functools import lru_cache
from html import escape

from components.card import CardAct
from components.design import icon
from components.shell import avatar
from services.domain.change import ChangeState
from services.domain.model_symbols import ModelSign
from services.domain.rendering.markdown import render_inline
from services.usecases.views.changes import ChangeView

PROBLEM = '<p class="r-card__why r-hint--bad" role="alert" data-problem hidden></p>'
BACK = '<button type="button" class="r-btn r-btn--small" data-open="">Back</button>'


def badge_html(sign: ModelSign, name: str, *, small: bool = False) -> str:
    """A model's square badge; square, because people are round (design README §9)."""
    size = " r-badge--small" if small else ""
    return (
        f'<span class="r-badge{size}" data-model="{escape(sign.family)}" title="{escape(name)}" '
        f'aria-hidden="true">{escape(sign.symbol)}</span>'
    )


def button_html(
    act: CardAct,
    words: str,
    look: str = "",
    *,
    key: str = "",
    busy: bool = False,
    off: bool = False,
    testid: str = "",
) -> str:
    """A small button; `key` is pressed on the focused card, and shown on it."""
    keyed = f' aria-keyshortcuts="{key}" data-key-of="{key}"' if key else ""
    shown = f" <kbd>{key}</kbd>" if key else ""
    state = ' data-busy aria-disabled="true"' if busy else ' aria-disabled="true"' if off else ""
    return (
        f'<button type="button" class="r-btn r-btn--small {look}" data-act="{act}" '
        f'data-testid="{testid or f"change-{act}"}"{keyed}{state}>{words}{shown}</button>'
    )


def sign_html(card: ChangeView) -> str:
    """Whose proposal it is: a model's badge or a person's picture."""
    if card.sign is not None:
        return badge_html(card.sign, card.model_name, small=True)
    if card.asked_by is None:
        return ""
    return avatar(card.asked_by.name, card.asked_by.avatar_url, "small")


def place_html(card: ChangeView) -> str:
    """Where it stands, as a link to the heading."""
    words = where_of(card)
    return (
        f'<a href="#{escape(card.where.anchor)}">{escape(words)}</a>' if card.where.anchor else escape(words)
    )


def where_of(card: ChangeView) -> str:
    """The section as people call it: “§3.2 What it leaves open”."""
    number = f"§{card.where.number}" if card.where.number else ""
    return " ".join(filter(None, (number, card.where.title))) or "At the beginning"


def in_place(card: ChangeView) -> str:
    """The same within a sentence."""
    place = f"§{card.where.number}" if card.where.number else card.where.title
    return f" in {escape(place)}" if place else " at the beginning"


def label_of(card: ChangeView) -> str:
    """What a card is called by screen readers."""
    if card.clash is not None:
        is_decided = card.state in (ChangeState.ACCEPTED, ChangeState.DECLINED)
        state = "decided" if is_decided else str(card.state)
        return f"Two wordings of a passage in {where_of(card)}, {state}"
    who = card.model_name or (card.asked_by.name if card.asked_by else "")
    state = "moved to a branch" if card.moved_to else str(card.state)
    return f"Change in {where_of(card)}" + (f" by {who}" if who else "") + f", {state}"


def item_html(glyph: str, words: str, attributes: str) -> str:
    """One line of a card's menu."""
    return f'<button type="button" class="r-menu__item" {attributes}>{icon(glyph)}{words}</button>'


def menu_html(card: ChangeView, items: str) -> str:
    """What is wanted more rarely, in a menu; nothing where that is nothing."""
    if not items:
        return ""
    menu = f"r-more-{card.id}"
    return (
        f'<button type="button" class="r-icon r-icon--small" data-menu="{menu}" data-testid="change-more" '
        f'aria-label="More about this change" aria-haspopup="true">{icon("ellipsis", "i-14")}</button>'
        f'<div class="r-menu" id="{menu}" popover>{items}</div>'
    )


def why_html(card: ChangeView) -> str:
    """Its reason, if it has one."""
    return f'<p class="r-card__why">{_inline(card.reason)}</p>' if card.reason else ""


@lru_cache(maxsize=2048)
def _inline(reason: str) -> str:
    """Reasons never change, and everyone who opens the page reads the same ones."""
    return render_inline(reason)
