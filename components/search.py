"""The search page (§7.2): what was found, grouped by RFC, each hit a link to its heading."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from urllib.parse import quote

from components import phrases
from components.design import icon, state_icon
from services.domain.search import Fragment
from services.usecases.views.search import FoundPassage, FoundPull, FoundRfc, SearchView


def search_html(view: SearchView, *, offset: int = 0) -> str:
    """The document column."""
    return f'<div class="r-page">{_form(view.text)}{_narrowed(view)}{_answer(view, offset)}</div>'


def fragments_html(fragments: Iterable[Fragment]) -> str:
    """A line with the words that were found marked."""
    return "".join(
        f'<mark class="hit">{escape(part.text)}</mark>' if part.hit else escape(part.text)
        for part in fragments
    )


def passage_path(found: FoundRfc, passage: FoundPassage) -> str:
    """Where a hit opens: at its heading."""
    return f"/rfc/{found.slug}" + (f"#{quote(passage.anchor)}" if passage.anchor else "")


def _form(text: str) -> str:
    return (
        '<form class="r-searchform" action="/search" role="search"><div class="r-pagehead"><h1>Search</h1></div>'
        f'<div class="r-line"><div class="r-affix r-grow">{icon("search")}'
        f'<input class="r-input" type="search" name="q" value="{escape(text)}" aria-label="Search all RFCs" '
        'placeholder="Words, or a &quot;phrase&quot;, in any RFC" autocomplete="off" data-testid="search-input">'
        '</div><button class="r-btn r-btn--primary" type="submit">Search</button></div></form>'
    )


def _answer(view: SearchView, offset: int) -> str:
    if not view.text:
        return _empty(
            "Search every text on main", "Words, “phrases” in quotation marks, or a number: RFC\u201112."
        )
    if not view.found and not view.pulls:
        return _nothing(view)
    notes = "" if not view.shortened else (
        '<p class="r-hint">That was long: only its first words were looked for.</p>'
    )  # fmt: skip
    pulls = "".join(_pull(found) for found in view.pulls)
    pulls = pulls and f'<h2 class="r-h2">Open pull requests and ideas</h2><div class="r-list">{pulls}</div>'
    groups = "".join(_group(found, view.text) for found in view.found)
    return f"{notes}{pulls}{groups}{_ways(view, offset)}"


def _nothing(view: SearchView) -> str:
    words = view.text if len(view.text) <= 60 else f"{view.text[:60]}…"
    return _empty(
        f"Nothing has all of “{words}”",
        "Try fewer words, or only the beginning of one. Texts of branches are not searched.",
    )


def _empty(title: str, text: str) -> str:
    return f'<div class="r-empty">{icon("search")}<b>{escape(title)}</b><p>{escape(text)}</p></div>'


def _narrowed(view: SearchView) -> str:
    """What is searched where it is one RFC, and the way to all."""
    if view.within is None:
        return ""
    _, title = view.within
    return (
        f'<p class="r-hint" data-testid="search-within">Only in “{escape(title)}”. '
        f'<a href="/search?q={quote(view.text)}">Search all RFCs</a></p>'
    )


def _group(found: FoundRfc, text: str) -> str:
    name = found.slug if found.number is None else phrases.rfc_number(found.number)
    hits = "".join(_hit(found, passage) for passage in found.passages)
    others = "" if not found.others else (
        f'<p class="r-hint"><a href="/search?q={quote(text)}&amp;rfc={quote(found.slug)}" '
        f'data-testid="search-others">and {found.others} more section{"s" if found.others > 1 else ""} of it</a></p>'
    )  # fmt: skip
    return (
        f'<section class="r-found" data-testid="search-group"><h2>{state_icon(found.state)}'
        f'<a href="/rfc/{escape(found.slug)}">{fragments_html(found.title)}</a>'
        f'<span class="r-num r-soft">{escape(name)}</span></h2>{hits}{others}</section>'
    )


def _hit(found: FoundRfc, passage: FoundPassage) -> str:
    number = f'<span class="r-num r-soft">{escape(passage.number)}</span> ' if passage.number else ""
    heading = fragments_html(passage.heading) or "Beginning"
    return (
        f'<a class="r-found__hit" href="{escape(passage_path(found, passage))}" data-testid="search-hit">'
        f"<b>{number}{heading}</b><span>{fragments_html(passage.snippet)}</span></a>"
    )


def _pull(found: FoundPull) -> str:
    where = f"{found.rfc_title}, by {found.opened_by}" if found.rfc_title else f"idea by {found.opened_by}"
    return (
        f'<a class="r-in" href="{escape(found.path)}">{icon("git-pull-request")}<span>'
        f'<span class="r-in__what r-clip">{fragments_html(found.title)}</span>'
        f'<span class="r-in__where r-clip">{escape(where)}</span></span>'
        f'<span class="r-in__side">#{found.number}</span></a>'
    )


def _ways(view: SearchView, offset: int) -> str:
    query = quote(view.text)
    before = f'<a class="r-btn" href="/search?q={query}">From the beginning</a>' if offset else ""
    after = "" if view.next_offset is None else (
        f'<a class="r-btn" href="/search?q={query}&amp;offset={view.next_offset}">More RFCs</a>'
    )  # fmt: skip
    return f'<nav class="r-line" aria-label="Pages">{before}{after}</nav>' if before or after else ""
