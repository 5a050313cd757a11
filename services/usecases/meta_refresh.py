"""Reading the meta repository for the cache: as little as shows everything that may have moved (§4.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.domain.identifiers import CommitSha, PullNumber, Repository, Slug
from services.gitea.branch_reading import read_repository
from services.gitea.client import GiteaClient
from services.gitea.concurrency import for_each
from services.gitea.meta_reading import read_head, read_meta
from services.gitea.snapshot import (
    EntryAt,
    KnownEntry,
    KnownPull,
    MetaSnapshot,
    PullSnapshot,
    RepositoryAt,
    Touch,
)
from services.store.queries import catalog, sync
from services.store.queries.catalog import RfcSummary
from services.store.unit_of_work import Store
from services.usecases.graduated_texts import GraduatedText, read_text_if_possible
from services.usecases.pull_refresh import pulls_known, read_pulls_in_scope
from services.usecases.scope import Scope


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
    found = await read_pulls_in_scope(client, meta, scope, cached.pulls)
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
        known = await pulls_known(work, meta)
    return _Cached(
        commit_sha=state.last_commit_sha if state else None,
        entries={row.slug: row for row in rows},
        pulls=known,
    )


def _known(row: RfcSummary) -> KnownEntry:
    return KnownEntry(row.blob_sha, Touch(row.last_activity_at, CommitSha(row.body_sha)))


async def _read_texts(client: GiteaClient, entries: Mapping[Slug, EntryAt]) -> dict[Slug, GraduatedText]:
    """The texts of graduated entries whose front matter is new or changed."""
    repos = {slug: Repository(at.entry.repo) for slug, at in entries.items() if at.entry.repo}
    texts = await for_each(repos.values(), lambda repo: read_text_if_possible(client, repo))
    return {slug: text for slug, text in zip(repos, texts, strict=True) if text is not None}
