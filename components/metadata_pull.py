"""The page of a metadata or claim PR in parts: bar, head, and the table of what it changes (§9.6, §13.1)."""

from __future__ import annotations

from html import escape
from typing import Final

from components import phrases
from components.design import icon, state_icon
from components.idea import DECLINE, MERGE, WITHDRAW, reason_html
from components.people import fact_html, person_html, time_html
from components.phrases import STATES
from services.domain.identifiers import PullNumber
from services.domain.metadata import FieldChange, Words
from services.domain.permissions import MetadataField
from services.domain.pull import PullState
from services.domain.rendering.links import LinkBase
from services.usecases.change_metadata import PEOPLE_FIELDS
from services.usecases.views.meta_pull import EndView, MetaPullView
from services.usecases.views.parts import Permit, PersonView

WHY_NOT: Final = "metadata-why-not"

_CHIPS: Final = {
    PullState.OPEN: ("open", icon("git-pull-request"), "Open"),
    PullState.MERGED: ("merged", icon("git-merge"), "Merged"),
    PullState.CLOSED: ("closed", icon("git-pull-request-closed"), "Declined"),
    PullState.WITHDRAWN: ("withdrawn", state_icon("withdrawn"), "Withdrawn"),
}
NAMES: Final = {
    MetadataField.TITLE: "Title",
    MetadataField.TAGS: "Tags",
    MetadataField.OWNERS: "Owners",
    MetadataField.ARBITERS: "Arbiters",
    MetadataField.MODELS: "Models",
    MetadataField.FUNDER: "Funder",
    MetadataField.WITHDRAWAL: "State",
}


def bar_html(view: MetaPullView, *, declining: bool) -> str:
    """Where one is, and what one can do about the PR."""
    return (
        '<nav class="r-crumbs" aria-label="Breadcrumb" data-testid="rfc-breadcrumb">'
        f'<a class="r-btn r-btn--quiet" href="/rfc/{escape(view.slug)}"><span class="r-clip">'
        f"{escape(view.entry_name)}</span></a>"
        f'<span class="r-muted" aria-hidden="true">/</span><b class="r-nowrap">PR #{view.number}</b></nav>'
        f'<span class="r-grow"></span>{_acts(view, declining=declining)}'
    )


def decides(view: MetaPullView) -> bool:
    """Whether this viewer sees the buttons that decide."""
    return view.state is PullState.OPEN and view.decline.allowed


def _acts(view: MetaPullView, *, declining: bool) -> str:
    if view.state is not PullState.OPEN:
        return f'<a class="r-btn" href="/rfc/{escape(view.slug)}">Open the RFC</a>'
    withdraw = _withdraw_button(beside=decides(view)) if view.withdraw.allowed else ""
    if not decides(view):
        return f'<span class="r-hint r-hide-m">{_waits(view)}</span>{withdraw}'
    decline = _button(
        DECLINE,
        "Decline",
        "claim-decline" if view.is_claim else "pr-decline",
        more=f' aria-expanded="{str(declining).lower()}"',
    )
    told = phrases.notifies_hint(view.notifies)
    return (
        told + withdraw + decline + _merge_button(view.merge, is_claim=view.is_claim, notifies=view.notifies)
    )


def _withdraw_button(*, beside: bool) -> str:
    """Beside the buttons that decide it is a small one on phones."""
    if not beside:
        return _button(WITHDRAW, "Withdraw", "pr-withdraw", wait=True)
    return (
        f'<button type="button" class="r-btn r-btn--quiet r-btn--fold" data-do="{WITHDRAW}" data-wait '
        f'data-testid="pr-withdraw" aria-label="Withdraw">{icon("undo-2")}<span>Withdraw</span></button>'
    )


def _waits(view: MetaPullView) -> str:
    if view.is_claim or any(
        change.field in (MetadataField.OWNERS, MetadataField.ARBITERS) for change in view.changes
    ):
        return "Waits for an admin"
    by_arbiters = {MetadataField.MODELS, MetadataField.FUNDER, MetadataField.WITHDRAWAL}
    if any(change.field in by_arbiters for change in view.changes):
        return "Waits for an arbiter"
    return "Waits for an owner or arbiter"


def _button(act: str, label: str, testid: str, *, wait: bool = False, more: str = "") -> str:
    waits = " data-wait" if wait else ""
    return f'<button type="button" class="r-btn" data-do="{act}"{waits} data-testid="{testid}"{more}>{label}</button>'


def _merge_button(permit: Permit, *, is_claim: bool, notifies: int) -> str:
    told = phrases.NOTIFIES if notifies else ""
    off = told if permit.allowed else f' aria-disabled="true" aria-describedby="{WHY_NOT}"'
    testid = "claim-merge" if is_claim else "pr-merge"
    return (
        f'<button type="button" class="r-btn r-btn--primary" data-do="{MERGE}" data-seen data-wait '
        f'data-testid="{testid}"{off}>{icon("git-merge")}<span>Merge</span></button>'
    )


def head_html(view: MetaPullView, base: LinkBase | None = None) -> str:
    """State, title, facts, what one should know, and the table of changes."""
    look, glyph, word = _CHIPS[PullState.MERGED if view.ended_well else view.state]
    what = "claim" if view.is_claim else "metadata PR"
    link = f'<a href="/rfc/{escape(view.slug)}">{escape(view.entry_title)}</a>'
    facts = fact_html("Opened by", person_html(view.opener)) + fact_html("About", link)
    if view.as_of:
        facts += fact_html("As of", time_html(view.as_of, long=True))
    return (
        f'<div class="r-kicker"><span class="r-chip r-chip--{look}" data-testid="pr-state">{glyph}{word}</span>'
        f'<span class="r-muted">{what} #{view.number}, opened {time_html(view.opened_at, long=True)}</span></div>'
        f'<h1 class="r-title" data-testid="rfc-title" data-version="{view.head_sha}">{escape(view.title)}</h1>'
        f'<dl class="r-facts">{facts}</dl>'
        f"{_end_html(view, base)}{_obstacle_html(view)}{_why_html(view, base)}{table_html(view)}"
    )


def table_html(view: MetaPullView) -> str:
    """Each field with its value before and after."""
    rows = "".join(_row(change, view) for change in view.changes)
    if not rows:
        return ""
    return (
        '<table class="r-table r-table--top r-changes" data-testid="metadata-changes"><thead><tr>'
        '<th scope="col">Field</th><th scope="col">Before</th><th scope="col">After</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _row(change: FieldChange, view: MetaPullView) -> str:
    before, after = (value_html(change.field, words, view.people) for words in (change.before, change.after))
    return (
        f'<tr data-field="{change.field}"><th scope="row">{NAMES[change.field]}</th>'
        f'<td data-label="Before">{before}</td><td data-label="After">{after}</td></tr>'
    )


def value_html(field: MetadataField, words: Words, people: dict[str, PersonView]) -> str:
    """What a field holds."""
    if not words:
        return f'<span class="r-muted">{_empty(field, words)}</span>'
    if field in PEOPLE_FIELDS:
        return '<span class="r-names">' + "".join(person_html(people[name]) for name in words) + "</span>"
    if field is MetadataField.TITLE:
        return f'<span class="r-doctitle">{escape(words[0])}</span>'
    if field is MetadataField.WITHDRAWAL:
        state = words[0]
        return f'<span class="r-line">{state_icon(state)}{escape(STATES.get(state, state))}</span>'
    if field is MetadataField.TAGS:
        return " ".join(f'<span class="r-tag">{escape(word)}</span>' for word in words)
    return escape(", ".join(words))


def _empty(field: MetadataField, words: Words) -> str:
    if field is MetadataField.MODELS:
        return "every model this site offers" if words is None else "no AI"
    return "nobody" if field in PEOPLE_FIELDS else "none"


def _why_html(view: MetaPullView, base: LinkBase | None) -> str:
    if not view.reason:
        return ""
    return (
        f'<blockquote class="r-why" data-testid="metadata-why">{reason_html(view.reason, base)}</blockquote>'
    )


def _end_html(view: MetaPullView, base: LinkBase | None) -> str:
    """What became of it, by whom and why."""
    end = view.end
    if end is None:
        return ""
    if end.merged_as is not None:
        link = _link(view, end.merged_as)
        who = _by(end) if end.by else ""
        words = f"Merged{who} as {link}, made of what stood on main by then."
        return _note("good", "git-merge", words)
    if view.state is PullState.MERGED:
        return _note("good", "git-merge", f"Merged{_by(end)}.")
    if view.state is PullState.WITHDRAWN:
        return _note("", "undo-2", f"Withdrawn{_by(end)}.")
    reason = reason_html(end.comment, base) if end.comment else ""
    return _note(
        "bad", "git-pull-request-closed", f"<b>Declined{_by(end)}</b>{reason}", testid="decline-reason"
    )


def _by(end: EndView) -> str:
    who = f" by {escape(end.by.name)}" if end.by else " on Gitea"
    return who + (f", {time_html(end.at, long=True)}" if end.at else "")


def _obstacle_html(view: MetaPullView) -> str:
    if view.replacement is not None:
        link = _link(view, view.replacement)
        words = f"{link} was made of it and takes its place when it is merged."
        return _note("", "arrow-right", words, name=WHY_NOT)
    if view.obstacle:
        return _note("warn", "triangle-alert", escape(view.obstacle), name=WHY_NOT)
    if view.replaces is not None and view.state is PullState.OPEN:
        words = f"Made of {_link(view, view.replaces)}, which is closed when this one is merged."
        return _note("", "arrow-down-up", words)
    if not view.rivals:
        return ""
    links = ", ".join(_link(view, one) for one in view.rivals)
    words = "also asks to own it" if view.is_claim else "changes the same field"
    return _note("warn", "triangle-alert", f"{links} {words}. The first that is merged counts.")


def _link(view: MetaPullView, number: PullNumber) -> str:
    return f'<a href="{escape(view.address_of(number))}">#{number}</a>'


def _note(kind: str, glyph: str, html: str, *, testid: str = "metadata-note", name: str = "") -> str:
    look = f" r-note--{kind}" if kind else ""
    named = f' id="{name}"' if name else ""
    return f'<div class="r-note{look} r-note--lead" data-testid="{testid}"{named}>{icon(glyph)}<div>{html}</div></div>'
