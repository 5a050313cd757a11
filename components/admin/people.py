"""The admin's list of people (§6.1, §6.2)."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from components import phrases
from components.admin.parts import choice_field, filter_html, more_html, option_html, table_html, text_field
from components.people import time_html
from components.shell import avatar
from services.domain.actors import Role
from services.usecases.views.admin import PersonRow
from services.usecases.views.paging import Paged


def people_html(view: Paged[PersonRow, str], query: Mapping[str, str]) -> str:
    """The tab's content; of what can be done about people only what the viewer may do."""
    fields = (
        text_field("q", query.get("q", ""), "Name or login"),
        choice_field("role", query.get("role", ""), "Any role", tuple(phrases.ROLES.items())),
        choice_field(
            "muted", query.get("muted", ""), "Muted or not", (("yes", "Muted"), ("no", "Not muted"))
        ),
    )
    rows = [_row(person) for person in view.rows]
    table = table_html(
        ("Person", "Role", "Since", "Last seen", ""),
        rows,
        look="r-table--people",
        empty="Nobody here is called that",
    )
    more = (
        "" if view.following is None else more_html("users", query, label="More people", after=view.following)
    )
    return filter_html("users", fields) + table + more


def _row(person: PersonRow) -> str:
    muted = '<span class="r-chip r-chip--bad">Muted</span>' if person.muted else ""
    seen = time_html(person.last_seen_at) if person.last_seen_at else '<span class="r-muted">never</span>'
    return (
        f'<tr data-testid="admin-user-{escape(person.login)}"><td><span class="r-line">'
        f"{avatar(person.name, person.avatar_url)}"
        f'<span class="r-strong r-clip">{escape(person.name)}</span>'
        f'<code class="r-muted">{escape(person.login)}</code>{muted}</span></td>'
        f"<td>{_role(person)}</td>"
        f'<td class="r-soft r-hide-s">{time_html(person.since)}</td><td class="r-soft r-hide-s">{seen}</td>'
        f'<td class="r-r">{_acts(person)}</td></tr>'
    )


def _role(person: PersonRow) -> str:
    if not person.may_set_role:
        return phrases.ROLES[person.role]
    options = "".join(option_html(role, phrases.ROLES[role], chosen=role is person.role) for role in Role)
    return (
        f'<select class="r-input r-input--quiet" data-testid="admin-role" data-change="role:{person.id}" '
        f'data-was="{person.role}" aria-label="Role of {escape(person.name)}">{options}</select>'
    )


def _acts(person: PersonRow) -> str:
    name, verb = escape(person.name), "Unmute" if person.muted else "Mute"
    look = "" if person.muted else " r-btn--quiet"
    ask = "" if person.muted else f' data-ask="Mute {name}?"'
    mute = (
        f'<button type="button" class="r-btn r-btn--small{look}" data-testid="admin-mute" '
        f'aria-label="{verb} {name}" data-do="{verb.lower()}:{person.id}"{ask}>{verb}</button>'
    )
    end = (
        f'<button type="button" class="r-btn r-btn--small r-btn--quiet" data-do="end:{person.id}" '
        f'data-testid="admin-sign-out" aria-label="Sign {name} out everywhere">Sign out</button>'
    )
    return (end if person.may_end_sessions else "") + (mute if person.may_mute else "")
