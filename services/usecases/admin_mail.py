"""The outbox for admins (§15.4): what became of each mail and why, and sending parked ones after all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.domain.actors import Actor, Viewer
from services.domain.audit import ActionKind
from services.domain.clock import now
from services.domain.errors import Conflict
from services.domain.identifiers import Repository, UserId
from services.domain.notice_words import SYSTEM
from services.domain.permissions import may_run_admin
from services.domain.trailers import new_operation_id
from services.store.queries import notifications, outbox, users
from services.store.queries.notifications import NotificationRow
from services.store.queries.outbox import MailRow, MailState
from services.store.queries.users import UserRow
from services.store.unit_of_work import Store
from services.store.work import Work
from services.usecases.context import Context
from services.usecases.people import entitled
from services.usecases.record import record_action, record_quiet_action
from services.usecases.rights import OPERATOR
from services.usecases.views.admin import admin_reader, called
from services.usecases.views.inbox import words_of
from services.usecases.views.paging import Paged, first_of
from services.usecases.whereabouts import Spot, Whereabouts, whereabouts

MAILS_AT_ONCE: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminMail:
    """One mail; `path` leads to what it is about, and is None for a digest."""

    id: int
    state: MailState
    to: str
    about: str
    path: str | None
    why: str
    attempts: int
    due_at: datetime
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MailView:
    """One page of the outbox, newest first, and how many mails there are of each state."""

    page: Paged[AdminMail, int]
    counts: Mapping[MailState, int]


async def mail_view(
    context: Context,
    *,
    viewer: Viewer,
    state: MailState | None = None,
    who: str = "",
    before_id: int | None = None,
) -> MailView:
    """What became of mails; `who` is the login they go to. Raises NotSignedIn and Forbidden."""
    async with context.store.read() as work:
        await admin_reader(work, viewer)
        counts = await outbox.count_by_state(work)
        rows = await outbox.page(
            work,
            limit=MAILS_AT_ONCE + 1,
            before_id=before_id,
            state=state,
            user_id=await called(work, who),
        )
        page = first_of(rows, limit=MAILS_AT_ONCE, key=lambda row: row.id)
        mails = await _mails(work, context.meta, page.rows)
    return MailView(page=page.read_as(lambda row: mails[row.id]), counts=counts)


async def retry_mail(context: Context, *, actor: Actor | None, mail_id: int | None = None) -> int:
    """Have one parked mail sent after all, or every one; how many.

    Raises NotSignedIn, Muted, Forbidden, and Conflict where nothing is parked (any more).
    """
    async with context.store.write() as work:
        person = await entitled(work, may_run_admin, actor, act="have mail sent")
        count = await outbox.retry_parked(work, at=now(), mail_id=mail_id)
        if not count:
            raise Conflict("This mail is not parked any more." if mail_id else "No mail is parked.")
        await record_action(
            work,
            context,
            actor_user_id=person.id,
            on_behalf_of=person.login,
            kind=ActionKind.RETRY_MAIL,
            op_id=new_operation_id(),
            details={"mails": count} if mail_id is None else {"mail": mail_id},
        )
    return count


async def operator_retries(store: Store) -> int:
    """`rfc-ui mail retry`: every parked mail, by whoever runs the machine; how many."""
    async with store.write() as work:
        count = await outbox.retry_parked(work, at=now())
        if count:
            await record_quiet_action(
                work,
                actor_user_id=None,
                on_behalf_of=OPERATOR,
                kind=ActionKind.RETRY_MAIL,
                op_id=new_operation_id(),
                details={"mails": count},
            )
    return count


async def _mails(work: Work, meta: Repository, shown: Sequence[MailRow]) -> Mapping[int, AdminMail]:
    people = await users.find_many(work, user_ids={row.user_id for row in shown})
    keys = {row.notification_id for row in shown if row.notification_id is not None}
    told = await notifications.find_many(work, ids=keys)
    actors = {row.actor_user_id for row in told.values() if row.actor_user_id is not None}
    names = await users.find_many(work, user_ids=actors)
    around = await whereabouts(work, meta, map(Spot.of, told.values()))
    return {row.id: await _mail(work, row, people, told, names, around) for row in shown}


async def _mail(
    work: Work,
    row: MailRow,
    people: Mapping[UserId, UserRow],
    told: Mapping[int, NotificationRow],
    names: Mapping[UserId, UserRow],
    around: Whereabouts,
) -> AdminMail:
    notice = None if row.notification_id is None else told.get(row.notification_id)
    return AdminMail(
        id=row.id,
        state=row.state,
        to=people[row.user_id].gitea_login if row.user_id in people else "",
        about=await _about(work, notice, names, around) if notice else _without(row),
        path=around.path_of(notice) if notice else None,
        why=row.why or "",
        attempts=row.attempts,
        due_at=row.due_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


async def _about(
    work: Work, notice: NotificationRow, names: Mapping[UserId, UserRow], around: Whereabouts
) -> str:
    actor = None if notice.actor_user_id is None else names.get(notice.actor_user_id)
    act, where = await words_of(work, notice, {}, around)
    words = f"{SYSTEM if actor is None else actor.gitea_login} {act}"
    return words if not where or where in act else f"{words} ({where})"


def _without(row: MailRow) -> str:
    return "Digest" if row.digest_id is not None else "Something that is gone"
