"""The pull requests of an entry as a list: how each stands, whose it is, since when, and whether it is news (§10)."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from components.design import icon
from components.people import person_html, time_html
from components.pull import LOOKS, SUPERSEDED
from services.domain.identifiers import PullNumber, Repository
from services.domain.pull import PullState
from services.usecases.views.entry import EntryView
from services.usecases.views.pull_list import PullSummary

Unread = frozenset[tuple[Repository, PullNumber]]


def bar_html(entry: EntryView) -> str:
    """Where one is."""
    return (
        '<nav class="r-line r-clip" aria-label="You are here" data-testid="rfc-breadcrumb">'
        f'<a class="r-num r-soft" href="/rfc/{escape(entry.slug)}">{escape(entry.rfc_id or entry.slug)}</a>'
        f'<span class="r-muted" aria-hidden="true">/</span>{icon("git-pull-request", "i-14")}<b>Pull requests</b></nav>'
        '<span class="r-grow"></span>'
    )


def list_html(entry: EntryView, pulls: Sequence[PullSummary], unread: Unread) -> str:
    """The open ones, the last opened first, then the others, the last decided first."""
    still_open = [pull for pull in pulls if pull.state is PullState.OPEN]
    decided = [pull for pull in pulls if pull.state is not PullState.OPEN]
    decided.sort(key=lambda pull: pull.ended_at or pull.opened_at, reverse=True)
    return (
        f'<h1 class="r-title r-title--small" data-testid="rfc-title">{escape(entry.title)}</h1>'
        f'<h2 class="r-h2">Open</h2>{_rows(entry, still_open, unread, empty="No pull request is open.")}'
        f'<h2 class="r-h2">Decided</h2>{_rows(entry, decided, unread, empty="None has been decided yet.")}'
    )


def _rows(entry: EntryView, pulls: Sequence[PullSummary], unread: Unread, *, empty: str) -> str:
    if not pulls:
        return f'<p class="r-muted">{empty}</p>'
    rows = "".join(_row(entry, pull, new=(pull.repo, pull.number) in unread) for pull in pulls)
    return f'<div class="r-list">{rows}</div>'


def _row(entry: EntryView, pull: PullSummary, *, new: bool) -> str:
    look, glyph, word = LOOKS[pull.state]
    if pull.is_superseded:
        word = SUPERSEDED
    news = '<span class="r-sr">, not read yet</span>' if new else ""
    replaced = f" · replaced by #{pull.superseded_by}" if pull.superseded_by else ""
    return (
        f'<a class="r-in" href="{escape(pull.address)}" '
        f'data-testid="pull-row-{pull.number}"{" data-unread" if new else ""}>{icon(glyph)}<span>'
        f'<span class="r-in__what r-clip">{escape(pull.title)}{news}</span>'
        f'<span class="r-in__where r-byline">{person_html(pull.opener)}'
        f'<span class="r-clip">· #{pull.number}{replaced}</span></span></span>'
        f'<span class="r-in__side"><span class="r-chip r-chip--{look}">{word}</span>'
        f"{time_html(pull.ended_at or pull.opened_at)}</span></a>"
    )
