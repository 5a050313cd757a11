"""The idea page in parts: the bar with its decisions, the head, what became of the idea (§9.3)."""

from __future__ import annotations

from html import escape

from components import phrases
from components.design import icon, state_icon
from components.people import fact_html, person_html, tags_html, time_html
from services.domain.actors import Viewer
from services.domain.pull import PullState
from services.domain.rendering.links import LinkBase
from services.domain.rendering.markdown import render_message
from services.usecases.views.idea import DecisionView, IdeaView
from services.usecases.views.parts import Permit

MERGE = "merge"
DECLINE = "decline"
WITHDRAW = "withdraw"
AGAIN = "again"

_CHIPS = {
    PullState.OPEN: ("idea", state_icon("idea"), "Idea"),
    PullState.MERGED: ("merged", icon("git-merge"), "Merged"),
    PullState.CLOSED: ("closed", icon("git-pull-request-closed"), "Declined"),
    PullState.WITHDRAWN: ("withdrawn", state_icon("withdrawn"), "Withdrawn"),
}


def decides(view: IdeaView, viewer: Viewer) -> bool:
    """Whether this viewer sees the buttons that decide: they may, or would but for a reason worth saying."""
    return viewer is not None and viewer.runs_the_app and view.state is PullState.OPEN


def bar_html(view: IdeaView, viewer: Viewer, *, declining: bool) -> str:
    """Where one is, and what one can do about the idea."""
    return (
        '<nav class="r-crumbs" aria-label="Breadcrumb" data-testid="rfc-breadcrumb">'
        '<button type="button" class="r-btn r-btn--quiet" data-do="show-ideas">Pending ideas</button>'
        f'<span class="r-muted" aria-hidden="true">/</span><span class="r-num r-soft">#{view.number}</span></nav>'
        f'<span class="r-grow"></span>{_acts(view, viewer, declining=declining)}'
    )


def _acts(view: IdeaView, viewer: Viewer, *, declining: bool) -> str:
    if view.state is PullState.MERGED and view.slug:
        return f'<a class="r-btn r-btn--primary" href="/rfc/{escape(view.slug)}">Open the super-draft</a>'
    if view.state is not PullState.OPEN:
        return _again_button() if view.propose_again else ""
    if decides(view, viewer):
        told = phrases.notifies_hint(view.notifies)
        decline = _decline_button(view.decline, declining=declining)
        return told + decline + _merge_button(view.merge, notifies=view.notifies)
    waits = '<span class="r-hint r-hide-s">Waits for an admin’s decision</span>'
    return waits + (_withdraw_button() if view.withdraw.allowed else "")


def _withdraw_button() -> str:
    return (
        f'<button type="button" class="r-btn" data-do="{WITHDRAW}" data-wait data-testid="withdraw-proposal" '
        'title="Its page and discussion stay, and you can propose it anew from there">Withdraw</button>'
    )


def _again_button() -> str:
    return (
        f'<button type="button" class="r-btn" data-do="{AGAIN}" data-testid="propose-again">'
        f"{icon('rotate-cw')} Propose again</button>"
    )


def _decline_button(permit: Permit, *, declining: bool) -> str:
    return (
        f'<button type="button" class="r-btn" data-do="{DECLINE}" data-testid="decline-proposal" '
        f'aria-expanded="{str(declining).lower()}"{_off(permit)}>Decline</button>'
    )


def _merge_button(permit: Permit, *, notifies: int) -> str:
    told = phrases.NOTIFIES if notifies and permit.allowed else ""
    return (
        f'<button type="button" class="r-btn r-btn--primary" data-do="{MERGE}" data-seen data-wait '
        f'data-testid="merge-proposal"{_off(permit)}{told}>{icon("git-merge")}'
        '<span>Merge<span class="r-hide-s"> proposal</span></span></button>'
    )


def _off(permit: Permit) -> str:
    """A button that can't be used now can still be reached, and says why (design README §1.8)."""
    return "" if permit.allowed else ' aria-disabled="true" aria-describedby="idea-why-not"'


def head_html(view: IdeaView, viewer: Viewer, base: LinkBase | None = None) -> str:
    """State, title and facts, then what one should know before reading; `base`: where its links lead."""
    look, glyph, word = _CHIPS[view.state]
    slug = f'<span class="r-num r-soft">{escape(view.slug)}</span>' if view.slug else ""
    facts = (
        fact_html("Proposed by", person_html(view.proposer))
        + fact_html("Tags", tags_html(view.tags))
        + (fact_html("Slug", f'<span class="r-num r-small">{escape(view.slug)}</span>') if view.slug else "")
        + (fact_html("As of", time_html(view.as_of, long=True)) if view.as_of else "")
    )
    return (
        f'<div class="r-kicker"><span class="r-chip r-chip--{look}" data-testid="rfc-state">{glyph}{word}</span>{slug}'
        f'<span class="r-muted">proposed by {escape(view.proposer.name)}, {time_html(view.opened_at, long=True)}, '
        f"PR #{view.number}</span></div>"
        f'<h1 class="r-title" data-testid="rfc-title" data-version="{view.head_sha}">{escape(view.title)}</h1>'
        f'<dl class="r-facts">{facts}</dl>'
        f"{_before(view)}{_outcome(view, base)}{_obstacle(view, viewer)}"
    )


def _before(view: IdeaView) -> str:
    if view.before is None:
        return ""
    link = f'<a href="/proposal/{view.before}">#{view.before}</a>'
    return f'<p class="r-soft" data-testid="idea-before">Proposed before as {link}.</p>'


def _outcome(view: IdeaView, base: LinkBase | None) -> str:
    """What became of the idea, by whom and why."""
    decision = view.decision
    if decision is None:
        return ""
    if view.state is PullState.MERGED:
        link = f'<a href="/rfc/{escape(view.slug)}">a super-draft</a>' if view.slug else "a super-draft"
        return _note(
            "good", "git-merge", f"Merged{_by(decision)}. It lives on as {link}, with this discussion."
        )
    if view.state is PullState.WITHDRAWN:
        return _note(
            "", "undo-2", f"Withdrawn{_by(decision)}. The slug is free again; page and discussion stay."
        )
    reason = reason_html(decision.comment, base) if decision.comment else ""
    return _note(
        "bad", "git-pull-request-closed", f"<b>Declined{_by(decision)}</b>{reason}", testid="decline-reason"
    )


def _by(decision: DecisionView) -> str:
    who = f" by {escape(decision.by.name)}" if decision.by else " on Gitea"
    return who + (f", {time_html(decision.at, long=True)}" if decision.at else "")


def reason_html(comment: str, base: LinkBase | None) -> str:
    """Why somebody wants, declines or withdraws something, in markdown as every message."""
    return f'<div class="r-msg__body">{render_message(comment, base=base)}</div>'


def _obstacle(view: IdeaView, viewer: Viewer) -> str:
    """Why nobody, or why this viewer, can decide now."""
    if view.state is not PullState.OPEN:
        return ""
    if decides(view, viewer) and not view.merge.allowed:
        return _note("warn", "triangle-alert", escape(view.merge.why_not or ""), name="idea-why-not")
    if view.problem:
        return _note("warn", "triangle-alert", f"It can’t be merged as it is. {escape(view.problem)}")
    return ""


def _note(kind: str, glyph: str, html: str, *, testid: str = "idea-note", name: str = "") -> str:
    look = f" r-note--{kind}" if kind else ""
    named = f' id="{name}"' if name else ""
    return f'<div class="r-note{look} r-note--lead" data-testid="{testid}"{named}>{icon(glyph)}<div>{html}</div></div>'
