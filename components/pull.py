"""The page of a pull request in parts: its bar, its head, its words (§10.3, §10.5, §10.8)."""

from __future__ import annotations

from html import escape

from components import phrases
from components.design import icon
from components.people import person_html, time_html
from components.shell import sign_in_path
from services.domain.branch import branch_address
from services.domain.pull import Mergeability, PullState, is_superseded, pull_address
from services.domain.rendering.markdown import render_message
from services.usecases.commits import CommitView
from services.usecases.views.pull import PullLink, PullView

MERGE, WITHDRAW, REOPEN, RESOLVE, EDIT = "merge", "withdraw", "reopen", "resolve", "edit"
WHY_NOT = "merge-why"
SUPERSEDED = "Superseded"
LOOKS = {
    PullState.OPEN: ("open", "git-pull-request", "Open"),
    PullState.MERGED: ("merged", "git-merge", "Merged"),
    PullState.CLOSED: ("closed", "git-pull-request-closed", "Closed"),
    PullState.WITHDRAWN: ("withdrawn", "undo-2", "Withdrawn"),
}


def bar_html(view: PullView, *, merging: bool, signed_in: bool) -> str:
    """Where one is, and what one may decide; what can't be done says why."""
    entry, address = view.rfc_id or view.slug, f"/rfc/{escape(view.slug)}"
    crumb = (
        f'<nav class="r-line r-clip r-pullcrumb" aria-label="You are here" data-testid="rfc-breadcrumb">'
        f'<a class="r-num r-soft" href="{address}">{escape(entry)}</a><span class="r-muted" aria-hidden="true">/</span>'
        f'{icon("git-pull-request", "i-14")}<b class="r-nowrap">PR #{view.number}</b></nav><span class="r-grow"></span>'
    )
    return crumb + "".join(_buttons(view, merging=merging, signed_in=signed_in))


def _buttons(view: PullView, *, merging: bool, signed_in: bool) -> list[str]:
    parts = []
    if view.edit.allowed:
        parts.append(_quiet(EDIT, "pencil", "Edit", "pr-edit"))
    if view.state is not PullState.OPEN:
        if view.reopen.allowed:
            parts.append(_quiet(REOPEN, "rotate-cw", "Reopen", "pr-reopen", wait=True))
        return parts
    if view.withdraw.allowed:
        parts.append(_quiet(WITHDRAW, "undo-2", "Withdraw", "pr-withdraw", wait=True))
    if view.mergeability is Mergeability.CONFLICTS and view.resolve.allowed:
        parts.append(
            f'<button type="button" class="r-btn" data-do="{RESOLVE}" data-wait data-testid="pr-resolve">'
            f"{icon('arrow-down-up')} Resolve</button>"
        )
    return [*parts, _merge(view, merging=merging, signed_in=signed_in)]


def _merge(view: PullView, *, merging: bool, signed_in: bool) -> str:
    permit, busy = view.merge, ' data-busy="" aria-busy="true"' if merging else ""
    words = "Merging…" if merging else "Merge"
    if permit.allowed:
        waits, told = phrases.notifies_hint(view.notifies), phrases.NOTIFIES if view.notifies else ""
        if view.mergeability is Mergeability.CHECKING:
            computing = f"{icon('clock', 'i-12')} Gitea is still computing"
            waits, told = f'<span class="r-hint r-hide-s r-nowrap">{computing}</span>', ""
        return (
            f'{waits}<button type="button" class="r-btn r-btn--primary" data-do="{MERGE}" data-seen data-wait{busy}'
            f'{told} data-testid="pr-merge">{icon("git-merge")} {words}</button>'
        )
    brief = _briefly(view, "Waits for an arbiter" if signed_in else _why(view, signed_in=False))
    return (
        f'<span class="r-hint r-hide-m r-nowrap">{brief}</span>'
        f'<button type="button" class="r-btn" aria-disabled="true" aria-describedby="{WHY_NOT}" '
        f'data-testid="pr-merge">{icon("git-merge")} Merge</button>'
    )


def _briefly(view: PullView, otherwise: str) -> str:
    """Why not, in the few words that a bar has room for; the head says all of it."""
    if view.replacement is not None and not view.under_way:
        return f"Being replaced by #{view.replacement.number}"
    if _has_conflicts(view):
        return "Contradicts main"
    return "Being decided now" if view.under_way is not None else otherwise


def _why(view: PullView, *, signed_in: bool) -> str:
    if signed_in:
        return escape(view.merge.why_not or "")
    path = pull_address(view.slug, view.number, past=view.is_meta)
    return f'<a href="{escape(sign_in_path(path))}">Sign in</a> to merge'


def head_html(view: PullView, tally: str, *, signed_in: bool = True) -> str:
    """State, title, description, why it can't be merged, what it replaces, and its commits."""
    look, glyph, word = LOOKS[view.state]
    if is_superseded(view.state, view.superseded_by):
        word = SUPERSEDED
    title = escape(view.title)
    said = render_message(view.description) if view.description.strip() else ""
    described = said or '<p class="r-muted">No description.</p>'
    return (
        f'<header class="r-pullhead"><div class="r-kicker"><span class="r-chip r-chip--{look}" data-testid="pr-state">'
        f"{icon(glyph)} {word}</span>{_conflict(view)}<span>{_story(view)}</span></div>"
        f'<h1 class="r-title r-title--small" data-testid="pr-heading">{title}</h1>'
        f'{_obstacle(view, signed_in=signed_in)}<div class="r-desc" data-testid="pr-described">{described}</div>'
        f"{_links(view)}{tally}{_commits(view.commits)}</header>"
    )


def _has_conflicts(view: PullView) -> bool:
    return view.state is PullState.OPEN and view.mergeability is Mergeability.CONFLICTS


def _obstacle(view: PullView, *, signed_in: bool) -> str:
    """Why it can't be merged, or not yet, in full: the bar has room for a few words, on a phone for none."""
    if view.state is not PullState.OPEN:
        return ""
    if view.replacement is not None:
        return _being_replaced(view, view.replacement)
    if _has_conflicts(view):
        return _contradicts(view)
    if not view.merge.allowed:
        why = _why(view, signed_in=signed_in)
        return f'<p class="r-soft r-whynot" id="{WHY_NOT}" data-testid="pr-why-not">{icon("info", "i-14")} {why}</p>'
    if view.mergeability is Mergeability.CHECKING:
        words = "Gitea is still computing whether it can be merged; merging waits for that."
        return f'<p class="r-soft r-whynot" id="{WHY_NOT}">{icon("clock", "i-14")} {words}</p>'
    return _undecided(view)


def _undecided(view: PullView) -> str:
    """That merging leaves suggestions behind, to whoever may merge."""
    if not view.undecided:
        return ""
    count = "One suggestion is" if view.undecided == 1 else f"{view.undecided} suggestions are"
    return (
        f'<p class="r-soft r-whynot" data-testid="pr-undecided">{icon("info", "i-14")} '
        f"{count} not decided yet: merging leaves {'it' if view.undecided == 1 else 'them'} out.</p>"
    )


def _being_replaced(view: PullView, other: PullLink) -> str:
    why = "The same words were changed in main meanwhile. " if _has_conflicts(view) else ""
    return (
        f'<p class="r-note" id="{WHY_NOT}" data-testid="pr-being-replaced">{icon("arrow-right")}<span>{why}It is being '
        f"replaced by {_link(view, other)}: when that one is merged, this one is closed.</span></p>"
    )


def _contradicts(view: PullView) -> str:
    who = (
        "Resolve the conflict"
        if view.resolve.allowed
        else "Its contributors or an arbiter resolve the conflict"
    )
    return (
        f'<p class="r-note r-note--warn" id="{WHY_NOT}" data-testid="pr-contradicts">{icon("triangle-alert")}'
        f"<span>The same words were changed in main meanwhile. {who}, then it can be merged.</span></p>"
    )


def _conflict(view: PullView) -> str:
    if not _has_conflicts(view):
        return ""
    return f'<span class="r-chip r-chip--warn" data-testid="pr-conflict">{icon("triangle-alert")} Conflicts</span>'


def _story(view: PullView) -> str:
    branch = (
        f'<a href="{escape(branch_address(view.slug, view.branch))}"><code class="r-chip r-chip--branch">'
        f"{escape(view.branch)}</code></a>"
    )
    opener = person_html(view.opener)
    by = f" by {person_html(view.decided_by)}" if view.decided_by else ""
    match view.state:
        case PullState.OPEN:
            return f"{opener} wants to merge {branch} into main"
        case PullState.MERGED:
            at = f" {time_html(view.merged_at, long=True)}" if view.merged_at else ""
            return f"{branch} of {opener} was merged into main{by}{at}"
        case _:
            at = f" {time_html(view.closed_at, long=True)}" if view.closed_at else ""
            ended = "superseded" if is_superseded(view.state, view.superseded_by) else view.state.value
            return f"{branch} of {opener} was {ended}{by}{at}"


def _links(view: PullView) -> str:
    by = None if view.replacement is not None else view.superseded_by
    found = (("Replaces", view.supersedes), ("Replaced by", by))
    lines = [f"{word} {_link(view, link)}" for word, link in found if link is not None]
    return f'<p class="r-soft" data-testid="pr-superseding">{". ".join(lines)}.</p>' if lines else ""


def _link(view: PullView, link: PullLink) -> str:
    address = pull_address(view.slug, link.number, past=view.is_meta)
    return f'<a href="{escape(address)}">#{link.number} {escape(link.title)}</a> ({link.state.value})'


def _commits(commits: tuple[CommitView, ...]) -> str:
    if not commits:
        return ""
    count = f"{len(commits)} commit{'' if len(commits) == 1 else 's'}"
    rows = "".join(
        f'<li><code class="r-muted">{escape(one.sha[:7])}</code>'
        f'<span class="r-clip r-grow">{escape(one.subject)}</span>'
        f'<span class="r-muted r-nowrap">{escape(one.author)} {time_html(one.at)}</span></li>'
        for one in commits
    )
    return f"<details><summary>{count}</summary><ul>{rows}</ul></details>"


def _quiet(act: str, glyph: str, label: str, testid: str, *, wait: bool = False) -> str:
    return (
        f'<button type="button" class="r-btn r-btn--quiet r-btn--fold" data-do="{act}"{" data-wait" if wait else ""} '
        f'data-testid="{testid}" '
        f'aria-label="{label}">{icon(glyph)} <span>{label}</span></button>'
    )
