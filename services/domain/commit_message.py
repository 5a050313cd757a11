"""What the commits of change cards say (§8.7): the wordings and the reason, quoted, so that none reads as a trailer."""

from __future__ import annotations

from services.domain.trailers import plain_line

LONGEST_SUBJECT = 72


def accepted_message(
    *, slug: str, original: str, proposed: str, reason: str = "", accepted: str | None = None
) -> str:
    """The message of an accepted change; `accepted` is the wording that came in, where it is not the proposed one."""
    parts = [_subject(reason, slug), _quoted("Original", original), _quoted("Proposed", proposed)]
    if accepted is not None and accepted != proposed:
        parts.append(_quoted("Accepted as", accepted))
    if reason.strip():
        parts.append(_quoted("Reason", reason))
    return "\n\n".join(parts)


def undone_message(*, slug: str, change_id: int, commit_sha: str) -> str:
    """The message of the commit that takes an accepted change back."""
    return f"Undo change {change_id} of {slug}\n\nThis takes back commit {commit_sha}."


def _subject(reason: str, slug: str) -> str:
    words = plain_line(reason).rstrip(".") or f"Change a passage of {slug}"
    return words if len(words) <= LONGEST_SUBJECT else words[: LONGEST_SUBJECT - 1].rstrip() + "…"


def _quoted(name: str, text: str) -> str:
    lines = "\n".join(f"> {line}".rstrip() for line in text.strip("\n").split("\n"))
    return f"{name}:\n{lines}" if text.strip() else f"{name}: nothing"
