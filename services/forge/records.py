"""What the forge remembers, one frozen record per table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class UserKind(StrEnum):
    """Organizations share the name space of people, as in Gitea."""

    PERSON = "person"
    ORGANIZATION = "organization"


class PullState(StrEnum):
    """The state of a pull request as the API says it; merged ones are closed."""

    OPEN = "open"
    CLOSED = "closed"


class CheckState(StrEnum):
    """What is known about whether a pull request merges."""

    CHECKING = "checking"
    MERGEABLE = "mergeable"
    CONFLICT = "conflict"


class DeliveryState(StrEnum):
    """One try, then it is over."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person or an organization."""

    id: int
    kind: str
    login: str
    full_name: str
    email: str
    password_hash: str
    is_admin: bool
    is_active: bool
    must_change_password: bool
    prohibit_login: bool
    visibility: str
    description: str
    website: str
    location: str
    created_at: int
    last_login_at: int

    @property
    def is_organization(self) -> bool:
        """Whether this is an organization rather than a person."""
        return self.kind == UserKind.ORGANIZATION


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """An access token; only its digest is kept."""

    id: int
    user_id: int
    name: str
    last_eight: str
    scopes: tuple[str, ...]
    created_at: int
    used_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """Part of an organization with one permission."""

    id: int
    org_id: int
    name: str
    description: str
    permission: str
    includes_all: bool
    can_create: bool
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A bare repository and what is said about it; `owner_login` comes from its owner's row."""

    id: int
    owner_id: int
    owner_login: str
    name: str
    renaming_to: str
    description: str
    website: str
    private: bool
    archived: bool
    archived_at: int
    default_branch: str
    disallowed_merge_styles: tuple[str, ...]
    created_at: int
    updated_at: int

    @property
    def full_name(self) -> str:
        """`owner/name`."""
        return f"{self.owner_login}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """A pull request within one repository.

    `merging_commit` and `merging_by` are the intent of a merge: after a crash they tell whether it happened.
    """

    id: int
    repository_id: int
    number: int
    title: str
    body: str
    author_id: int
    head: str
    base: str
    state: str
    check_state: str
    head_sha: str
    merge_base: str
    content_version: int
    created_at: int
    updated_at: int
    closed_at: int | None
    merged_at: int | None
    merged_by: int | None
    merge_commit: str
    merging_commit: str
    merging_by: int | None

    @property
    def is_open(self) -> bool:
        """Whether it can still be merged or closed."""
        return self.state == PullState.OPEN

    @property
    def is_merged(self) -> bool:
        """Whether it was merged."""
        return self.merged_at is not None

    @property
    def is_draft(self) -> bool:
        """Whether its title marks it as work in progress."""
        return self.title.upper().startswith(("WIP:", "[WIP]"))

    @property
    def head_ref(self) -> str:
        """The reference that keeps its head alive when the branch is gone."""
        return f"refs/pull/{self.number}/head"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A comment in a pull request's conversation."""

    id: int
    repository_id: int
    number: int
    author_id: int
    body: str
    created_at: int
    updated_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """A webhook of a repository or an organization (`owner_kind`)."""

    id: int
    owner_kind: str
    owner_id: int
    type: str
    url: str
    content_type: str
    secret: str
    active: bool
    events: tuple[str, ...]
    branch_filter: str
    authorization_header: str
    created_at: int
    updated_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event for one hook, and what became of it."""

    id: int
    hook_id: int
    uuid: str
    event: str
    event_type: str
    payload: str
    state: str
    status: int
    answer: str
    created_at: int
    delivered_at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """An OAuth2 application; only its secret's digest is kept."""

    id: int
    user_id: int
    name: str
    client_id: str
    secret_digest: str
    redirect_uris: tuple[str, ...]
    confidential: bool
    skip_consent: bool
    created_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A person's consent to one application."""

    id: int
    user_id: int
    application_id: int
    scope: str
    nonce: str
    created_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """An authorization code, good for one exchange."""

    grant_id: int
    redirect_uri: str
    challenge: str
    challenge_method: str
    expires_at: int
