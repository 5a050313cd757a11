"""The page `/settings/notifications` as HTML (§15.4–§15.8; design: settings-notifications)."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Final

from components.settings_form import alert_html, form_html
from components.shell import avatar
from services.domain.actors import Role
from services.store.queries.users import UserRow
from services.store.queries.watches import WatchLevel
from services.usecases.inbox import Watched
from services.usecases.mail_wishes import CADENCES, MutedPerson, WishesView

UNMUTE: Final = "unmute-"
QUIET: Final = "quiet"
MUTE: Final = "mute"
FOR_ADMINS: Final = "email_admin_actionable"
_SWITCHES: Final = (
    ("email_personal_direct", "To you directly", "Replies, mentions, decisions about your ideas and PRs"),
    ("email_watched_structural", "On what you watch", "PRs opened, merged or withdrawn; graduations"),
    (FOR_ADMINS, "For admins", "Ideas and claims to decide, failed graduations"),
)
_LEVELS: Final = {
    WatchLevel.WATCHING.value: "Watching",
    WatchLevel.FOLLOWING.value: "Following",
    WatchLevel.MUTED.value: "Muted",
    "": "Not watching",
}


def settings_html(
    view: WishesView, watched: Iterable[Watched], *, problem: str = "", refused: str = ""
) -> str:
    """All five sections; `problem` is why the last change was refused, and stands at the form that was `refused`."""
    person = view.person
    said = dict.fromkeys((QUIET, MUTE), "") | {refused: problem}
    return (
        '<div class="r-page"><div class="r-pagehead"><h1>Notifications</h1></div>'
        f"{'' if refused in (QUIET, MUTE) else alert_html(problem)}{_mail(person)}{_digest(person)}"
        f"{_quiet(person, said[QUIET])}{_watches(watched)}{_mutes(view.muted, said[MUTE])}</div>"
    )


def _section(name: str, title: str, words: str, body: str) -> str:
    return (
        f'<section class="r-set" id="{name}" data-testid="settings-{name}"><div><h2>{title}</h2><p>{words}</p></div>'
        f"<div>{body}</div></section>"
    )


def _mail(person: UserRow) -> str:
    rows = [
        _option(name, label, words, _switch(name, on=bool(getattr(person, name))))
        for name, label, words in _SWITCHES
        if name != FOR_ADMINS or person.role in (Role.ADMIN, Role.OWNER)
    ]
    churn = _option(
        "churn",
        "Everyday activity",
        "Never mailed: there is too much of it. It is in your inbox.",
        '<input type="checkbox" class="r-switch" role="switch" id="churn" disabled aria-describedby="churn-hint">',
    )
    none = _option(
        "email_opt_out_all", "No mail at all", "", _switch("email_opt_out_all", on=person.email_opt_out_all)
    )
    words = "A mail waits a moment and is dropped if you read the thing meanwhile."
    return _section("email", "E-mail", words, "".join([*rows, churn, none]))


def _option(name: str, label: str, words: str, control: str) -> str:
    hint = f'<p id="{name}-hint">{words}</p>' if words else ""
    return f'<div class="r-opt"><div><label for="{name}">{escape(label)}</label>{hint}</div>{control}</div>'


def _switch(name: str, *, on: bool) -> str:
    return (
        f'<input type="checkbox" class="r-switch" role="switch" id="{name}" data-set="{name}"'
        f"{' checked' if on else ''}>"
    )


def _select(name: str, choices: Iterable[tuple[str, str]], chosen: str, label: str = "") -> str:
    options = "".join(
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(text)}</option>'
        for value, text in choices
    )
    said = f' aria-label="{escape(label)}"' if label else ""
    key = escape(name)
    return f'<select class="r-input r-input--fit" id="{key}" data-set="{key}"{said}>{options}</select>'


def _digest(person: UserRow) -> str:
    choices = [(value, value.capitalize()) for value in CADENCES]
    control = _select("digest_cadence", choices, person.digest_cadence)
    zone = person.notification_quiet_hours_timezone
    when = f"08:00, {escape(zone)} time" if zone else "08:00 UTC, or in the time zone that you give below"
    hint = f"Weekly comes on Monday; both come at {when}."
    words = "Only what you have neither read nor been mailed. Nothing new, no mail."
    return _section("digest", "Digest", words, _option("digest_cadence", "How often", hint, control))


def _quiet(person: UserRow, problem: str) -> str:
    start = escape(person.notification_quiet_hours_start or "")
    end = escape(person.notification_quiet_hours_end or "")
    zone = escape(person.notification_quiet_hours_timezone or "")
    fields = (
        '<div class="r-field"><label class="r-fieldlabel" for="quiet-start">From</label>'
        f'<input class="r-input" id="quiet-start" name="start" value="{start}" placeholder="21:00" maxlength="5"></div>'
        '<div class="r-field"><label class="r-fieldlabel" for="quiet-end">Until</label>'
        f'<input class="r-input" id="quiet-end" name="end" value="{end}" placeholder="07:30" maxlength="5"></div>'
        '<div class="r-field r-grow"><label class="r-fieldlabel" for="quiet-zone">Time zone</label>'
        f'<input class="r-input" id="quiet-zone" name="zone" value="{zone}" placeholder="Europe/Lisbon" '
        'maxlength="60"></div><button class="r-btn" data-testid="quiet-save">Save</button>'
    )
    words = (
        "Mail is held and comes as one bundle afterwards. The inbox is not affected. Across midnight is fine."
    )
    return _section("quiet", "Quiet hours", words, form_html(QUIET, fields, problem=problem))


def _watches(watched: Iterable[Watched]) -> str:
    rows = "".join(
        f'<div class="r-opt"><div><a href="{escape(row.path)}">{escape(row.title)}</a></div>'
        f"{_select(f'watch:{row.slug}', _LEVELS.items(), row.level.value, row.title)}</div>"
        for row in watched
    )
    words = (
        "Watching brings everything, following only PRs and decisions. After 90 days without a contribution, "
        "watching becomes following."
    )
    return _section("watches", "Watches", words, rows or '<p class="r-muted">You watch nothing yet.</p>')


def _mutes(muted: Iterable[MutedPerson], problem: str) -> str:
    rows = "".join(
        f'<div class="r-opt"><div><span class="r-person">{avatar(one.name, one.avatar_url, "small")} '
        f'{escape(one.name)}</span></div><button type="button" class="r-btn r-btn--small" data-do="{UNMUTE}{one.id}">'
        "Unmute</button></div>"
        for one in muted
    )
    fields = (
        '<div class="r-field r-grow">'
        '<label class="r-fieldlabel" for="mute-login">Mute someone</label>'
        '<input class="r-input" id="mute-login" name="login" placeholder="Name or login" '
        'maxlength="100" autocomplete="off" autocapitalize="none" spellcheck="false" list="mute-people" data-find>'
        '<datalist id="mute-people"></datalist></div><button class="r-btn" data-testid="mute-save">Mute</button>'
    )
    words = "You see nothing these people do in your inbox or mail. They are not told."
    return _section("mutes", "Mute list", words, rows + form_html(MUTE, fields, problem=problem))
