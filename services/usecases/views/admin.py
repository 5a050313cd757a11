"""What the admin pages show (§6.5, §12, §17): each view checks anew, in the database, who is asking."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from services.domain.actors import Actor, Role, Viewer
from services.domain.audit import ActionKind, PermissionEventKind
from services.domain.branch import BranchState
from services.domain.events import JsonValue
from services.domain.hygiene import Fate, fate_of
from services.domain.identifiers import PullNumber, Slug, UserId
from services.domain.permissions import may_read_admin
from services.store.queries import audit_log, deliveries, idle_branches, users
from services.store.queries.actions import ActionRow
from services.store.queries.audit_log import AuditFilter
from services.store.queries.deliveries import DeliveryRow
from services.store.queries.users import UserRow
from services.store.work import Work
from services.usecases.people import entitled

if TYPE_CHECKING:
    from services.usecases.context import Context

PEOPLE_AT_ONCE = 50
ACTS_AT_ONCE = 50
ACTS_EXPORTED_AT_ONCE = 1000
DELIVERIES_SHOWN = 30
READ = "read the admin pages"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """One person who signed in at least once."""

    id: UserId
    login: str
    name: str
    avatar_url: str
    role: Role
    muted: bool
    since: datetime
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleView:
    """One page of people by login; `next_after` is the login after which the next one begins."""

    people: tuple[PersonRow, ...]
    next_after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActRow:
    """One recorded action; `actor` is None for what the app did by itself."""

    id: int
    at: datetime
    actor: str | None
    on_behalf_of: str
    kind: str
    slug: Slug | None
    branch: str | None
    pr_number: PullNumber | None
    meta: bool
    details: Mapping[str, JsonValue]
    op_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditView:
    """One page of the audit log, newest first; `next_before` is the key before which the next one begins."""

    acts: tuple[ActRow, ...]
    next_before: int | None


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
class RightsView:
    """One page of changes of rights, newest first."""

    rights: tuple[RightRow, ...]
    next_before: int | None


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


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchesView:
    """One page of branches, by RFC and name."""

    branches: tuple[AdminBranch, ...]
    next_after: tuple[str, str] | None


async def people_view(
    context: Context,
    *,
    viewer: Viewer,
    text: str = "",
    role: Role | None = None,
    muted: bool | None = None,
    after: str = "",
) -> PeopleView:
    """Who is here; raises NotSignedIn and Forbidden."""
    async with context.store.read() as work:
        await admin_reader(work, viewer)
        rows = await users.page(
            work, text=text.strip(), role=role, muted=muted, after=after, limit=PEOPLE_AT_ONCE + 1
        )
    shown = rows[:PEOPLE_AT_ONCE]
    more = len(rows) > PEOPLE_AT_ONCE
    return PeopleView(
        people=tuple(_person(row) for row in shown), next_after=shown[-1].gitea_login if more else None
    )


async def audit_view(
    context: Context,
    *,
    viewer: Viewer,
    kind: ActionKind | None = None,
    who: str = "",
    slug: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    before_id: int | None = None,
    limit: int = ACTS_AT_ONCE,
) -> AuditView:
    """What was done; `who` is a login, or `-` for the app itself. Raises NotSignedIn and Forbidden."""
    async with context.store.read() as work:
        await admin_reader(work, viewer)
        person = await users.find_by_login(work, login=who) if who and who != "-" else None
        if who and who != "-" and person is None:
            return AuditView(acts=(), next_before=None)
        wanted = AuditFilter(
            kind=kind,
            actor_user_id=person.id if person else None,
            by_the_app=who == "-",
            slug=Slug(slug) if slug else None,
            since=since,
            until=until,
        )
        rows = await audit_log.page(work, wanted=wanted, limit=limit + 1, before_id=before_id)
        names = await _names(work, (row.actor_user_id for row in rows))
    acts = tuple(_act(context, row, names) for row in rows[:limit])
    return AuditView(acts=acts, next_before=acts[-1].id if len(rows) > limit else None)


async def rights_view(
    context: Context,
    *,
    viewer: Viewer,
    kind: PermissionEventKind | None = None,
    who: str = "",
    before_id: int | None = None,
) -> RightsView:
    """How people's rights changed; `who` is whose. Raises NotSignedIn and Forbidden."""
    async with context.store.read() as work:
        await admin_reader(work, viewer)
        person = await users.find_by_login(work, login=who) if who else None
        if who and person is None:
            return RightsView(rights=(), next_before=None)
        subject = person.id if person else None
        rows = await audit_log.permission_page(
            work, limit=ACTS_AT_ONCE + 1, before_id=before_id, kind=kind, subject_user_id=subject
        )
        names = await _names(work, (key for row in rows for key in (row.actor_user_id, row.subject_user_id)))
    rights = tuple(
        RightRow(
            id=row.id,
            at=row.created_at,
            actor=_name(names, row.actor_user_id),
            subject=_name(names, row.subject_user_id) or "",
            kind=row.event_kind,
            details=row.details,
        )
        for row in rows[:ACTS_AT_ONCE]
    )
    return RightsView(rights=rights, next_before=rights[-1].id if len(rows) > ACTS_AT_ONCE else None)


async def branches_view(
    context: Context,
    *,
    viewer: Viewer,
    text: str = "",
    state: BranchState | None = None,
    after: tuple[str, str] = ("", ""),
) -> BranchesView:
    """Every branch that the app knows; raises NotSignedIn and Forbidden."""
    async with context.store.read() as work:
        await admin_reader(work, viewer)
        rows = await idle_branches.page(
            work, text=text.strip(), state=state, after=after, limit=PEOPLE_AT_ONCE + 1
        )
        names = await _names(work, (row.created_by for row in rows))
    shown = tuple(
        AdminBranch(
            slug=row.slug,
            name=row.key.name,
            state=row.facts.state,
            creator=_name(names, row.created_by),
            last_commit_at=row.facts.last_commit_at,
            pinned=row.facts.pinned,
            in_use=row.facts.in_use,
            fate=fate_of(row.facts, context.hygiene) if row.created_by is not None else None,
        )
        for row in rows[:PEOPLE_AT_ONCE]
    )
    more = len(rows) > PEOPLE_AT_ONCE
    return BranchesView(branches=shown, next_after=(shown[-1].slug, shown[-1].name) if more else None)


async def deliveries_view(context: Context, *, viewer: Viewer) -> tuple[DeliveryRow, ...]:
    """The webhook deliveries that came last and were accepted; raises NotSignedIn and Forbidden."""
    async with context.store.read() as work:
        await admin_reader(work, viewer)
        return tuple(await deliveries.list_recent(work, limit=DELIVERIES_SHOWN))


async def admin_reader(work: Work, viewer: Viewer) -> Actor:
    """Who is asking, as the database knows them now."""
    return await entitled(work, may_read_admin, viewer, act=READ)


async def _names(work: Work, keys: Iterable[UserId | None]) -> Mapping[UserId, UserRow]:
    return await users.find_many(work, user_ids={key for key in keys if key is not None})


def _name(names: Mapping[UserId, UserRow], key: UserId | None) -> str | None:
    return names[key].gitea_login if key in names and key is not None else None


def _person(row: UserRow) -> PersonRow:
    return PersonRow(
        id=row.id,
        login=row.gitea_login,
        name=row.display_name or row.gitea_login,
        avatar_url=row.avatar_url,
        role=row.role,
        muted=row.muted,
        since=row.created_at,
        last_seen_at=row.last_seen_at,
    )


def _act(context: Context, row: ActionRow, names: Mapping[UserId, UserRow]) -> ActRow:
    return ActRow(
        id=row.id,
        at=row.created_at,
        actor=_name(names, row.actor_user_id),
        on_behalf_of=row.on_behalf_of,
        kind=row.action_kind,
        slug=row.rfc_slug,
        branch=row.branch_name,
        pr_number=row.pr_number,
        meta=row.repo is not None and row.repo.lower() == context.meta.lower(),
        details=row.details,
        op_id=row.op_id,
    )
