"""What somebody has seen of a pull request: `pr_seen` and `pr_section_seen` (§10.3)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Table, select

from services.domain.identifiers import CommitSha, MessageId, PullNumber, Repository, UserId
from services.store.shape import table_of
from services.store.tables import PrSectionSeen, PrSeen
from services.store.work import Work

pr_seen = table_of(PrSeen)
pr_section_seen = table_of(PrSectionSeen)


async def mark(
    work: Work,
    *,
    user_id: UserId,
    repo: Repository,
    number: PullNumber,
    commit_sha: CommitSha,
    message_id: MessageId | None,
    at: datetime,
) -> None:
    """Note up to which commit and message a person has looked."""
    key = {"user_id": user_id, "repo": repo, "pr_number": number}
    values = {"commit_sha": commit_sha, "message_id": message_id, "seen_at": at}
    if not await work.insert_unless_there(pr_seen, {**key, **values}):
        statement = pr_seen.update().where(_own(pr_seen, user_id, repo, number))
        await work.change(statement.values(**values))


async def find(work: Work, *, user_id: UserId, repo: Repository, number: PullNumber) -> CommitSha | None:
    """The commit a person looked at last, if they ever did."""
    statement = select(pr_seen.c.commit_sha).where(_own(pr_seen, user_id, repo, number))
    row = await work.first(statement)
    return None if row is None else CommitSha(row["commit_sha"])


async def heads(work: Work, *, user_id: UserId) -> dict[tuple[Repository, PullNumber], CommitSha]:
    """The commit a person looked at last, of each pull request they ever saw."""
    columns = (pr_seen.c.repo, pr_seen.c.pr_number, pr_seen.c.commit_sha)
    rows = await work.rows(select(*columns).where(pr_seen.c.user_id == user_id))
    return {
        (Repository(row["repo"]), PullNumber(row["pr_number"])): CommitSha(row["commit_sha"]) for row in rows
    }


async def tick(
    work: Work,
    *,
    user_id: UserId,
    repo: Repository,
    number: PullNumber,
    section: str,
    fingerprint: str,
    at: datetime,
) -> None:
    """Note that a section was viewed as it is now; an empty fingerprint takes the tick back."""
    key = {"user_id": user_id, "repo": repo, "pr_number": number, "section": section}
    values = {"fingerprint": fingerprint, "seen_at": at}
    if not await work.insert_unless_there(pr_section_seen, {**key, **values}):
        own = _own(pr_section_seen, user_id, repo, number) & (pr_section_seen.c.section == section)
        await work.change(pr_section_seen.update().where(own).values(**values))


async def ticks(work: Work, *, user_id: UserId, repo: Repository, number: PullNumber) -> dict[str, str]:
    """The fingerprint each section had when the person ticked it."""
    columns = (pr_section_seen.c.section, pr_section_seen.c.fingerprint)
    statement = select(*columns).where(_own(pr_section_seen, user_id, repo, number))
    return {row["section"]: row["fingerprint"] for row in await work.rows(statement) if row["fingerprint"]}


def _own(table: Table, user_id: UserId, repo: Repository, number: PullNumber) -> ColumnElement[bool]:
    return (table.c.user_id == user_id) & (table.c.repo == repo) & (table.c.pr_number == number)
