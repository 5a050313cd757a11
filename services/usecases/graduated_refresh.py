"""Refreshing the texts of graduated RFCs, each in a repository of its own (§2, §4.1)."""

from __future__ import annotations

from services.domain.errors import GiteaNotFound
from services.domain.events import CatalogChanged, EntryChanged, SyncChanged
from services.domain.identifiers import CommitSha, Repository, Slug
from services.gitea.client import GiteaClient
from services.gitea.meta_reading import read_head
from services.gitea.pull_reading import read_organisation
from services.gitea.snapshot import RepositoryAt
from services.store.queries import catalog, events, sync
from services.store.queries.catalog import RfcRow
from services.store.queries.sync import SyncRow
from services.store.unit_of_work import Store
from services.usecases.branch_refresh import CLOCKS_APART, BranchRefresh
from services.usecases.cached_rows import with_text
from services.usecases.freshness import Reason, is_due_in_full
from services.usecases.graduated_texts import MISSING, GraduatedText, read_text


class GraduatedRefresh:
    """Reads the repositories that entries of main name as theirs, and no others."""

    def __init__(self, store: Store, gitea: GiteaClient, org: str, branches: BranchRefresh) -> None:
        self._store = store
        self._gitea = gitea
        self._org = org
        self._branches = branches

    async def moved(self) -> list[Repository]:
        """Which repositories need a look, by one listing of the organisation (none for no graduated RFC)."""
        async with self._store.read() as work:
            named = {Repository(row.repo) for row in await catalog.list_rows(work) if row.repo}
            states = {row.repo: row for row in await sync.list_all(work)}
        if not named:
            return []
        listed = {found.repo: found for found in await read_organisation(self._gitea, self._org)}
        return [repo for repo in sorted(named) if await self._needs_look(listed.get(repo), states.get(repo))]

    async def refresh(self, repo: Repository, reason: Reason) -> tuple[Slug, ...]:
        """Take over text and branches of a repository; the slugs whose text changed. Raises Upstream."""
        async with self._store.read() as work:
            state = await sync.find(work, repo=repo)
            mine = [row.slug for row in await catalog.list_rows(work) if row.repo == repo]
        if not mine:
            return ()
        about = await self._branches.about(repo)
        await self._branches.look(about)
        full = is_due_in_full(state)
        if not full and state is not None and state.last_commit_sha == await self._head(about):
            return ()
        text = await read_text(self._gitea, repo)
        if text is None:
            raise GiteaNotFound(MISSING)
        return await self._write(repo, mine, text, reason, full=full)

    async def _head(self, about: RepositoryAt) -> CommitSha | None:
        return await read_head(self._gitea, about.repo, branch=about.default_branch)

    async def _write(
        self, repo: Repository, slugs: list[Slug], text: GraduatedText, reason: Reason, *, full: bool
    ) -> tuple[Slug, ...]:
        async with self._store.write() as work:
            rows: list[RfcRow] = [with_text(row, text) for row in await catalog.rows_of(work, slugs=slugs)]
            changed = tuple(await catalog.upsert_many(work, rows=rows))
            head = CommitSha(text.head_sha)
            moved = await sync.record_read(work, repo=repo, commit_sha=head, reason=reason, full=full)
            for slug in changed:
                await events.append(work, EntryChanged(slug))
            if changed:
                await events.append(work, CatalogChanged(changed))
            if moved:
                await events.append(work, SyncChanged(repo))
        return changed

    async def _needs_look(self, listed: RepositoryAt | None, state: SyncRow | None) -> bool:
        """What is not listed is asked for once an hour: it may be gone, or another organisation's."""
        if is_due_in_full(state) or state is None or state.last_read_at is None:
            return True
        if listed is None:
            return False
        recently = listed.updated_at >= state.last_read_at - CLOCKS_APART
        return await self._branches.has_moved(listed, otherwise=recently)
