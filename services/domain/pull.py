"""What a pull request is for, and how it stands (§4.1)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from services.domain.slug import slug_of_path
from services.domain.trailers import KIND, parse_trailers


class PullKind(StrEnum):
    """Values of `cached_prs.pr_kind` (§5)."""

    IDEA = "idea"
    RFC_BRANCH = "rfc_branch"
    META_BODY_EDIT = "meta_body_edit"
    META_METADATA = "meta_metadata"
    META_CLAIM = "meta_claim"
    META_GRADUATION = "meta_graduation"


class PullState(StrEnum):
    """Values of `cached_prs.state` (§5). Git knows the first three; `withdrawn` comes from `actions`."""

    OPEN = "open"
    MERGED = "merged"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


_BY_PREFIX = {
    "idea-": PullKind.IDEA,
    "edit-": PullKind.META_BODY_EDIT,
    "meta-": PullKind.META_METADATA,
    "claim-": PullKind.META_CLAIM,
    "graduate-": PullKind.META_GRADUATION,
}


def pull_kind(
    *, body: str, head_branch: str, paths_added: Iterable[str], paths_changed: Iterable[str]
) -> PullKind:
    """The kind by the body's `RFC-Kind:` trailer, else the head branch's prefix, else the files (§4.1).

    A `resolve-` branch is of the kind of what it resolves, which its files tell.
    """
    named = parse_trailers(body).get(KIND, "").lower()
    if named in frozenset(PullKind):
        return PullKind(named)
    for prefix, kind in _BY_PREFIX.items():
        if head_branch.startswith(prefix):
            return kind
    return _kind_by_files(tuple(paths_added), tuple(paths_changed))


def _kind_by_files(added: tuple[str, ...], changed: tuple[str, ...]) -> PullKind:
    if any(slug_of_path(path) for path in changed):
        return PullKind.META_BODY_EDIT
    if any(slug_of_path(path) for path in added):
        return PullKind.IDEA
    return PullKind.RFC_BRANCH
