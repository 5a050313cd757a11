"""What the admin tabs share: the line of tabs, filters, tables and the way to the next page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from urllib.parse import urlencode

from components.design import icon

TABS: tuple[tuple[str, str], ...] = (
    ("users", "Users"),
    ("graduation", "Graduation"),
    ("audit", "Audit"),
    ("permissions", "Permissions"),
    ("branches", "Branches"),
    ("sync", "Sync"),
    ("mail", "Mail"),
    ("models", "Models"),
)

TIME = "Time (UTC)"
"""The head above moments to the second, and what days in the filters mean."""


def tabs_html(current: str) -> str:
    """The line of tabs."""
    links = "".join(
        f'<a class="r-tab" href="/admin/{name}" data-testid="admin-tab-{name}"'
        f"{' aria-current=page' if name == current else ''}>{label}</a>"
        for name, label in TABS
    )
    return f'<nav class="r-tabs r-tabs--admin" aria-label="Admin pages">{links}</nav>'


def filter_html(tab: str, fields: Iterable[str], *, note: str = "") -> str:
    """The line above a table: a form whose answer is this tab again."""
    return (
        f'<form class="r-line r-line--wrap r-filters--page" action="/admin/{tab}" role="search">{"".join(fields)}'
        '<button class="r-btn" type="submit">Show</button>'
        f'<span class="r-muted">{note}</span></form>'
    )


def text_field(name: str, value: str, label: str) -> str:
    """A field to type in."""
    return (
        f'<div class="r-affix r-affix--short">{icon("search")}<input class="r-input r-input--quiet" name="{name}" '
        f'value="{escape(value)}" placeholder="{escape(label)}" aria-label="{escape(label)}" autocomplete="off"></div>'
    )


def date_field(name: str, value: str, label: str) -> str:
    """A field for a day."""
    return (
        f'<label class="r-line"><span class="r-muted">{escape(label)}</span><input class="r-input r-input--quiet" '
        f'type="date" name="{name}" value="{escape(value)}" autocomplete="off"></label>'
    )


def choice_field(name: str, value: str, label: str, options: Sequence[tuple[str, str]]) -> str:
    """A field to choose in; the empty value is everything."""
    rows = "".join(option_html(key, text, chosen=key == value) for key, text in (("", label), *options))
    return (
        f'<select class="r-input r-input--quiet" name="{name}" aria-label="{escape(label)}" autocomplete="off">'
        f"{rows}</select>"
    )


def option_html(value: str, text: str, *, chosen: bool) -> str:
    """One option."""
    return f'<option value="{escape(value)}"{" selected" if chosen else ""}>{escape(text)}</option>'


def table_html(heads: Sequence[str], rows: Sequence[str], *, look: str, empty: str) -> str:
    """A table, or the words that there is nothing."""
    if not rows:
        return f'<div class="r-empty">{icon("list")}<b>{escape(empty)}</b></div>'
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    return (
        f'<table class="r-table {look}"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
    )


def more_html(tab: str, query: Mapping[str, str], *, label: str = "Older", **following: object) -> str:
    """The link to the next page, which keeps the filters."""
    kept = {key: value for key, value in query.items() if value} | {k: str(v) for k, v in following.items()}
    return f'<p class="r-tablefoot"><a class="r-btn" href="/admin/{tab}?{escape(urlencode(kept))}">{label}</a></p>'


def moment_html(at: datetime) -> str:
    """A moment to the second."""
    moment = at.astimezone(UTC)
    return f'<time class="r-num" datetime="{moment:%Y-%m-%dT%H:%M:%SZ}">{moment:%Y-%m-%d %H:%M:%S}</time>'
