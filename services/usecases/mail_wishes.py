"""What people want mailed (§15.4): their settings, one-click unsubscribing, and bounces."""

from __future__ import annotations

import hmac
import logging
import re
from dataclasses import dataclass
from typing import Final
from zoneinfo import available_timezones

from services.domain.actors import Viewer
from services.domain.clock import now
from services.domain.errors import Forbidden, Invalid
from services.domain.events import NotificationsChanged
from services.domain.identifiers import UserId
from services.domain.permissions import require, signed_in
from services.store.queries import events, mutes, users
from services.store.queries.users import UserRow
from services.usecases.context import Context
from services.usecases.people import signed_in_person
from services.usecases.post_office import DIGEST, KINDS, Wish

log = logging.getLogger(__name__)

SWITCHES: Final = frozenset(
    {"email_personal_direct", "email_watched_structural", "email_admin_actionable", "email_opt_out_all"}
)
CADENCES: Final = ("weekly", "daily", "off")
_TIME: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
HARD: Final = frozenset(
    {"hard_bounce", "hard-bounce", "bounce", "permanent", "complaint", "spam", "spamcomplaint"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MutedPerson:
    """Somebody on a mute list."""

    id: UserId
    login: str
    name: str
    avatar_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WishesView:
    """One person's notification settings."""

    person: UserRow
    muted: tuple[MutedPerson, ...]


async def wishes_view(context: Context, *, viewer: Viewer) -> WishesView:
    """The settings as stored. Raises NotSignedIn."""
    person = require(signed_in, viewer, act="change your settings")
    async with context.store.read() as work:
        row = await users.find(work, user_id=person.id)
        signed_in_person(row)
        listed = await mutes.list_for_user(work, user_id=person.id)
        known = await users.find_many(work, user_ids=[one.muted_user_id for one in listed])
    if row is None:
        raise LookupError("a signed-in person has a row")
    found = [known[one.muted_user_id] for one in listed if one.muted_user_id in known]
    return WishesView(person=row, muted=tuple(_muted(one) for one in found))


async def set_switch(context: Context, *, actor: Viewer, name: str, on: bool) -> None:
    """Turn one kind of mail on or off, or all of it. Raises NotSignedIn and Invalid."""
    if name not in SWITCHES:
        raise Invalid("There is no such setting.", field="setting")
    await _set(context, actor, **{name: on})


async def set_cadence(context: Context, *, actor: Viewer, cadence: str) -> None:
    """How often the digest comes. Raises NotSignedIn and Invalid."""
    if cadence not in CADENCES:
        raise Invalid("Choose weekly, daily or off.", field="cadence")
    await _set(context, actor, digest_cadence=cadence)


async def set_quiet_hours(context: Context, *, actor: Viewer, start: str, end: str, zone: str) -> None:
    """Between which times no mail comes; two empty times end it. Raises NotSignedIn and Invalid."""
    begins, ends, name = _clock(start), _clock(end), zone.strip()
    if (begins is None) is not (ends is None) or (begins is None and (start.strip() or end.strip())):
        raise Invalid("Give both times like 21:00, or leave both empty.", field="quiet")
    if begins is not None and begins == ends:
        raise Invalid("Give two times that differ, or leave both empty.", field="quiet")
    known = {one.lower(): one for one in available_timezones()} if name else {}
    if name and name.lower() not in known:
        raise Invalid("There is no such time zone; give one like Europe/Lisbon.", field="zone")
    await _set(
        context,
        actor,
        notification_quiet_hours_start=begins,
        notification_quiet_hours_end=ends,
        notification_quiet_hours_timezone=known.get(name.lower()),
    )


def _clock(text: str) -> str | None:
    """A time as it is stored; None for what is none."""
    found = _TIME.fullmatch(text.strip())
    return None if found is None else f"{found[1]:0>2}:{found[2]}"


async def mute_person(context: Context, *, actor: Viewer, login: str) -> None:
    """Hear nothing any more of what somebody does; they are not told. Also by a name that only one person has.

    Raises NotSignedIn and Invalid.
    """
    person = require(signed_in, actor, act="mute somebody")
    async with context.store.write() as work:
        name = login.strip().removeprefix("@")
        by_login = await users.find_by_login(work, login=name)
        found = [by_login] if by_login else await users.list_named(work, name=name)
        if not found:
            raise Invalid("Nobody of that login or name has signed in here.", field="login")
        if len(found) > 1:
            raise Invalid("Several people are called so: give a login.", field="login")
        (other,) = found
        if other.id == person.id:
            raise Invalid("You can't mute yourself.", field="login")
        if await mutes.add(work, user_id=person.id, muted_user_id=other.id, at=now()):
            await events.append(work, NotificationsChanged(user_id=person.id))


async def unmute_person(context: Context, *, actor: Viewer, user_id: UserId) -> None:
    """Hear of somebody again. Raises NotSignedIn."""
    person = require(signed_in, actor, act="unmute somebody")
    async with context.store.write() as work:
        if await mutes.remove(work, user_id=person.id, muted_user_id=user_id):
            await events.append(work, NotificationsChanged(user_id=person.id))


def read_unsubscribe(context: Context, *, token: str) -> Wish:
    """What a link would stop; raises Forbidden for a forged or very old one."""
    wish = context.post.links.read(token)
    if wish is None or not all(kind == DIGEST or kind in KINDS for kind in wish.kinds):
        raise Forbidden(
            "This unsubscribe link is not valid any more.", hint="Change it in your notification settings."
        )
    return wish


async def unsubscribe(context: Context, *, token: str) -> Wish:
    """Stop every kind of mail that a link names, to whoever it was made for; no session is needed. Raises Forbidden."""
    wish = read_unsubscribe(context, token=token)
    values: dict[str, object] = {KINDS[kind]: False for kind in wish.kinds if kind != DIGEST}
    if DIGEST in wish.kinds:
        values["digest_cadence"] = "off"
    async with context.store.write() as work:
        await users.set_wishes(work, user_id=UserId(wish.user_id), values=values)
    return wish


def check_bounce_secret(*, secret: str | None, given: str) -> None:
    """Raises Forbidden where a report's secret is wrong, or none is set (§15.4)."""
    if secret is None or not hmac.compare_digest(secret.encode(), given.encode("utf-8", "replace")):
        raise Forbidden(
            "The X-Webhook-Secret of this report is wrong.", hint="It is WEBHOOK_EMAIL_BOUNCE_SECRET."
        )


async def take_bounce(context: Context, *, secret: str | None, given: str, kind: str, address: str) -> bool:
    """A mail server's report: a hard bounce or a complaint ends all mail to an address; whether it did (§15.4).

    Raises Forbidden where the secret is wrong, or none is set.
    """
    check_bounce_secret(secret=secret, given=given)
    if kind.lower() not in HARD or not address:
        return False
    async with context.store.write() as work:
        stopped = await users.opt_out_address(work, email=address)
    log.info("email bounce: %s to %d people", kind, stopped)
    return stopped > 0


async def _set(context: Context, actor: Viewer, **values: object) -> None:
    person = require(signed_in, actor, act="change your settings")
    async with context.store.write() as work:
        await users.set_wishes(work, user_id=person.id, values=values)


def _muted(row: UserRow) -> MutedPerson:
    return MutedPerson(
        id=row.id,
        login=row.gitea_login,
        name=row.display_name or row.gitea_login,
        avatar_url=row.avatar_url,
    )
