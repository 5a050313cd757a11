"""What a pull request is for, and how it stands (§4.1)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum

from services.domain.errors import Invalid
from services.domain.identifiers import OperationId, PullNumber, Slug
from services.domain.slug import slug_of_path
from services.domain.trailers import KIND, SUPERSEDES, one_line, parse_trailers

_NUMBER = re.compile(r"#(\d{1,9})")
_UNFINISHED = re.compile(r"\[?WIP\b", re.IGNORECASE)


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


class Mergeability(StrEnum):
    """Whether a pull request can be merged now (§10.5)."""

    CLEAN = "clean"
    CONFLICTS = "conflicts"
    CHECKING = "checking"


BODY_KINDS = frozenset({PullKind.RFC_BRANCH, PullKind.META_BODY_EDIT})
"""Pull requests that change an entry's text."""
MAX_TITLE = 200
MAX_DESCRIPTION = 20_000
METADATA_KINDS = frozenset({PullKind.META_METADATA, PullKind.META_CLAIM})
"""Kinds that change front matter alone."""
_BY_PREFIX = {
    "idea-": PullKind.IDEA,
    "edit-": PullKind.META_BODY_EDIT,
    "meta-": PullKind.META_METADATA,
    "claim-": PullKind.META_CLAIM,
    "graduate-": PullKind.META_GRADUATION,
}
_WITHOUT_A_PAGE = tuple(prefix for prefix, kind in _BY_PREFIX.items() if kind not in BODY_KINDS)


def metadata_branch_name(slug: Slug, op_id: OperationId) -> str:
    """`meta-<slug>-<6 hex>`: the branch of a metadata PR."""
    return f"meta-{slug}-{op_id[:6]}"


def claim_branch_name(slug: Slug, op_id: OperationId) -> str:
    """`claim-<slug>-<6 hex>`: the branch of a claim PR."""
    return f"claim-{slug}-{op_id[:6]}"


def is_cut_by(branch: str, op_id: OperationId) -> bool:
    """Whether a branch has the name that this operation gives to the one it cuts for a pull request of its own.

    Such a branch has no page: an idea's, or one of a metadata, claim or graduation PR.
    """
    return branch.startswith(_WITHOUT_A_PAGE) and branch.endswith(f"-{op_id[:6]}")


def pull_address(slug: str, number: int, *, past: bool = False) -> str:
    """A pull request's page; `past` for one of the meta repository whose entry is graduated (§10)."""
    return f"/rfc/{slug}/{'meta' if past else 'pr'}/{number}"


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


def superseded_number(body: str) -> PullNumber | None:
    """Which pull request a body's `Supersedes: #n` line says that it replaces (§10.9)."""
    match = _NUMBER.fullmatch(parse_trailers(body).get(SUPERSEDES, ""))
    return PullNumber(int(match[1])) if match else None


def is_superseded(state: PullState, by: object) -> bool:
    """Whether a pull request was closed because the one that takes its place, `by`, was merged (§10.9)."""
    return state is PullState.CLOSED and by is not None


def conflict_key(repo: str, number: int, head_sha: str) -> str:
    """What is told once: that a pull request as it is now contradicts main (§15.1)."""
    return f"{repo} {number} {head_sha}"


def withdrawal_comment(display_name: str) -> str:
    """What stands on Gitea under a pull request that was taken back."""
    return f"Withdrawn by {one_line(display_name)}."


def check_pull_title(title: str) -> str:
    """The title as it is stored; raises Invalid (field `title`)."""
    plain = one_line_of_text(title)
    if not plain:
        raise Invalid("A pull request needs a title.", field="title")
    if len(plain) > MAX_TITLE:
        raise Invalid(
            f"A title has at most {MAX_TITLE} characters; this one has {len(plain)}.", field="title"
        )
    if _UNFINISHED.match(plain):
        raise Invalid(
            "Gitea never merges what is called “WIP”. Leave that word out; nothing is merged before an arbiter "
            "says so.",
            field="title",
        )
    return plain


def check_pull_description(description: str) -> str:
    """The description as it is stored; raises Invalid (field `description`)."""
    plain = description.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip()
    if len(plain) > MAX_DESCRIPTION:
        words = f"A description has at most {MAX_DESCRIPTION} characters; this one has {len(plain)}."
        raise Invalid(words, field="description")
    return plain


def one_line_of_text(text: str) -> str:
    """The text as one line, without control characters."""
    kept = (" " if unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"} else sign for sign in text)
    return " ".join("".join(kept).split())


def _kind_by_files(added: tuple[str, ...], changed: tuple[str, ...]) -> PullKind:
    if any(slug_of_path(path) for path in changed):
        return PullKind.META_BODY_EDIT
    if any(slug_of_path(path) for path in added):
        return PullKind.IDEA
    return PullKind.RFC_BRANCH
