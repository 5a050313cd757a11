"""Reading pull requests and what moved in the organisation (§4.1)."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from types import MappingProxyType

from services.domain.entry import Entry
from services.domain.errors import GiteaNotFound
from services.domain.identifiers import CommitSha, Login, PullNumber, Repository, Slug
from services.domain.metadata import FieldChange
from services.domain.pull import METADATA_KINDS, PullKind, PullState, pull_kind
from services.domain.slug import slug_of_path
from services.domain.trailers import on_behalf_of_login, operation_of
from services.gitea.client import GiteaClient
from services.gitea.concurrency import for_each
from services.gitea.meta_reading import parse_or_reason
from services.gitea.metadata_reading import read_metadata_changes
from services.gitea.models import ChangedFile, Pull
from services.gitea.snapshot import ChangedPull, KnownPull, PullSnapshot, RepositoryAt

NOTHING_KNOWN: Mapping[PullNumber, KnownPull] = MappingProxyType({})
_ADDED = frozenset({"added", "copied"})


async def read_pull(client: GiteaClient, repo: Repository, number: PullNumber) -> PullSnapshot:
    """One pull request with the entry it proposes; raises GiteaNotFound if there is none."""
    return await _complete(client, repo, await client.pulls.get(repo, number))


async def read_pulls(
    client: GiteaClient,
    repo: Repository,
    *,
    since: datetime | None = None,
    known: Mapping[PullNumber, KnownPull] = NOTHING_KNOWN,
) -> tuple[PullSnapshot, ...]:
    """All pull requests, or those that changed at or after `since`, in the order of their numbers.

    Those that still are as `known` are left out.
    """
    found: dict[int, Pull] = {}
    async for page in client.pulls.recently_changed_first(repo):
        recent = [pull for pull in page if since is None or pull.updated_at >= since]
        found |= {pull.number: pull for pull in recent}
        if len(recent) < len(page):
            break
    changed = [pull for _, pull in sorted(found.items()) if not _is_known(pull, known)]
    return tuple(await for_each(changed, partial(_complete, client, repo)))


def _is_known(pull: Pull, known: Mapping[PullNumber, KnownPull]) -> bool:
    before = known.get(PullNumber(pull.number))
    if before is None:
        return False
    # Git knows no “withdrawn”; Gitea's times are in seconds, so everything else has a say too.
    state = PullState.CLOSED if before.state is PullState.WITHDRAWN else before.state
    known_as = dataclasses.replace(before, state=state)
    # The head of one that has ended stays, whatever its branch does.
    head = CommitSha(pull.head.sha) if pull.state == "open" else before.head_sha
    return known_as == KnownPull(pull.updated_at, head, _state(pull), pull.title, pull.body)


async def read_organisation(client: GiteaClient, org: str) -> tuple[RepositoryAt, ...]:
    """The organisation's repositories, by name."""
    listed = await client.repositories.of_organisation(org)
    found = [
        RepositoryAt(Repository(r.full_name), r.default_branch, r.empty, r.updated_at, private=r.private)
        for r in listed
    ]
    return tuple(sorted(found, key=lambda repository: repository.repo))


async def read_changed_pulls(client: GiteaClient, org: str, *, since: datetime) -> tuple[ChangedPull, ...]:
    """Which of the organisation's pull requests changed at or after `since`."""
    pages = client.repositories.changed_pulls(org, since=since)
    hits = [hit async for page in pages for hit in page]
    return tuple(
        ChangedPull(Repository(hit.repository.full_name), PullNumber(hit.number), hit.updated_at)
        for hit in hits
    )


async def _complete(client: GiteaClient, repo: Repository, pull: Pull) -> PullSnapshot:
    pull = await _at_its_end(client, repo, pull)
    files = await client.pulls.files(repo, PullNumber(pull.number))
    added = tuple(file.filename for file in files if file.status in _ADDED)
    changed = tuple(file.filename for file in files if file.status not in _ADDED)
    kind = pull_kind(body=pull.body, head_branch=pull.head.branch, paths_added=added, paths_changed=changed)
    entry: Entry | None = None
    problem: str | None = None
    changes: tuple[FieldChange, ...] = ()
    if kind is PullKind.IDEA:
        entry, problem = await _proposed(client, repo, pull, files)
    elif kind in METADATA_KINDS:
        changes, problem = await read_metadata_changes(client, repo, pull, files)
    return dataclasses.replace(
        _snapshot(repo, pull, kind, (added, changed), entry, problem), metadata_changes=changes
    )


async def _at_its_end(client: GiteaClient, repo: Repository, pull: Pull) -> Pull:
    """One that has ended with the head it ended with: Gitea tells the tip of its branch, which may have gone on."""
    if pull.state == "open" or pull.head.is_kept:
        return pull
    kept = await client.pulls.kept_head(repo, PullNumber(pull.number))
    head = pull.head if kept is None else pull.head.model_copy(update={"sha": kept})
    return pull.model_copy(update={"head": head})


async def _proposed(
    client: GiteaClient, repo: Repository, pull: Pull, files: Sequence[ChangedFile]
) -> tuple[Entry | None, str | None]:
    """The entry an idea adds, or why it can't be read."""
    path = next((file.filename for file in files if slug_of_path(file.filename)), None)
    if path is None:
        return None, "The pull request adds no entry (rfcs/<slug>.md)."
    try:
        content = await client.git.file(repo, path, ref=pull.head.sha)
    except GiteaNotFound:
        content = None
    if content is None or content.type != "file":
        return None, f"{path} is not a file in this pull request any more."
    if content.data is None:
        return None, f"{path} is too large to be read from Gitea."
    read = await asyncio.to_thread(parse_or_reason, content.data, path)
    return (read, None) if isinstance(read, Entry) else (None, read)


def _slug(paths: Sequence[str]) -> Slug | None:
    return next((slug for path in paths if (slug := slug_of_path(path))), None)


def _snapshot(
    repo: Repository,
    pull: Pull,
    kind: PullKind,
    paths: tuple[tuple[str, ...], tuple[str, ...]],
    entry: Entry | None,
    problem: str | None,
) -> PullSnapshot:
    poster = pull.user.login if pull.user else ""
    return PullSnapshot(
        repo=repo,
        number=PullNumber(pull.number),
        kind=kind,
        state=_state(pull),
        title=pull.title,
        body=pull.body,
        opened_by=Login(on_behalf_of_login(pull.body) or poster),
        operation=operation_of(pull.body),
        head_branch=pull.head.branch,
        head_sha=CommitSha(pull.head.sha),
        base_branch=pull.base.ref,
        base_sha=CommitSha(pull.merge_base) if pull.merge_base else None,
        merge_commit_sha=CommitSha(pull.merge_commit_sha) if pull.merged and pull.merge_commit_sha else None,
        opened_at=pull.created_at.astimezone(UTC),
        updated_at=pull.updated_at.astimezone(UTC),
        merged_at=pull.merged_at and pull.merged_at.astimezone(UTC),
        closed_at=pull.closed_at and pull.closed_at.astimezone(UTC),
        paths_added=paths[0],
        paths_changed=paths[1],
        slug=_slug(paths[0] + paths[1]),
        entry=entry,
        entry_problem=problem,
    )


def _state(pull: Pull) -> PullState:
    if pull.merged:
        return PullState.MERGED
    return PullState.OPEN if pull.state == "open" else PullState.CLOSED
