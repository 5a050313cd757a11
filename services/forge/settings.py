"""How a forge is set up, and which Gitea it behaves like."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class GiteaVersion(StrEnum):
    """The Gitea release whose behaviour is offered; clients must survive all of them."""

    V1_21 = "1.21"
    V1_25 = "1.25"
    V1_27 = "1.27"

    @property
    def full(self) -> str:
        """What `GET /version` says."""
        return {"1.21": "1.21.11", "1.25": "1.25.4", "1.27": "1.27.0"}[self.value]

    @property
    def update_may_create(self) -> bool:
        """Whether `PUT contents` without a sha creates the file (1.26 and later) or is refused with 422."""
        return self is GiteaVersion.V1_27

    @property
    def sha_mismatch_on_delete(self) -> int:
        """The status of a `DELETE contents` whose sha does not match."""
        return 400 if self is GiteaVersion.V1_21 else 422

    @property
    def names_errors_in_not_found(self) -> bool:
        """Whether a 404 body carries the key `errors`."""
        return self is not GiteaVersion.V1_27

    @property
    def has_compare(self) -> bool:
        """Whether `GET compare`, pull by branches and pull by commit exist (1.22 and later)."""
        return self is not GiteaVersion.V1_21

    @property
    def has_file_contents(self) -> bool:
        """Whether `file-contents` and `contents-ext` exist (1.24, 1.25 and later)."""
        return self is not GiteaVersion.V1_21

    @property
    def repository_creation_needs_both_scopes(self) -> bool:
        """Whether `POST /orgs/{org}/repos` asks for write:repository beside write:organization."""
        return self is GiteaVersion.V1_27

    @property
    def empty_branches_are_null(self) -> bool:
        """Whether the branches of an empty repository are `null` rather than `[]`."""
        return self is GiteaVersion.V1_27

    @property
    def missing_branch_is_deleted(self) -> bool:
        """Whether deleting a branch that does not exist answers 204 rather than 404."""
        return self is GiteaVersion.V1_25

    @property
    def moves_branches(self) -> bool:
        """Whether `PUT branches/{b}` moves a branch by compare-and-swap (1.26 and later)."""
        return self is GiteaVersion.V1_27

    @property
    def issuer_keeps_slash(self) -> bool:
        """Whether the OpenID issuer ends with a slash (up to 1.24)."""
        return self is GiteaVersion.V1_21


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgeSettings:
    """One forge: where it keeps its data and how it is reached.

    `root_url` is the address browsers and clients use. `mergeability_delay` is in seconds.
    `allowed_hosts` is Gitea's webhook ALLOWED_HOST_LIST: `loopback`, `private`, `external`, `*` or host names.
    """

    data: Path
    root_url: str
    admin_user: str = "root"
    admin_password: str = ""
    version: GiteaVersion | str = GiteaVersion.V1_25
    faults_enabled: bool = False
    mergeability_delay: float = 0.0
    allowed_hosts: tuple[str, ...] = ("loopback", "external")
    title: str = "Forge"

    @property
    def url(self) -> str:
        """The root address without a trailing slash."""
        return self.root_url.rstrip("/")
