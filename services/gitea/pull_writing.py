"""Opening, editing and reopening a branch's pull request, as often as it takes and only once (§10)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from services.domain.errors import GiteaConflict, GiteaRefused, GiteaUnreachable, Upstream
from services.domain.identifiers import CommitSha, PullNumber, Repository
from services.domain.trailers import Credit, with_words, without_trailers
from services.gitea.client import GiteaClient
from services.gitea.models import Pull
from services.gitea.opening import operation_pull
from services.gitea.outcomes import BranchGone, OpenedPull, PullMergedAlready, PullThere, WordsMoved
from services.gitea.writing import RACE_PAUSE


@dataclass(frozen=True, slots=True)
class PullOpening:
    """One branch's pull request on its way to Gitea; `body` carries its trailers."""

    client: GiteaClient
    repo: Repository
    branch: str
    base: str
    title: str
    body: str
    credit: Credit

    async def run(self, *, again: bool) -> OpenedPull:
        """Open it, or find that an earlier try did. Raises PullThere, BranchGone."""
        made = await operation_pull(self.client, self.repo, self.credit.op_id) if again else None
        return made or await self._open()

    async def _open(self) -> OpenedPull:
        for last in (False, True):
            try:
                made = await self.client.pulls.create(
                    self.repo, head=self.branch, base=self.base, title=self.title, body=self.body
                )
                return OpenedPull(PullNumber(made.number), CommitSha(made.head.sha))
            except (GiteaUnreachable, GiteaRefused):
                raise
            except Upstream as error:
                # 409: there is one. 404: no branch, or Gitea doesn't know it yet. 500: “cannot lock ref”, once a while.
                found = await operation_pull(self.client, self.repo, self.credit.op_id)
                if found is not None:
                    return found
                if last or isinstance(error, GiteaConflict):
                    raise await self._explained(error) from error
                await asyncio.sleep(RACE_PAUSE)
        raise AssertionError("unreachable")

    async def _explained(self, error: Upstream) -> Upstream:
        other = await open_pull_of(self.client, self.repo, self.branch)
        if other is not None:
            return PullThere(f"This branch has a pull request already, #{other.number}.", detail=error.detail)
        if await self.client.git.branch(self.repo, self.branch) is None:
            return BranchGone(f"The branch {self.branch} is not on Gitea any more.", detail=error.detail)
        return error


async def open_pull_of(client: GiteaClient, repo: Repository, branch: str) -> Pull | None:
    """The open pull request of a branch."""
    async for page in client.pulls.newest_first(repo):
        for pull in page:
            if pull.state == "open" and pull.head.ref == branch:
                return pull
    return None


async def edit_pull(
    client: GiteaClient,
    repo: Repository,
    number: PullNumber,
    *,
    title: str | None,
    words: str | None,
    before: Mapping[str, str],
) -> None:
    """Give a pull request another title or other words; the trailers of its body stay as they are.

    Raises WordsMoved where one of them is neither as `before` (`title`, `description`) nor as wanted any more.
    """
    pull = await client.pulls.get(repo, number)
    present = {"title": pull.title, "description": without_trailers(pull.body)}
    for name, wanted in (("title", title), ("description", words)):
        if wanted is not None and present[name] not in (wanted, before.get(name, present[name])):
            raise WordsMoved(f"Its {name} has been changed in the meantime.")
    body = None if words is None else with_words(pull.body, words)
    await client.pulls.edit(repo, number, title=title, body=body)


async def reopen_pull(client: GiteaClient, repo: Repository, number: PullNumber, branch: str) -> None:
    """Open a closed pull request again. Raises PullMergedAlready, BranchGone, PullThere."""
    pull = await client.pulls.get(repo, number)
    if pull.merged:
        raise PullMergedAlready("It has been merged in the meantime.")
    if pull.state == "open":
        return
    if await client.git.branch(repo, branch) is None:
        raise BranchGone(f"The branch {branch} is not on Gitea any more.")
    other = await open_pull_of(client, repo, branch)
    if other is not None:
        raise PullThere(f"Its branch has another pull request open, #{other.number}.")
    await client.pulls.reopen(repo, number)
