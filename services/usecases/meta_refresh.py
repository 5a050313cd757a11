"""Reading the meta repository for the cache: as little as shows everything that may have moved (§4.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.domain.errors import GiteaNotFound
from services.domain.identifiers import CommitSha, PullNumber, Repository, Slug
from services.gitea.branch_reading import read_repository
from services.gitea.client import GiteaClient
from services.gitea.concurrency import for_each
from services.gitea.meta_reading import read_head, read_meta
from services.gitea.pull_reading import read_pull, read_pulls
from services.gitea.snapshot import (
    EntryAt,
    KnownEntry,
    KnownPull,
    MetaSnapshot,
    PullSnapshot,
    RepositoryAt,
    Touch,
)
from services.store.queries import catalog, pulls, sync
from services.store.queries.catalog import RfcSummary
from services.store.unit_of_work import Store
from services.usecases.graduated_texts import GraduatedText, read_text_if_possible


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What to look at: some pull requests by number, or all that changed, or (`full`) everything there is."""

    numbers: frozenset[PullNumber] = frozenset()
    changed_pulls: bool = False
    full: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MetaReading:
    """What was read; `snapshot` is `None` where main had not moved.

    `pulls` are those that were looked at: every one there is, if `all_pulls`.
    """

    about: RepositoryAt
    head_sha: CommitSha | None
    snapshot: MetaSnapshot | None = None
    texts: Mapping[Slug, GraduatedText] = field(default_factory=dict)
    pulls: tuple[PullSnapshot, ...] = ()
    all_pulls: bool = False


@dataclass(frozen=True, slots=True)
class _Cached:
    """What the cache holds, as far as it says what need not be read again."""

    commit_sha: CommitSha | None
    entries: Mapping[Slug, RfcSummary]
    pulls: Mapping[PullNumber, KnownPull]


async def read_meta_repository(
    client: GiteaClient, store: Store, meta: Repository, scope: Scope
) -> MetaReading:
    """Read what `scope` asks for, and main wherever it moved; raises Upstream, and writes nothing.

    Pull requests come first: a merged one then always finds its entry on main.
    """
    cached = await _cached(store, meta)
    found = await _read_pulls(client, meta, scope, cached)
    about = await read_repository(client, meta)
    head = await read_head(client, meta, branch=about.default_branch)
    reading = MetaReading(about=about, head_sha=head, pulls=found, all_pulls=scope.full)
    if not scope.full and cached.entries and head == cached.commit_sha:
        return reading
    known = {slug: _known(row) for slug, row in cached.entries.items()}
    snapshot = await read_meta(client, meta, known=known, since=cached.commit_sha if known else None)
    return MetaReading(
        about=about,
        head_sha=snapshot.head_sha,
        snapshot=snapshot,
        texts=await _read_texts(client, snapshot.entries),
        pulls=found,
        all_pulls=scope.full,
    )


async def _cached(store: Store, meta: Repository) -> _Cached:
    async with store.read() as work:
        state = await sync.find(work, repo=meta)
        rows = await catalog.list_rows(work)
        listed = await pulls.list_all(work, repo=meta)
    return _Cached(
        commit_sha=state.last_commit_sha if state else None,
        entries={row.slug: row for row in rows},
        pulls={
            row.pr_number: KnownPull(row.updated_at, CommitSha(row.head_sha), row.state) for row in listed
        },
    )


async def _read_pulls(
    client: GiteaClient, meta: Repository, scope: Scope, cached: _Cached
) -> tuple[PullSnapshot, ...]:
    found: tuple[PullSnapshot, ...] = ()
    if scope.full:
        found = await read_pulls(client, meta)
    elif scope.changed_pulls:
        newest = max((known.updated_at for known in cached.pulls.values()), default=None)
        found = await read_pulls(client, meta, since=newest, known=cached.pulls)
    missing = sorted(scope.numbers - {pull.number for pull in found})
    looked_at = [await _read_pull(client, meta, number) for number in missing]
    return (*found, *[pull for pull in looked_at if pull is not None])


async def _read_pull(client: GiteaClient, meta: Repository, number: PullNumber) -> PullSnapshot | None:
    """One pull request, `None` where it is none: a hint may name anything."""
    try:
        return await read_pull(client, meta, number)
    except GiteaNotFound:
        return None


def _known(row: RfcSummary) -> KnownEntry:
    return KnownEntry(row.blob_sha, Touch(row.last_activity_at, CommitSha(row.body_sha)))


async def _read_texts(client: GiteaClient, entries: Mapping[Slug, EntryAt]) -> dict[Slug, GraduatedText]:
    """The texts of graduated entries whose front matter is new or changed."""
    repos = {slug: Repository(at.entry.repo) for slug, at in entries.items() if at.entry.repo}
    texts = await for_each(repos.values(), lambda repo: read_text_if_possible(client, repo))
    return {slug: text for slug, text in zip(repos, texts, strict=True) if text is not None}
