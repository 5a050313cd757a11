"""People and moments as HTML: the small parts that documents, ideas and conversations share."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from html import escape
from urllib.parse import quote

from components.shell import avatar
from services.usecases.views.parts import PersonView


def person_html(person: PersonView) -> str:
    """A person with a small picture; the login is what the pointer tells."""
    picture = avatar(person.name, person.avatar_url, "small")
    return f'<span class="r-person" title="@{escape(person.login)}">{picture} {escape(person.name)}</span>'


def people_html(people: Iterable[PersonView], *, nobody: str) -> str:
    """Several people, or in words that there is nobody."""
    names = [person_html(person) for person in people]
    return " ".join(names) if names else f'<span class="r-muted">{escape(nobody)}</span>'


def time_html(moment: datetime, *, long: bool = False) -> str:
    """A moment; the frame keeps saying how long ago it was, and the exact time on hover."""
    at = moment.astimezone(UTC)
    ago = ' data-ago="long"' if long else " data-ago"
    return f'<time datetime="{at:%Y-%m-%dT%H:%M:%SZ}"{ago}>{at.day} {at:%b %Y}</time>'


def tags_html(tags: Iterable[str]) -> str:
    """Tags; each leads to the catalog with that tag."""
    links = [f'<a class="r-tag" href="/catalog?tag={quote(tag, safe="")}">{escape(tag)}</a>' for tag in tags]
    return "".join(links) if links else '<span class="r-muted">none</span>'


def fact_html(name: str, value: str) -> str:
    """One fact of the line below a title; `value` is HTML."""
    return f"<div><dt>{escape(name)}</dt><dd>{value}</dd></div>"
