"""The reading page in parts: its bar and the head above the text (§8.1)."""

from __future__ import annotations

from html import escape

from components import phrases
from components.design import icon, state_icon
from components.people import fact_html, people_html, person_html, tags_html, time_html
from services.domain.entry import EntryState
from services.usecases.views.entry import EntryView

_CHIPS = {EntryState.SUPER_DRAFT: "draft", EntryState.ACTIVE: "active", EntryState.WITHDRAWN: "withdrawn"}


def bar_html(view: EntryView, *, listed: bool) -> str:
    """Where one is, and the ways to the same text; `listed` when there is a contents list to open."""
    contents = (
        '<button type="button" class="r-icon r-tocbtn" data-do="contents" aria-expanded="false" '
        f'aria-label="Contents">{icon("table-of-contents")}</button>'
    )
    raw = f"/api/rfcs/{escape(view.slug)}/raw"
    return (
        '<nav class="r-crumbs" aria-label="Breadcrumb" data-testid="rfc-breadcrumb">'
        f'<span class="r-num r-muted r-clip r-hide-s">{escape(view.rfc_id or view.slug)}</span>'
        f'<span class="r-muted r-hide-s" aria-hidden="true">/</span>{icon("git-branch", "i-14")}<b>main</b></nav>'
        f'<span class="r-grow"></span>{contents if listed else ""}'
        f'<a class="r-icon" href="{raw}" aria-label="Raw markdown" title="Raw markdown" data-testid="raw-link">'
        f"{icon('code')}</a>"
    )


def head_html(view: EntryView) -> str:
    """State, title and facts."""
    look, word = _CHIPS[view.state], phrases.STATES[view.state]
    return (
        f'<div class="r-kicker"><span class="r-chip r-chip--{look}" data-testid="rfc-state">'
        f"{state_icon(view.state)}{word}</span>"
        f'<span class="r-num r-soft">{escape(view.rfc_id or view.slug)}</span>'
        f'<span class="r-muted">changed {time_html(view.changed_at, long=True)}</span></div>'
        f'<h1 class="r-title" data-testid="rfc-title">{escape(view.title)}</h1>'
        f'<dl class="r-facts">{"".join(_facts(view))}</dl>'
    )


def _facts(view: EntryView) -> list[str]:
    facts = [fact_html("Owners", people_html(view.owners, nobody="nobody yet"))]
    if view.arbiters:
        facts.append(fact_html("Arbiters", people_html(view.arbiters, nobody="")))
    if view.proposed_by is not None and view.proposed_by not in view.owners:
        facts.append(fact_html("Proposed by", person_html(view.proposed_by)))
    facts.append(fact_html("Tags", tags_html(view.tags)))
    if view.as_of is not None:
        sha = f' <code title="Commit {escape(view.commit_sha)}">{escape(view.commit_sha[:7])}</code>'
        facts.append(fact_html("As of", time_html(view.as_of, long=True) + sha))
    return facts
