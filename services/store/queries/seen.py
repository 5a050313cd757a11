"""Up to which commit somebody has read an RFC: `rfc_seen` (§8.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from services.domain.identifiers import CommitSha, Slug, UserId
from services.store.shape import table_of
from services.store.tables import RfcSeen
from services.store.work import Work

rfc_seen = table_of(RfcSeen)


@dataclass(frozen=True, slots=True)
class Seen:
    """The commit somebody has read an RFC up to, and when they had."""

    commit_sha: CommitSha
    seen_at: datetime


async def mark(work: Work, *, user_id: UserId, slug: Slug, commit_sha: CommitSha, at: datetime) -> bool:
    """Note what a person has read; False, and nothing written, when it was noted already."""
    values = {"user_id": user_id, "rfc_slug": slug, "commit_sha": commit_sha, "seen_at": at}
    if await work.insert_unless_there(rfc_seen, values):
        return True
    own = (rfc_seen.c.user_id == user_id) & (rfc_seen.c.rfc_slug == slug)
    statement = rfc_seen.update().where(own, rfc_seen.c.commit_sha != commit_sha)
    return await work.change(statement.values(commit_sha=commit_sha, seen_at=at)) == 1


async def find(work: Work, *, user_id: UserId, slug: Slug) -> Seen | None:
    """How far a person has read an RFC, if they ever did."""
    own = (rfc_seen.c.user_id == user_id) & (rfc_seen.c.rfc_slug == slug)
    row = await work.first(select(rfc_seen.c.commit_sha, rfc_seen.c.seen_at).where(own))
    return None if row is None else Seen(CommitSha(row["commit_sha"]), row["seen_at"])


async def list_for_user(work: Work, *, user_id: UserId) -> dict[Slug, CommitSha]:
    """The commit a person has read each RFC up to, by slug."""
    statement = select(rfc_seen.c.rfc_slug, rfc_seen.c.commit_sha).where(rfc_seen.c.user_id == user_id)
    return {Slug(row["rfc_slug"]): CommitSha(row["commit_sha"]) for row in await work.rows(statement)}
