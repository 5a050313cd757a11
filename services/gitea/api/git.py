"""Branches, commits, trees, blobs and files."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from services.domain.errors import GiteaConflict, GiteaNotFound, Upstream
from services.domain.identifiers import CommitSha, Repository
from services.gitea.api.addresses import repository_path
from services.gitea.connection import Connection, Json, parsed
from services.gitea.models import Blob, Branch, Commit, Content, Tree, TreeEntry, WrittenFiles

_TREE_PAGE = 1_000
_MAX_TREE_PAGES = 1_000


@dataclass(frozen=True, slots=True)
class Identity:
    """A name and address in a commit."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class FileWrite:
    """One file of a commit; `sha` of the blob it replaces, None for a new file."""

    path: str
    content: bytes
    sha: str | None = None


class GitApi:
    """`/repos/{owner}/{repo}/{branches,commits,git,contents}`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def branch(self, repo: Repository, name: str) -> Branch | None:
        """The branch, if it exists."""
        try:
            return await self._connection.get_as(Branch, repository_path(repo, "branches", name))
        except GiteaNotFound:
            return None

    async def branches(self, repo: Repository) -> list[Branch]:
        """All branches; none for an empty repository."""
        return await self._connection.listing(Branch, repository_path(repo, "branches"))

    async def create_branch(self, repo: Repository, name: str, *, at: CommitSha) -> Branch:
        """Cut a branch at a commit; GiteaConflict if the name is taken."""
        body: Json = {"new_branch_name": name, "old_ref_name": at}
        return parsed(
            Branch, await self._connection.send("POST", repository_path(repo, "branches"), body=body)
        )

    async def delete_branch(self, repo: Repository, name: str) -> None:
        """Delete a branch; one that is gone already is fine, however Gitea's version says so."""
        try:
            await self._connection.send("DELETE", repository_path(repo, "branches", name))
        except GiteaNotFound:
            return
        except Upstream:
            if await self.branch(repo, name) is not None:
                raise

    async def commit(self, repo: Repository, sha: CommitSha) -> Commit:
        """One commit."""
        query = {"stat": "false", "verification": "false", "files": "false"}
        return await self._connection.get_as(Commit, repository_path(repo, "git", "commits", sha), query)

    async def commits(
        self, repo: Repository, *, head: CommitSha, behind: CommitSha | None = None, files: bool = False
    ) -> AsyncIterator[list[Commit]]:
        """Pages of the commits reachable from `head` but not from `behind`, newest first; none if empty."""
        query = {"sha": head, "stat": "false", "verification": "false", "files": str(files).lower()}
        if behind is not None:
            query["not"] = behind
        try:
            async for page in self._connection.pages(Commit, repository_path(repo, "commits"), query):
                yield page
        except GiteaConflict:
            # 409 is how Gitea says that a repository has no commits.
            return

    async def tree(self, repo: Repository, commit: CommitSha) -> list[TreeEntry]:
        """Every file below a commit, however many pages it takes."""
        entries: dict[str, TreeEntry] = {}
        for page in range(1, _MAX_TREE_PAGES):
            query: dict[str, str | int] = {"recursive": "true", "per_page": _TREE_PAGE, "page": page}
            path = repository_path(repo, "git", "trees", commit)
            tree = await self._connection.get_as(Tree, path, query)
            before = len(entries)
            entries |= {entry.path: entry for entry in tree.tree}
            if len(entries) == before or len(entries) >= tree.total_count:
                break
        return list(entries.values())

    async def blob(self, repo: Repository, sha: str) -> Blob:
        """A blob by its id, which never changes."""
        return await self._connection.get_as(Blob, repository_path(repo, "git", "blobs", sha))

    async def file(self, repo: Repository, path: str, *, ref: str) -> Content | None:
        """A file at a branch or commit, if it is there; never through `raw`, which falls back to main."""
        try:
            answer = await self._connection.get(repository_path(repo, "contents", path), {"ref": ref})
        except GiteaNotFound:
            return None
        return None if answer.content.lstrip().startswith(b"[") else parsed(Content, answer)

    async def write_files(
        self,
        repo: Repository,
        files: Sequence[FileWrite],
        *,
        branch: str,
        message: str,
        author: Identity,
        committer: Identity,
        new_branch: str | None = None,
    ) -> CommitSha:
        """One commit of several files on `branch`, or on a new branch cut from it."""
        body: dict[str, Json] = {
            "branch": branch,
            "message": message,
            "author": {"name": author.name, "email": author.email},
            "committer": {"name": committer.name, "email": committer.email},
            "files": [_file(write) for write in files],
        }
        if new_branch is not None:
            body["new_branch"] = new_branch
        answer = await self._connection.send("POST", repository_path(repo, "contents"), body=body)
        return CommitSha(parsed(WrittenFiles, answer).commit.sha)


def _file(write: FileWrite) -> Json:
    content = base64.b64encode(write.content).decode("ascii")
    if write.sha is None:
        return {"operation": "create", "path": write.path, "content": content}
    return {"operation": "update", "path": write.path, "content": content, "sha": write.sha}
