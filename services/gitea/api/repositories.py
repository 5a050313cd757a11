"""Organisations' repositories and what moved in them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

from services.domain.errors import GiteaNotFound, GiteaRefused
from services.domain.identifiers import Repository
from services.gitea.api.addresses import named, repository_path
from services.gitea.connection import Connection, Json, parsed
from services.gitea.models import FoundPull, Hook, RepositoryInfo

HOOK_EVENTS = ("push", "create", "delete", "pull_request")


class RepositoriesApi:
    """`/orgs/{org}/repos`, `/repos/{owner}/{repo}`, its hooks, and the search for changed pull requests."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, repo: Repository) -> RepositoryInfo | None:
        """The repository, if it exists and the bot may see it."""
        try:
            return await self._connection.get_as(RepositoryInfo, repository_path(repo))
        except GiteaNotFound:
            return None

    async def of_organisation(self, org: str) -> list[RepositoryInfo]:
        """All repositories of an organisation."""
        return await self._connection.listing(RepositoryInfo, f"{named('orgs', org)}/repos")

    async def create(
        self, repo: Repository, *, description: str, private: bool, first_commit: bool = True
    ) -> RepositoryInfo:
        """Create a repository, with a first commit on `main` or without any; GiteaConflict if it exists.

        Tokens of older set-ups may not do so for an organisation, but as site admin for its account.
        """
        org, _, name = repo.partition("/")
        body: Json = {
            "name": name,
            "description": description,
            "private": private,
            "auto_init": first_commit,
            "default_branch": "main",
        }
        try:
            answer = await self._connection.send("POST", f"{named('orgs', org)}/repos", body=body)
        except GiteaRefused:
            answer = await self._connection.send("POST", f"{named('admin', 'users', org)}/repos", body=body)
        return parsed(RepositoryInfo, answer)

    async def describe(self, repo: Repository, description: str) -> None:
        """Change how a repository is described."""
        body: Json = {"description": description}
        await self._connection.send("PATCH", repository_path(repo), body=body, repeatable=True)

    async def delete(self, repo: Repository) -> None:
        """Delete a repository with everything in it; one that is gone already is fine."""
        try:
            await self._connection.send("DELETE", repository_path(repo), repeatable=True)
        except GiteaNotFound:
            return

    def changed_pulls(self, org: str, *, since: datetime) -> AsyncIterator[list[FoundPull]]:
        """Pages of the organisation's pull requests that changed at or after a moment."""
        moment = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        query = {"type": "pulls", "state": "all", "owner": org, "since": moment}
        return self._connection.pages(FoundPull, "repos/issues/search", query)

    async def hooks(self, repo: Repository) -> list[Hook]:
        """The repository's webhooks."""
        return await self._connection.listing(Hook, repository_path(repo, "hooks"))

    async def create_hook(self, repo: Repository, *, url: str, secret: str) -> Hook:
        """Register a webhook for everything the refresher looks at."""
        body: Json = {
            "type": "gitea",
            "active": True,
            "branch_filter": "*",
            "events": list(HOOK_EVENTS),
            "config": {"url": url, "content_type": "json", "secret": secret},
        }
        return parsed(Hook, await self._connection.send("POST", repository_path(repo, "hooks"), body=body))

    async def delete_hook(self, repo: Repository, hook_id: int) -> None:
        """Remove a webhook; one that is gone already is fine."""
        try:
            await self._connection.send("DELETE", repository_path(repo, "hooks", hook_id), repeatable=True)
        except GiteaNotFound:
            return

    async def test_hook(self, repo: Repository, hook_id: int) -> None:
        """Have Gitea send a push to the webhook."""
        await self._connection.send("POST", repository_path(repo, "hooks", hook_id, "tests"))
