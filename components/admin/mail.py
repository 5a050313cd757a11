"""The admin's view of the outbox (§15.4): sent, waiting, parked, skipped and why."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from components.admin.parts import choice_field, filter_html, moment_html, more_html, table_html, text_field
from services.store.queries.outbox import MailState
from services.usecases.admin_mail import AdminMail, MailView

LABELS: Mapping[MailState, str] = {
    MailState.WAITING: "Waiting",
    MailState.SENDING: "Being sent",
    MailState.SENT: "Sent",
    MailState.SKIPPED: "Skipped",
    MailState.PARKED: "Parked",
}
LOOKS: Mapping[MailState, str] = {
    MailState.SENT: "r-chip r-chip--active",
    MailState.PARKED: "r-chip r-chip--bad",
}


def mail_html(view: MailView, query: Mapping[str, str]) -> str:
    """The tab's content."""
    states = [(state.value, f"{label} ({view.counts.get(state, 0)})") for state, label in LABELS.items()]
    fields = (
        text_field("who", query.get("who", ""), "To: a login"),
        choice_field("state", query.get("state", ""), "Every state", states),
    )
    table = table_html(
        ("Decided (UTC)", "To", "About", "State", "Why", ""),
        [_row(mail) for mail in view.page.rows],
        look="r-audit",
        empty="There is no such mail",
    )
    more = "" if view.page.following is None else more_html("mail", query, before=view.page.following)
    return filter_html("mail", fields, note=_all_again(view.counts.get(MailState.PARKED, 0))) + table + more


def _row(mail: AdminMail) -> str:
    about = escape(mail.about)
    if mail.path is not None:
        about = f'<a href="{escape(mail.path)}">{about}</a>'
    chip = f'<span class="{LOOKS.get(mail.state, "r-chip")}">{LABELS[mail.state]}</span>'
    return (
        f'<tr data-testid="admin-mail" id="mail-{mail.id}"><td>{moment_html(mail.created_at)}</td>'
        f"<td>{escape(mail.to)}</td><td>{about}</td><td>{chip}</td>"
        f'<td class="r-soft r-cell--line">{_why(mail)}</td><td class="r-r">{_again(mail)}</td></tr>'
    )


def _why(mail: AdminMail) -> str:
    words = [escape(mail.why)] if mail.why else []
    if mail.state is MailState.WAITING:
        words.append(f"due {moment_html(mail.due_at)}")
    elif mail.state is MailState.SENT:
        words.append(f"on {moment_html(mail.updated_at)}")
    if mail.attempts > 1:
        words.append(f"{mail.attempts} tries")
    return ", ".join(words)


def _again(mail: AdminMail) -> str:
    if mail.state is not MailState.PARKED:
        return ""
    return (
        f'<button type="button" class="r-btn r-btn--small" data-do="mail:{mail.id}" data-testid="mail-retry" '
        f'aria-label="Send the mail to {escape(mail.to)} after all">Send after all</button>'
    )


def _all_again(parked: int) -> str:
    if parked < 2:
        return ""
    return (
        '<button type="button" class="r-btn r-btn--small" data-do="mails:all" data-testid="mail-retry-all">'
        f"Send all {parked} parked after all</button>"
    )
