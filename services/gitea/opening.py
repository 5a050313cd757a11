"""Opening pull requests of the meta repository, as often as it takes and only once (§9.1, §9.6)."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from services.domain.clock import now
from services.domain.entry import Entry, compose_entry
from services.domain.errors import GiteaConflict, GiteaNotFound, GiteaRefused, GiteaUnreachable, Upstream
from services.domain.identifiers import CommitSha, OperationId, PullNumber, Repository
from services.domain.pull import PullKind
from services.domain.slug import entry_path
from services.domain.trailers import Credit, one_line, operation_of, with_trailers
from services.gitea.api.git import FileWrite
from services.gitea.client import GiteaClient
from services.gitea.models import Pull
from services.gitea.outcomes import FoundOperation, NameTaken, OpenedPull
from services.gitea.signing import Signing
from services.gitea.writing import RACE_PAUSE

# An operation that is older has been given up by recovery.
_HORIZON = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Opening(ABC):
    """One pull request on its way to Gitea: a branch with one commit, then the request."""

    client: GiteaClient
    signing: Signing
    repo: Repository
    base: str
    credit: Credit
    branch: str

    made_anew: ClassVar[bool]
    """Whether the commit is made of what main holds, and so can be made again when that has changed meanwhile."""

    @abstractmethod
    async def _write(self) -> CommitSha:
        """Cut the branch with its commit."""

    @abstractmethod
    async def _create(self) -> Pull:
        """Open the request."""

    @property
    @abstractmethod
    def _taken(self) -> str:
        """What it means when Gitea refuses the commit."""

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
                head = await operation_branch(self.client, self.repo, self.branch, self.credit.op_id)
                if head is not None:
                    return head
                if last or not self.made_anew:
                    raise NameTaken(self._taken, detail=error.detail) from None
                await asyncio.sleep(RACE_PAUSE)
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


@dataclass(frozen=True, slots=True)
class IdeaOpening(Opening):
    """One idea on its way to Gitea."""

    made_anew: ClassVar[bool] = False
    entry: Entry
    pitch: str

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

    async def _create(self) -> Pull:
        return await self.client.pulls.create(
            self.repo,
            head=self.branch,
            base=self.base,
            # A title that begins with “WIP:” could never be merged.
            title=f"Idea: {self.entry.title}",
            body=with_trailers(self.pitch, self.credit, RFC_Kind=PullKind.IDEA),
        )

    @property
    def _taken(self) -> str:
        return f"{entry_path(self.entry.slug)} already exists on Gitea."


@dataclass(frozen=True, slots=True)
class EditOpening(Opening):
    """A changed version of an entry's file on its way to Gitea; `rewrite` makes it of what stands on main now."""

    made_anew: ClassVar[bool] = True
    path: str
    kind: PullKind
    title: str
    body: str
    rewrite: Callable[[str], str]
    trailers: Mapping[str, str]

    async def _write(self) -> CommitSha:
        present = await self.client.git.file(self.repo, self.path, ref=self.base)
        if present is None or present.data is None:
            raise GiteaNotFound(f"{self.path} is not on Gitea any more.")
        content = self.rewrite(present.data.decode("utf-8")).encode()
        return await self.client.git.write_files(
            self.repo,
            [FileWrite(self.path, content, present.sha)],
            branch=self.base,
            new_branch=self.branch,
            message=with_trailers(self.title, self.credit, RFC_Kind=self.kind),
            author=self.signing.author(self.credit),
            committer=self.signing.committer,
        )

    async def _create(self) -> Pull:
        body = with_trailers(self.body, self.credit, co_authors=(), RFC_Kind=self.kind, **self.trailers)
        return await self.client.pulls.create(
            self.repo, head=self.branch, base=self.base, title=one_line(self.title), body=body
        )

    @property
    def _taken(self) -> str:
        return f"{self.path} was changed on Gitea at the same moment."


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
        # Nobody else ever uses its name; what counts is why the pull request could not be opened.
        return


def _opened(pull: Pull, head: CommitSha) -> OpenedPull:
    return OpenedPull(PullNumber(pull.number), CommitSha(pull.head.sha) or head)
