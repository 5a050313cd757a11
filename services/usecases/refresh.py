"""The refresher: the only writer of the cache (§4.1). It reads from Gitea, then writes what differs.

It runs on a webhook's hint, on the sweep, and on a nudge right after the bot acted. What fails is logged and
reported; the cache then stays as it was.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NoReturn

from services.domain.branch import BranchKey
from services.domain.clock import now
from services.domain.errors import GiteaNotFound, ProductError, StorageUnavailable
from services.domain.events import SyncChanged
from services.domain.identifiers import PullNumber, Repository
from services.gitea.client import GiteaClient
from services.store.queries import events, sync
from services.store.queries.sync import SyncRow
from services.store.unit_of_work import Store
from services.store.work import Work
from services.usecases.branch_refresh import BranchRefresh
from services.usecases.freshness import Reason, is_due_in_full
from services.usecases.graduated_refresh import GraduatedRefresh
from services.usecases.hints import Hints
from services.usecases.locking import one_process
from services.usecases.meta_refresh import MetaReading, read_meta_repository
from services.usecases.meta_takeover import Changes, is_news, take_over
from services.usecases.pull_refresh import branches_unheard_of, pulls_left_behind
from services.usecases.scope import Scope
from services.usecases.search_index import index_missing

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepReport:
    """What a sweep found: how much of the cache changed, and the sentence of what failed, if anything did."""

    entries: int = 0
    pulls: int = 0
    branches: int = 0
    failure: str | None = None


class Refresher:
    """Keeps the cache true; one reading at a time, in this process and among all on the database."""

    def __init__(self, *, store: Store, gitea: GiteaClient, org: str, meta: Repository) -> None:
        self._store = store
        self._gitea = gitea
        self._org = org
        self._meta = meta
        self._lock = asyncio.Lock()
        self._hints = Hints(self._on_hint)
        self._branches = BranchRefresh(store, gitea, meta)
        self._graduated = GraduatedRefresh(store, gitea, org, self._branches)
        self._checked: dict[Repository, datetime] = {}
        """When a repository was last found unchanged: no reason to write, but news for “as of”."""

    async def stop(self) -> None:
        """Take no more hints, and drop those that wait: the next start sweeps."""
        await self._hints.stop()

    def knows(self, repo: Repository) -> bool:
        """Whether a repository is one the cache is made of: any of the organisation's."""
        return repo.lower().startswith(f"{self._org.lower()}/")

    def hint(self, repo: Repository, number: PullNumber | None = None) -> None:
        """Have a repository looked at soon; hints that come meanwhile become one look."""
        self._hints.add(repo, number)

    async def nudge(self, repo: Repository, number: PullNumber | None = None) -> bool:
        """Look at a repository now, right after the bot acted; whether that worked (else it is retried)."""
        numbers = frozenset() if number is None else frozenset({number})
        try:
            await self._refresh(repo, Scope(numbers=numbers, changed_pulls=number is None), Reason.NUDGE)
        except ProductError as error:
            await self._report(repo, error, Reason.NUDGE)
            self._hints.add(repo, number, retry=True)
            return False
        return True

    async def nudge_branch(self, key: BranchKey) -> bool:
        """Look at one branch now, right after the bot wrote to it; whether that worked (else it is retried)."""
        try:
            async with self._alone():
                await self._branches.look_at(key)
        except ProductError as error:
            await self._report(key.repo, error, Reason.NUDGE)
            self._hints.add(key.repo, retry=True)
            return False
        return True

    async def settle_branch(self, key: BranchKey) -> None:
        """Take a branch's changed settings over into the cache, without asking Gitea."""
        async with self._alone():
            await self._branches.settle(key)

    def readable_on_gitea(self, repo: Repository) -> bool:
        """Whether people may read a repository on Gitea itself, where no branch is private (§11)."""
        return self._branches.readable_on_gitea(repo)

    async def sweep(self, reason: Reason = Reason.SWEEP) -> SweepReport:
        """Look at everything that may have moved, and in full at what was not read in full for an hour."""
        log.info("reconciler: starting sweep")
        try:
            changes = await self._refresh(self._meta, await self._scope(), reason)
            graduated = await self._sweep_graduated(reason)
            async with self._alone():
                settled = await self._branches.settle()
            await index_missing(self._store)
        except ProductError as error:
            await self._report(self._meta, error, reason)
            return SweepReport(failure=error.message)
        report = SweepReport(
            entries=len(changes.slugs) + len(graduated.slugs),
            pulls=len(changes.numbers) + len(graduated.numbers),
            branches=len(changes.branches) + len(settled),
        )
        log.info("reconciler: sweep complete")
        return report

    async def reconcile(self, *, dry_run: bool = False) -> SweepReport:
        """Read everything in full (`rfc-ui reconcile`); with `dry_run` only count what would change.

        Raises Upstream and StorageUnavailable.
        """
        async with self._alone():
            reading = await read_meta_repository(self._gitea, self._store, self._meta, Scope(full=True))
            if dry_run:
                changes = await self._would_change(reading)
            else:
                changes = await self._write(reading, Reason.RECONCILE, full=True)
                await self._branches.look(reading.about)
        graduated = Changes() if dry_run else await self._sweep_graduated(Reason.RECONCILE)
        if not dry_run:
            await index_missing(self._store)
        return SweepReport(
            entries=len(changes.slugs) + len(graduated.slugs),
            pulls=len(changes.numbers) + len(graduated.numbers),
        )

    async def as_of(self, work: Work, repo: Repository) -> datetime | None:
        """When what is cached of a repository was last known to be true."""
        return self.freshness(await sync.find(work, repo=repo))

    def freshness(self, row: SyncRow | None) -> datetime | None:
        """The same, for a row of the sync report."""
        if row is None:
            return None
        moments = [moment for moment in (row.last_read_at, self._checked.get(row.repo)) if moment]
        return max(moments, default=None)

    async def _on_hint(self, repo: Repository, scope: Scope) -> bool:
        try:
            await self._refresh(repo, scope, Reason.WEBHOOK)
        except ProductError as error:
            await self._report(repo, error, Reason.WEBHOOK)
            return False
        return True

    async def _scope(self) -> Scope:
        async with self._store.read() as work:
            state = await sync.find(work, repo=self._meta)
        return Scope(changed_pulls=True, full=is_due_in_full(state))

    async def _refresh(self, repo: Repository, scope: Scope, reason: Reason) -> Changes:
        if repo.lower() != self._meta.lower():
            async with self._alone():
                return await self._graduated.refresh(repo, scope, reason)
        async with self._alone():
            reading = await read_meta_repository(self._gitea, self._store, self._meta, scope)
            changes = await self._write(reading, reason, full=scope.full)
            if not await self._has_branches_to_read(reading, scope, reason):
                return changes
            changes = replace(changes, branches=await self._branches.look(reading.about))
            return await self._with_pulls_left_behind(changes, reason)

    async def _with_pulls_left_behind(self, changes: Changes, reason: Reason) -> Changes:
        """Read again the pull requests whose branch turned out to have moved on."""
        async with self._store.read() as work:
            behind = await pulls_left_behind(work, self._meta)
        if not behind:
            return changes
        scope = Scope(numbers=behind)
        reading = await read_meta_repository(self._gitea, self._store, self._meta, scope)
        more = await self._write(reading, reason, full=False)
        return replace(changes, numbers=(*changes.numbers, *more.numbers))

    async def _has_branches_to_read(self, reading: MetaReading, scope: Scope, reason: Reason) -> bool:
        """A nudge for pull requests does not concern branches; a webhook may be faster than Gitea's own times.

        Of a pull request opened on Gitea its webhook may be the first that is heard of its branch.
        """
        moved = await self._branches.has_moved(reading.about, otherwise=True)
        if scope.full or (scope.changed_pulls and (moved or reason is Reason.WEBHOOK)):
            return True
        async with self._store.read() as work:
            return await branches_unheard_of(work, self._meta, reading.pulls)

    async def _sweep_graduated(self, reason: Reason) -> Changes:
        """What changed in the repositories of graduated RFCs."""
        changed = Changes()
        for repo, scope in (await self._graduated.moved()).items():
            try:
                async with self._alone():
                    found = await self._graduated.refresh(repo, scope, reason)
                changed = Changes((*changed.slugs, *found.slugs), (*changed.numbers, *found.numbers))
            except GiteaNotFound as error:
                # One repository that is gone is reported, and the others are looked at all the same.
                await self._report(repo, error, reason)
        return changed

    async def _write(self, reading: MetaReading, reason: Reason, *, full: bool) -> Changes:
        self._checked[self._meta] = now()
        if not full and not await is_news(self._store, self._meta, reading):
            return Changes()
        async with self._store.write() as work:
            changes = await take_over(work, self._meta, reading)
            moved = await sync.record_read(
                work, repo=self._meta, commit_sha=reading.head_sha, reason=reason, full=full
            )
            if moved or changes:
                await events.append(work, SyncChanged(self._meta))
        return changes

    async def _would_change(self, reading: MetaReading) -> Changes:
        """What taking it over would change, by doing it and undoing it."""
        try:
            async with self._store.write() as work:
                _undo(await take_over(work, self._meta, reading))
        except _DryRun as stopped:
            return stopped.changes

    async def _report(self, repo: Repository, error: ProductError, reason: Reason) -> None:
        """Log what failed and say so in the sync report; the cache stays as it is."""
        log.error("reconciler: %s of %s failed: %s", reason, repo, error.message, exc_info=error)
        detail = getattr(error, "detail", "")
        try:
            async with self._store.write() as work:
                words = f"{error.message} ({detail})" if detail else error.message
                if await sync.record_error(work, repo=repo, error=words):
                    await events.append(work, SyncChanged(repo))
        except StorageUnavailable:
            log.exception("reconciler: the sync report can't be written")

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        async with self._lock, one_process(self._store, "refresh"):
            yield


class _DryRun(Exception):
    """Undoes the unit of work of a dry run."""

    def __init__(self, changes: Changes) -> None:
        super().__init__("dry run")
        self.changes = changes


def _undo(changes: Changes) -> NoReturn:
    raise _DryRun(changes)
