"""Slugs kept for ideas: `slug_reservations` (§9.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from services.domain.clock import now
from services.domain.identifiers import OperationId, PullNumber, Slug, UserId
from services.store.shape import Shape, table_of
from services.store.tables import SlugReservation
from services.store.work import Work

slug_reservations = table_of(SlugReservation)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlugReservationRow:
    """Who keeps a slug, for which idea; `pr_number` (of the meta repository) is null until its PR is open."""

    slug: Slug
    op_id: OperationId
    user_id: UserId
    pr_number: PullNumber | None
    created_at: datetime


SHAPE = Shape(SlugReservationRow, slug_reservations)


async def reserve(
    work: Work, *, slug: Slug, op_id: OperationId, user_id: UserId, at: datetime | None = None
) -> bool:
    """Keep a slug for one operation; False when somebody has it (also true for the same one again)."""
    values = {"slug": slug, "op_id": op_id, "user_id": user_id, "created_at": at or now()}
    if await work.insert_unless_there(slug_reservations, values):
        return True
    holder_row = await holder(work, slug=slug)
    return holder_row is not None and holder_row.op_id == op_id


async def holder(work: Work, *, slug: Slug) -> SlugReservationRow | None:
    """Who keeps this slug."""
    return SHAPE.read_if(await work.first(SHAPE.select.where(slug_reservations.c.slug == slug)))


async def attach(work: Work, *, slug: Slug, pr_number: PullNumber) -> bool:
    """Note which pull request the slug is kept for; whether there is such a reservation."""
    statement = slug_reservations.update().where(slug_reservations.c.slug == slug)
    return await work.change(statement.values(pr_number=pr_number)) == 1


async def release(work: Work, *, slug: Slug) -> bool:
    """Free a slug; whether it was kept."""
    return await work.change(slug_reservations.delete().where(slug_reservations.c.slug == slug)) == 1


async def release_for_pull(work: Work, *, pr_number: PullNumber) -> list[Slug]:
    """Free what was kept for a pull request that closed unmerged; which slugs."""
    kept = slug_reservations.c.pr_number == pr_number
    slugs = [Slug(row["slug"]) for row in await work.rows(select(slug_reservations.c.slug).where(kept))]
    await work.change(slug_reservations.delete().where(kept))
    return slugs


async def list_all(work: Work) -> list[SlugReservationRow]:
    """Every reservation, by slug."""
    statement = SHAPE.select.order_by(slug_reservations.c.slug)
    return [SHAPE.read(row) for row in await work.rows(statement)]
