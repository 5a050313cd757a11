"""A pull request that changes one file which is there, opened as often as it takes and only once (§13.3)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from services.domain.errors import GiteaConflict, GiteaNotFound, GiteaRefused, GiteaUnreachable, Upstream
from services.domain.identifiers import CommitSha, PullNumber, Repository
from services.domain.pull import PullKind
from services.domain.trailers import Credit, with_trailers
from services.gitea.api.git import FileWrite
from services.gitea.client import GiteaClient
from services.gitea.models import Pull
from services.gitea.opening import operation_branch, operation_pull
from services.gitea.outcomes import OpenedPull, PullMergedAlready, TextMoved
from services.gitea.signing import Signing
from services.gitea.writing import RACE_PAUSE


@dataclass(frozen=True, slots=True, kw_only=True)
class PullText:
    """What a pull request says of itself; `title` is its commit's too."""

    title: str
    body: str
    kind: PullKind


@dataclass(frozen=True, slots=True)
class EntryPull:
    """One such pull request, on its way to Gitea or back; `branch` is a name made for this operation only."""

    client: GiteaClient
    signing: Signing
    repo: Repository
    branch: str
    credit: Credit

    async def open(self, file: FileWrite, text: PullText, *, base: str) -> OpenedPull:
        """Cut the branch with the changed file and open it, or find what of that is done.

        Raises TextMoved where `file.sha` is not what the base holds.
        """
        found = await operation_pull(self.client, self.repo, self.credit.op_id)
        if found is not None:
            return found
        head = await operation_branch(self.client, self.repo, self.branch, self.credit.op_id)
        return await self._open(head or await self._cut(file, text, base), text, base)

    async def drop(self, *, number: PullNumber | None) -> None:
        """Close it if it is there and open, and delete its branch; raises PullMergedAlready."""
        if number is None:
            found = await operation_pull(self.client, self.repo, self.credit.op_id)
            number = None if found is None else found.number
        if number is not None:
            pull = await self.client.pulls.get(self.repo, number)
            if pull.merged:
                raise PullMergedAlready("It has been merged in the meantime.")
            if pull.state == "open":
                await self.client.pulls.close(self.repo, number)
        await self.client.git.delete_branch(self.repo, self.branch)

    async def _cut(self, file: FileWrite, text: PullText, base: str) -> CommitSha:
        for last in (False, True):
            try:
                return await self._write(file, text, base)
            except (GiteaUnreachable, GiteaRefused, GiteaNotFound):
                raise
            except Upstream as error:
                # 422: the file is another one by now, or the branch is there. 500: a race, or a lost answer.
                head = await operation_branch(self.client, self.repo, self.branch, self.credit.op_id)
                if head is not None:
                    return head
                if isinstance(error, GiteaConflict):
                    raise await self._moved(file, base, error) from error
                if last:
                    raise
                await asyncio.sleep(RACE_PAUSE)
        raise AssertionError("unreachable")

    async def _write(self, file: FileWrite, text: PullText, base: str) -> CommitSha:
        return await self.client.git.write_files(
            self.repo,
            [file],
            branch=base,
            new_branch=self.branch,
            message=with_trailers(text.title, self.credit, RFC_Kind=text.kind),
            author=self.signing.author(self.credit),
            committer=self.signing.committer,
        )

    async def _moved(self, file: FileWrite, base: str, error: GiteaConflict) -> GiteaConflict:
        found = await self.client.git.file(self.repo, file.path, ref=base)
        if (found.sha if found else None) == file.sha:
            return error
        return TextMoved("The entry has been changed on Gitea in the meantime.", detail=error.detail)

    async def _open(self, head: CommitSha, text: PullText, base: str) -> OpenedPull:
        for last in (False, True):
            try:
                return _opened(await self._create(text, base), head)
            except (GiteaUnreachable, GiteaRefused):
                raise
            except Upstream as error:
                # 409: it is there. 404: the branch is not known yet. 500: “cannot lock ref”, seen once in a while.
                found = await operation_pull(self.client, self.repo, self.credit.op_id)
                if found is not None:
                    return found
                if last or isinstance(error, GiteaConflict):
                    raise
                await asyncio.sleep(RACE_PAUSE)
        raise AssertionError("unreachable")

    async def _create(self, text: PullText, base: str) -> Pull:
        return await self.client.pulls.create(
            self.repo,
            head=self.branch,
            base=base,
            title=text.title,
            body=with_trailers(text.body, self.credit, RFC_Kind=text.kind),
        )


def _opened(pull: Pull, head: CommitSha) -> OpenedPull:
    return OpenedPull(PullNumber(pull.number), CommitSha(pull.head.sha) or head)
