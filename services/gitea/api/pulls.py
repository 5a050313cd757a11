"""Pull requests and their comments."""

from __future__ import annotations

from collections.abc import AsyncIterator

from services.domain.errors import GiteaNotFound
from services.domain.identifiers import CommitSha, PullNumber, Repository
from services.gitea.api.addresses import repository_path
from services.gitea.connection import Connection, Json, parsed
from services.gitea.models import ChangedFile, Comment, Commit, Pull


class PullsApi:
    """`/repos/{owner}/{repo}/pulls` and `/issues/{n}/comments`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def create(self, repo: Repository, *, head: str, base: str, title: str, body: str) -> Pull:
        """Open a pull request; GiteaConflict if there is one for these branches."""
        content: Json = {"head": head, "base": base, "title": title, "body": body}
        return parsed(Pull, await self._connection.send("POST", repository_path(repo, "pulls"), body=content))

    async def get(self, repo: Repository, number: PullNumber) -> Pull:
        """One pull request; asking also has Gitea check again whether it merges."""
        return await self._connection.get_as(Pull, repository_path(repo, "pulls", number))

    def newest_first(self, repo: Repository) -> AsyncIterator[list[Pull]]:
        """Pages of all pull requests, the last opened first."""
        return self._connection.pages(Pull, repository_path(repo, "pulls"), {"state": "all"})

    def recently_changed_first(self, repo: Repository) -> AsyncIterator[list[Pull]]:
        """Pages of all pull requests, the last changed first."""
        query = {"state": "all", "sort": "recentupdate"}
        return self._connection.pages(Pull, repository_path(repo, "pulls"), query)

    async def files(self, repo: Repository, number: PullNumber) -> list[ChangedFile]:
        """What a pull request changes, by file."""
        return await self._connection.listing(ChangedFile, repository_path(repo, "pulls", number, "files"))

    async def kept_head(self, repo: Repository, number: PullNumber) -> CommitSha | None:
        """The head that Gitea keeps of it, which stays after its end when the branch goes on; None without one."""
        query: dict[str, str | int] = {
            "sha": f"refs/pull/{number}/head",
            "limit": 1,
            "stat": "false",
            "verification": "false",
            "files": "false",
        }
        try:
            answer = await self._connection.get(repository_path(repo, "commits"), query)
        except GiteaNotFound:
            return None
        commits = parsed(list[Commit], answer)
        return CommitSha(commits[0].sha) if commits else None

    async def merge(
        self, repo: Repository, number: PullNumber, *, head: CommitSha, title: str, message: str
    ) -> None:
        """Merge exactly this head with a merge commit. What a refusal means, only another look tells."""
        body: Json = {
            "Do": "merge",
            "head_commit_id": head,
            "MergeTitleField": title,
            "MergeMessageField": message,
            "delete_branch_after_merge": False,
        }
        await self._connection.send("POST", repository_path(repo, "pulls", number, "merge"), body=body)

    async def close(self, repo: Repository, number: PullNumber) -> None:
        """Close it unmerged; closing twice is fine, closing a merged one is GiteaConflict."""
        await self._connection.send(
            "PATCH", repository_path(repo, "pulls", number), body={"state": "closed"}, repeatable=True
        )

    async def reopen(self, repo: Repository, number: PullNumber) -> None:
        """Open it again; one that is open is fine, a merged one is GiteaConflict."""
        await self._connection.send(
            "PATCH", repository_path(repo, "pulls", number), body={"state": "open"}, repeatable=True
        )

    async def edit(
        self, repo: Repository, number: PullNumber, *, title: str | None = None, body: str | None = None
    ) -> None:
        """Give it another title or body; what is None stays as it is."""
        content: dict[str, Json] = {} if title is None else {"title": title}
        if body is not None:
            content["body"] = body
        await self._connection.send(
            "PATCH", repository_path(repo, "pulls", number), body=content, repeatable=True
        )

    async def comments(self, repo: Repository, number: PullNumber) -> list[Comment]:
        """All comments on a pull request; needs `read:issue`."""
        return await self._connection.listing(Comment, repository_path(repo, "issues", number, "comments"))

    async def comment(self, repo: Repository, number: PullNumber, text: str) -> None:
        """Write a comment on a pull request; needs `write:issue`."""
        path = repository_path(repo, "issues", number, "comments")
        await self._connection.send("POST", path, body={"body": text})
