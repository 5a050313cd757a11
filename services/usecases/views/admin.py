"""What the admin pages show (§6.5, §12, §17): each view checks anew, in the database, who is asking."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from services.domain.actors import Actor, Role, Viewer
from services.domain.audit import ActionKind, PermissionEventKind
from services.domain.branch import BranchState
from services.domain.events import JsonValue
from services.domain.hygiene import Fate, fate_of
from services.domain.identifiers import PullNumber, Slug, UserId
from services.domain.permissions import allows, may_end_sessions, may_mute, may_read_admin, may_set_role
from services.store.queries import audit_log, catalog, deliveries, idle_branches, pulls, users
from services.store.queries.actions import ActionRow
from services.store.queries.audit_log import AuditFilter
from services.store.queries.idle_branches import IdleBranch
from services.store.queries.permission_events import PermissionEventRow
from services.store.queries.users import UserRow
from services.store.work import Work
from services.usecases.people import actor_of, entitled
from services.usecases.views.paging import Paged, first_of

if TYPE_CHECKING:
    from services.usecases.context import Context

ROWS_AT_ONCE = 50
ACTS_EXPORTED_AT_ONCE = 1000
DELIVERIES_SHOWN = 30
READ = "read the admin pages"
BY_THE_APP = "-"
NOBODY = UserId(0)
SEVERAL = 2
"""Owners, where it is not asked whether somebody is the last one: that they are told when they try."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """One person who signed in at least once, and what the viewer may do about them (§6.4)."""

    id: UserId
    login: str
    name: str
    avatar_url: str
    role: Role
    muted: bool
    since: datetime
    last_seen_at: datetime | None
    may_mute: bool
    may_end_sessions: bool
    may_set_role: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ActRow:
    """One recorded action; `actor` is None for what the app did by itself.

    `is_idea` is whether its pull request is an idea. `is_entry` and `graduated` say what `slug` is now: an idea's may
    never have become an entry's.
    """

    id: int
    at: datetime
    actor: str | None
    on_behalf_of: str
    kind: str
    slug: Slug | None
    branch: str | None
    pr_number: PullNumber | None
    meta: bool
    is_idea: bool
    is_entry: bool
    graduated: bool
    details: Mapping[str, JsonValue]
    op_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which acts are asked for: `who` is a login, or `-` for the app itself; what is empty does not matter."""

    kind: ActionKind | None = None
    who: str = ""
    slug: str = ""
    since: datetime | None = None
    until: datetime | None = None


EVERYTHING = Wanted()


@dataclass(frozen=True, slots=True, kw_only=True)
class RightRow:
    """One change of somebody's rights; `actor` is None for the operator and the first owner."""

    id: int
    at: datetime
    actor: str | None
    subject: str
    kind: str
    details: Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """One webhook delivery; `refused` says why it was, and is empty for an accepted one."""

    at: datetime
    event: str
    repo: str
    refused: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminBranch:
    """One branch and what becomes of it by itself; `fate` is None where nothing does."""

    slug: Slug
    name: str
    state: BranchState
    creator: str | None
    last_commit_at: datetime | None
    pinned: bool
    in_use: bool
    fate: Fate | None


async def people_view(
    context: Context,
    *,
    viewer: Viewer,
    text: str = "",
    role: Role | None = None,
    muted: bool | None = None,
    after: str = "",
) -> Paged[PersonRow, str]:
    """Who is here, by login; raises NotSignedIn and Forbidden."""
    async with context.store.read() as work:
        await admin_reader(work, viewer)
        rows = await users.page(
            work, text=text.strip(), role=role, muted=muted, after=after, limit=ROWS_AT_ONCE + 1
        )
    found = first_of(rows, limit=ROWS_AT_ONCE, key=lambda row: str(row.gitea_login))
    return found.read_as(lambda row: _person(row, viewer))


async def audit_view(
    context: Context,
    *,
    viewer: Viewer,
    wanted: Wanted = EVERYTHING,
    before_id: int | None = None,
    limit: int = ROWS_AT_ONCE,
) -> Paged[ActRow, int]:
    """What was done, newest first; raises NotSignedIn and Forbidden."""
    async with context.store.read() as work:
        await admin_reader(work, viewer)
        by_the_app = wanted.who == BY_THE_APP
        filters = AuditFilter(
            kind=wanted.kind,
            actor_user_id=None if by_the_app else await called(work, wanted.who),
            by_the_app=by_the_app,
            slug=Slug(wanted.slug) if wanted.slug else None,
            since=wanted.since,
            until=wanted.until,
        )
        rows = await audit_log.page(work, wanted=filters, limit=limit + 1, before_id=before_id)
        names = await _names(work, (row.actor_user_id for row in rows))
        homes = await catalog.homes(work, slugs={row.rfc_slug for row in rows if row.rfc_slug is not None})
        numbers = {row.pr_number for row in rows if row.pr_number is not None}
        ideas = await pulls.ideas_among(work, repo=context.meta, numbers=numbers)
    page = first_of(rows, limit=limit, key=lambda row: row.id)
    return page.read_as(lambda row: _act(context, row, names, homes, ideas))


async def rights_view(
    context: Context,
    *,
    viewer: Viewer,
    kind: PermissionEventKind | None = None,
    who: str = "",
    before_id: int | None = None,
) -> Paged[RightRow, int]:
    """How people's rights changed, newest first; `who` is whose. Raises NotSignedIn and Forbidden."""
    async with context.store.read() as work:
        await admin_reader(work, viewer)
        rows = await audit_log.permission_page(
            work,
            limit=ROWS_AT_ONCE + 1,
            before_id=before_id,
            kind=kind,
            subject_user_id=await called(work, who),
        )
        names = await _names(work, (key for row in rows for key in (row.actor_user_id, row.subject_user_id)))
    return first_of(rows, limit=ROWS_AT_ONCE, key=lambda row: row.id).read_as(lambda row: _right(row, names))


async def branches_view(
    context: Context,
    *,
    viewer: Viewer,
    text: str = "",
    state: BranchState | None = None,
    after: tuple[str, str] = ("", ""),
) -> Paged[AdminBranch, tuple[str, str]]:
    """Every branch that the app knows, by RFC and name; raises NotSignedIn and Forbidden."""
    async with context.store.read() as work:
        await admin_reader(work, viewer)
        rows = await idle_branches.page(
            work, text=text.strip(), state=state, after=after, limit=ROWS_AT_ONCE + 1
        )
        names = await _names(work, (row.created_by for row in rows))
    page = first_of(rows, limit=ROWS_AT_ONCE, key=lambda row: (str(row.slug), row.key.name))
    return page.read_as(lambda row: _branch(context, row, names))


async def deliveries_view(context: Context, *, viewer: Viewer) -> tuple[Delivered, ...]:
    """The webhook deliveries that came last; refused ones since the start. Raises NotSignedIn and Forbidden."""
    async with context.store.read() as work:
        await admin_reader(work, viewer)
        accepted = await deliveries.list_recent(work, limit=DELIVERIES_SHOWN)
    told = [Delivered(at=row.received_at, event=row.event, repo=row.repo, refused="") for row in accepted]
    told += [
        Delivered(at=row.at, event=row.event, repo=row.repo, refused=row.why)
        for row in context.refused.newest()
    ]
    return tuple(sorted(told, key=lambda row: row.at, reverse=True)[:DELIVERIES_SHOWN])


async def admin_reader(work: Work, viewer: Viewer) -> Actor:
    """Who is asking, as the database knows them now."""
    return await entitled(work, may_read_admin, viewer, act=READ)


async def called(work: Work, login: str) -> UserId | None:
    """Who is called that: None without a login, and where nobody is, a key that finds nothing."""
    if not login:
        return None
    person = await users.find_by_login(work, login=login)
    return NOBODY if person is None else person.id


async def _names(work: Work, keys: Iterable[UserId | None]) -> Mapping[UserId, UserRow]:
    return await users.find_many(work, user_ids={key for key in keys if key is not None})


def _name(names: Mapping[UserId, UserRow], key: UserId | None) -> str | None:
    return names[key].gitea_login if key in names and key is not None else None


def _person(row: UserRow, viewer: Viewer) -> PersonRow:
    subject = actor_of(row)
    return PersonRow(
        id=row.id,
        login=row.gitea_login,
        name=row.display_name or row.gitea_login,
        avatar_url=row.avatar_url,
        role=row.role,
        muted=row.muted,
        since=row.created_at,
        last_seen_at=row.last_seen_at,
        may_mute=allows(may_mute(subject=subject), viewer),
        may_end_sessions=allows(may_end_sessions(subject=subject), viewer),
        may_set_role=any(
            allows(may_set_role(subject=subject, role=role, owner_count=SEVERAL), viewer) for role in Role
        ),
    )


def _act(
    context: Context,
    row: ActionRow,
    names: Mapping[UserId, UserRow],
    homes: Mapping[Slug, str | None],
    ideas: Collection[PullNumber],
) -> ActRow:
    meta = row.repo is not None and row.repo.lower() == context.meta.lower()
    return ActRow(
        id=row.id,
        at=row.created_at,
        actor=_name(names, row.actor_user_id),
        on_behalf_of=row.on_behalf_of,
        kind=row.action_kind,
        slug=row.rfc_slug,
        branch=row.branch_name,
        pr_number=row.pr_number,
        meta=meta,
        is_idea=row.action_kind.endswith("_idea") or (meta and row.pr_number in ideas),
        is_entry=row.rfc_slug in homes,
        graduated=row.rfc_slug is not None and homes.get(row.rfc_slug) is not None,
        details=row.details,
        op_id=row.op_id,
    )


def _right(row: PermissionEventRow, names: Mapping[UserId, UserRow]) -> RightRow:
    return RightRow(
        id=row.id,
        at=row.created_at,
        actor=_name(names, row.actor_user_id),
        subject=_name(names, row.subject_user_id) or "",
        kind=row.event_kind,
        details=row.details,
    )


def _branch(context: Context, row: IdleBranch, names: Mapping[UserId, UserRow]) -> AdminBranch:
    return AdminBranch(
        slug=row.slug,
        name=row.key.name,
        state=row.facts.state,
        creator=_name(names, row.created_by),
        last_commit_at=row.facts.last_commit_at,
        pinned=row.facts.pinned,
        in_use=row.facts.in_use,
        fate=fate_of(row.facts, context.hygiene) if row.created_by is not None else None,
    )
