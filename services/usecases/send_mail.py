"""Sending what is due (§15.4): each mail is looked at again first, and ends sent, skipped, parked or waiting."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.domain.actors import Role
from services.domain.clock import now
from services.domain.errors import StorageUnavailable
from services.domain.events import RecordGrew
from services.domain.identifiers import UserId
from services.domain.notice_words import WHY, quote_of
from services.domain.quiet_hours import quiet_hours
from services.domain.routing import Audience, Category
from services.mail.letter import Item, Letter, message_of
from services.mail.transport import MailDelayed, MailRefused
from services.store.queries import catalog, digests, events, mutes, notifications, outbox, users, watches
from services.store.queries.notifications import NotificationRow
from services.store.queries.outbox import MailRow, MailState
from services.store.queries.users import UserRow
from services.store.queries.watches import WatchLevel
from services.store.work import Work
from services.usecases.context import Context
from services.usecases.fan_out import readers_of
from services.usecases.mail_round import MailRound, Turn
from services.usecases.post_office import DIGEST, KINDS
from services.usecases.views.inbox import words_of
from services.usecases.whereabouts import Spot, whereabouts

log = logging.getLogger(__name__)

TOLD_AFTER: Final = 20
"""Mails after which open pages of the outbox are told that there is something new."""
MOST_TRIES: Final = 14
FIRST_PAUSE: Final = timedelta(seconds=30)
LONGEST_PAUSE: Final = timedelta(hours=6)
QUIET: Final = "quiet hours"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ready:
    """A mail that passed: the letter, and the rows it settles."""

    letter: Letter
    rows: tuple[MailRow, ...]


async def send_due(context: Context, *, at: datetime | None = None) -> int:
    """Send what is due, several mails at once; how many were looked at. One that fails is no other one's trouble."""
    settled = 0

    async def lease(limit: int, besides: Collection[UserId]) -> list[MailRow]:
        nonlocal settled
        async with context.store.write() as work:
            domain = context.post.sender.domain
            leased = await outbox.lease(work, domain=domain, limit=limit, at=at or now(), besides=besides)
            if settled >= TOLD_AFTER or (settled and not leased):
                await events.append(work, RecordGrew())
                settled = 0
        return leased

    async def send(row: MailRow, turn: Turn) -> None:
        nonlocal settled
        await _send(context, row, turn, at or now())
        settled += 1

    looked_at = await MailRound(lease, send).run()
    if settled:
        async with context.store.write() as work:
            await events.append(work, RecordGrew())
    return looked_at


async def release_interrupted(context: Context) -> int:
    """At the start of the only sender: what was being sent when it ended is sent again, under its message id."""
    async with context.store.write() as work:
        return await outbox.release_all(work, at=now())


async def _send(context: Context, row: MailRow, turn: Turn, at: datetime) -> None:
    """One mail, come what may of it."""
    try:
        await _deliver(context, row, turn, at)
    except StorageUnavailable:
        raise  # nothing is wrong with the mail: its lease ends, and it is taken again
    except Exception as error:
        # Border (job): what nobody foresaw about one mail must not hold up all that are behind it.
        log.exception("email %d can't be made", row.id)
        await _park(context, {row.id}, f"unexpected: {type(error).__name__}: {error}"[:300], at)


async def _deliver(context: Context, row: MailRow, turn: Turn, at: datetime) -> None:
    async with context.store.write() as work:
        ready = await _look_again(work, context, row, at)
    if ready is None:
        return
    ids = {one.id for one in ready.rows}
    try:
        message = message_of(ready.letter, context.post.sender)
        await context.post.transport.send(message, to=ready.letter.to, before_data=turn.take)
    except MailRefused as error:
        await _park(context, ids, f"refused: {error}", at)
    except MailDelayed as error:
        await _try_later(context, ids, row.attempts, str(error), at)
    except (ValueError, UnicodeError) as error:
        await _park(context, ids, f"can't be written as a mail: {error}", at)
    else:
        async with context.store.write() as work:
            await outbox.finish(work, ids=ids, state=MailState.SENT, why=None, at=at)


async def _park(context: Context, ids: set[int], why: str, at: datetime) -> None:
    log.warning("email parked: %s", why)
    async with context.store.write() as work:
        await outbox.finish(work, ids=ids, state=MailState.PARKED, why=why, at=at)


async def _try_later(context: Context, ids: set[int], attempts: int, why: str, at: datetime) -> None:
    """Twice as long each time; parked in the end. What was to go as one mail waits as one."""
    log.info("email delayed: %s", why)
    if attempts >= MOST_TRIES:
        await _park(context, ids, f"given up after {attempts} tries: {why}", at)
        return
    pause = min(FIRST_PAUSE * 2 ** (attempts - 1), LONGEST_PAUSE)
    async with context.store.write() as work:
        await outbox.put_off(work, ids=ids, why=why, due_at=at + pause, at=at, attempts=attempts)


async def _look_again(work: Work, context: Context, row: MailRow, at: datetime) -> _Ready | None:
    """The letter, unless the mail is skipped or held; that is stored here."""
    person = await users.find(work, user_id=row.user_id)
    if row.digest_id is not None:
        return await _digest(work, context, person, row, at)
    found = await notifications.find_many(
        work, ids=[] if row.notification_id is None else [row.notification_id]
    )
    told = None if row.notification_id is None else found.get(row.notification_id)
    why = "it is about nothing any more" if person is None or told is None else None
    if person is not None and told is not None:
        why = await why_not(work, context, person, told)
    if why is not None or person is None or told is None:
        log.info("email skipped: to=%s: %s", person.gitea_login if person else row.user_id, why)
        await outbox.finish(work, ids=[row.id], state=MailState.SKIPPED, why=why, at=at)
        return None
    if (until := _quiet_until(person, at)) is not None:
        await _hold(work, row, until, at)
        return None
    return await _bundled(work, context, person, row, told, at)


async def _hold(work: Work, row: MailRow, until: datetime, at: datetime) -> None:
    """Nobody tried to send it."""
    await outbox.put_off(
        work, ids=[row.id], why=QUIET, due_at=until, at=at, attempts=max(0, row.attempts - 1)
    )


async def why_not(work: Work, context: Context, person: UserRow, told: NotificationRow) -> str | None:
    """Why a mail is not to be sent after all, in words; None when it is."""
    if told.read_at is not None:
        return "read meanwhile"
    if not person.email:
        return "no address"
    if person.email_opt_out_all:
        return "no mail at all wanted"
    switch = KINDS.get(told.category)
    if switch is None or not getattr(person, switch):
        return f"mail of the category {told.category} is off"
    return await _muted_or_shut_out(work, context, person, told)


async def _muted_or_shut_out(
    work: Work, context: Context, person: UserRow, told: NotificationRow
) -> str | None:
    if told.category is Category.ADMIN_ACTIONABLE and person.role not in (Role.ADMIN, Role.OWNER):
        return "they do not run the site any more"
    muted = await mutes.list_for_user(work, user_id=person.id)
    if told.actor_user_id in {row.muted_user_id for row in muted}:
        return "the person who did it is muted"
    slug = told.rfc_slug
    if slug is None:
        return None
    if await watches.level_of(work, user_id=person.id, slug=slug) is WatchLevel.MUTED:
        return "the RFC is muted"
    if told.branch_name is not None and told.pr_number is None:
        readers = await readers_of(work, context.meta, slug=slug, branch=told.branch_name)
        if readers is not None and person.id not in readers:
            return "access to the branch was lost"
    return None


def _quiet_until(person: UserRow, at: datetime) -> datetime | None:
    hours = quiet_hours(
        person.notification_quiet_hours_start,
        person.notification_quiet_hours_end,
        person.notification_quiet_hours_timezone,
    )
    return None if hours is None else hours.end_of(at)


async def _bundled(
    work: Work, context: Context, person: UserRow, row: MailRow, told: NotificationRow, at: datetime
) -> _Ready:
    """What quiet hours held comes as one mail, if it is more than the threshold (§15.8), and stays one."""
    together = await _together(work, row, at)
    rows = await notifications.find_many(work, ids=[one.notification_id or 0 for one in together])
    wanted = [
        (one, rows[one.notification_id])
        for one in together
        if one.notification_id in rows
        and await why_not(work, context, person, rows[one.notification_id]) is None
    ]
    begun = any(one.message_id == row.message_id for one in together if one.id != row.id)
    if len(wanted) > (1 if begun else context.post.bundle_threshold):
        await outbox.bundle(work, ids=[one.id for one, _ in wanted], message_id=row.message_id or "")
        return await _bundle(work, context, person, row, wanted, at)
    item = await _item(work, context, told)
    return _Ready(letter=_letter(context, person, row, told, item, at), rows=(row,))


async def _together(work: Work, row: MailRow, at: datetime) -> list[MailRow]:
    """What may go in one mail with this one: the rest of its bundle, or what quiet hours held with it."""
    if row.why is None and row.attempts == 1:
        return []
    begun = await outbox.list_bundled(work, row)
    if len(begun) > 1 or row.why != QUIET:
        return begun
    return await outbox.list_waiting_for(work, user_id=row.user_id, why=QUIET, at=at)


async def _digest(
    work: Work, context: Context, person: UserRow | None, row: MailRow, at: datetime
) -> _Ready | None:
    """The digest of what is still wanted; none when nothing is left, or it was stopped."""
    rows = await digests.list_rows(work, digest_id=row.digest_id or 0)
    unread = await _still_wanted(work, context, person, rows) if person else []
    stopped = person is None or not person.email or person.email_opt_out_all or person.digest_cadence == "off"
    if person is None or stopped or not unread:
        why = (
            "the digest was stopped"
            if stopped
            else "nothing is left: read, muted or no longer theirs to read"
        )
        await outbox.finish(work, ids=[row.id], state=MailState.SKIPPED, why=why, at=at)
        return None
    if (until := _quiet_until(person, at)) is not None:
        await _hold(work, row, until, at)
        return None
    items = tuple([await _item(work, context, told) for told in unread])
    letter = Letter(
        to=person.email,
        message_id=row.message_id or "",
        thread=f"digest.{person.id}",
        actor="",
        subject=f"{len(items)} news on {context.post.sender.site_name}",
        items=items,
        why=f"you chose a {person.digest_cadence} digest",
        button="Open your inbox",
        settings_url=f"{context.app_url}/settings/notifications",
        unsubscribe_url=context.post.unsubscribe_url(context.app_url, user_id=person.id, kinds=[DIGEST]),
        unsubscribe_words="No more digests",
        at=at,
    )
    return _Ready(letter=letter, rows=(row,))


async def _still_wanted(
    work: Work, context: Context, person: UserRow, rows: Sequence[NotificationRow]
) -> list[NotificationRow]:
    """Without what was read, muted or closed to them since; asked once for all rows that are about the same."""
    verdicts: dict[tuple[object, ...], str | None] = {}
    wanted = []
    for told in rows:
        about = (told.category, told.actor_user_id, told.rfc_slug, told.branch_name, told.pr_number)
        if told.read_at is None and about not in verdicts:
            verdicts[about] = await _muted_or_shut_out(work, context, person, told)
        if told.read_at is None and verdicts[about] is None:
            wanted.append(told)
    return wanted


async def _bundle(
    work: Work,
    context: Context,
    person: UserRow,
    row: MailRow,
    wanted: Sequence[tuple[MailRow, NotificationRow]],
    at: datetime,
) -> _Ready:
    items = tuple([await _item(work, context, told) for _, told in wanted])
    held = {told.category for _, told in wanted}
    kinds = [kind for kind in KINDS if kind in held]
    letter = Letter(
        to=person.email,
        message_id=row.message_id or "",
        thread=f"bundle.{person.id}",
        actor="",
        subject=f"{len(items)} things while you were away",
        items=items,
        why="they came during your quiet hours",
        button="Open your inbox",
        settings_url=f"{context.app_url}/settings/notifications",
        unsubscribe_url=context.post.unsubscribe_url(context.app_url, user_id=person.id, kinds=kinds),
        unsubscribe_words=f"No more mail of {'this kind' if len(kinds) == 1 else 'these kinds'}",
        at=at,
    )
    return _Ready(letter=letter, rows=tuple(one for one, _ in wanted))


def _letter(
    context: Context, person: UserRow, row: MailRow, told: NotificationRow, item: Item, at: datetime
) -> Letter:
    return Letter(
        to=person.email,
        message_id=row.message_id or "",
        thread=told.rfc_slug or "site",
        actor=item.who if told.actor_user_id is not None else "",
        subject=_subject(item),
        items=(item,),
        why=WHY.get(Audience(told.reason), "it concerns you"),
        button="Answer" if item.quote and told.message_id is not None else "Open it",
        settings_url=f"{context.app_url}/settings/notifications",
        unsubscribe_url=context.post.unsubscribe_url(
            context.app_url, user_id=person.id, kinds=[Category(told.category).value]
        ),
        unsubscribe_words="No more mail of this kind",
        at=at,
    )


def _subject(item: Item) -> str:
    """Who did what, and where, unless that was said."""
    said = f"{item.who} {item.act}"
    return said if not item.where or item.where in item.act else f"{said} ({item.where})"


async def _item(work: Work, context: Context, told: NotificationRow) -> Item:
    actor = None if told.actor_user_id is None else await users.find(work, user_id=told.actor_user_id)
    entry = None if told.rfc_slug is None else await catalog.find(work, slug=told.rfc_slug)
    titles = {} if entry is None else {str(entry.slug): entry.title}
    around = await whereabouts(work, context.meta, [Spot.of(told)])
    act, where = await words_of(work, told, titles, around)
    return Item(
        who=(actor.display_name or actor.gitea_login) if actor else context.post.sender.site_name,
        act=act,
        quote=quote_of(told.details),
        where=where,
        url=f"{context.app_url}{around.path_of(told)}",
    )
