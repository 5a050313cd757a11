"""Cutting branches and committing text to them, as often as it takes and only once (§8.3, §8.7, §8.9)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from services.domain.clock import now
from services.domain.errors import GiteaConflict, GiteaNotFound, GiteaRefused, GiteaUnreachable, Upstream
from services.domain.identifiers import CommitSha, OperationId, Repository
from services.domain.trailers import Credit, operation_of
from services.gitea.api.git import FileWrite
from services.gitea.client import GiteaClient
from services.gitea.outcomes import BranchTaken, CommittedText, TextMoved
from services.gitea.signing import Signing
from services.gitea.writing import RACE_PAUSE, blob_sha

# An operation that is older has been given up by recovery.
_HORIZON = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class BranchCutting:
    """One branch on its way to Gitea. It carries no text, so its name alone says that it is the operation's."""

    client: GiteaClient
    repo: Repository
    name: str
    from_sha: CommitSha

    async def run(self) -> CommitSha:
        """Cut it, or find that an earlier try did; its head."""
        for last in (False, True):
            try:
                made = await self.client.git.create_branch(self.repo, self.name, at=self.from_sha)
                return CommitSha(made.commit.id)
            except GiteaConflict as error:
                head = await self._head()
                if head is None:
                    words = f"Another branch's name keeps {self.name} from being used."
                    raise BranchTaken(words, detail=error.detail) from error
                return head
            except (GiteaUnreachable, GiteaRefused, GiteaNotFound):
                raise
            except Upstream as error:
                # 500: another write to the repository won the race, or the answer got lost after the write.
                head = await self._head()
                if head is not None:
                    return head
                if last:
                    raise error from None
                await asyncio.sleep(RACE_PAUSE)
        raise AssertionError("unreachable")

    async def _head(self) -> CommitSha | None:
        found = await self.client.git.branch(self.repo, self.name)
        return None if found is None else CommitSha(found.commit.id)


@dataclass(frozen=True, slots=True)
class TextCommit:
    """One version of a file on its way to a branch; `message` carries its trailers."""

    client: GiteaClient
    signing: Signing
    repo: Repository
    branch: str
    path: str
    content: bytes
    expected_blob: str | None
    message: str
    credit: Credit

    async def run(self, *, again: bool) -> CommittedText:
        """Commit it, or find that an earlier try did."""
        made = await self._made() if again else None
        return made or await self._commit()

    async def _commit(self) -> CommittedText:
        for last in (False, True):
            try:
                return self._committed(await self._write())
            except (GiteaUnreachable, GiteaRefused, GiteaNotFound):
                raise
            except GiteaConflict as error:
                raise await self._moved(error) from error
            except Upstream as error:
                # 500: another write to the repository won the race, or the answer got lost after the write.
                made = await self._made()
                if made is not None:
                    return made
                if last:
                    raise error from None
                await asyncio.sleep(RACE_PAUSE)
        raise AssertionError("unreachable")

    async def _write(self) -> CommitSha:
        return await self.client.git.write_files(
            self.repo,
            [FileWrite(self.path, self.content, self.expected_blob)],
            branch=self.branch,
            message=self.message,
            author=self.signing.author(self.credit),
            committer=self.signing.committer,
        )

    async def _moved(self, error: GiteaConflict) -> GiteaConflict:
        """What 422 means here, if the file is another one by now; else what Gitea said (archived, protected)."""
        found = await self.client.git.file(self.repo, self.path, ref=self.branch)
        if (found.sha if found else None) == self.expected_blob:
            return error
        words = f"The text on {self.branch} has changed in the meantime."
        return TextMoved(words, answered=error.answered, detail=error.detail)

    async def _made(self) -> CommittedText | None:
        found = await self.client.git.branch(self.repo, self.branch)
        if found is None:
            return None
        made = await find_commit(self.client, self.repo, CommitSha(found.commit.id), self.credit.op_id)
        return None if made is None else self._committed(made)

    def _committed(self, sha: CommitSha) -> CommittedText:
        return CommittedText(sha, blob_sha(self.content, like=sha))


async def find_commit(
    client: GiteaClient, repo: Repository, head: CommitSha, op_id: OperationId
) -> CommitSha | None:
    """The commit below `head` that carries the operation's marker, if it made one in the last days."""
    horizon = now() - _HORIZON
    async for page in client.git.commits(repo, head=head):
        for commit in page:
            if operation_of(commit.commit.message) == op_id:
                return CommitSha(commit.sha)
        if page and page[-1].commit.committer.date < horizon:
            return None
    return None
