"""What Gitea's API answers, as far as the product reads it; unknown keys are ignored (1.21 to 1.27)."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

T = TypeVar("T")
OrEmpty = Annotated[list[T], BeforeValidator(lambda value: [] if value is None else value)]
"""A list that Gitea may also send as null."""
TextOrEmpty = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]


class GiteaModel(BaseModel):
    """Frozen, and deaf to keys it does not know."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Version(GiteaModel):
    """`GET /version`."""

    version: str


class GiteaUser(GiteaModel):
    """A person or the bot; `email` is real only for oneself."""

    id: int
    login: str
    full_name: TextOrEmpty = ""
    email: TextOrEmpty = ""
    avatar_url: TextOrEmpty = ""
    is_admin: bool = False
    active: bool = True
    prohibit_login: bool = False


class UserSearch(GiteaModel):
    """`GET /users/search`."""

    data: OrEmpty[GiteaUser] = []


class RepositoryInfo(GiteaModel):
    """A repository."""

    id: int
    full_name: str
    description: TextOrEmpty = ""
    default_branch: TextOrEmpty = "main"
    empty: bool = False
    private: bool = False
    archived: bool = False
    updated_at: datetime


class BranchCommit(GiteaModel):
    """The head of a branch."""

    id: str
    message: TextOrEmpty = ""


class Branch(GiteaModel):
    """A branch and its head."""

    name: str
    commit: BranchCommit
    protected: bool = False


class Signature(GiteaModel):
    """Who, and when, in a commit."""

    name: TextOrEmpty = ""
    email: TextOrEmpty = ""
    date: datetime


class CommitText(GiteaModel):
    """What Git itself holds of a commit."""

    message: TextOrEmpty = ""
    author: Signature
    committer: Signature


class AffectedFile(GiteaModel):
    """A path that a commit touches, against its first parent."""

    filename: str


class CommitParent(GiteaModel):
    """A commit that another was made on."""

    sha: str


class Commit(GiteaModel):
    """A commit; `files` only where asked for. `author` is whose address Git names, None where nobody has it."""

    sha: str
    commit: CommitText
    author: GiteaUser | None = None
    parents: OrEmpty[CommitParent] = []
    files: OrEmpty[AffectedFile] = []


class TreeEntry(GiteaModel):
    """One line of a tree: `type` is blob, tree or commit."""

    path: str
    mode: str = "100644"
    type: str
    sha: str
    size: int = 0


class Tree(GiteaModel):
    """One page of a tree."""

    tree: OrEmpty[TreeEntry] = []
    truncated: bool = False
    total_count: int = 0


class Blob(GiteaModel):
    """A blob; Gitea leaves the content out above 10 MiB."""

    sha: str
    size: int = 0
    content: str | None = None

    @property
    def data(self) -> bytes | None:
        """The bytes, or None if Gitea sent none that can be read."""
        return _decoded(self.content)


class Content(GiteaModel):
    """A file, as `GET contents` shows it; `type` is file, symlink, submodule."""

    path: str
    sha: str
    type: str = "file"
    content: str | None = None

    @property
    def data(self) -> bytes | None:
        """The bytes, or None if Gitea sent none that can be read."""
        return _decoded(self.content)


class WrittenCommit(GiteaModel):
    """The commit that a contents write made."""

    sha: str


class WrittenFiles(GiteaModel):
    """The answer to a contents write."""

    commit: WrittenCommit


class PullEnd(GiteaModel):
    """Head or base of a pull request; `ref` of a deleted head branch is `refs/pull/<n>/head`, not its `label`."""

    ref: TextOrEmpty = ""
    label: TextOrEmpty = ""
    sha: TextOrEmpty = ""

    @property
    def branch(self) -> str:
        """The branch's name, also after it was deleted."""
        return self.label.rpartition(":")[2] if self.is_kept and self.label else self.ref

    @property
    def is_kept(self) -> bool:
        """Whether it is what Gitea keeps of a branch that was deleted."""
        return self.ref.startswith("refs/pull/")


class Pull(GiteaModel):
    """A pull request; `mergeable` false may also mean that Gitea is still checking."""

    number: int
    title: TextOrEmpty = ""
    body: TextOrEmpty = ""
    state: str
    merged: bool = False
    mergeable: bool = False
    merge_base: TextOrEmpty = ""
    merge_commit_sha: str | None = None
    head: PullEnd
    base: PullEnd
    user: GiteaUser | None = None
    created_at: datetime
    updated_at: datetime
    merged_at: datetime | None = None
    closed_at: datetime | None = None


class ChangedFile(GiteaModel):
    """A file that a pull request changes: added, changed, deleted, renamed, copied, unchanged."""

    filename: str
    status: str
    previous_filename: TextOrEmpty = ""


class RepositoryName(GiteaModel):
    """The repository of a found issue."""

    full_name: str


class FoundPull(GiteaModel):
    """A hit of the pull request search."""

    number: int
    updated_at: datetime
    repository: RepositoryName


class Comment(GiteaModel):
    """A comment on a pull request."""

    id: int
    body: TextOrEmpty = ""


class HookConfig(GiteaModel):
    """Where a hook goes; Gitea never says its secret."""

    url: TextOrEmpty = ""
    content_type: TextOrEmpty = ""


class Hook(GiteaModel):
    """A webhook."""

    id: int
    active: bool = False
    events: OrEmpty[str] = []
    config: HookConfig = Field(default_factory=HookConfig)


def _decoded(content: str | None) -> bytes | None:
    if content is None:
        return None
    try:
        return base64.b64decode(content)
    except (binascii.Error, ValueError):
        return None
