"""The commits between two points, as pages show them: read live from Gitea, and kept, since they never change."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from services.domain.identifiers import CommitSha, Login, Repository
from services.domain.trailers import (
    CoAuthor,
    co_authors_of,
    on_behalf_of_login,
    parse_trailers,
    without_trailers,
)
from services.gitea.models import Commit

if TYPE_CHECKING:
    from services.usecases.context import Context

MOST_COMMITS = 500
RANGES_KEPT = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitView:
    """One commit; `login` is for whom the bot made it, None for one of Git itself. `message` has no trailers.

    `author` is the name that Git has, `author_id` whom Gitea knows by the author's address.
    """

    sha: CommitSha
    author: str
    login: Login | None
    message: str
    at: datetime
    author_id: int | None = None
    author_login: Login | None = None
    parents: tuple[CommitSha, ...] = ()
    trailers: Mapping[str, str] = field(default_factory=dict)
    co_authors: tuple[CoAuthor, ...] = ()

    @property
    def subject(self) -> str:
        """Its first line."""
        return self.message.partition("\n")[0]


class CommitCache:
    """The ranges of commits read last."""

    def __init__(self) -> None:
        self._ranges: OrderedDict[tuple[Repository, CommitSha, CommitSha | None], tuple[CommitView, ...]]
        self._ranges = OrderedDict()

    def find(
        self, repo: Repository, head: CommitSha, behind: CommitSha | None
    ) -> tuple[CommitView, ...] | None:
        """A range that was read before."""
        return self._ranges.get((repo, head, behind))

    def keep(
        self, repo: Repository, head: CommitSha, behind: CommitSha | None, found: tuple[CommitView, ...]
    ) -> None:
        """Remember a range, and forget the one read the longest ago."""
        self._ranges[repo, head, behind] = found
        while len(self._ranges) > RANGES_KEPT:
            self._ranges.popitem(last=False)


async def commits_between(
    context: Context, repo: Repository, *, head: CommitSha, behind: CommitSha | None
) -> tuple[CommitView, ...]:
    """The commits reachable from `head` and not from `behind`, oldest first; raises Upstream."""
    kept = context.commits.find(repo, head, behind)
    if kept is not None:
        return kept
    found: list[CommitView] = []
    async for page in context.gitea.git.commits(repo, head=head, behind=behind):
        found += [commit_view(commit) for commit in page]
        if len(found) >= MOST_COMMITS:
            break
    ordered = tuple(reversed(found[:MOST_COMMITS]))
    context.commits.keep(repo, head, behind, ordered)
    return ordered


def commit_view(commit: Commit) -> CommitView:
    """A commit of Gitea's."""
    text = commit.commit
    login = on_behalf_of_login(text.message)
    return CommitView(
        sha=CommitSha(commit.sha),
        author=text.author.name,
        login=Login(login) if login else None,
        message=without_trailers(text.message),
        at=text.committer.date.astimezone(UTC),
        author_id=commit.author.id if commit.author else None,
        author_login=Login(commit.author.login) if commit.author else None,
        parents=tuple(CommitSha(parent.sha) for parent in commit.parents),
        trailers=parse_trailers(text.message),
        co_authors=co_authors_of(text.message),
    )
