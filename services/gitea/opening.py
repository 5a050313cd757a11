"""Opening an idea's pull request, as often as it takes and only once (§9.1)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from services.domain.clock import now
from services.domain.entry import Entry, compose_entry
from services.domain.errors import GiteaConflict, GiteaNotFound, GiteaRefused, GiteaUnreachable, Upstream
from services.domain.identifiers import CommitSha, OperationId, PullNumber, Repository
from services.domain.pull import PullKind
from services.domain.slug import entry_path
from services.domain.trailers import Credit, operation_of, with_trailers
from services.gitea.api.git import FileWrite
from services.gitea.client import GiteaClient
from services.gitea.models import Pull
from services.gitea.outcomes import FoundOperation, NameTaken, OpenedPull
from services.gitea.signing import Signing
from services.gitea.writing import RACE_PAUSE

# An operation that is older has been given up by recovery.
_HORIZON = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class IdeaOpening:
    """One idea on its way to Gitea."""

    client: GiteaClient
    signing: Signing
    repo: Repository
    base: str
    credit: Credit
    entry: Entry
    pitch: str
    branch: str

    async def run(self, found: FoundOperation) -> OpenedPull:
        """Do what of it is not done yet: cut the branch with the entry, then open the pull request."""
        if found.pull is not None:
            return found.pull
        head = found.branch_head or await self._cut_branch()
        try:
            return await self._open(head)
        except (GiteaConflict, GiteaNotFound):
            # It will not be opened any more, so nothing of it should stay.
            await _delete_quietly(self.client, self.repo, self.branch)
            raise

    async def _cut_branch(self) -> CommitSha:
        for last in (False, True):
            try:
                return await self._write()
            except GiteaConflict as error:
                return await self._mine_or(NameTaken(_taken(self.entry), detail=error.detail))
            except (GiteaUnreachable, GiteaRefused, GiteaNotFound):
                raise
            except Upstream as error:
                # 500: another write to the repository won the race, or the answer got lost after the write.
                head = await operation_branch(self.client, self.repo, self.branch, self.credit.op_id)
                if head is not None:
                    return head
                if last:
                    raise error from None
                await asyncio.sleep(RACE_PAUSE)
        raise AssertionError("unreachable")

    async def _write(self) -> CommitSha:
        entry = self.entry
        return await self.client.git.write_files(
            self.repo,
            [FileWrite(entry_path(entry.slug), compose_entry(entry).encode())],
            branch=self.base,
            new_branch=self.branch,
            message=with_trailers(f"Propose {entry.title}", self.credit, RFC_Kind=PullKind.IDEA),
            author=self.signing.author(self.credit),
            committer=self.signing.committer,
        )

    async def _mine_or(self, error: GiteaConflict) -> CommitSha:
        head = await operation_branch(self.client, self.repo, self.branch, self.credit.op_id)
        if head is None:
            raise error
        return head

    async def _open(self, head: CommitSha) -> OpenedPull:
        for last in (False, True):
            try:
                return _opened(await self._create(), head)
            except (GiteaUnreachable, GiteaRefused):
                raise
            except Upstream as error:
                # 409: it is there. 404: the branch is not known yet. 500: "cannot lock ref", seen once a while.
                found = await operation_pull(self.client, self.repo, self.credit.op_id)
                if found is not None:
                    return found
                if last or isinstance(error, GiteaConflict):
                    raise
                await asyncio.sleep(RACE_PAUSE)
        raise AssertionError("unreachable")

    async def _create(self) -> Pull:
        return await self.client.pulls.create(
            self.repo,
            head=self.branch,
            base=self.base,
            # A title that begins with “WIP:” could never be merged.
            title=f"Idea: {self.entry.title}",
            body=with_trailers(self.pitch, self.credit, RFC_Kind=PullKind.IDEA),
        )


async def find_operation(
    client: GiteaClient, repo: Repository, op_id: OperationId, branch: str | None
) -> FoundOperation:
    """What Gitea shows of an operation of the last days."""
    pull = await operation_pull(client, repo, op_id)
    head = None if branch is None else await operation_branch(client, repo, branch, op_id)
    return FoundOperation(pull, head)


async def operation_pull(client: GiteaClient, repo: Repository, op_id: OperationId) -> OpenedPull | None:
    """The pull request whose body carries the operation's marker, whatever became of it."""
    horizon = now() - _HORIZON
    async for page in client.pulls.newest_first(repo):
        for pull in page:
            if operation_of(pull.body) == op_id:
                return _opened(pull, CommitSha(""))
        if page and page[-1].created_at < horizon:
            return None
    return None


async def operation_branch(
    client: GiteaClient, repo: Repository, branch: str, op_id: OperationId
) -> CommitSha | None:
    """The head of the branch the operation cut, None if there is no such branch.

    Raises NameTaken if a branch of that name belongs to somebody else.
    """
    found = await client.git.branch(repo, branch)
    if found is None:
        return None
    head = CommitSha(found.commit.id)
    async for page in client.git.commits(repo, head=head):
        if any(operation_of(commit.commit.message) == op_id for commit in page):
            return head
        break
    raise NameTaken(f"The branch {branch} already exists on Gitea.")


async def _delete_quietly(client: GiteaClient, repo: Repository, branch: str) -> None:
    try:
        await client.git.delete_branch(repo, branch)
    except Upstream:
        # Hygiene finds it later; what counts is why the pull request could not be opened.
        return


def _opened(pull: Pull, head: CommitSha) -> OpenedPull:
    return OpenedPull(PullNumber(pull.number), CommitSha(pull.head.sha) or head)


def _taken(entry: Entry) -> str:
    return f"{entry_path(entry.slug)} already exists on Gitea."
