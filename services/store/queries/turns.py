"""What waits for one person, read from the state of things (§15.2): cards on their branches, threads without answer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select

from services.domain.change import ChangeState
from services.domain.identifiers import Slug, ThreadId, UserId
from services.store.queries.branch_settings import branch_settings
from services.store.queries.changes import changes
from services.store.queries.threads import ThreadState, thread_messages, threads
from services.store.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingCards:
    """Change cards of others, or of models, that wait on a branch; `since`: the oldest."""

    slug: Slug
    branch: str
    count: int
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UnansweredThread:
    """A thread about a passage whose last word is somebody else's."""

    id: ThreadId
    slug: Slug
    branch: str | None
    author_user_id: UserId
    body: str
    since: datetime


async def list_cards(work: Work, *, user_id: UserId, besides: Collection[UserId] = ()) -> list[WaitingCards]:
    """The pending cards on a person's own open branches that others (`besides` these) suggested, the longest wait
    first."""
    b = branch_settings.c
    statement = (
        select(
            b.rfc_slug, b.branch_name, func.count().label("n"), func.min(changes.c.created_at).label("since")
        )
        .where(changes.c.rfc_slug == b.rfc_slug, changes.c.branch_name == b.branch_name)
        .where(b.created_by == user_id, b.closed_at.is_(None), b.deleted_at.is_(None))
        .where(changes.c.state == ChangeState.PENDING.value, changes.c.asked_by.is_distinct_from(user_id))
        .where(or_(changes.c.asked_by.is_(None), changes.c.asked_by.not_in(besides)))
        .group_by(b.rfc_slug, b.branch_name)
        .order_by("since")
    )
    return [
        WaitingCards(
            slug=Slug(row["rfc_slug"]), branch=row["branch_name"], count=row["n"], since=row["since"]
        )
        for row in await work.rows(statement)
    ]


async def list_threads(work: Work, *, user_id: UserId) -> list[UnansweredThread]:
    """Open threads about passages that a person began, or on their branches, where somebody else spoke last."""
    last = (
        select(thread_messages.c.thread_id, func.max(thread_messages.c.id).label("id"))
        .where(thread_messages.c.author_user_id.is_not(None))
        .group_by(thread_messages.c.thread_id)
        .subquery()
    )
    own_branch = (
        select(branch_settings.c.branch_name)
        .where(branch_settings.c.created_by == user_id, branch_settings.c.closed_at.is_(None))
        .where(branch_settings.c.rfc_slug == threads.c.rfc_slug)
        .where(branch_settings.c.branch_name == threads.c.branch_name)
    )
    said = thread_messages.c
    statement = (
        select(
            threads.c.id, threads.c.rfc_slug, threads.c.branch_name, said.author_user_id, said.body,
            said.created_at,
        )
        .where(last.c.thread_id == threads.c.id, thread_messages.c.id == last.c.id)
        .where(threads.c.anchor.is_not(None), threads.c.state == ThreadState.OPEN.value)
        .where(said.author_user_id != user_id, threads.c.rfc_slug.is_not(None))
        .where(or_(threads.c.created_by == user_id, own_branch.exists()))
        .order_by(said.created_at)
    )  # fmt: skip
    return [
        UnansweredThread(
            id=ThreadId(row["id"]),
            slug=Slug(row["rfc_slug"]),
            branch=row["branch_name"],
            author_user_id=UserId(row["author_user_id"]),
            body=row["body"],
            since=row["created_at"],
        )
        for row in await work.rows(statement)
    ]
