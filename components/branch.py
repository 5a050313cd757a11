"""The page of a branch in parts: its bar, its head, who is editing, and what its state means (§8.3, §8.10, §11)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC
from html import escape
from urllib.parse import quote

from components import phrases
from components.design import icon, state_icon
from components.entry import CHIPS
from components.people import fact_html, people_html, person_html, time_html
from components.shell import avatar, sign_in_path
from components.workspace import Mode
from services.domain.branch import BranchState, Visibility, branch_address
from services.domain.hygiene import Fate, Step
from services.domain.permissions import EditAccess
from services.domain.rendering.headings import Heading
from services.usecases.live_texts.sessions import Present
from services.usecases.views.branch import BranchView
from services.usecases.views.carried import CarriedView, CarryView

SAVE = "save"
SETTINGS = "settings"
OPEN_PULL = "open-pull"
REOPEN = "reopen"
RESTORE = "restore"
BRINGS_BACK = (REOPEN, RESTORE)
KEEP, LET_GO = "keep", "let-go"
CARRY = "carry"


def modes_html(view: BranchView, mode: Mode, *, signed_in: bool) -> str:
    """State and visibility where they are not the usual ones, and the switch between the two modes."""
    return f"{_chips(view)}{_toggle(view, mode, signed_in=signed_in)}"


def _chips(view: BranchView) -> str:
    chips = []
    if view.state is BranchState.CLOSED:
        chips.append(f'<span class="r-chip r-chip--withdrawn">{icon("undo-2")}Closed</span>')
    elif view.state is BranchState.DELETED:
        chips.append(f'<span class="r-chip r-chip--closed">{icon("trash-2")}Deleted</span>')
    if view.visibility is Visibility.PRIVATE:
        chips.append(f'<span class="r-chip r-chip--private">{icon("lock")}Private</span>')
    if view.pinned:
        chips.append(f'<span class="r-chip r-chip--line r-hide-m">{icon("pin")}Pinned</span>')
    return f'<span class="r-barpart" data-testid="branch-state">{"".join(chips)}</span>' if chips else ""


def _toggle(view: BranchView, mode: Mode, *, signed_in: bool) -> str:
    why_not = (view.edit.why_not or "") if signed_in else "Sign in to edit."
    off = (
        ""
        if view.edit.allowed
        else f' aria-disabled="true" aria-describedby="why-not-edit" title="{escape(why_not)}"'
    )
    buttons = "".join(
        f'<button type="button" data-do="{one}" aria-pressed="{str(one is mode).lower()}"'
        f"{off if one is Mode.CONTRIBUTE else ''}>{one.capitalize()}</button>"
        for one in Mode
    )
    toggle = f'<div class="r-seg" role="group" aria-label="Mode" data-testid="mode-toggle">{buttons}</div>'
    if view.edit.allowed:
        return toggle
    return f'{toggle}<span class="r-sr" id="why-not-edit">{escape(why_not)}</span>'


def ends_html(view: BranchView, mode: Mode, *, listed: bool, dirty: bool, ahead: bool = False) -> str:
    """The buttons at the end of the bar; `ahead`: whether the text says anything else than main."""
    contents = (
        '<button type="button" class="r-icon r-tocbtn" data-do="contents" aria-expanded="false" '
        f'aria-label="Contents">{icon("table-of-contents")}</button>'
    )
    settings = (
        f'<button type="button" class="r-icon" data-do="{SETTINGS}" aria-haspopup="dialog" '
        'aria-label="Branch settings" title="Branch settings" data-testid="branch-settings-open">'
        f"{icon('settings')}</button>"
    )
    return (
        _raw_link(view)
        + (contents if listed else "")
        + (settings if view.change.allowed else "")
        + (_save_button(dirty=dirty) if mode is Mode.CONTRIBUTE else "")
        + _pull_button(view, ahead=ahead)
    )


def _pull_button(view: BranchView, *, ahead: bool) -> str:
    """The way to its pull request, or the button that opens one where there is something to review (§10.1)."""
    if view.pull_number is not None:
        number = view.pull_number
        return (
            f'<a class="r-btn" href="/rfc/{escape(view.slug)}/pr/{number}" data-testid="pull-link">'
            f"{icon('git-pull-request')}PR #{number}</a>"
        )
    if not ahead or not view.edit.allowed:
        return ""
    return (
        f'<button type="button" class="r-btn r-btn--primary" data-do="{OPEN_PULL}" aria-haspopup="dialog" '
        'aria-label="Open PR" data-testid="open-pr"><span><span class="r-openword">Open </span>PR</span></button>'
    )


def _raw_link(view: BranchView) -> str:
    address = f"/api/rfcs/{escape(view.slug)}/raw?ref={quote(view.name, safe='')}"
    return (
        f'<a class="r-icon r-hide-s" href="{address}" aria-label="Raw markdown" title="Raw markdown" '
        f'data-testid="raw-link">{icon("code")}</a>'
    )


def _save_button(*, dirty: bool) -> str:
    off = "" if dirty else ' aria-disabled="true" title="Everything is committed"'
    return (
        f'<button type="button" class="r-btn r-save" data-do="{SAVE}" data-wait aria-label="Save now" '
        f'data-testid="save-now"{off}>{icon("save")}<span>Save now</span></button>'
    )


def present_html(present: Sequence[Present], headings: Iterable[Heading]) -> str:
    """Who is editing, and where: one by name, several as their pictures."""
    if not present:
        return ""
    pictures = "".join(map(_picture, present[:4]))
    words = (
        f"{escape(present[0].name)} is editing{_where(present[0], headings)}"
        if len(present) == 1
        else f"{len(present)} people are editing"
    )
    return (
        '<span class="r-here r-hide-s" data-testid="presence">'
        f'<span class="r-stack">{pictures}</span><span>{words}</span></span>'
    )


def _picture(one: Present) -> str:
    picture = avatar(one.name, "", "small")
    return f'<span class="r-peer" data-peer="{one.colour}" title="{escape(one.name)}">{picture}</span>'


def _where(one: Present, headings: Iterable[Heading]) -> str:
    number = next((heading.number for heading in headings if heading.text == one.section), "")
    return f" §{number}" if number else ""


def head_html(view: BranchView) -> str:
    """State, title and facts of a branch."""
    look, word = CHIPS[view.entry_state], phrases.STATES[view.entry_state]
    made = f"branch by {escape(view.creator.name)}" if view.creator else "branch made on Gitea"
    return (
        f'<div class="r-kicker"><span class="r-chip r-chip--{look}" data-testid="rfc-state">'
        f"{state_icon(view.entry_state)}{word}</span>"
        f'<span class="r-num r-soft">{escape(view.rfc_id or view.slug)}</span><span class="r-muted">{made}</span></div>'
        f'<h1 class="r-title" data-testid="rfc-title">{escape(view.title)}</h1>'
        f'<dl class="r-facts">{"".join(_facts(view))}</dl>'
    )


_EDITORS = {
    EditAccess.CREATOR: "only whoever made it",
    EditAccess.INVITED: "people invited",
    EditAccess.ANYONE: "everyone signed in",
}


_FATES = {
    Step.CLOSE: ("closed on", "Nobody has committed to it for a while. A closed branch can be reopened."),
    Step.DELETE_STALE: ("deleted on", "It has been closed for a while. Its conversation stays."),
    Step.DELETE_MERGED: ("deleted on", "Its pull request has been merged. Its conversation stays."),
}


def _facts(view: BranchView) -> list[str]:
    facts = [fact_html("Owners", people_html(view.owners, nobody="nobody yet"))]
    if view.creator is not None:
        facts.append(fact_html("Branch by", person_html(view.creator)))
    facts.append(fact_html("May edit", _EDITORS[view.edit_access]))
    if view.as_of is not None:
        sha = f' <code title="Commit {escape(view.head_sha)}">{escape(view.head_sha[:7])}</code>'
        facts.append(fact_html("As of", time_html(view.as_of, long=True) + sha))
    return facts


def notes_html(view: BranchView, *, signed_in: bool) -> str:
    """What those who read a branch have to know of it, and what can be done; mostly nothing."""
    return _state_note(view) + _carry_note(view, signed_in=signed_in) + _edit_note(view, signed_in=signed_in)


def _edit_note(view: BranchView, *, signed_in: bool) -> str:
    """Why one may not edit a branch on which others write; of one where nobody does, another note tells."""
    if view.edit.allowed or view.state in (BranchState.CLOSED, BranchState.DELETED):
        return ""
    link = escape(sign_in_path(branch_address(view.slug, view.name)))
    words = escape(view.edit.why_not or "") if signed_in else f'<a href="{link}">Sign in</a> to edit.'
    return _note("lock", words, "", look="", name="edit-note")


def _carry_note(view: BranchView, *, signed_in: bool) -> str:
    """That the branch is one of the time before the graduation, where it was carried, and the way to do so (§13.2)."""
    if view.carry is None:
        return ""
    words = f"<b>Written before {escape(view.rfc_id or view.slug)} graduated.</b> {_carried(view.carry)}"
    if view.text is None or any(one.by_viewer for one in view.carry.carried):
        return _note("git-branch", words, "", look="", name="carry-note")
    if not view.is_ahead:
        return _note("git-branch", f"{words} {_ALL_SAID}", "", look="", name="carry-note")
    if view.carry.may.allowed:
        words += " What is still wanted of this text can be carried to where the RFC lives now."
        return _note("git-branch", words, _button(CARRY, "Carry to a new branch"), look="", name="carry-note")
    link = escape(sign_in_path(branch_address(view.slug, view.name)))
    sign_in = f'<a href="{link}">Sign in</a> to carry this text to where the RFC lives now.'
    words += " " + (escape(view.carry.may.why_not or "") if signed_in else sign_in)
    return _note("git-branch", words, "", look="", name="carry-note")


_ALL_SAID = "Main says all of it already, so there is nothing to carry."


def _carried(carry: CarryView) -> str:
    """Who carried it where, one's own first."""
    if not carry.carried:
        return ""
    ordered = sorted(carry.carried, key=lambda one: not one.by_viewer)
    return f"{'; '.join(map(_carrying, ordered))}."


def _carrying(one: CarriedView) -> str:
    who = "You" if one.by_viewer else escape(one.by.name) if one.by else "Somebody"
    link = f'<a href="{escape(one.path)}" data-testid="carried-to"><code>{escape(one.name)}</code></a>'
    return f"{who} carried it to {link}"


def _state_note(view: BranchView) -> str:
    """What a branch's state or idleness means for those who read it, and what can be done."""
    if view.state is BranchState.CLOSED:
        reopen = _button(REOPEN, "Reopen") if view.bring_back.allowed else ""
        if view.fate is not None:
            return _fate_note(view, view.fate, reopen)
        return _note("lock", "<b>This branch is closed.</b> It can be read, and nobody writes here.", reopen)
    if view.state is not BranchState.DELETED:
        fate = _fate_note(view, view.fate, _button(LET_GO, "Let go")) if view.fate is not None else ""
        return _merged_note(view) + fate
    rest = (
        "You see the text it held; its conversation stays."
        if view.text is not None
        else "Its text is no longer on Gitea; its conversation stays."
    )
    bring_back = _button(RESTORE, "Restore") if view.bring_back.allowed and view.text is not None else ""
    return _note("trash-2", f"<b>This branch has been deleted.</b> {rest}", bring_back)


def _merged_note(view: BranchView) -> str:
    """That its pull request was merged, so that work in it reaches main with another one only."""
    if view.merged is None:
        return ""
    link = f'<a href="{escape(view.merged.path)}">PR #{view.merged.number}</a>'
    words, button = "What is written here from now on reaches main with a new PR.", ""
    if view.went_on:
        words = "What was written here since is not part of main; it needs a new PR."
        button = _button(OPEN_PULL, "Open a new PR") if view.edit.allowed else ""
    return _note(
        "git-merge", f"<b>{link} of this branch has been merged.</b> {words}", button, name="branch-merged"
    )


def _fate_note(view: BranchView, fate: Fate, other: str) -> str:
    """That the branch is closed or deleted soon (§12); whoever may change it can keep it."""
    end, why = _FATES[fate.step]
    at = fate.at.astimezone(UTC)
    day = f'<time datetime="{at:%Y-%m-%dT%H:%M:%SZ}">{at.day} {at:%B %Y}</time>'
    when = f"<b>This branch will be {end} {day}.</b>"
    buttons = f"{_button(KEEP, 'Keep 30 days')}{other if fate.step is not Step.DELETE_MERGED else ''}"
    return _note(
        "clock", f"{when} {why}", f'<span class="r-acts">{buttons}</span>' if view.change.allowed else ""
    )


def _button(act: str, label: str) -> str:
    return (
        f'<button type="button" class="r-btn r-btn--small" data-do="{act}" data-wait '
        f'data-testid="note-{act}">{label}</button>'
    )


def _note(
    glyph: str, html: str, button: str, *, look: str = " r-note--warn", name: str = "branch-note"
) -> str:
    return (
        f'<div class="r-note{look} r-note--lead" data-testid="{name}">{icon(glyph)}'
        f'<div class="r-grow">{html}</div>{button}</div>'
    )
