"""Writing several files at once: seeding and importing (§17)."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from services.domain.errors import GiteaConflict, GiteaRefused, GiteaUnreachable, Upstream
from services.domain.identifiers import CommitSha, Repository
from services.domain.trailers import Credit, with_trailers
from services.gitea.api.git import FileWrite
from services.gitea.client import GiteaClient
from services.gitea.signing import Signing

RACE_PAUSE = 0.25
"""Seconds that another write gets to be done with."""
MAX_FILES_PER_COMMIT = 200
MAX_BYTES_PER_COMMIT = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class FileWriting:
    """A set of files that a branch shall hold."""

    client: GiteaClient
    signing: Signing
    repo: Repository
    branch: str
    credit: Credit
    message: str

    async def run(self, files: Mapping[str, bytes]) -> CommitSha | None:
        """Write what differs, in as few commits as Gitea takes; the last commit, None if all was there."""
        commit = None
        present = await present_blobs(self.client, self.repo, self.branch)
        for batch in _batches(_needed(files, present)):
            commit = await self._write(batch, present)
        return commit

    async def _write(self, batch: Mapping[str, bytes], present: Mapping[str, str]) -> CommitSha | None:
        try:
            return await self._commit(batch, present)
        except (GiteaUnreachable, GiteaRefused):
            raise
        except Upstream as error:
            if not isinstance(error, GiteaConflict) and error.answered != 500:
                raise
        # 422 or 500: another write came first. What is missing after it is written on top of it, once.
        await asyncio.sleep(RACE_PAUSE)
        present = await present_blobs(self.client, self.repo, self.branch)
        needed = _needed(batch, present)
        return await self._commit(needed, present) if needed else None

    async def _commit(self, batch: Mapping[str, bytes], present: Mapping[str, str]) -> CommitSha:
        return await self.client.git.write_files(
            self.repo,
            [FileWrite(path, content, present.get(path)) for path, content in batch.items()],
            branch=self.branch,
            message=with_trailers(self.message, self.credit),
            author=self.signing.author(self.credit),
            committer=self.signing.committer,
        )


async def present_blobs(client: GiteaClient, repo: Repository, branch: str) -> dict[str, str]:
    """Path → blob id of everything on a branch; nothing if there is no such branch yet."""
    found = await client.git.branch(repo, branch)
    if found is None:
        return {}
    entries = await client.git.tree(repo, CommitSha(found.commit.id))
    return {entry.path: entry.sha for entry in entries if entry.type == "blob"}


def blob_sha(content: bytes, *, like: str = "") -> str:
    """Git's id of a blob, in the hash that `like` is in."""
    data = b"blob %d\0%b" % (len(content), content)
    if len(like) == 64:
        return hashlib.sha256(data).hexdigest()
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()


def _needed(files: Mapping[str, bytes], present: Mapping[str, str]) -> dict[str, bytes]:
    return {
        path: content
        for path, content in files.items()
        if path not in present or present[path] != blob_sha(content, like=present[path])
    }


def _batches(files: Mapping[str, bytes]) -> Iterator[dict[str, bytes]]:
    batch: dict[str, bytes] = {}
    size = 0
    for path, content in files.items():
        if batch and (len(batch) >= MAX_FILES_PER_COMMIT or size + len(content) > MAX_BYTES_PER_COMMIT):
            yield batch
            batch, size = {}, 0
        batch[path] = content
        size += len(content)
    if batch:
        yield batch
