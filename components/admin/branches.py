"""The admin's list of branches (§12): how each stands, and what becomes of it by itself."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from components.admin.parts import choice_field, filter_html, more_html, table_html, text_field
from components.people import time_html
from services.domain.branch import BranchState, branch_address
from services.domain.hygiene import Step
from services.usecases.views.admin import AdminBranch
from services.usecases.views.paging import Paged

STATES = (("open", "Open"), ("closed", "Closed"), ("deleted", "Deleted"))


def branches_html(view: Paged[AdminBranch, tuple[str, str]], query: Mapping[str, str]) -> str:
    """The tab's content."""
    fields = (
        text_field("q", query.get("q", ""), "RFC or branch"),
        choice_field("state", query.get("state", ""), "Any state", STATES),
    )
    table = table_html(
        ("RFC", "Branch", "By", "Last commit", "State", "What becomes of it", ""),
        [_row(branch) for branch in view.rows],
        look="",
        empty="There is no such branch",
    )
    more = ""
    if view.following is not None:
        slug, name = view.following
        more = more_html("branches", query, label="More branches", slug=slug, after=name)
    return filter_html("branches", fields) + table + more


def _row(branch: AdminBranch) -> str:
    path = escape(branch_address(branch.slug, branch.name))
    last = time_html(branch.last_commit_at) if branch.last_commit_at else ""
    return (
        f'<tr data-testid="admin-branch"><td><a href="/rfc/{escape(branch.slug)}">{escape(branch.slug)}</a></td>'
        f'<td><a href="{path}"><code>{escape(branch.name)}</code></a></td><td>{escape(branch.creator or "")}</td>'
        f'<td class="r-soft">{last}</td><td>{branch.state}</td><td class="r-soft r-cell--line">{_fate(branch)}</td>'
        f'<td class="r-r">{_acts(branch)}</td></tr>'
    )


def _fate(branch: AdminBranch) -> str:
    if branch.pinned:
        return "pinned: it stays"
    if branch.in_use:
        return "an open pull request needs it"
    if branch.fate is None:
        return ""
    what = "closes" if branch.fate.step is Step.CLOSE else "is deleted"
    return f"{what} on {branch.fate.at:%Y-%m-%d} or at the next tick after it"


def _acts(branch: AdminBranch) -> str:
    name = f"{branch.slug}/{branch.name}"
    if branch.state is BranchState.DELETED:
        return _button("restore", name, "Restore")
    pin = _button(
        "unpin" if branch.pinned else "pin", name, "Unpin" if branch.pinned else "Pin", "branch-pin"
    )
    return (_button("keep", name, "Keep 30 days") if branch.fate else "") + pin


def _button(verb: str, name: str, label: str, testid: str = "") -> str:
    mark = f' data-testid="{testid}"' if testid else ""
    return (
        f'<button type="button" class="r-btn r-btn--small r-btn--quiet" data-do="{verb}:{escape(name)}"'
        f'{mark} aria-label="{label} {escape(name)}">{label}</button>'
    )
