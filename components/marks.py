"""What stands beside a mark of change, and what hovering over it tells: who, which model, what for (§8.11)."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Final

from components.card_parts import badge_html
from components.people import time_html
from components.shell import avatar
from components.workspace import Mark
from services.usecases.views.accepted import AcceptedChange

LONGEST: Final = 400
"""Characters of a prompt or reason that a hover shows."""


def marks_of(changes: Iterable[AcceptedChange]) -> dict[str, Mark]:
    """For each accepted change, by its id, what its marks show."""
    return {str(change.id): Mark(badge=_badge(change), hover=_hover(change)) for change in changes}


def _badge(change: AcceptedChange) -> str:
    if change.sign is not None:
        return badge_html(change.sign, change.model_name or change.model_key, small=True)
    if change.asked_by is None:
        return ""
    return avatar(change.asked_by.name, change.asked_by.avatar_url, "small")


def _hover(change: AcceptedChange) -> str:
    asker = change.asked_by.name if change.asked_by else ""
    who = change.model_name or change.model_key or asker
    beside = f"for {asker}" if change.model_key and asker else "suggested it" if not change.model_key else ""
    accepted = f"{change.accepted_by.name}, " if change.accepted_by else ""
    facts = (
        ("Asked", escape(_short(change.prompt)) if change.model_key else ""),
        ("Reason", escape(_short(change.reason))),
        ("Accepted by", f"{escape(accepted)}{time_html(change.accepted_at, long=True)}"),
    )
    told = "".join(f"<div><dt>{name}</dt> <dd>{value}</dd></div>" for name, value in facts if value)
    return (
        f'<div class="r-line">{_badge(change)}<b class="r-strong">{escape(who)}</b>'
        f'<span class="r-muted">{escape(beside)}</span></div><dl>{told}</dl>'
    )


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[:LONGEST].rsplit(" ", 1)[0] + " …"
