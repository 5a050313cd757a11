"""Merging a pull request although Gitea says “try again later” to everything (§10.5)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from services.domain.errors import GiteaConflict, GiteaNotFound, GiteaRefused, GiteaUnreachable, Upstream
from services.domain.identifiers import CommitSha, PullNumber, Repository
from services.domain.merge import conflict_by_line
from services.domain.trailers import Credit, one_line, operation_of, with_trailers
from services.gitea.client import GiteaClient
from services.gitea.models import Pull, TreeEntry
from services.gitea.outcomes import (
    MergedPull,
    MergeRefused,
    PullClosed,
    PullConflicts,
    PullMergedAlready,
    PullMoved,
    StillChecking,
)

_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0
_MAX_REFUSALS = 6
_PROOF_AFTER = 1.5


@dataclass(frozen=True, slots=True)
class Merging:
    """One merge under way; `lock` is the repository's and is held only while Gitea merges."""

    client: GiteaClient
    lock: asyncio.Lock
    repo: Repository
    number: PullNumber
    head: CommitSha
    credit: Credit
    title: str
    patience: float

    async def run(self) -> MergedPull:
        """Merge it, or find that this operation did; waits while Gitea is still checking.

        Raises PullMoved, PullClosed, PullMergedAlready, PullConflicts, MergeRefused: nothing was merged.
        Raises StillChecking after `patience` seconds; GiteaUnreachable where nobody knows.
        """
        began = _time()
        refusals: list[Upstream] = []
        looked_for_proof = False
        for pause in _pauses():
            pull = await self.client.pulls.get(self.repo, self.number)
            waited = _time() - began
            if pull.merged:
                return await self._merged_before(pull)
            self._check_open(pull)
            if pull.mergeable or waited >= self.patience:
                refusal = await self._try()
                if refusal is None:
                    return await self._result()
                refusals.append(refusal)
            if waited >= self.patience or len(refusals) >= _MAX_REFUSALS:
                break
            if not pull.mergeable and waited >= min(_PROOF_AFTER, self.patience) and not looked_for_proof:
                looked_for_proof = True
                await self._refuse_proven_conflict(pull)
            await asyncio.sleep(pause)
        return await self._give_up(refusals)

    def _check_open(self, pull: Pull) -> None:
        if pull.state != "open":
            raise PullClosed("It has been closed in the meantime.")
        if pull.head.sha != self.head:
            raise PullMoved("It has changed since you looked at it.")

    async def _try(self) -> Upstream | None:
        """Ask for the merge; the refusal, whose meaning only another look tells."""
        message = with_trailers(f"Merged by {one_line(self.credit.display_name)}.", self.credit)
        try:
            async with self.lock:
                await self.client.pulls.merge(
                    self.repo, self.number, head=self.head, title=one_line(self.title), message=message
                )
        except (GiteaUnreachable, GiteaRefused):
            raise
        except Upstream as error:
            return error
        return None

    async def _result(self) -> MergedPull:
        for pause in _pauses():
            pull = await self.client.pulls.get(self.repo, self.number)
            if pull.merged and pull.merge_commit_sha:
                return MergedPull(CommitSha(pull.merge_commit_sha))
            if pause >= _LONGEST_PAUSE:
                break
            await asyncio.sleep(pause)
        # 201: Gitea put the merge off; it is not done, and asking again is right.
        raise StillChecking("Gitea has not merged it yet.")

    async def _merged_before(self, pull: Pull) -> MergedPull:
        sha = CommitSha(pull.merge_commit_sha or "")
        if sha and await self._is_mine(sha):
            return MergedPull(sha)
        raise PullMergedAlready("It has been merged in the meantime.")

    async def _is_mine(self, sha: CommitSha) -> bool:
        try:
            commit = await self.client.git.commit(self.repo, sha)
        except GiteaNotFound:
            return False
        return operation_of(commit.commit.message) == self.credit.op_id

    async def _give_up(self, refusals: list[Upstream]) -> MergedPull:
        pull = await self.client.pulls.get(self.repo, self.number)
        if pull.merged:
            return await self._merged_before(pull)
        self._check_open(pull)
        if not pull.mergeable:
            await self._refuse_proven_conflict(pull)
        last = refusals[-1] if refusals else None
        if last is None or (isinstance(last, GiteaConflict) and not pull.mergeable):
            raise StillChecking("Gitea is still checking whether this can be merged.")
        if isinstance(last, GiteaConflict | GiteaNotFound):
            raise MergeRefused("Gitea refuses to merge this.", answered=last.answered, detail=last.detail)
        raise last

    async def _refuse_proven_conflict(self, pull: Pull) -> None:
        certain, possible = await changed_on_both_sides(self.client, self.repo, pull)
        proven = [path for path in possible if await self._is_in_conflict(pull, path)]
        paths = (*certain, *proven)
        if paths:
            raise PullConflicts(paths)

    async def _is_in_conflict(self, pull: Pull, path: str) -> bool:
        """Whether both sides' versions of a file can't be merged line by line, as Git would."""
        shas = (pull.merge_base, pull.head.sha, pull.base.sha)
        found = [await self.client.git.file(self.repo, path, ref=sha) for sha in shas]
        contents = [file.data if file is not None else None for file in found]
        if any(data is None or b"\0" in data for data in contents):
            return True
        texts = [(data or b"").decode("utf-8", "surrogateescape") for data in contents]
        return await asyncio.to_thread(conflict_by_line, *texts)


async def changed_on_both_sides(
    client: GiteaClient, repo: Repository, pull: Pull
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Files that base and head changed differently since they parted: surely in conflict, and possibly.

    Two contents for a file that was not there, or a change of what the other side removed, can't be merged.
    """
    if not pull.merge_base:
        return (), ()
    before, base, head = [
        await _blobs(client, repo, CommitSha(sha)) for sha in (pull.merge_base, pull.base.sha, pull.head.sha)
    ]
    both = [
        path
        for path in sorted(base.keys() | head.keys() | before.keys())
        if _differs(path, before, base, head)
    ]
    possible = tuple(path for path in both if path in before and path in base and path in head)
    certain = tuple(
        path
        for path in both
        if path not in possible and not _may_be_renamed(path, before, head if path in base else base)
    )
    return certain, possible


def _may_be_renamed(path: str, before: dict[str, str], side: dict[str, str]) -> bool:
    """Whether what one side removed may stand there under another name, which Git follows."""
    return path in before and path not in side and bool(side.keys() - before.keys())


def _differs(path: str, *sides: dict[str, str]) -> bool:
    return len({side.get(path) for side in sides}) == len(sides)


async def _blobs(client: GiteaClient, repo: Repository, commit: CommitSha) -> dict[str, str]:
    entries: list[TreeEntry] = await client.git.tree(repo, commit)
    return {entry.path: entry.sha for entry in entries if entry.type == "blob"}


def _pauses() -> Iterator[float]:
    pause = _FIRST_PAUSE
    while True:
        yield pause
        pause = min(pause * 2, _LONGEST_PAUSE)


def _time() -> float:
    return asyncio.get_running_loop().time()
