"""What the app knows of a branch besides Git: `branch_settings` (§11). The refresher reads it, and notes deletions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement

from services.domain.branch import BranchKey, Visibility
from services.domain.clock import now
from services.domain.identifiers import CommitSha, Repository, Slug, UserId
from services.domain.permissions import EditAccess
from services.store.shape import Shape, table_of
from services.store.tables import BranchSetting
from services.store.work import Work

branch_settings = table_of(BranchSetting)


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchSettingRow:
    """One branch's rights and fate; `mirrored_pinned` is what the cache was last given (§5)."""

    repo: Repository
    branch_name: str
    rfc_slug: Slug
    created_by: UserId | None
    visibility: Visibility
    edit_access: EditAccess
    grants: tuple[UserId, ...]
    pinned: bool
    mirrored_pinned: bool
    base_sha: str
    closed_at: datetime | None
    deleted_at: datetime | None
    deleted_sha: CommitSha | None
    kept_until: datetime | None
    warned_at: datetime | None
    created_at: datetime

    @property
    def key(self) -> BranchKey:
        """The branch."""
        return BranchKey(self.repo, self.branch_name)


SHAPE = Shape(BranchSettingRow, branch_settings)


async def list_private(work: Work, *, slugs: Collection[Slug]) -> list[BranchSettingRow]:
    """The branches of these entries that were made private."""
    private = branch_settings.c.visibility == Visibility.PRIVATE.value
    statement = SHAPE.select.where(private, branch_settings.c.rfc_slug.in_(slugs))
    return [SHAPE.read(row) for row in await work.rows(statement)] if slugs else []


async def insert(
    work: Work,
    *,
    key: BranchKey,
    slug: Slug,
    created_by: UserId | None = None,
    base_sha: str = "",
    at: datetime | None = None,
) -> bool:
    """Begin to know a branch, public and editable by its creator; False when it is known already."""
    values: dict[str, object] = {
        "repo": key.repo,
        "branch_name": key.name,
        "rfc_slug": slug,
        "created_by": created_by,
        "visibility": Visibility.PUBLIC.value,
        "edit_access": EditAccess.CREATOR.value,
        "grants": [],
        "pinned": False,
        "mirrored_pinned": False,
        "base_sha": base_sha,
        "created_at": at or now(),
    }
    return await work.insert_unless_there(branch_settings, values)


async def find(work: Work, *, key: BranchKey) -> BranchSettingRow | None:
    """What is known of one branch."""
    return SHAPE.read_if(await work.first(SHAPE.select.where(_is(key))))


async def list_for_slug(work: Work, *, slug: Slug) -> list[BranchSettingRow]:
    """Every branch of an entry, deleted ones too, in the order they were cut."""
    return await _listed(work, branch_settings.c.rfc_slug == slug)


async def list_for_repository(work: Work, *, repo: Repository) -> list[BranchSettingRow]:
    """Every branch of a repository, deleted ones too, in the order they were cut."""
    return await _listed(work, branch_settings.c.repo == repo)


async def set_visibility(work: Work, *, key: BranchKey, visibility: Visibility) -> bool:
    """Make a branch public or private; whether that changed anything."""
    differs = branch_settings.c.visibility != visibility.value
    return await _set(work, key, differs, visibility=visibility.value)


async def set_edit_access(work: Work, *, key: BranchKey, edit_access: EditAccess) -> bool:
    """Say who may edit a branch; whether that changed anything."""
    differs = branch_settings.c.edit_access != edit_access.value
    return await _set(work, key, differs, edit_access=edit_access.value)


async def grant(work: Work, *, key: BranchKey, user_id: UserId) -> bool:
    """Invite a person to a branch; False when they were, or the branch is unknown."""
    granted = await _grants(work, key)
    if granted is None or user_id in granted:
        return False
    return await _set(work, key, grants=[*granted, user_id])


async def revoke(work: Work, *, key: BranchKey, user_id: UserId) -> bool:
    """Take an invitation back; False when there was none."""
    granted = await _grants(work, key)
    if granted is None or user_id not in granted:
        return False
    return await _set(work, key, grants=[other for other in granted if other != user_id])


async def set_pinned(work: Work, *, key: BranchKey, pinned: bool) -> bool:
    """Pin a branch, or let it go; whether that changed anything."""
    return await _set(work, key, branch_settings.c.pinned.is_not(pinned), pinned=pinned)


async def note_mirrored(work: Work, *, key: BranchKey, pinned: bool) -> bool:
    """Note which value of `pinned` the cache was given; whether it is another than before."""
    return await _set(work, key, branch_settings.c.mirrored_pinned.is_not(pinned), mirrored_pinned=pinned)


async def close(work: Work, *, key: BranchKey, at: datetime) -> bool:
    """Close an open branch; False when it is not open."""
    is_open = branch_settings.c.closed_at.is_(None) & branch_settings.c.deleted_at.is_(None)
    return await _set(work, key, is_open, closed_at=at)


async def reopen(work: Work, *, key: BranchKey) -> bool:
    """Open a closed branch again; False when it is not closed, or deleted."""
    is_closed = branch_settings.c.closed_at.is_not(None) & branch_settings.c.deleted_at.is_(None)
    return await _set(work, key, is_closed, closed_at=None)


async def note_warned(work: Work, *, key: BranchKey, at: datetime) -> bool:
    """Note that its creator was told what becomes of a branch; False where that was done since."""
    earlier = branch_settings.c.warned_at.is_(None) | (branch_settings.c.warned_at < at)
    return await _set(work, key, earlier, warned_at=at)


async def keep(work: Work, *, key: BranchKey, until: datetime) -> bool:
    """Leave a branch alone until then; whether that is later than before."""
    longer = branch_settings.c.kept_until.is_(None) | (branch_settings.c.kept_until < until)
    return await _set(work, key, longer, kept_until=until)


async def note_deleted(work: Work, *, key: BranchKey, sha: str, at: datetime) -> bool:
    """Note that a branch is gone, and its last head; False when that is known."""
    return await _set(work, key, branch_settings.c.deleted_at.is_(None), deleted_at=at, deleted_sha=sha)


async def note_restored(work: Work, *, key: BranchKey) -> bool:
    """Note that a deleted branch is there again; False when it was not deleted."""
    was_deleted = branch_settings.c.deleted_at.is_not(None)
    return await _set(work, key, was_deleted, deleted_at=None, deleted_sha=None)


async def _grants(work: Work, key: BranchKey) -> tuple[UserId, ...] | None:
    """Who is invited, held for this unit of work: two grants at once are both kept."""
    await work.serialize(f"grants {key.repo} {key.name}")
    row = await find(work, key=key)
    return None if row is None else row.grants


async def _listed(work: Work, condition: ColumnElement[bool]) -> list[BranchSettingRow]:
    statement = SHAPE.select.where(condition)
    ordered = statement.order_by(branch_settings.c.created_at, branch_settings.c.branch_name)
    return [SHAPE.read(row) for row in await work.rows(ordered)]


async def _set(
    work: Work, key: BranchKey, condition: ColumnElement[bool] | None = None, **values: object
) -> bool:
    statement = branch_settings.update().where(_is(key))
    if condition is not None:
        statement = statement.where(condition)
    return await work.change(statement.values(**values)) == 1


def _is(key: BranchKey) -> ColumnElement[bool]:
    return (branch_settings.c.repo == key.repo) & (branch_settings.c.branch_name == key.name)
