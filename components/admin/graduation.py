"""The admin's graduation queue (§13.5): what is ready, what is blocked and why, what needs a person."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from components.admin.parts import table_html
from services.usecases.views.graduation import LinkView, QueueRow, QueueState

LOOKS = {
    QueueState.PERSON: "r-chip r-chip--bad",
    QueueState.RUNNING: "r-chip r-chip--warn",
    QueueState.READY: "r-chip r-chip--active",
    QueueState.BLOCKED: "r-chip",
}


def graduation_html(rows: Sequence[QueueRow]) -> str:
    """The tab's content."""
    return table_html(
        ("RFC", "State", "Owners", "Why", ""),
        [_row(row) for row in rows],
        look="",
        empty="No super-draft waits to graduate",
    )


def _row(row: QueueRow) -> str:
    links = " ".join(_link(link) for link in row.links)
    return (
        f'<tr data-testid="graduation-row-{escape(row.slug)}">'
        f'<td><a href="/rfc/{escape(row.slug)}">{escape(row.title)}</a></td>'
        f'<td><span class="{LOOKS[row.state]}">{row.state.capitalize()}</span></td>'
        f"<td>{escape(', '.join(row.owners))}</td>"
        f'<td class="r-soft r-cell--line">{escape(row.why)} {links}</td><td class="r-r">{_acts(row)}</td></tr>'
    )


def _link(link: LinkView) -> str:
    return f'<a class="r-inline" href="{escape(link.path)}">{escape(link.words)}</a>'


def _acts(row: QueueRow) -> str:
    if row.run is None and not row.links:  # whoever shall own it can be named in the dialog
        return (
            f'<a class="r-btn r-btn--small" href="/rfc/{escape(row.slug)}?graduate" '
            f'data-testid="graduation-start" aria-label="Graduate {escape(row.title)}">Graduate</a>'
        )
    if row.run is None or row.state is not QueueState.PERSON:
        return ""
    op_id = escape(row.run.op_id)
    undo = _button("undo", op_id, "Undo") if row.run.may_undo else ""
    return f'<span class="r-acts">{_button("resume", op_id, "Go on")}{undo}</span>'


def _button(verb: str, op_id: str, label: str) -> str:
    return (
        f'<button type="button" class="r-btn r-btn--small" data-do="graduation-{verb}:{op_id}" '
        f'data-testid="graduation-{verb}">{label}</button>'
    )
