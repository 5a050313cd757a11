"""What a notification says, in words: the same in the inbox and in mails (§15.2, §15.4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from services.domain.events import JsonValue
from services.domain.hygiene import Step
from services.domain.routing import Audience, Category
from services.domain.search import plain_text

SYSTEM: Final = "The site"
"""Who did it where nobody did: system signals never show the bot (§15.9)."""

_ACTS: Final[Mapping[str, str]] = {
    "propose_idea": "proposed the idea {title}",
    "merge_idea": "merged the idea {title}",
    "decline_idea": "declined the idea {title}",
    "withdraw_idea": "withdrew the idea {title}",
    "open_claim": "asks to own {title}",
    "merge_claim": "accepted the claim on {title}",
    "decline_claim": "declined the claim on {title}",
    "withdraw_claim": "withdrew the claim on {title}",
    "open_pull": "opened {pull}",
    "reopen_pull": "reopened {pull}",
    "resolve_pull": "began to resolve the conflict of {pull}",
    "merge_pull": "merged {pull}",
    "withdraw_pull": "withdrew {pull}",
    "close_superseded_pull": "closed {pull}: a newer one replaces it",
    "pull_conflicting": "found {pull} in conflict with main",
    "open_metadata": "proposes to change the metadata: {pull}",
    "merge_metadata": "changed the metadata: {pull}",
    "decline_metadata": "declined a change of the metadata: {pull}",
    "withdraw_metadata": "withdrew a change of the metadata: {pull}",
    "graduation_ready": "found {title} ready to graduate",
    "graduate_failed": "could not graduate {title}",
    "graduate_stuck": "can go neither way with the graduation of {title}",
    "graduate_complete": "graduated {title}",
    "start_contributing": "started contributing",
    "carry_branch": "carried a branch over the graduation of {title}",
    "flush_text": "edited a branch",
    "ask_model": "asked a model",
    "suggest_change": "suggested a change",
    "accept_change": "accepted a change",
    "decline_change": "declined a change",
    "undo_change": "took back an accepted change",
    "warn_branch": "will soon close or delete a branch of yours",
    "close_idle_branch": "closed a branch of yours that was idle",
    "delete_stale_branch": "deleted a branch of yours that was closed",
    "close_graduated_branch": "graduated {title}, which closed a branch of yours: you can carry its text to a new one",
    "sync_broken": "can't read a repository any more",
    "role_granted": "gave you another role",
    "muted": "muted your account",
    "unmuted": "lets you write again",
}
_WARNINGS: Final[Mapping[str, str]] = {
    Step.CLOSE: "will soon close a branch of yours that is idle",
    Step.DELETE_STALE: "will soon delete a branch of yours that is closed",
    Step.DELETE_MERGED: "will soon delete a branch of yours whose pull request was merged",
}
"""What a warning says of the step it warns of (§12)."""


class Said(StrEnum):
    """What kind of talk words belong to: a conversation as a whole, or a thread about a passage (§8.14)."""

    CHAT = "chat"
    PASSAGE = "passage"
    FLAG = "flag"
    REVIEW = "review"


_CHAT: Final[Mapping[str, str]] = {
    Audience.MENTIONED: "mentioned you",
    Audience.OPENER: "wrote about what you opened",
    Audience.THREAD: "replied in a thread you wrote in",
    Audience.WATCHERS: "wrote in the conversation",
}
_BEGUN: Final[Mapping[Said, str]] = {
    Said.PASSAGE: "commented on a passage",
    Said.FLAG: "flagged a passage",
    Said.REVIEW: "wrote a review comment",
}
_ANSWERED: Final[Mapping[Said, str]] = {
    Said.PASSAGE: "replied in a thread",
    Said.FLAG: "replied to a flag",
    Said.REVIEW: "replied to a review comment",
}
_WHOSE: Final[Mapping[str, str]] = {
    Audience.MENTIONED: " and mentioned you",
    Audience.OPENER: " on your PR",
    Audience.BRANCH: " on your branch",
    Audience.THREAD: " after you",
}
_YOURS: Final[Mapping[str, str]] = {
    "merge_idea": "merged your idea {title}",
    "decline_idea": "declined your idea {title}",
    "merge_pull": "merged your {pull}",
    "merge_claim": "accepted your claim on {title}",
    "decline_claim": "declined your claim on {title}",
    "accept_change": "accepted your change",
    "decline_change": "declined your change",
    "undo_change": "took back your accepted change",
}
WHY: Final[Mapping[str, str]] = {
    Audience.MENTIONED: "you were mentioned",
    Audience.OPENER: "you opened it",
    Audience.THREAD: "you wrote in this thread",
    Audience.BRANCH: "it is your branch",
    Audience.CARD: "the change is yours",
    Audience.SUBJECT: "it is about your account",
    Audience.ARBITERS: "you decide on pull requests of this RFC",
    Audience.ADMINS: "you are an admin here",
    Audience.WATCHERS: "you watch this RFC",
    Audience.FOLLOWERS: "you follow this RFC",
}
CATEGORY_NAMES: Final[Mapping[Category, str]] = {
    Category.PERSONAL_DIRECT: "To you directly",
    Category.WATCHED_STRUCTURAL: "On what you watch",
    Category.ADMIN_ACTIONABLE: "For admins",
    Category.WATCHED_CHURN: "Everyday activity",
}
CATEGORY_CHIPS: Final[Mapping[Category, str]] = {
    Category.PERSONAL_DIRECT: "To you",
    Category.WATCHED_STRUCTURAL: "Watched",
    Category.ADMIN_ACTIONABLE: "Admin",
    Category.WATCHED_CHURN: "Activity",
}


def act_in_words(
    kind: str,
    reason: str,
    *,
    title: str,
    number: int | None,
    details: Mapping[str, JsonValue],
    said: Said = Said.CHAT,
) -> str:
    """What somebody did, to follow their name; `title` is the entry's or the idea's."""
    if kind in ("post_message", "open_thread"):
        return _talk(kind, reason, said)
    pattern = _ACTS.get(kind, "did something here")
    if kind == "warn_branch":
        return _WARNINGS.get(str(details.get("step")), pattern) + _unless_kept(details.get("at"))
    if kind == "suggest_change":
        return pattern + _WHOSE.get(reason, "")
    if reason in (Audience.OPENER, Audience.CARD):
        pattern = _YOURS.get(kind, pattern)
    named = details.get("title")
    pull = f"PR #{number}" + (f": {named}" if isinstance(named, str) and named else "")
    replaced = details.get("supersedes")
    if kind in ("open_pull", "open_metadata") and isinstance(replaced, int):
        pull += f", to take the place of #{replaced}"
    return pattern.format(title=f"“{title}”" if title else "an entry", pull=pull)


def _unless_kept(at: JsonValue) -> str:
    """The day of which a warning warns (§12)."""
    try:
        day = datetime.fromisoformat(str(at)).astimezone(UTC)
    except ValueError:
        return ""
    return f", on {day.day} {day:%B %Y} unless you keep it"


def _talk(kind: str, reason: str, said: Said) -> str:
    if said is Said.CHAT:
        return _CHAT.get(reason, "wrote")
    return (_BEGUN if kind == "open_thread" else _ANSWERED)[said] + _WHOSE.get(reason, "")


def quote_of(details: Mapping[str, JsonValue]) -> str:
    """The words that belong to it: a message, or the reason of a decision; one line, without the signs of markdown."""
    for name in ("quote", "comment", "reason"):
        value = details.get(name)
        if isinstance(value, str) and (words := plain_text(value)):
            return words
    return ""


def quoted(words: str) -> str:
    """Words as they stand inside quotation marks: their own become single ones."""
    return words.translate(_INNER)


_INNER: Final = {ord("“"): "‘", ord("”"): "’", ord('"'): "'"}
