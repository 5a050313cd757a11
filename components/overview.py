"""The document column beside the catalog: what waits for me, what moved last, which ideas are pending (§14.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from itertools import islice
from typing import Final

from components import phrases
from components.catalog import CatalogHead
from components.design import icon, state_icon
from components.landing import tally
from services.domain.entry import EntryState
from services.usecases.views.catalog import CatalogRow, CatalogView, IdeaRow

RECENT: Final = 8
LATE_DAYS: Final = 7
"""After so many days the time of something that waits is amber."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One thing that waits for the viewer: what, why them, since when, and the one button."""

    title: str
    why: str
    since: datetime
    path: str
    button: str
    glyph: str = "git-merge"


def your_turn_html(turns: tuple[Turn, ...], view: CatalogView, *, now: datetime) -> str:
    """The signed-in home page."""
    count = f' <b class="r-count r-count--quiet">{len(turns)}</b>' if turns else ""
    head = f'<div class="r-pagehead"><h1>{phrases.YOUR_TURN}{count}</h1></div>'
    return f'<div class="r-page">{head}{_waiting(turns, now)}{_moved(view)}</div>'


def turns_html(turns: tuple[Turn, ...], *, now: datetime) -> str:
    """What waits, as the first part of the inbox."""
    count = f' <b class="r-count r-count--quiet">{len(turns)}</b>' if turns else ""
    return f'<h2 class="r-h2">{phrases.YOUR_TURN}{count}</h2>{_waiting(turns, now)}'


def _waiting(turns: tuple[Turn, ...], now: datetime) -> str:
    rows = "".join(_turn(turn, now, first=index == 0) for index, turn in enumerate(turns))
    if turns:
        return f'<div class="r-turns" role="list">{rows}</div>'
    return f'<p class="r-calm">{icon("check")}<span>Nothing waits for you.</span></p>'


def catalog_page_html(view: CatalogView, head: CatalogHead) -> str:
    """The page `/catalog`: the tally, what moved last, and the pending ideas."""
    return (
        f'<div class="r-page"><div class="r-pagehead"><h1>{phrases.CATALOG}</h1></div>'
        f"{tally(head)}{_moved(view)}{_ideas(view.ideas)}</div>"
    )


def nothing_yet_html(*, may_propose: bool, sign_in: str) -> str:
    """What stands there while there is neither an entry nor an idea."""
    look = "r-btn r-btn--primary r-btn--large"
    step = (
        f'<button type="button" class="{look}" data-act="propose">Propose the first RFC</button>'
        if may_propose
        else f'<a class="{look}" href="{escape(sign_in)}">{phrases.SIGN_IN_WITH_GITEA}</a>'
    )
    return (
        '<div class="r-error"><div class="r-kicker">'
        f'<span class="r-chip r-chip--idea">{icon("st-idea")}Nothing yet</span></div>'
        "<h1>Which RFC comes first?</h1>"
        "<p>Every RFC begins as an idea: a title and a few sentences on why it is needed. "
        "Others discuss it, an admin merges it, and from then on everybody can write.</p>"
        f'<div class="r-line r-line--wrap">{step}'
        '<a class="r-btn r-btn--quiet r-btn--large" href="/philosophy">How an RFC comes to be</a></div></div>'
    )


def _turn(turn: Turn, now: datetime, *, first: bool) -> str:
    late = " data-late" if (now - turn.since).days >= LATE_DAYS else ""
    primary = " r-btn--primary" if first else ""
    return (
        f'<div class="r-turn" role="listitem" data-testid="your-turn-row">{icon(turn.glyph)}'
        f'<div><p class="r-turn__what"><a href="{escape(turn.path)}">{escape(turn.title)}</a></p>'
        f'<p class="r-turn__why">{escape(turn.why)}</p></div>'
        f"{time_html(turn.since, late)}"
        f'<a class="r-btn{primary}" href="{escape(turn.path)}">{escape(turn.button)}</a></div>'
    )


def _moved(view: CatalogView) -> str:
    if not view.rows:
        return ""
    standing = (row for row in view.rows if row.state is not EntryState.WITHDRAWN)
    rows = "".join(_entry(row) for row in islice(standing, RECENT))
    return f'<h2 class="r-h2">{phrases.SORTS["recent"]}</h2><div class="r-list">{rows}</div>'


def _ideas(ideas: tuple[IdeaRow, ...]) -> str:
    if not ideas:
        return ""
    rows = "".join(
        _line(f"/proposal/{idea.number}", state_icon("idea"), idea.title,
              ", ".join((f"proposed by {idea.proposed_by}", *idea.tags)), idea.opened_at)
        for idea in ideas[:RECENT]
    )  # fmt: skip
    count = f'<b class="r-count r-count--quiet">{len(ideas)}</b>'
    return f'<h2 class="r-h2">{phrases.PENDING_IDEAS} {count}</h2><div class="r-list">{rows}</div>'


def _entry(row: CatalogRow) -> str:
    name = phrases.STATES[row.state] if row.number is None else phrases.rfc_number(row.number)
    where = ", ".join((name, *row.tags))
    return _line(f"/rfc/{row.slug}", state_icon(row.state), row.title, where, row.last_activity_at)


def _line(path: str, glyph: str, title: str, where: str, at: datetime) -> str:
    return (
        f'<a class="r-in" href="{escape(path)}">{glyph}<span><span class="r-in__what r-clip">{escape(title)}</span>'
        f'<span class="r-in__where r-clip">{escape(where)}</span></span>'
        f'<span class="r-in__side">{time_html(at)}</span></a>'
    )


def time_html(at: datetime, attributes: str = "") -> str:
    """A moment that the frame's clock turns into “12 min”; without scripts it is the date."""
    moment = at.astimezone(UTC)
    return (
        f'<time datetime="{moment:%Y-%m-%dT%H:%M:%SZ}" data-ago{attributes}>{moment.day} {moment:%b}</time>'
    )
