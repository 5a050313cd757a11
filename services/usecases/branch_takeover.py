"""Taking over into the cache what was read of branches; a row is made of Git and `branch_settings` alone (§5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.domain.branch import BranchKey, BranchState
from services.domain.clock import now
from services.domain.events import BranchChanged
from services.domain.identifiers import CommitSha, Repository, Slug
from services.gitea.branch_reading import BranchHead
from services.store.queries import branch_settings, branches, events
from services.store.queries.branch_settings import BranchSettingRow
from services.store.queries.branches import BranchRow
from services.store.work import Work

SlugOf = Callable[[str], Slug | None]
"""Whose branch it is, by its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchReading:
    """The heads of a repository's branches as they were on Gitea after `begun_at`.

    With `names` only those were looked at: one that is not among the heads is gone. Without, all were.
    """

    repo: Repository
    heads: Mapping[str, BranchHead]
    begun_at: datetime
    names: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    """What is stored of one branch."""

    cached: BranchRow | None
    setting: BranchSettingRow | None


async def take_over_branches(work: Work, reading: BranchReading, slug_of: SlugOf) -> tuple[BranchRow, ...]:
    """Write what differs from the cache, note what was deleted or came back, and say so; the rows that changed."""
    known = await _known(work, reading)
    names = known.keys() | reading.heads.keys() if reading.names is None else reading.names
    rows: list[BranchRow] = []
    for name in sorted(names):
        key, stored = BranchKey(reading.repo, name), known.get(name, _Known(None, None))
        rows += await _settled(work, key, reading.heads.get(name), stored, slug_of(name))
    changed = await branches.upsert_many(work, rows=rows)
    await _announce(work, changed)
    return tuple(changed)


async def settle_branches(work: Work, repo: Repository, name: str | None = None) -> tuple[BranchRow, ...]:
    """Derive the rows anew from the heads that are known: settings changed, or an operator pinned one by SQL."""
    rows = [row for row in await branches.list_for_repository(work, repo=repo) if name in {None, row.name}]
    names = frozenset(row.name for row in rows)
    reading = BranchReading(repo=repo, heads=heads_of(rows), begun_at=now(), names=names)
    slugs = {row.name: row.rfc_slug for row in rows}
    return await take_over_branches(work, reading, slugs.get)


def heads_of(rows: Sequence[BranchRow]) -> dict[str, BranchHead]:
    """The heads that the cache knows."""
    return {
        row.name: BranchHead(row.head_sha, row.last_commit_at)
        for row in rows
        if row.state is not BranchState.DELETED and row.last_commit_at is not None
    }


async def _known(work: Work, reading: BranchReading) -> dict[str, _Known]:
    cached = {row.name: row for row in await branches.list_for_repository(work, repo=reading.repo)}
    settings = {
        row.branch_name: row
        for row in await branch_settings.list_for_repository(work, repo=reading.repo)
        # A branch that was cut while Gitea was being read is not gone.
        if row.created_at < reading.begun_at or row.branch_name in reading.heads
    }
    return {name: _Known(cached.get(name), settings.get(name)) for name in cached.keys() | settings.keys()}


async def _settled(
    work: Work, key: BranchKey, head: BranchHead | None, known: _Known, slug: Slug | None
) -> list[BranchRow]:
    """The branch's row, after its settings know what happened to it; none for one that nobody knows of."""
    if head is None and known.cached is None and known.setting is None:
        return []
    setting = await _with_fate(work, key, head, known, slug)
    setting = await _with_pin(work, key, known.cached, setting, slug)
    if setting is not None and setting.mirrored_pinned != setting.pinned:
        await branch_settings.note_mirrored(work, key=key, pinned=setting.pinned)
    return [_row(key, head, setting, setting.rfc_slug if setting else slug)]


async def _with_fate(
    work: Work, key: BranchKey, head: BranchHead | None, known: _Known, slug: Slug | None
) -> BranchSettingRow | None:
    """Its settings, which keep the last head of a branch that is gone."""
    setting = known.setting
    if head is None and (setting is None or setting.deleted_at is None):
        last = known.cached.head_sha if known.cached else setting.base_sha if setting else ""
        await _ensure(work, key, slug)
        await branch_settings.note_deleted(work, key=key, sha=last, at=now())
        return await branch_settings.find(work, key=key)
    if head is not None and setting is not None and setting.deleted_at is not None:
        await branch_settings.note_restored(work, key=key)
        return await branch_settings.find(work, key=key)
    return setting


async def _with_pin(
    work: Work,
    key: BranchKey,
    cached: BranchRow | None,
    setting: BranchSettingRow | None,
    slug: Slug | None,
) -> BranchSettingRow | None:
    """A cached pin that is not the one last mirrored was set by an operator, and counts (§5)."""
    mirrored = setting is not None and setting.mirrored_pinned
    if cached is None or cached.pinned == mirrored:
        return setting
    await _ensure(work, key, slug)
    await branch_settings.set_pinned(work, key=key, pinned=cached.pinned)
    return await branch_settings.find(work, key=key)


async def _ensure(work: Work, key: BranchKey, slug: Slug | None) -> None:
    """Begin to know a branch that somebody cut on Gitea."""
    await branch_settings.insert(work, key=key, slug=slug or Slug(""))


def _row(
    key: BranchKey, head: BranchHead | None, setting: BranchSettingRow | None, slug: Slug | None
) -> BranchRow:
    gone = CommitSha((setting.deleted_sha if setting else None) or "")
    return BranchRow(
        repo=key.repo,
        name=key.name,
        rfc_slug=slug or None,
        head_sha=head.sha if head else gone,
        state=branch_state(setting, gone=head is None),
        pinned=setting is not None and setting.pinned,
        last_commit_at=head.at if head else None,
    )


def branch_state(setting: BranchSettingRow | None, *, gone: bool) -> BranchState:
    """How a branch stands: Git knows whether it is there, its settings whether it was closed (§11)."""
    if gone:
        return BranchState.DELETED
    return BranchState.OPEN if setting is None or setting.closed_at is None else BranchState.CLOSED


async def _announce(work: Work, changed: Sequence[BranchRow]) -> None:
    for row in changed:
        if row.rfc_slug is not None:
            await events.append(work, BranchChanged(row.rfc_slug, row.name))
