"""Reading the meta repository: the tree once, only changed files, last activity from the commits (§4.1)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from datetime import UTC
from functools import partial
from types import MappingProxyType

from services.domain.entry import BrokenEntry, Entry, parse_entry
from services.domain.errors import GiteaNotFound, GiteaRefused, GiteaUnreachable, Upstream
from services.domain.identifiers import CommitSha, Repository, Slug
from services.domain.slug import slug_of_path
from services.gitea.client import GiteaClient
from services.gitea.concurrency import for_each
from services.gitea.models import Commit, TreeEntry
from services.gitea.snapshot import EntryAt, KnownEntry, MetaSnapshot, Problem, Touch

FOLDER = "rfcs/"
_PARSE_BATCH = 25
_SYMLINK = "120000"
NOTHING_KNOWN: Mapping[Slug, KnownEntry] = MappingProxyType({})


async def read_head(client: GiteaClient, repo: Repository, *, branch: str | None = None) -> CommitSha | None:
    """The head of main (or another branch), None if it has no commits; GiteaNotFound without repository."""
    name = branch or await _default_branch(client, repo)
    found = await client.git.branch(repo, name)
    return None if found is None else CommitSha(found.commit.id)


async def read_meta(
    client: GiteaClient,
    repo: Repository,
    *,
    known: Mapping[Slug, KnownEntry] = NOTHING_KNOWN,
    since: CommitSha | None = None,
) -> MetaSnapshot:
    """Read every entry on main, of those in `known` only what changed since the commit `since`.

    Broken files become problems. Raises Upstream if the repository itself can't be read.
    """
    head = await read_head(client, repo)
    if head is None:
        return MetaSnapshot(head_sha=None)
    files = {file.path: file for file in await client.git.tree(repo, head) if _is_entry_file(file)}
    touches = await _touches(client, repo, head, set(files), known, since)
    same = {
        slug: touches[path]
        for path, file in files.items()
        if (slug := slug_of_path(path)) and slug in known and known[slug].blob_sha == file.sha
    }
    changed = [file for path, file in files.items() if slug_of_path(path) not in same]
    entries: dict[Slug, EntryAt] = {}
    problems: list[Problem] = []
    for file, read in zip(changed, await _read_files(client, repo, changed), strict=True):
        if isinstance(read, Entry):
            entries[read.slug] = EntryAt(read, file.sha, touches[file.path])
        else:
            problems.append(Problem(file.path, read))
    return MetaSnapshot(head_sha=head, entries=entries, unchanged=same, problems=tuple(problems))


def _is_entry_file(file: TreeEntry) -> bool:
    return file.path.startswith(FOLDER) and file.path.endswith(".md") and file.type == "blob"


async def _default_branch(client: GiteaClient, repo: Repository) -> str:
    known = await client.repositories.get(repo)
    if known is None:
        raise GiteaNotFound(f"The repository {repo} does not exist on Gitea.")
    return known.default_branch


async def _read_files(client: GiteaClient, repo: Repository, files: list[TreeEntry]) -> list[Entry | str]:
    """The entry in each file, or the sentence that says why there is none."""
    data = await for_each(files, partial(_fetch, client, repo))
    fetched = list(zip(files, data, strict=True))
    read: list[Entry | str] = []
    for start in range(0, len(fetched), _PARSE_BATCH):
        # A thousand files take over a second to parse: too long for the loop.
        read += await asyncio.to_thread(_parse_all, fetched[start : start + _PARSE_BATCH])
    return read


async def _fetch(client: GiteaClient, repo: Repository, file: TreeEntry) -> bytes | str:
    if file.mode == _SYMLINK:
        return "The file is a symbolic link."
    try:
        data = (await client.git.blob(repo, file.sha)).data
    except (GiteaUnreachable, GiteaRefused):
        raise
    except Upstream as error:
        return f"Gitea lists the file but does not give it out ({error.answered})."
    return "The file is too large to be read from Gitea." if data is None else data


def _parse_all(fetched: Iterable[tuple[TreeEntry, bytes | str]]) -> list[Entry | str]:
    return [data if isinstance(data, str) else parse_or_reason(data, file.path) for file, data in fetched]


def parse_or_reason(data: bytes, path: str) -> Entry | str:
    """The entry, or the sentence that says what is wrong with the file."""
    try:
        return parse_entry(data, path=path)
    except BrokenEntry as broken:
        return broken.reason


async def _touches(
    client: GiteaClient,
    repo: Repository,
    head: CommitSha,
    paths: set[str],
    known: Mapping[Slug, KnownEntry],
    since: CommitSha | None,
) -> dict[str, Touch]:
    """The newest commit that touches each path, from Git alone.

    With `since`, only the commits after it are walked; the rest is known. Without, or where `since` is no
    longer part of the history, commits are walked until every path has been seen.
    """
    if since is not None and await _extends(client, repo, head, since):
        before, found = _known_touches(paths, known), dict[str, Touch]()
        await _walk(client, repo, head, since, paths, found)
        # Of two commits in the same second, the one that came later is the newer.
        found = {path: touch for path, touch in found.items() if not _is_later(before.get(path), touch)}
        if paths <= before.keys() | found.keys():
            return before | found
    found = {}
    oldest = await _walk(client, repo, head, None, paths, found)
    if oldest is not None:
        # A path no commit owns up to is as old as the history.
        found |= dict.fromkeys(paths - found.keys(), oldest)
    return found


def _is_later(touch: Touch | None, than: Touch) -> bool:
    return touch is not None and touch.at > than.at


def _known_touches(paths: set[str], known: Mapping[Slug, KnownEntry]) -> dict[str, Touch]:
    slugs = {path: slug_of_path(path) for path in paths}
    return {path: known[slug].touched for path, slug in slugs.items() if slug is not None and slug in known}


async def _extends(client: GiteaClient, repo: Repository, head: CommitSha, since: CommitSha) -> bool:
    """Whether nothing was taken back: every commit of `since` is still part of `head`."""
    if head == since:
        return True
    try:
        async for page in client.git.commits(repo, head=since, behind=head):
            return not page
    except GiteaNotFound:
        return False
    return True


async def _walk(
    client: GiteaClient,
    repo: Repository,
    head: CommitSha,
    behind: CommitSha | None,
    paths: set[str],
    found: dict[str, Touch],
) -> Touch | None:
    """Note newer touches in `found`, from `head` back to `behind` or until all paths are in it; the last commit."""
    last = None
    async for page in client.git.commits(repo, head=head, behind=behind, files=True):
        for commit in page:
            last = Touch(commit.commit.committer.date.astimezone(UTC), CommitSha(commit.sha))
            _note(found, last, commit, paths)
        if behind is None and paths <= found.keys():
            break
    return last


def _note(found: dict[str, Touch], touch: Touch, commit: Commit, paths: set[str]) -> None:
    for file in commit.files:
        before = found.get(file.filename)
        if file.filename in paths and (before is None or before.at < touch.at):
            found[file.filename] = touch
