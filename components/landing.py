"""The page for strangers: the pitch, three things to know, and the two ways in (§14.1)."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from components import phrases
from components.catalog import CatalogHead
from components.design import icon, state_icon
from services.usecases.views.catalog import CatalogRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Landing:
    """What the landing page says; `title` is the site's name."""

    title: str
    pitch: str
    sign_in: str
    catalog: CatalogHead
    words: tuple[CatalogRow, ...] = ()
    """Some entries to begin with, by title; an index beside the pitch."""


def landing_html(landing: Landing) -> str:
    """The whole document column."""
    index = _index(landing)
    return (
        f'<div class="r-land{" r-land--index" if index else ""}"><div class="{"r-landtop" if index else ""}">'
        '<section class="r-hero">'
        f'<h1 data-testid="landing-title">{escape(landing.title)}</h1>'
        f'<p data-testid="landing-pitch">{escape(landing.pitch)}</p>'
        '<div class="r-line r-line--wrap">'
        f'<a class="r-btn r-btn--primary r-btn--large" data-testid="sign-in" href="{escape(landing.sign_in)}">'
        f"{phrases.SIGN_IN_WITH_GITEA}</a>"
        '<a class="r-btn r-btn--large" href="/catalog">Read the catalog</a>'
        '<span class="r-muted r-hide-s">Reading needs no account.</span></div></section>'
        f"{index}</div>"
        f'<section class="r-deck" aria-label="How it works">{_say_it()}{_models_propose()}{_history()}</section>'
        f"{_foot(landing.catalog, indexed=bool(index))}</div>"
    )


def _index(landing: Landing) -> str:
    if not landing.words:
        return ""
    words = "".join(
        f'<a href="/rfc/{escape(row.slug)}">{state_icon(row.state)}<span class="r-clip">{escape(row.title)}</span>'
        f"<small>{'' if row.number is None else str(row.number).zfill(4)}</small></a>"
        for row in landing.words
    )
    return (
        f'<nav class="r-index" aria-label="Some of the RFCs"><div class="r-index__words">{words}</div>'
        f'<p class="r-index__foot">{tally(landing.catalog)}</p></nav>'
    )


def _card(figure: str, title: str, text: str) -> str:
    return (
        f'<article data-testid="landing-deck-item"><p class="fig" aria-hidden="true">{figure}</p>'
        f"<h2>{title}</h2><p>{text}</p></article>"
    )


def _say_it() -> str:
    return _card(
        '<mark class="thread">whom others can address</mark>'
        f'<span class="r-figmark">{icon("message-square", "i-14")}4</span>',
        "Say it where it stands",
        "Every idea and every document has its discussion beside it. "
        "What was said stays with the text, for whoever asks later why it reads as it does.",
    )


def _models_propose() -> str:
    people = "".join(f'<span class="r-avatar">{letters}</span>' for letters in ("AR", "BO"))
    return _card(
        '<span class="r-line"><del>person</del><ins>member of the species</ins></span>'
        f"{icon('arrow-right', 'i-14')}{people}",
        "Anyone proposes, people decide",
        "Whoever has an account can propose what is missing. "
        "Nothing enters the text by itself: a named person merges it or says why not.",
    )


def _history() -> str:
    glyphs = "<s></s>".join(state_icon(state) for state in ("idea", "super-draft", "active"))
    return _card(
        f'<span class="r-line r-life r-grow">{glyphs}<span class="r-num">RFC-0001</span></span>',
        "Every sentence has a history",
        "From the first pitch to a numbered standard, each step has a name, a date and a reason, kept in Git. "
        "What was declined stays readable too.",
    )


def _foot(catalog: CatalogHead, *, indexed: bool) -> str:
    links = '<a href="/philosophy">Philosophy</a><a href="/catalog">Catalog</a>'
    return f'<p class="r-landfoot">{links}{"" if indexed else tally(catalog)}</p>'


def tally(catalog: CatalogHead) -> str:
    """How much there is, state by state: glyph, number and word."""
    states = [("active", "active RFC", "active RFCs"), ("super-draft", "super-draft", "super-drafts")]
    counts = [(state, catalog.states.get(state, 0), one, many) for state, one, many in states]
    counts.append(("idea", catalog.ideas, "pending idea", "pending ideas"))
    shown = [
        f"<span>{state_icon(state)}{phrases.counted(n, one, many)}</span>"
        for state, n, one, many in counts
        if n
    ]
    return f'<span class="r-counts">{"".join(shown)}</span>'
