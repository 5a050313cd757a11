"""The reading page in parts: its bar and the head above the text (§8.1)."""

from __future__ import annotations

from html import escape

from components import phrases
from components.design import icon, reason_html, state_icon
from components.people import fact_html, people_html, person_html, tags_html, time_html
from components.shell import sign_in_path
from services.domain.actors import Actor, Viewer
from services.domain.entry import EntryState
from services.usecases.views.entry import EntryView

START = "start"
CHIPS = {EntryState.SUPER_DRAFT: "draft", EntryState.ACTIVE: "active", EntryState.WITHDRAWN: "withdrawn"}
"""How the chip of an entry's state looks."""

_START_WORDS = (
    f'<span class="r-hide-s">{phrases.START}</span><span class="r-only-phone">{phrases.START_SHORT}</span>'
)
_GRADUATE = (
    '<button type="button" class="r-btn r-btn--quiet r-btn--fold" data-testid="graduate-open" data-do="graduate" '
    f'aria-label="Graduate" title="Graduate">{icon("award")}<span>Graduate</span></button>'
)


def bar_html(
    view: EntryView, viewer: Viewer, *, listed: bool, graduates: bool = False, more: str = ""
) -> str:
    """The ways to the same text, and to a branch of one's own.

    `listed`: there is a contents list to open; `graduates`: the viewer may graduate it now.
    `more` is what other parts of the page put there.
    """
    contents = (
        '<button type="button" class="r-icon r-tocbtn" data-do="contents" aria-expanded="false" '
        f'aria-label="Contents">{icon("table-of-contents")}</button>'
    )
    raw = f"/api/rfcs/{escape(view.slug)}/raw"
    return (
        f'<a class="r-icon r-hide-s" href="/rfc/{escape(view.slug)}/history" aria-label="History" title="History" '
        f'data-testid="history-link">{icon("history")}</a>'
        f'<a class="r-icon r-hide-s" href="{raw}" aria-label="Raw markdown" title="Raw markdown" '
        f'data-testid="raw-link">{icon("code")}</a>{contents if listed else ""}{more}'
        f"{_GRADUATE if graduates else ''}{_start(view, viewer)}"
    )


def _start(view: EntryView, viewer: Viewer) -> str:
    """The one button of the page; where one can't press it, the reason stands beside it (design README §1.8)."""
    look = 'class="r-btn r-btn--primary" data-testid="start-contributing"'
    if view.state is EntryState.WITHDRAWN:
        return _start_off("It has been withdrawn: its text stays as it is.", look)
    if viewer is None:
        path = escape(sign_in_path(f"/rfc/{view.slug}"))
        return f'<span class="r-hint r-hide-m">You sign in first</span><a {look} href="{path}">{_START_WORDS}</a>'
    if viewer.muted:
        return _start_off(_muted_words(viewer), look)
    return f'<button type="button" {look} data-do="{START}" data-wait>{_START_WORDS}</button>'


def _muted_words(viewer: Actor) -> str:
    why = f" The reason given: “{viewer.mute_reason}”" if viewer.mute_reason else ""
    return f"An admin has muted your account.{why}"


def _start_off(why: str, look: str) -> str:
    return (
        f"{reason_html('why-not-start', why)}"
        f'<button type="button" {look} aria-disabled="true" aria-describedby="why-not-start">{_START_WORDS}</button>'
    )


def head_html(view: EntryView) -> str:
    """State, title and facts."""
    look, word = CHIPS[view.state], phrases.STATES[view.state]
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
