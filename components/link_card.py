"""The card of a link to an RFC, as an HTML string that reading_parts/link_card.js shows beside the link (§8.2)."""

from __future__ import annotations

from html import escape

from components import phrases
from components.design import state_icon
from components.entry import CHIPS
from components.people import time_html
from services.usecases.views.link_card import LinkCardView


def link_card_html(view: LinkCardView) -> str:
    """State, title and how the text begins."""
    begins = f'<p class="r-hover__text">{escape(view.opening)}</p>' if view.opening else ""
    return (
        f'<p class="r-hover__head"><span class="r-chip r-chip--{CHIPS[view.state]}">{state_icon(view.state)}'
        f'{phrases.STATES[view.state]}</span><span class="r-num r-soft">{escape(view.rfc_id or view.slug)}</span></p>'
        f'<p class="r-hover__title">{escape(view.title)}</p>{begins}'
        f'<p class="r-muted r-small">changed {time_html(view.changed_at, long=True)}</p>'
    )
