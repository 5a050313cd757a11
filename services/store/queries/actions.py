"""The audit log `actions`: rows are added and read, never changed (§6.5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from services.domain.audit import ActionKind
from services.domain.clock import now
from services.domain.events import JsonValue
from services.domain.identifiers import Login, OperationId, PullNumber, Repository, Slug, UserId
from services.store.shape import Shape, storable, table_of
from services.store.tables import Action
from services.store.work import Work

actions = table_of(Action)
OPENING_KINDS = (
    ActionKind.PROPOSE_IDEA.value,
    ActionKind.OPEN_PULL.value,
    ActionKind.OPEN_METADATA.value,
    ActionKind.OPEN_CLAIM.value,
)
"""The kinds of action that open a pull request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRow:
    """One bot action or decision; `actor_user_id` is null for what the app did by itself (§1)."""

    id: int
    actor_user_id: UserId | None
    on_behalf_of: str
    action_kind: ActionKind
    rfc_slug: Slug | None
    branch_name: str | None
    repo: Repository | None
    pr_number: PullNumber | None
    details: Mapping[str, JsonValue]
    op_id: OperationId | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TallyRow:
    """How often somebody acted."""

    login: str
    count: int


SHAPE = Shape(ActionRow, actions)


async def append(
    work: Work,
    *,
    actor_user_id: UserId | None,
    on_behalf_of: str,
    kind: ActionKind,
    op_id: OperationId | None,
    slug: Slug | None = None,
    branch: str | None = None,
    repo: Repository | None = None,
    pr_number: PullNumber | None = None,
    details: Mapping[str, JsonValue] | None = None,
    at: datetime | None = None,
) -> bool:
    """Record an action; False when this operation's action of that kind stands there already.

    A pull request is named by `repo` and `pr_number` together (§5).
    """
    if (repo is None) != (pr_number is None):
        raise ValueError("a pull request is named by its repository and its number")
    values = {
        "actor_user_id": actor_user_id,
        "on_behalf_of": on_behalf_of,
        "action_kind": kind.value,
        "rfc_slug": slug,
        "branch_name": branch,
        "repo": repo,
        "pr_number": pr_number,
        "details": storable(details or {}),
        "op_id": op_id,
        "created_at": at or now(),
    }
    return await work.insert_unless_there(actions, values)


async def list_recent(work: Work, *, limit: int = 200, before_id: int | None = None) -> list[ActionRow]:
    """The newest actions first; `before_id` pages on."""
    statement = SHAPE.select.order_by(actions.c.id.desc()).limit(limit)
    if before_id is not None:
        statement = statement.where(actions.c.id < before_id)
    return [SHAPE.read(row) for row in await work.rows(statement)]


async def opener_of(work: Work, *, repo: Repository, pr_number: PullNumber) -> Login | None:
    """On whose behalf the bot opened a pull request, if `actions` knows (§6.5)."""
    statement = (
        select(actions.c.on_behalf_of)
        .where(actions.c.repo == repo, actions.c.pr_number == pr_number)
        .where(actions.c.action_kind.in_(OPENING_KINDS))
        .order_by(actions.c.id)
        .limit(1)
    )
    row = await work.first(statement)
    return None if row is None else Login(row["on_behalf_of"])


async def opening_actor(work: Work, *, repo: Repository, pr_number: PullNumber) -> UserId | None:
    """The person who opened a pull request, if `actions` knows."""
    of_pull = (actions.c.repo == repo) & (actions.c.pr_number == pr_number)
    opened = of_pull & actions.c.action_kind.in_(OPENING_KINDS)
    statement = select(actions.c.actor_user_id).where(opened).order_by(actions.c.id).limit(1)
    found = await work.number(statement)
    return None if found is None else UserId(found)


async def find_for_pull(
    work: Work, *, repo: Repository, pr_number: PullNumber, kind: ActionKind
) -> ActionRow | None:
    """The newest action of a kind on a pull request."""
    statement = (
        SHAPE.select.where(
            actions.c.repo == repo, actions.c.pr_number == pr_number, actions.c.action_kind == kind.value
        )
        .order_by(actions.c.id.desc())
        .limit(1)
    )
    return SHAPE.read_if(await work.first(statement))


async def latest_for_pull(
    work: Work, *, repo: Repository, pr_number: PullNumber, kinds: Iterable[ActionKind]
) -> ActionRow | None:
    """The newest action on a pull request that is of one of these kinds."""
    statement = (
        SHAPE.select.where(actions.c.repo == repo, actions.c.pr_number == pr_number)
        .where(actions.c.action_kind.in_([kind.value for kind in kinds]))
        .order_by(actions.c.id.desc())
        .limit(1)
    )
    return SHAPE.read_if(await work.first(statement))


async def tally(
    work: Work, *, slug: Slug, branches: Sequence[str], kinds: Sequence[ActionKind]
) -> list[TallyRow]:
    """How many actions of these kinds people did on these branches of an entry, the busiest first."""
    counted = func.count().label("count")
    statement = (
        select(actions.c.on_behalf_of.label("login"), counted)
        .where(actions.c.rfc_slug == slug, actions.c.branch_name.in_(list(branches)))
        .where(actions.c.action_kind.in_([kind.value for kind in kinds]))
        .group_by(actions.c.on_behalf_of)
        .order_by(counted.desc(), actions.c.on_behalf_of)
    )
    return [TallyRow(login=row["login"], count=row["count"]) for row in await work.rows(statement)]


async def list_for_slug(work: Work, *, slug: Slug, kind: ActionKind) -> list[ActionRow]:
    """All actions of a kind on an entry, oldest first."""
    of_entry = (actions.c.rfc_slug == slug) & (actions.c.action_kind == kind.value)
    statement = SHAPE.select.where(of_entry).order_by(actions.c.id)
    return [SHAPE.read(row) for row in await work.rows(statement)]


async def count_from(work: Work, *, slug: Slug, branch: str, kind: ActionKind, op_id: OperationId) -> int:
    """How many actions of a kind there are on a branch from the one of an operation on."""
    of_branch = (
        (actions.c.rfc_slug == slug)
        & (actions.c.branch_name == branch)
        & (actions.c.action_kind == kind.value)
    )
    first = select(func.min(actions.c.id)).where(of_branch, actions.c.op_id == op_id).scalar_subquery()
    statement = select(func.count()).select_from(actions).where(of_branch, actions.c.id >= first)
    return await work.number(statement) or 0


async def list_for_repository(work: Work, *, repo: Repository, kind: ActionKind) -> list[ActionRow]:
    """All actions of a kind on a repository's pull requests, oldest first (for reading many at once)."""
    statement = SHAPE.select.where(actions.c.repo == repo, actions.c.action_kind == kind.value).order_by(
        actions.c.id
    )
    return [SHAPE.read(row) for row in await work.rows(statement)]


async def list_of_kind(work: Work, *, kind: ActionKind) -> list[ActionRow]:
    """All actions of a kind, oldest first."""
    statement = SHAPE.select.where(actions.c.action_kind == kind.value).order_by(actions.c.id)
    return [SHAPE.read(row) for row in await work.rows(statement)]
