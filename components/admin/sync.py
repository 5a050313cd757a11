"""The admin's sync report (§4): how fresh the cache is, and what did not work."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from components.admin.parts import TIME, moment_html, table_html
from components.people import time_html
from services.domain.metadata import FieldChange
from services.store.queries.operations import OperationState
from services.usecases.outdated_logins import OutdatedLogins
from services.usecases.views.admin import Delivered
from services.usecases.views.sync import RepositorySync, SyncView, UnfinishedOperation

RESTORED: Final = (
    "It was under way when the backup was made that was restored, and may have been done since. Look again: if Gitea "
    "has it, it is recorded; if not, it is done now. Drop it if nobody wants it any more."
)


def sync_html(view: SyncView, deliveries: Sequence[Delivered]) -> str:
    """The tab's content."""
    repositories = table_html(
        ("Repository", "As of", "Commit", "Read by", "Trouble"),
        [_repository(row) for row in view.repositories],
        look="",
        empty="Nothing has been read yet",
    )
    operations = table_html(
        ("Since", "Act", "For", "State", "Why"),
        [_operation(row) for row in view.operations],
        look="r-audit",
        empty="Every write of the bot came to its end",
    )
    told = table_html(
        (TIME, "Event", "Repository", "Outcome"),
        [_delivery(row) for row in deliveries],
        look="r-audit",
        empty="No webhook has come lately",
    )
    return (
        '<div class="r-line r-filters--page"><span class="r-grow"></span><button type="button" class="r-btn" '
        f'data-do="refresh" data-testid="admin-refresh">Read Gitea now</button></div>{repositories}'
        f"{_outdated_html(view.outdated)}"
        f'<h2 class="r-h2">Writes that are not done</h2>{operations}'
        f'<h2 class="r-h2">Webhook deliveries</h2>{told}'
    )


def _outdated_html(entries: Sequence[OutdatedLogins]) -> str:
    """Nothing where everybody is called as it is written, which is the rule."""
    if not entries:
        return ""
    rows = table_html(
        ("Entry", "Line", "Written", "Called now", ""),
        [_line(entry, change) for entry in entries for change in entry.changes],
        look="",
        empty="",
    )
    return f'<h2 class="r-h2">People with other logins by now</h2>{rows}'


def _line(entry: OutdatedLogins, change: FieldChange) -> str:
    slug = escape(entry.slug)
    if entry.pending is not None:
        act = f"PR #{entry.pending} is open"
    else:
        act = (
            f'<button type="button" class="r-btn r-btn--small" data-do="logins:{slug}" data-testid="update-logins" '
            f'aria-label="Update the logins of {escape(entry.title)}">Update by a PR</button>'
        )
    return (
        f'<tr data-testid="outdated-row"><td><a href="/rfc/{slug}">{escape(entry.title)}</a></td>'
        f"<td><code>{escape(change.field)}</code></td><td>{escape(', '.join(change.before or ()))}</td>"
        f"<td>{escape(', '.join(change.after or ()))}</td><td>{act}</td></tr>"
    )


def _repository(row: RepositorySync) -> str:
    as_of = time_html(row.as_of) if row.as_of else '<span class="r-muted">never</span>'
    trouble = [escape(row.error)] if row.error else []
    trouble += [f"<code>{escape(item.path)}</code>: {escape(item.reason)}" for item in row.problems]
    words = "<br>".join(trouble) or '<span class="r-muted">none</span>'
    return (
        f'<tr data-testid="sync-row"><td>{escape(row.repo)}</td><td>{as_of}</td>'
        f"<td><code>{escape((row.commit_sha or '')[:10])}</code></td>"
        f"<td>{escape(row.reason or '')}</td><td>{words}</td></tr>"
    )


def _operation(row: UnfinishedOperation) -> str:
    return (
        f'<tr data-testid="operation-row"><td>{moment_html(row.since)}</td><td><code>{escape(row.kind)}</code></td>'
        f"<td>{escape(row.on_behalf_of)}</td><td>{escape(row.state)}, {row.attempts} tries</td>"
        f"<td>{_why(row)}</td></tr>"
    )


def _why(row: UnfinishedOperation) -> str:
    if row.state is not OperationState.PARKED:
        return escape(row.error or "")
    return (
        f'{RESTORED} <button type="button" class="r-btn r-btn--small" data-do="write:{escape(row.id)}" '
        f'data-testid="look-again" aria-label="Look again at {escape(row.kind)} for {escape(row.on_behalf_of)}">'
        "Look again</button> "
        f'<button type="button" class="r-btn r-btn--small" data-do="drop:{escape(row.id)}" data-testid="drop-write" '
        f'aria-label="Drop {escape(row.kind)} for {escape(row.on_behalf_of)}">Drop</button>'
    )


def _delivery(row: Delivered) -> str:
    outcome = "accepted"
    if row.refused:
        outcome = f'<span class="r-chip r-chip--bad">Refused</span> {escape(row.refused)}'
    return (
        f'<tr data-testid="delivery"><td>{moment_html(row.at)}</td><td><code>{escape(row.event)}</code></td>'
        f"<td>{escape(row.repo)}</td><td>{outcome}</td></tr>"
    )
