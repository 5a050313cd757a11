"""Text that is being typed: `live_texts` holds a snapshot, `live_updates` what followed it (§8.9)."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import ColumnElement, RowMapping, exists, select

from services.domain.branch import BranchKey
from services.domain.clock import now
from services.domain.identifiers import CommitSha, Repository, UserId
from services.domain.shared_text import ChangeJson
from services.store.shape import Shape, storable, table_of
from services.store.tables import LiveText, LiveUpdate
from services.store.work import Work

live_texts = table_of(LiveText)
live_updates = table_of(LiveUpdate)

Authors = Mapping[UserId, int]
"""Who typed how many characters since the last commit."""
NOBODY: Authors = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveTextRow:
    """A live text at `version`; `changed_at` is None when everything in it is committed at `base_sha`.

    Versions count on within one `epoch` only.
    """

    repo: Repository
    branch_name: str
    epoch: str
    base_sha: CommitSha
    version: int
    text: str
    authors: Authors
    changed_at: datetime | None
    updated_at: datetime

    @property
    def key(self) -> BranchKey:
        """The branch."""
        return BranchKey(self.repo, self.branch_name)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveUpdateRow:
    """One acknowledged update: it makes `version` of the version before."""

    version: int
    client_id: str
    user_id: UserId | None
    changes: ChangeJson
    created_at: datetime = dataclasses.field(default_factory=now)


@dataclass(frozen=True, slots=True)
class StoredLiveText:
    """A live text as it was left: `earlier` updates are in the snapshot already, `later` ones follow it."""

    snapshot: LiveTextRow
    earlier: tuple[LiveUpdateRow, ...]
    later: tuple[LiveUpdateRow, ...]


SNAPSHOT = Shape(LiveTextRow, live_texts)
UPDATE = Shape(LiveUpdateRow, live_updates)


async def begin(work: Work, *, key: BranchKey, epoch: str, base_sha: CommitSha, text: str) -> None:
    """Begin a live text, or begin it anew: version 0 of another epoch, with no updates."""
    await work.change(live_updates.delete().where(_of(key)))
    await work.change(live_texts.delete().where(_at(key)))
    values = {
        "repo": key.repo,
        "branch_name": key.name,
        "epoch": epoch,
        "base_sha": base_sha,
        "version": 0,
        "text": storable(text),
        "authors": {},
        "updated_at": now(),
    }
    await work.insert_unless_there(live_texts, values)


async def load(work: Work, *, key: BranchKey) -> StoredLiveText | None:
    """The snapshot of a branch's live text and every update that is kept, in order."""
    found = await work.first(SNAPSHOT.select.where(_at(key)))
    if found is None:
        return None
    snapshot = _snapshot(found)
    statement = UPDATE.select.where(_of(key), live_updates.c.epoch == snapshot.epoch)
    updates = [UPDATE.read(row) for row in await work.rows(statement.order_by(live_updates.c.version))]
    return StoredLiveText(
        snapshot,
        earlier=tuple(update for update in updates if update.version <= snapshot.version),
        later=tuple(update for update in updates if update.version > snapshot.version),
    )


async def list_updates(work: Work, *, key: BranchKey) -> tuple[LiveUpdateRow, ...]:
    """Every update of a branch's live text that its snapshot does not hold yet, oldest first."""
    stored = await load(work, key=key)
    return () if stored is None else stored.later


async def append(work: Work, *, key: BranchKey, epoch: str, updates: Sequence[LiveUpdateRow]) -> None:
    """Store acknowledged updates in one statement; IntegrityError where a version is there already."""
    place = {"repo": key.repo, "branch_name": key.name, "epoch": epoch}
    await work.insert_many(live_updates, [{**place, **UPDATE.values(update)} for update in updates])


async def fold(
    work: Work,
    *,
    key: BranchKey,
    epoch: str,
    version: int,
    text: str,
    authors: Authors,
    changed_at: datetime | None,
    keep_from: int,
) -> bool:
    """Make `text` the snapshot and forget updates before version `keep_from`; False for an older one."""
    newer = _at(key) & (live_texts.c.epoch == epoch) & (live_texts.c.version <= version)
    values = {"version": version, "text": storable(text), "authors": _stored(authors), "updated_at": now()}
    if await work.change(live_texts.update().where(newer).values(changed_at=changed_at, **values)) == 0:
        return False
    await work.change(live_updates.delete().where(_of(key), live_updates.c.version < keep_from))
    return True


async def note_commit(
    work: Work,
    *,
    key: BranchKey,
    epoch: str,
    base_sha: CommitSha,
    authors: Authors = NOBODY,
    changed_at: datetime | None = None,
) -> bool:
    """The text was committed: another base, nobody's characters; those given typed during the commit.

    Snapshot and updates stay; `fold` in the same unit of work says up to where they are committed.
    """
    own = _at(key) & (live_texts.c.epoch == epoch)
    values = {"base_sha": base_sha, "authors": _stored(authors), "changed_at": changed_at}
    return await work.change(live_texts.update().where(own).values(**values, updated_at=now())) == 1


async def list_uncommitted(work: Work) -> list[BranchKey]:
    """The branches whose live text may hold what no commit has: after a restart they are flushed (§8.9)."""
    beyond = exists().where(
        live_updates.c.repo == live_texts.c.repo,
        live_updates.c.branch_name == live_texts.c.branch_name,
        live_updates.c.epoch == live_texts.c.epoch,
        live_updates.c.version > live_texts.c.version,
    )
    statement = select(live_texts.c.repo, live_texts.c.branch_name)
    statement = statement.where(live_texts.c.changed_at.is_not(None) | beyond)
    ordered = statement.order_by(live_texts.c.repo, live_texts.c.branch_name)
    return [BranchKey(row["repo"], row["branch_name"]) for row in await work.rows(ordered)]


def _snapshot(row: RowMapping) -> LiveTextRow:
    found = SNAPSHOT.read(row)
    # JSON's keys are texts.
    return dataclasses.replace(found, authors={UserId(int(key)): n for key, n in found.authors.items()})


def _stored(authors: Authors) -> dict[str, int]:
    return {str(user_id): characters for user_id, characters in authors.items()}


def _at(key: BranchKey) -> ColumnElement[bool]:
    return (live_texts.c.repo == key.repo) & (live_texts.c.branch_name == key.name)


def _of(key: BranchKey) -> ColumnElement[bool]:
    return (live_updates.c.repo == key.repo) & (live_updates.c.branch_name == key.name)
