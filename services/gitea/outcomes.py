"""What came of a bot write, and the ways Gitea can say no for good."""

from __future__ import annotations

from dataclasses import dataclass

from services.domain.errors import GiteaConflict, Upstream
from services.domain.identifiers import CommitSha, PullNumber


@dataclass(frozen=True, slots=True)
class OpenedPull:
    """A pull request that an operation opened."""

    number: PullNumber
    head_sha: CommitSha


@dataclass(frozen=True, slots=True)
class MergedPull:
    """The merge commit that an operation made."""

    merge_sha: CommitSha


@dataclass(frozen=True, slots=True)
class CommittedText:
    """The commit that an operation made of a text, and the blob the file is now."""

    commit_sha: CommitSha
    blob_sha: str


@dataclass(frozen=True, slots=True)
class FoundOperation:
    """What Gitea shows of an operation: the pull request it opened, or only the branch it cut."""

    pull: OpenedPull | None = None
    branch_head: CommitSha | None = None


@dataclass(frozen=True, slots=True)
class SeededRepository:
    """What seeding did: whether the repository is new, and which files were written."""

    created: bool
    written: tuple[str, ...]


class WordsMoved(GiteaConflict):
    """A pull request's title or description is another one by now than whoever rewrote it had seen."""


class PullMoved(GiteaConflict):
    """The head is no longer the one the person saw (§10.5)."""

    code = "pull_moved"
    hint = "Look at what changed, then decide again."


class PullClosed(GiteaConflict):
    """Somebody closed it in the meantime."""

    code = "pull_closed"


class PullMergedAlready(GiteaConflict):
    """Somebody else merged it in the meantime."""

    code = "pull_merged"


class PullConflicts(GiteaConflict):
    """It contradicts what is on the base branch now; `paths` names the files."""

    code = "pull_conflicts"
    hint = "It has to be brought up to date, or proposed again."

    def __init__(self, paths: tuple[str, ...]) -> None:
        super().__init__(f"This conflicts with what has been merged since: {', '.join(paths[:3])}.")
        self.paths = paths


class PullThere(GiteaConflict):
    """The branch has an open pull request already."""

    code = "pull_there"


class BranchGone(GiteaConflict):
    """The branch is not there (any more)."""

    code = "branch_gone"
    hint = "Restore the branch first, or start another."


class MergeRefused(GiteaConflict):
    """Gitea's own settings (protection, merge styles) keep refusing a merge that has no conflict."""

    code = "merge_refused"
    hint = "An admin has to look at the repository's settings on Gitea."


class StillChecking(Upstream):
    """Gitea did not find out in time whether it merges (§10.5)."""

    code = "still_checking"
    status = 503


class NameTaken(GiteaConflict):
    """The file or the branch is there already, and is not this operation's."""

    code = "name_taken"
    hint = "Look at the page again, then try once more."


class RepositoryTaken(GiteaConflict):
    """The repository is there already, and is not this operation's."""

    code = "repository_taken"
    hint = "Choose another name."


class NotFoundedHere(GiteaConflict):
    """A repository that this operation made holds what it did not put there."""

    code = "not_founded_here"


class TextMoved(GiteaConflict):
    """The file on the branch is not the one the new text was made from."""

    code = "text_moved"
    hint = "Look at the page again; it shows how the text stands now."


class BranchTaken(GiteaConflict):
    """Git can't hold a branch of that name beside those there are (`a` beside `a/b`)."""

    code = "branch_taken"


class EntryMoved(GiteaConflict):
    """The front matter can't be changed as was meant: it says something else by now, or can't be changed in place."""

    code = "entry_moved"
    hint = "Look at the page again; it shows how the entry stands now."
