"""Founding a repository for one operation, and taking back exactly what it founded (§13.3, §13.5).

A repository without commits says in its description which operation made it; one with commits says so in them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from services.domain.errors import GiteaConflict, GiteaNotFound, GiteaRefused, GiteaUnreachable, Upstream
from services.domain.identifiers import CommitSha, Repository
from services.domain.trailers import OPERATION, Credit, operation_of, with_trailers
from services.gitea.api.git import FileWrite
from services.gitea.branch_writing import find_commit
from services.gitea.client import GiteaClient
from services.gitea.models import RepositoryInfo
from services.gitea.outcomes import NotFoundedHere, RepositoryTaken
from services.gitea.signing import Signing
from services.gitea.writing import RACE_PAUSE

MAIN_BRANCH = "main"


@dataclass(frozen=True, slots=True)
class Founding:
    """One repository on its way to Gitea, or back."""

    client: GiteaClient
    signing: Signing
    repo: Repository
    credit: Credit

    async def create(self, *, private: bool) -> None:
        """Create it without commits, or find that this operation did; raises RepositoryTaken."""
        for last in (False, True):
            try:
                await self._make(private=private)
                break
            except (GiteaUnreachable, GiteaRefused, GiteaNotFound):
                raise
            except Upstream as error:
                # 409: it is there. 500: the answer got lost after it was made, or it was not made.
                found = await self.client.repositories.get(self.repo)
                if found is not None and await self._is_mine(found):
                    break
                if isinstance(error, GiteaConflict):
                    raise self._taken(error, found) from error
                if last:
                    raise
                await asyncio.sleep(RACE_PAUSE)

    async def seed(self, files: Mapping[str, bytes], *, message: str, description: str) -> CommitSha:
        """Make its first commit, or find it; it then is described as everybody shall read it."""
        commit = await self._first_commit() or await self._write(files, message)
        await self.client.repositories.describe(self.repo, description)
        return commit

    async def remove(self, *, founded: bool) -> bool:
        """Delete it if all of it is this operation's; whether it was there.

        Somebody else's is left alone; raises NotFoundedHere where this operation had `founded` it, and somebody has
        put something into it since.
        """
        found = await self.client.repositories.get(self.repo)
        if found is None:
            return False
        if await self._is_mine(found):
            await self.client.repositories.delete(self.repo)
            return True
        if founded:
            raise NotFoundedHere(
                f"{self.repo} holds commits that this graduation did not make, so it is not deleted.",
                hint="Delete or rename it on Gitea, then press “Undo” again.",
            )
        return False

    @property
    def _marker(self) -> str:
        return f"{OPERATION}: {self.credit.op_id}"

    async def _make(self, *, private: bool) -> None:
        await self.client.repositories.create(
            self.repo, description=self._marker, private=private, first_commit=False
        )

    def _taken(self, error: GiteaConflict, found: RepositoryInfo | None) -> RepositoryTaken:
        if found is None:
            return RepositoryTaken(f"Gitea does not take {self.repo} for a name.", detail=error.detail)
        return RepositoryTaken(f"There is a repository {self.repo} already.", detail=error.detail)

    async def _is_mine(self, found: RepositoryInfo) -> bool:
        heads = await self.client.git.branches(self.repo)
        if not heads:
            return operation_of(found.description) == self.credit.op_id
        for head in heads:
            async for page in self.client.git.commits(self.repo, head=CommitSha(head.commit.id)):
                if any(operation_of(commit.commit.message) != self.credit.op_id for commit in page):
                    return False
        return True

    async def _first_commit(self) -> CommitSha | None:
        found = await self.client.git.branch(self.repo, MAIN_BRANCH)
        if found is None:
            return None
        head = CommitSha(found.commit.id)
        made = await find_commit(self.client, self.repo, head, self.credit.op_id)
        if made is None:
            raise RepositoryTaken(f"Somebody else has begun to write in {self.repo}.")
        return made

    async def _write(self, files: Mapping[str, bytes], message: str) -> CommitSha:
        for last in (False, True):
            try:
                return await self._commit(files, message)
            except (GiteaUnreachable, GiteaRefused, GiteaNotFound):
                raise
            except Upstream:
                made = await self._first_commit()
                if made is not None:
                    return made
                if last:
                    raise
                await asyncio.sleep(RACE_PAUSE)
        raise AssertionError("unreachable")

    async def _commit(self, files: Mapping[str, bytes], message: str) -> CommitSha:
        return await self.client.git.write_files(
            self.repo,
            [FileWrite(path, content) for path, content in files.items()],
            branch=MAIN_BRANCH,
            message=with_trailers(message, self.credit),
            author=self.signing.author(self.credit),
            committer=self.signing.committer,
        )
