"""The inbox as HTML: what waits, the filters, and the rows by day (§15.2; design: inbox)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from html import escape
from itertools import groupby
from typing import Final
from urllib.parse import urlencode

from components.design import icon
from components.overview import Turn, turns_html
from components.people import time_html
from components.shell import avatar
from services.domain.notice_words import CATEGORY_CHIPS, CATEGORY_NAMES, quoted
from services.domain.routing import Category
from services.store.queries.notifications import Filters
from services.usecases.views.inbox import Choice, InboxRow, InboxView

MARK_ALL: Final = "read-all"
MARK_ONE: Final = "read-"
SHOW_OLDER: Final = "older"
MOST_CHIPS: Final = 5


def inbox_html(view: InboxView, turns: tuple[Turn, ...], *, now: datetime) -> str:
    """The whole page."""
    return (
        '<div class="r-page"><div class="r-pagehead"><h1>Inbox</h1><span class="r-grow"></span>'
        f'<a class="r-btn r-btn--quiet" href="/settings/notifications">{icon("settings")}'
        "Notification settings</a></div>"
        f"{turns_html(turns, now=now)}{_all_head(view)}{_filters(view)}{_rows(view, now.date())}</div>"
    )


def address_of(filters: Filters, **changes: object) -> str:
    """Where the inbox shows with these filters; a change to None takes one away."""
    query = {
        "unread": "1" if filters.unread else None,
        "rfc": filters.slug,
        "category": None if filters.category is None else filters.category.value,
        "person": filters.actor_id,
    } | changes
    kept = {name: value for name, value in query.items() if value is not None}
    return "/inbox" + (f"?{urlencode(kept)}" if kept else "")


def _all_head(view: InboxView) -> str:
    unread = any(row.unread for row in view.rows) or (view.older and view.unread)
    button = "" if not unread else (
        f'<button type="button" class="r-btn r-btn--small r-btn--quiet" data-do="{MARK_ALL}" data-wait '
        f'data-testid="inbox-mark-all">{icon("check", "i-14")} Mark {"these" if _is_filtered(view) else "all"} '
        "as read</button>"
    )  # fmt: skip
    return (
        f'<h2 class="r-h2">{"Shown" if _is_filtered(view) else "All"} <span class="end">{button}</span></h2>'
    )


def _is_filtered(view: InboxView) -> bool:
    return view.filters != Filters()


def _filters(view: InboxView) -> str:
    f = view.filters
    chips = [_chip(f"Unread {view.unread}", address_of(f, unread=None if f.unread else "1"), on=f.unread)]
    for category in Category:
        count, on = view.categories.get(category, 0), f.category is category
        if count or on:
            to = address_of(f, category=None if on else category.value)
            chips.append(_chip(f"{CATEGORY_NAMES[category]} {count}", to, on=on))
    chips += _choices(view.rfcs, f.slug, "More RFCs", lambda value: address_of(f, rfc=value))
    chosen = None if f.actor_id is None else str(f.actor_id)
    chips += _choices(view.people, chosen, "More people", lambda value: address_of(f, person=value))
    if _is_filtered(view):
        chips.append(_chip("Show all", "/inbox", on=False))
    return f'<nav class="r-filters r-filters--page" aria-label="Inbox filters">{"".join(chips)}</nav>'


def _choices(
    choices: Iterable[Choice], chosen: str | None, more: str, to: Callable[[str | None], str]
) -> list[str]:
    """The most frequent ones, and the rest on demand; what is chosen stands first."""
    ordered = sorted(choices, key=lambda one: one.value != chosen)
    chips = [
        _chip(
            f"{one.label} {one.count}", to(None if one.value == chosen else one.value), on=one.value == chosen
        )
        for one in ordered
    ]
    rest = "".join(chips[MOST_CHIPS:])
    if rest:
        rest = (
            f'<details class="r-filters__more" id="inbox-{more.removeprefix("More ").lower()}" data-keep>'
            f'<summary class="r-filter">{more} {len(chips) - MOST_CHIPS}'
            f'</summary><div class="r-filters">{rest}</div></details>'
        )
    return [*chips[:MOST_CHIPS], rest]


def _chip(label: str, to: str, *, on: bool) -> str:
    state = ' aria-current="true"' if on else ""
    return f'<a class="r-filter" href="{escape(to)}"{state}>{escape(label)}</a>'


def _rows(view: InboxView, today: date) -> str:
    if not view.rows:
        words = "Nothing fits these filters." if _is_filtered(view) else "Nothing has happened for you yet."
        return f'<p class="r-calm">{icon("check")}<span>{words}</span></p>'
    older = "" if not view.older else (
        f'<p class="r-more"><button type="button" class="r-btn" data-do="{SHOW_OLDER}" data-wait '
        'data-testid="inbox-older">Show older</button></p>'
    )  # fmt: skip
    return "".join(_days(view, today)) + older


def _days(view: InboxView, today: date) -> Iterator[str]:
    for day, rows in groupby(view.rows, key=lambda row: row.at.astimezone(UTC).date()):
        yield f'<p class="r-day">{_day(day, today)}</p>' + "".join(_row(row) for row in rows)


def _day(day: date, today: date) -> str:
    names = {0: "Today", 1: "Yesterday"}
    return names.get((today - day).days, f"{day.day} {day:%B %Y}")


def _row(row: InboxRow) -> str:
    picture = (
        avatar(row.who.name, row.who.avatar_url)
        if row.who
        else f'<span class="r-avatar" aria-hidden="true">{icon("mark", "i-12")}</span>'
    )
    name = escape(row.who.name) if row.who else "The site"
    quote = f": “{escape(quoted(row.quote))}”" if row.quote else ""
    unread = " data-unread" if row.unread else ""
    done = "" if not row.unread else (
        f'<button type="button" class="r-icon r-icon--small" data-do="{MARK_ONE}{row.id}" '
        f'aria-label="Mark as read">{icon("check", "i-14")}</button>'
    )  # fmt: skip
    said = '<span class="r-sr">Unread: </span>' if row.unread else ""
    return (
        f'<div class="r-in" data-testid="inbox-row"{unread}>{picture}<div><p class="r-in__what">{said}'
        f'<a class="r-in__link" href="{escape(row.path)}"><b>{name}</b> {escape(row.act)}</a>{quote}</p>'
        f'<p class="r-in__where r-clip">{escape(row.where)}</p></div><span class="r-in__side">'
        f'<span class="r-chip r-chip--line">{CATEGORY_CHIPS[row.category]}</span>{time_html(row.at)}'
        f'<span class="r-in__done">{done}</span></span></div>'
    )
