"""Refreshing branches: of the meta repository those that edit super-drafts, of an RFC's own repository all (§4.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.domain.branch import META_PREFIXES, BranchKey, slug_of_edit_branch
from services.domain.clock import now
from services.domain.identifiers import Repository
from services.gitea.branch_reading import BranchHead, read_branch, read_branches, read_repository
from services.gitea.client import GiteaClient
from services.gitea.snapshot import RepositoryAt
from services.store.queries import branch_settings, branches, catalog
from services.store.queries.branches import BranchRow
from services.store.unit_of_work import Store
from services.store.work import Work
from services.usecases.branch_takeover import (
    BranchReading,
    SlugOf,
    heads_of,
    settle_branches,
    take_over_branches,
)
from services.usecases.freshness import CLOCKS_APART


@dataclass(frozen=True, slots=True)
class _Look:
    """What a repository was like when its branches were last read: nothing has moved while it still is."""

    updated_at: datetime
    rows: int


class BranchRefresh:
    """Keeps `cached_branches` true. Its caller sees to it that one reading goes on at a time."""

    def __init__(self, store: Store, gitea: GiteaClient, meta: Repository) -> None:
        self._store = store
        self._gitea = gitea
        self._meta = meta
        self._looks: dict[Repository, _Look] = {}
        self._private: dict[Repository, bool] = {}

    def readable_on_gitea(self, repo: Repository) -> bool:
        """Whether people may read the repository on Gitea itself, as far as is known (§11)."""
        return not self._private.get(repo, False)

    async def has_moved(self, about: RepositoryAt, *, otherwise: bool) -> bool:
        """Whether branches may have moved since they were read; `otherwise` where this process never read them."""
        self._private[about.repo] = about.private
        async with self._store.read() as work:
            cached = await branches.list_for_repository(work, repo=about.repo)
            settings = await branch_settings.list_for_repository(work, repo=about.repo)
        if {row.branch_name for row in settings} - {row.name for row in cached}:
            return True
        look = self._looks.get(about.repo)
        return otherwise if look is None else look != _Look(about.updated_at, len(cached))

    async def look(self, about: RepositoryAt) -> tuple[BranchRow, ...]:
        """Read all branches of a repository; those whose row changed. Raises Upstream."""
        begun_at = now()
        async with self._store.read() as work:
            slug_of = await self._slugs(work, about.repo)
            known = heads_of(await branches.list_for_repository(work, repo=about.repo))
        is_meta = self._is_meta(about.repo)
        heads = await read_branches(
            self._gitea,
            about.repo,
            wanted=lambda name: (
                name != about.default_branch and (not is_meta or name.startswith(META_PREFIXES))
            ),
            known=known,
        )
        changed = await self._write(BranchReading(repo=about.repo, heads=heads, begun_at=begun_at), slug_of)
        await self._remember(about)
        return changed

    async def look_at(self, key: BranchKey) -> tuple[BranchRow, ...]:
        """Read one branch, right after the bot wrote to it. Raises Upstream."""
        begun_at = now()
        async with self._store.read() as work:
            slug_of = await self._slugs(work, key.repo)
            cached = await branches.find(work, key=key)
        known = heads_of([cached] if cached else [])
        head = await read_branch(self._gitea, key.repo, key.name, known=known.get(key.name))
        heads = {key.name: head} if head else {}
        names = frozenset({key.name})
        reading = BranchReading(repo=key.repo, heads=heads, begun_at=begun_at, names=names)
        return await self._write(reading, slug_of)

    async def settle(self, key: BranchKey | None = None) -> tuple[BranchRow, ...]:
        """Derive rows anew without asking Gitea: of one branch whose settings changed, or of all."""
        if key is not None:
            async with self._store.write() as work:
                return await settle_branches(work, key.repo, key.name)
        changed: list[BranchRow] = []
        for repo in await self._unsettled():
            async with self._store.write() as work:
                changed += await settle_branches(work, repo)
        return tuple(changed)

    async def about(self, repo: Repository) -> RepositoryAt:
        """What Gitea says of a repository; raises GiteaNotFound."""
        return await read_repository(self._gitea, repo)

    async def _write(self, reading: BranchReading, slug_of: SlugOf) -> tuple[BranchRow, ...]:
        if not await self._is_news(reading):
            return ()
        async with self._store.write() as work:
            return await take_over_branches(work, reading, slug_of)

    async def _is_news(self, reading: BranchReading) -> bool:
        """Whether there is anything to write down, found out without holding up writers."""
        async with self._store.read() as work:
            rows = await branches.list_for_repository(work, repo=reading.repo)
            settings = await branch_settings.list_for_repository(work, repo=reading.repo)
        known: Mapping[str, BranchHead] = heads_of(rows)
        if reading.names is not None:
            known = {name: head for name, head in known.items() if name in reading.names}
        unknown = {row.branch_name for row in settings} - {row.name for row in rows}
        return known != reading.heads or bool(unknown)

    async def _unsettled(self) -> list[Repository]:
        """The repositories with a branch whose row is not what its settings say."""
        async with self._store.read() as work:
            return await branches.repositories_unsettled(work)

    async def _remember(self, about: RepositoryAt) -> None:
        if now() - about.updated_at < CLOCKS_APART:
            # Gitea may not have noted yet what came since.
            self._looks.pop(about.repo, None)
            return
        async with self._store.read() as work:
            rows = len(await branches.list_for_repository(work, repo=about.repo))
        self._looks[about.repo] = _Look(about.updated_at, rows)

    async def _slugs(self, work: Work, repo: Repository) -> SlugOf:
        if self._is_meta(repo):
            return slug_of_edit_branch
        owner = next((row.slug for row in await catalog.list_rows(work) if row.repo == repo), None)
        return lambda _: owner

    def _is_meta(self, repo: Repository) -> bool:
        return repo.lower() == self._meta.lower()
