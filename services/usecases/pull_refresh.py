"""Reading a repository's pull requests for the cache: as few as show everything that may have moved (§4.1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from services.domain.errors import GiteaNotFound
from services.domain.identifiers import CommitSha, PullNumber, Repository
from services.domain.pull import BODY_KINDS, PullState
from services.gitea.client import GiteaClient
from services.gitea.pull_reading import read_pull, read_pulls
from services.gitea.snapshot import KnownPull, PullSnapshot
from services.store.queries import branches, pulls
from services.store.work import Work
from services.usecases.scope import Scope


async def pulls_known(work: Work, repo: Repository) -> dict[PullNumber, KnownPull]:
    """What the cache holds of a repository's pull requests."""
    listed = await pulls.list_all(work, repo=repo)
    return {
        row.pr_number: KnownPull(row.updated_at, CommitSha(row.head_sha), row.state, row.title, row.body)
        for row in listed
    }


async def read_pulls_in_scope(
    client: GiteaClient, repo: Repository, scope: Scope, known: Mapping[PullNumber, KnownPull]
) -> tuple[PullSnapshot, ...]:
    """Those that the scope names, and those that are not as `known`; raises Upstream."""
    found: tuple[PullSnapshot, ...] = ()
    if scope.full:
        found = await read_pulls(client, repo)
    elif scope.changed_pulls:
        newest = max((pull.updated_at for pull in known.values()), default=None)
        found = await read_pulls(client, repo, since=newest, known=known)
    missing = sorted(scope.numbers - {pull.number for pull in found})
    looked_at = [await _read_pull(client, repo, number) for number in missing]
    return (*found, *[pull for pull in looked_at if pull is not None])


async def pulls_left_behind(work: Work, repo: Repository) -> frozenset[PullNumber]:
    """Open pull requests whose branch is cached at another head: Gitea notes a push on them late, or never."""
    heads = {row.name: row.head_sha for row in await branches.list_for_repository(work, repo=repo)}
    return frozenset(
        row.pr_number
        for row in await pulls.list_all(work, repo=repo)
        if row.state is PullState.OPEN and heads.get(row.head_branch, row.head_sha) != row.head_sha
    )


async def branches_unheard_of(work: Work, repo: Repository, read: Iterable[PullSnapshot]) -> bool:
    """Whether an open pull request that was read has a branch of an entry's text that is not cached."""
    heads = {pull.head_branch for pull in read if pull.state is PullState.OPEN and pull.kind in BODY_KINDS}
    return bool(heads) and bool(
        heads - {row.name for row in await branches.list_for_repository(work, repo=repo)}
    )


async def _read_pull(client: GiteaClient, repo: Repository, number: PullNumber) -> PullSnapshot | None:
    """One pull request, `None` where it is none: a hint may name anything."""
    try:
        return await read_pull(client, repo, number)
    except GiteaNotFound:
        return None
