"""What each tab of the admin pages reads and lets do; the use-cases check every call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from components import phrases
from components.admin.branches import branches_html
from components.admin.graduation import graduation_html
from components.admin.mail import mail_html
from components.admin.people import people_html
from components.admin.record import audit_html, rights_html
from components.admin.sync import sync_html
from services.domain.actors import Actor, Role
from services.domain.audit import ActionKind, PermissionEventKind
from services.domain.branch import BranchState
from services.domain.identifiers import OperationId, Slug, UserId
from services.store.queries.outbox import MailState
from services.usecases.admin_mail import mail_view, retry_mail
from services.usecases.admin_sync import sync_now
from services.usecases.branch_access import pin
from services.usecases.context import Context
from services.usecases.graduate import resume_graduation, undo_graduation
from services.usecases.hygiene import keep
from services.usecases.restore_branch import restore
from services.usecases.rights import end_sessions, set_muted, set_role
from services.usecases.views.admin import (
    admin_reader,
    audit_view,
    branches_view,
    deliveries_view,
    people_view,
    rights_view,
)
from services.usecases.views.graduation import graduation_queue
from services.usecases.views.sync import sync_view

Query = Mapping[str, str]
Read = Callable[[Context, Actor, Query], Awaitable[str]]
Kind = TypeVar("Kind", bound=StrEnum)
LARGEST_KEY = 2**31 - 1


async def users_tab(context: Context, viewer: Actor, query: Query) -> str:
    """Everybody who signed in."""
    view = await people_view(
        context,
        viewer=viewer,
        text=query.get("q", ""),
        role=one_of(Role, query.get("role", "")),
        muted={"yes": True, "no": False}.get(query.get("muted", "")),
        after=query.get("after", ""),
    )
    return people_html(view, query, viewer)


async def audit_tab(context: Context, viewer: Actor, query: Query) -> str:
    """What was done."""
    view = await audit_view(
        context,
        viewer=viewer,
        kind=one_of(ActionKind, query.get("kind", "")),
        who=query.get("who", "").strip(),
        slug=query.get("rfc", "").strip(),
        since=day(query.get("since", "")),
        until=day(query.get("until", ""), after=True),
        before_id=key(query.get("before", "")),
    )
    return audit_html(view, query)


async def permissions_tab(context: Context, viewer: Actor, query: Query) -> str:
    """How rights changed."""
    view = await rights_view(
        context,
        viewer=viewer,
        kind=one_of(PermissionEventKind, query.get("kind", "")),
        who=query.get("who", "").strip(),
        before_id=key(query.get("before", "")),
    )
    return rights_html(view, query)


async def branches_tab(context: Context, viewer: Actor, query: Query) -> str:
    """Every branch and what becomes of it."""
    view = await branches_view(
        context,
        viewer=viewer,
        text=query.get("q", ""),
        state=one_of(BranchState, query.get("state", "")),
        after=(query.get("slug", ""), query.get("after", "")),
    )
    return branches_html(view, query)


async def graduation_tab(context: Context, viewer: Actor, query: Query) -> str:
    """What is about to graduate."""
    del query
    async with context.store.read() as work:
        reader = await admin_reader(work, viewer)
    return graduation_html(await graduation_queue(context, viewer=reader))


async def sync_tab(context: Context, viewer: Actor, query: Query) -> str:
    """How fresh the cache is."""
    del query
    deliveries = await deliveries_view(context, viewer=viewer)
    return sync_html(await sync_view(context, viewer=viewer), deliveries)


async def mail_tab(context: Context, viewer: Actor, query: Query) -> str:
    """What became of mails."""
    view = await mail_view(
        context,
        viewer=viewer,
        state=one_of(MailState, query.get("state", "")),
        who=query.get("who", "").strip(),
        before_id=key(query.get("before", "")),
    )
    return mail_html(view, query)


TABS: Mapping[str, Read] = {
    "users": users_tab,
    "graduation": graduation_tab,
    "audit": audit_tab,
    "permissions": permissions_tab,
    "branches": branches_tab,
    "sync": sync_tab,
    "mail": mail_tab,
}


async def act(context: Context, actor: Actor, name: str, value: str) -> str:
    """What was pressed or chosen; the words that say what happened. Anything unknown is nothing."""
    verb, _, target = name.partition(":")
    if verb == "refresh":
        report = await sync_now(context, actor=actor)
        return report.failure or "Gitea has been read."
    if verb in ("mail", "mails"):
        return await _send_again(context, actor, target)
    if verb in GRADUATION_ACTS:
        await GRADUATION_ACTS[verb](context, actor=actor, op_id=OperationId(target))
        return ""
    if verb in BRANCH_ACTS:
        slug, _, branch = target.partition("/")
        return await BRANCH_ACTS[verb](context, actor, Slug(slug), branch)
    subject = key(target)
    return "" if subject is None else await _on_person(context, actor, verb, UserId(subject), value)


async def _send_again(context: Context, actor: Actor, target: str) -> str:
    mail_id = key(target)
    if mail_id is None and target != "all":
        return ""
    count = await retry_mail(context, actor=actor, mail_id=mail_id)
    return f"{count} mail{' waits' if count == 1 else 's wait'} again; the next seconds show how it goes."


async def _on_person(context: Context, actor: Actor, verb: str, person: UserId, value: str) -> str:
    if verb == "role" and value in frozenset(Role):
        await set_role(context, actor=actor, subject_id=person, role=Role(value))
        return f"Is now: {phrases.ROLES[Role(value)].lower()}."
    if verb in ("mute", "unmute"):
        await set_muted(context, actor=actor, subject_id=person, muted=verb == "mute", reason=value)
        return "Muted: reading stays, writing is refused." if verb == "mute" else "May write again."
    if verb == "end":
        ended = await end_sessions(context, actor=actor, subject_id=person)
        return f"{ended} session{'' if ended == 1 else 's'} ended."
    return ""


async def _pin(context: Context, actor: Actor, slug: Slug, name: str) -> str:
    await pin(context, actor=actor, slug=slug, name=name)
    return "Pinned: it is neither closed nor deleted by itself."


async def _unpin(context: Context, actor: Actor, slug: Slug, name: str) -> str:
    await pin(context, actor=actor, slug=slug, name=name, pinned=False)
    return "No longer pinned."


async def _keep(context: Context, actor: Actor, slug: Slug, name: str) -> str:
    until = await keep(context, actor=actor, slug=slug, name=name)
    return f"Kept until {until:%Y-%m-%d}."


async def _restore(context: Context, actor: Actor, slug: Slug, name: str) -> str:
    await restore(context, actor=actor, slug=slug, name=name)
    return "Restored."


GRADUATION_ACTS = {"graduation-resume": resume_graduation, "graduation-undo": undo_graduation}
BRANCH_ACTS = {"pin": _pin, "unpin": _unpin, "keep": _keep, "restore": _restore}


def one_of(kinds: type[Kind], text: str) -> Kind | None:
    """The member of that value; anything else is no filter."""
    return kinds(text) if text in frozenset(kinds) else None


def key(text: str) -> int | None:
    """A row's key out of an address, which may hold anything."""
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text[:11]) <= LARGEST_KEY else None


def day(text: str, *, after: bool = False) -> datetime | None:
    """The beginning of a day in UTC, or of the one `after` it."""
    try:
        moment = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
        return moment + timedelta(days=1) if after else moment
    except (ValueError, OverflowError):
        return None
