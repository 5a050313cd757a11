"""Refreshing graduated RFCs, each in a repository of its own: text, branches, pull requests (§2, §4.1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from services.domain.clock import now
from services.domain.errors import GiteaNotFound
from services.domain.events import EntryChanged, SyncChanged
from services.domain.identifiers import CommitSha, PullNumber, Repository, Slug
from services.gitea.client import GiteaClient
from services.gitea.meta_reading import read_head
from services.gitea.pull_reading import read_changed_pulls, read_organisation
from services.gitea.snapshot import ChangedPull, RepositoryAt
from services.store.queries import catalog, events, pulls, sync
from services.store.queries.sync import SyncRow
from services.store.unit_of_work import Store
from services.store.work import Work
from services.usecases.branch_refresh import BranchRefresh
from services.usecases.cached_rows import with_text
from services.usecases.freshness import CLOCKS_APART, Reason, is_due_in_full
from services.usecases.graduated_texts import MISSING, GraduatedText, read_text
from services.usecases.meta_takeover import Changes
from services.usecases.pull_refresh import pulls_known, pulls_left_behind, read_pulls_in_scope
from services.usecases.pull_takeover import (
    PullReading,
    announce_catalog,
    announce_pulls,
    pulls_are_news,
    take_over_pulls,
)
from services.usecases.scope import Scope


@dataclass(frozen=True, slots=True)
class _OwnReading:
    """What was read of an RFC's repository; `text` is None where main had not moved."""

    slugs: tuple[Slug, ...]
    text: GraduatedText | None
    requests: PullReading
    full: bool

    @property
    def repo(self) -> Repository:
        """The repository."""
        return self.requests.repo


class GraduatedRefresh:
    """Reads the repositories that entries of main name as theirs, and no others."""

    def __init__(self, store: Store, gitea: GiteaClient, org: str, branches: BranchRefresh) -> None:
        self._store = store
        self._gitea = gitea
        self._org = org
        self._branches = branches

    async def moved(self) -> Mapping[Repository, Scope]:
        """Which repositories need a look, by two listings of the organisation (none for no graduated RFC)."""
        async with self._store.read() as work:
            named = {Repository(row.repo) for row in await catalog.list_rows(work) if row.repo}
            states = {row.repo: row for row in await sync.list_all(work)}
        if not named:
            return {}
        listed = {found.repo: found for found in await read_organisation(self._gitea, self._org)}
        numbers = await self._changed_pulls(named, states)
        return {
            repo: Scope(numbers=numbers[repo])
            for repo in sorted(named)
            if numbers[repo] or await self._needs_look(listed.get(repo), states.get(repo))
        }

    async def refresh(self, repo: Repository, scope: Scope, reason: Reason) -> Changes:
        """Take over text, branches and pull requests of a repository; what changed. Raises Upstream."""
        async with self._store.read() as work:
            state = await sync.find(work, repo=repo)
            mine = tuple(row.slug for row in await catalog.list_rows(work) if row.repo == repo)
        if not mine:
            return Changes()
        full = scope.full or is_due_in_full(state)
        about = await self._branches.about(repo)
        is_quick = reason is Reason.NUDGE and scope.only_named and not full
        looked_at = () if is_quick else await self._branches.look(about)
        requests = await self._read_pulls(repo, mine[0], scope, full=full)
        is_moved, text = await self._read_text(about, state, full=full)
        changes = await self._write(_OwnReading(mine, text, requests, full), reason)
        if is_moved and text is None:
            raise GiteaNotFound(MISSING)
        return Changes(changes.slugs, changes.numbers, branches=looked_at)

    async def _read_pulls(self, repo: Repository, slug: Slug, scope: Scope, *, full: bool) -> PullReading:
        async with self._store.read() as work:
            known = await pulls_known(work, repo)
            behind = await pulls_left_behind(work, repo)
        wanted = Scope(numbers=scope.numbers | behind, changed_pulls=scope.changed_pulls, full=full)
        found = await read_pulls_in_scope(self._gitea, repo, wanted, known)
        return PullReading(repo=repo, found=found, complete=full, slug=slug)

    async def _read_text(
        self, about: RepositoryAt, state: SyncRow | None, *, full: bool
    ) -> tuple[bool, GraduatedText | None]:
        """Whether the text has to be read, and what it is, if it can be read."""
        head = await read_head(self._gitea, about.repo, branch=about.default_branch)
        if not full and state is not None and state.last_commit_sha == head:
            return False, None
        return True, await read_text(self._gitea, about.repo)

    async def _write(self, reading: _OwnReading, reason: Reason) -> Changes:
        if reading.text is None:
            async with self._store.read() as work:
                if not await pulls_are_news(work, reading.requests):
                    return Changes()
        async with self._store.write() as work:
            changed = await take_over_pulls(work, reading.requests)
            slugs: tuple[Slug, ...] = ()
            if reading.text is not None:
                slugs = await _take_over_text(work, reading, reading.text, reason)
            await announce_catalog(work, {*slugs, *await announce_pulls(work, changed)})
        return Changes(slugs, tuple(row.pr_number for row in changed))

    async def _changed_pulls(
        self, named: set[Repository], states: Mapping[Repository, SyncRow]
    ) -> Mapping[Repository, frozenset[PullNumber]]:
        """Which pull requests of these repositories are not as they are cached, by one search."""
        async with self._store.read() as work:
            newest = await pulls.newest_change(work, repos=named)
            known = {repo: await pulls_known(work, repo) for repo in sorted(named)}
        since = newest or _first_reading(states[repo] for repo in named if repo in states)
        found: defaultdict[Repository, frozenset[PullNumber]] = defaultdict(frozenset)
        if since is None:
            return found
        for hit in await read_changed_pulls(self._gitea, self._org, since=since):
            cached = known.get(hit.repo, {}).get(hit.number)
            if hit.repo in named and _may_differ(hit, None if cached is None else cached.updated_at):
                found[hit.repo] |= {hit.number}
        return found

    async def _needs_look(self, listed: RepositoryAt | None, state: SyncRow | None) -> bool:
        """What is not listed is asked for once an hour: it may be gone, or another organisation's."""
        if is_due_in_full(state) or state is None or state.last_read_at is None:
            return True
        if listed is None:
            return False
        recently = listed.updated_at >= state.last_read_at - CLOCKS_APART
        return await self._branches.has_moved(listed, otherwise=recently)


def _may_differ(hit: ChangedPull, cached: datetime | None) -> bool:
    """Gitea counts in seconds: what changed just now may have changed again within the same one."""
    return cached is None or cached < hit.updated_at or now() - hit.updated_at < CLOCKS_APART


def _first_reading(states: Iterable[SyncRow]) -> datetime | None:
    moments = [state.last_full_read_at for state in states if state.last_full_read_at is not None]
    return min(moments) - CLOCKS_APART if moments else None


async def _take_over_text(
    work: Work, reading: _OwnReading, text: GraduatedText, reason: Reason
) -> tuple[Slug, ...]:
    rows = [with_text(row, text) for row in await catalog.rows_of(work, slugs=reading.slugs)]
    changed = tuple(await catalog.upsert_many(work, rows=rows))
    head = CommitSha(text.head_sha)
    moved = await sync.record_read(work, repo=reading.repo, commit_sha=head, reason=reason, full=reading.full)
    for slug in changed:
        await events.append(work, EntryChanged(slug))
    if moved:
        await events.append(work, SyncChanged(reading.repo))
    return changed
