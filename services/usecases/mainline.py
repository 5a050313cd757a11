"""What main was made of: its own commits one after the other, each with the files it changed. Read live, and kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.domain.errors import GiteaNotFound, GiteaUnreachable, NotFound
from services.domain.identifiers import CommitSha, Repository
from services.gitea.meta_reading import read_head
from services.usecases.commits import CommitView, commit_view

if TYPE_CHECKING:
    from services.usecases.context import Context

MOST_READ = 5_000


@dataclass(frozen=True, slots=True)
class MainCommit:
    """A commit of main itself; a merge counts as one, with all that it brought."""

    commit: CommitView
    files: frozenset[str]


@dataclass(frozen=True, slots=True)
class Mainline:
    """Main's own commits, newest first; `complete` unless the repository has too many to be read."""

    commits: tuple[MainCommit, ...]
    complete: bool = True


class MainlineCache:
    """The last known mainline of each repository; a later head is read from there on."""

    def __init__(self) -> None:
        self._kept: dict[Repository, Mainline] = {}

    def find(self, repo: Repository) -> Mainline | None:
        """What was read last."""
        return self._kept.get(repo)

    def keep(self, repo: Repository, mainline: Mainline) -> None:
        """Remember it in place of what was known before."""
        self._kept[repo] = mainline


async def mainline(context: Context, repo: Repository) -> Mainline:
    """Main as it is now, as last known while Gitea can't be reached; raises NotFound and Upstream."""
    kept = context.mainlines.find(repo)
    try:
        found = await _read(context, repo, kept)
    except GiteaUnreachable:
        if kept is None:
            raise
        return kept
    context.mainlines.keep(repo, found)
    return found


async def _read(context: Context, repo: Repository, kept: Mainline | None) -> Mainline:
    head = await read_head(context.gitea, repo)
    if head is None:
        raise NotFound(f"The repository {repo} has no commits.")
    if kept is None:
        return await _whole(context, repo, head)
    last = kept.commits[0].commit.sha
    if last == head:
        return kept
    try:
        found, _ = await _commits(context, repo, head, behind=last)
    except GiteaNotFound:
        return await _whole(context, repo, head)
    newer = tuple(_own(found, head))
    if newer and newer[-1].commit.parents[:1] == (last,):
        return Mainline(newer + kept.commits, kept.complete)
    return await _whole(context, repo, head)


async def _whole(context: Context, repo: Repository, head: CommitSha) -> Mainline:
    found, complete = await _commits(context, repo, head, behind=None)
    return Mainline(tuple(_own(found, head)), complete)


async def _commits(
    context: Context, repo: Repository, head: CommitSha, *, behind: CommitSha | None
) -> tuple[Mapping[CommitSha, MainCommit], bool]:
    found: dict[CommitSha, MainCommit] = {}
    async for page in context.gitea.git.commits(repo, head=head, behind=behind, files=True):
        if len(found) >= MOST_READ:
            return found, False
        for commit in page:
            files = frozenset(file.filename for file in commit.files)
            found[CommitSha(commit.sha)] = MainCommit(commit_view(commit), files)
    return found, True


def _own(found: Mapping[CommitSha, MainCommit], head: CommitSha) -> Iterator[MainCommit]:
    """Those that were main's head once: the first parents; the others came with a merge."""
    at: CommitSha | None = head
    while at is not None and at in found:
        yield found[at]
        at = next(iter(found[at].commit.parents), None)
