"""The admin's audit log and changes of rights (§6.5): nothing here can be changed."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from urllib.parse import quote, urlencode

from components.admin.parts import (
    TIME,
    choice_field,
    date_field,
    filter_html,
    moment_html,
    more_html,
    table_html,
    text_field,
)
from services.domain.audit import ActionKind, PermissionEventKind
from services.domain.branch import branch_address
from services.domain.events import JsonValue
from services.domain.text_home import pull_path
from services.usecases.views.admin import ActRow, RightRow
from services.usecases.views.paging import Paged

LONGEST_DETAIL = 120
FILTERS = ("kind", "who", "rfc", "since", "until")


def audit_html(view: Paged[ActRow, int], query: Mapping[str, str]) -> str:
    """The audit tab's content."""
    fields = (
        text_field("who", query.get("who", ""), "Login, or - for the app"),
        text_field("rfc", query.get("rfc", ""), "RFC's slug"),
        choice_field(
            "kind", query.get("kind", ""), "Every act", [(kind, kind) for kind in sorted(ActionKind)]
        ),
        date_field("since", query.get("since", ""), "from"),
        date_field("until", query.get("until", ""), "to"),
    )
    kept = urlencode({name: query[name] for name in FILTERS if query.get(name)})
    exports = " ".join(
        f'<a class="r-btn r-btn--small" href="/api/admin/audit.{form}?{escape(kept)}" download>{form.upper()}</a>'
        for form in ("csv", "json")
    )
    table = table_html(
        (TIME, "Who", "Act", "RFC", "Where", "What"),
        [_act(row) for row in view.rows],
        look="r-audit",
        empty="Nothing like that was done",
    )
    more = "" if view.following is None else more_html("audit", query, before=view.following)
    return filter_html("audit", fields, note=f"Nothing here can be changed {exports}") + table + more


def rights_html(view: Paged[RightRow, int], query: Mapping[str, str]) -> str:
    """The permissions tab's content."""
    kinds = [(kind, kind) for kind in sorted(PermissionEventKind)]
    fields = (
        text_field("who", query.get("who", ""), "Whose: a login"),
        choice_field("kind", query.get("kind", ""), "Every change", kinds),
    )
    table = table_html(
        (TIME, "Whose", "Change", "By", "What"),
        [_right(row) for row in view.rows],
        look="r-audit",
        empty="Nobody's rights changed like that",
    )
    more = "" if view.following is None else more_html("permissions", query, before=view.following)
    return filter_html("permissions", fields, note="Nothing here can be changed") + table + more


def _act(row: ActRow) -> str:
    who = (
        escape(row.actor)
        if row.actor
        else f'<span class="r-muted">the app ({escape(row.on_behalf_of)})</span>'
    )
    rfc = escape(row.slug or "")
    if row.is_entry:
        rfc = f'<a href="/rfc/{rfc}">{rfc}</a>'
    return (
        f'<tr data-testid="audit-row" id="act-{row.id}"><td>{moment_html(row.at)}</td><td>{who}</td>'
        f'<td><code class="r-kind">{escape(row.kind)}</code></td><td>{rfc}</td><td>{_where(row)}</td>'
        f'<td class="r-cell--line">{details_html(row.details)}</td></tr>'
    )


def _where(row: ActRow) -> str:
    if row.pr_number is not None:
        page = _pull_page(row, row.pr_number)
        words = f"<code>PR #{row.pr_number}</code>"
        return words if page is None else f'<a href="{escape(page)}">{words}</a>'
    if row.branch is None or row.slug is None:
        return ""
    if not row.is_entry:
        return f"<code>{escape(row.branch)}</code>"
    path = quote(branch_address(row.slug, row.branch), safe="/%")
    return f'<a href="{escape(path)}"><code>{escape(row.branch)}</code></a>'


def _pull_page(row: ActRow, number: int) -> str | None:
    """Where its pull request is shown, a graduation's on its entry's page; None where its entry is gone."""
    if row.is_idea or row.slug is None:
        return f"/proposal/{number}"
    if not row.is_entry:
        return None
    if row.kind.startswith("graduate_"):
        return f"/rfc/{row.slug}"
    return pull_path(row.slug, number, meta=row.meta, graduated=row.graduated)


def _right(row: RightRow) -> str:
    by = escape(row.actor) if row.actor else '<span class="r-muted">the operator</span>'
    return (
        f'<tr data-testid="permission-row"><td>{moment_html(row.at)}</td><td>{escape(row.subject)}</td>'
        f'<td><code class="r-kind">{escape(row.kind)}</code></td><td>{by}</td>'
        f'<td class="r-cell--line">{details_html(row.details)}</td></tr>'
    )


def details_html(details: Mapping[str, JsonValue]) -> str:
    """What else was recorded, short; the whole on hover."""
    kept = {key: value for key, value in details.items() if value not in (None, "", [], {})}
    whole = "; ".join(f"{key}: {_in_words(value)}" for key, value in kept.items())
    if not whole:
        return ""
    short = whole if len(whole) <= LONGEST_DETAIL else f"{whole[:LONGEST_DETAIL]}…"
    return f'<span title="{escape(whole)}">{escape(short)}</span>'


def _in_words(value: JsonValue) -> str:
    """A value as one would write it down: no brackets, quotes or `True`."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(_in_words, value))
    if isinstance(value, dict):
        return ", ".join(f"{key} {_in_words(one)}" for key, one in value.items())
    return str(value)
