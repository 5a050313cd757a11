"""Reading branches: one listing, and one commit for each head that moved (§4.1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from services.domain.errors import GiteaNotFound
from services.domain.identifiers import CommitSha, Repository
from services.gitea.client import GiteaClient
from services.gitea.concurrency import for_each
from services.gitea.snapshot import RepositoryAt


@dataclass(frozen=True, slots=True)
class BranchHead:
    """The head of a branch, and when it was committed."""

    sha: CommitSha
    at: datetime


async def read_repository(client: GiteaClient, repo: Repository) -> RepositoryAt:
    """What Gitea says of a repository; raises GiteaNotFound."""
    found = await client.repositories.get(repo)
    if found is None:
        raise GiteaNotFound(f"The repository {repo} does not exist on Gitea.")
    return RepositoryAt(repo, found.default_branch, found.empty, found.updated_at, private=found.private)


async def read_branches(
    client: GiteaClient,
    repo: Repository,
    *,
    wanted: Callable[[str], bool],
    known: Mapping[str, BranchHead],
) -> Mapping[str, BranchHead]:
    """The heads of all wanted branches by name; those that are as `known` cost nothing more."""
    listed = {found.name: CommitSha(found.commit.id) for found in await client.git.branches(repo)}
    names = [name for name in listed if wanted(name)]
    heads = await for_each(names, lambda name: _head(client, repo, listed[name], known.get(name)))
    return dict(zip(names, heads, strict=True))


async def read_branch(
    client: GiteaClient, repo: Repository, name: str, *, known: BranchHead | None = None
) -> BranchHead | None:
    """The head of one branch, None if it is not there."""
    found = await client.git.branch(repo, name)
    return None if found is None else await _head(client, repo, CommitSha(found.commit.id), known)


async def _head(
    client: GiteaClient, repo: Repository, sha: CommitSha, known: BranchHead | None
) -> BranchHead:
    # The time in Gitea's listing is the author's, which can be years before the push.
    if known is not None and known.sha == sha:
        return known
    commit = await client.git.commit(repo, sha)
    return BranchHead(sha, commit.commit.committer.date.astimezone(UTC))
