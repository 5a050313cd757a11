"""Whom an act concerns, how strongly, and why: the table of §15.1 as data.

Every kind of act stands here, also those that concern nobody. A signal reaches each person once, in the strongest
category that applies: the routes of a kind stand strongest first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.domain.audit import ActionKind, PermissionEventKind


class Category(StrEnum):
    """How much a notification matters to whoever gets it, strongest first."""

    PERSONAL_DIRECT = "personal-direct"
    ADMIN_ACTIONABLE = "admin-actionable"
    WATCHED_STRUCTURAL = "watched-structural"
    WATCHED_CHURN = "watched-churn"


class Audience(StrEnum):
    """Who a signal is for; also the reason that is given to them."""

    MENTIONED = "mentioned"
    OPENER = "opener"
    """Whoever opened the idea or pull request."""
    THREAD = "thread"
    """Everybody who wrote in the thread."""
    BRANCH = "branch"
    """Whoever cut the branch."""
    CARD = "card"
    """Whoever asked for the change, or suggested it."""
    SUBJECT = "subject"
    """Whose rights changed."""
    ARBITERS = "arbiter"
    """The RFC's arbiters; where it has neither these nor owners, the admins, as admin-actionable."""
    ADMINS = "admin"
    WATCHERS = "watching"
    FOLLOWERS = "following"


@dataclass(frozen=True, slots=True)
class Route:
    """One line of the table."""

    audience: Audience
    category: Category


NOBODY: Final[tuple[Route, ...]] = ()
_TO_OPENER = Route(Audience.OPENER, Category.PERSONAL_DIRECT)
_TO_MENTIONED = Route(Audience.MENTIONED, Category.PERSONAL_DIRECT)
_TO_CARD = Route(Audience.CARD, Category.PERSONAL_DIRECT)
_TO_SUBJECT = Route(Audience.SUBJECT, Category.PERSONAL_DIRECT)
_TO_ARBITERS = Route(Audience.ARBITERS, Category.PERSONAL_DIRECT)
_TO_ADMINS = Route(Audience.ADMINS, Category.ADMIN_ACTIONABLE)
_STRUCTURAL = (
    Route(Audience.WATCHERS, Category.WATCHED_STRUCTURAL),
    Route(Audience.FOLLOWERS, Category.WATCHED_STRUCTURAL),
)
_CHURN = (Route(Audience.WATCHERS, Category.WATCHED_CHURN),)
_REVIEWED = (_TO_OPENER, Route(Audience.BRANCH, Category.PERSONAL_DIRECT))
_TALK = (
    _TO_MENTIONED,
    *_REVIEWED,
    Route(Audience.THREAD, Category.PERSONAL_DIRECT),
    *_CHURN,
)
_DECIDED = (_TO_OPENER, *_STRUCTURAL)

SYNC_BROKEN: Final = "sync_broken"
GRADUATION_READY: Final = "graduation_ready"
PULL_CONFLICTING: Final = "pull_conflicting"

ROUTES: Final[Mapping[str, tuple[Route, ...]]] = {
    "propose_idea": (_TO_ADMINS,),
    "merge_idea": _DECIDED,
    "decline_idea": _DECIDED,
    "withdraw_idea": _STRUCTURAL,
    "open_claim": (_TO_ADMINS,),
    "merge_claim": _DECIDED,
    "decline_claim": _DECIDED,
    "withdraw_claim": _STRUCTURAL,
    "open_pull": (_TO_ARBITERS, *_STRUCTURAL),
    "reopen_pull": (_TO_ARBITERS, *_STRUCTURAL),
    "resolve_pull": _CHURN,
    "edit_pull": NOBODY,
    "merge_pull": _DECIDED,
    "withdraw_pull": _DECIDED,
    "close_superseded_pull": _DECIDED,
    PULL_CONFLICTING: (_TO_OPENER,),
    "open_metadata": (_TO_ARBITERS, *_STRUCTURAL),
    "merge_metadata": _DECIDED,
    "decline_metadata": _DECIDED,
    "withdraw_metadata": _DECIDED,
    GRADUATION_READY: (_TO_ADMINS,),
    "graduate_start": NOBODY,
    "graduate_create_repository": NOBODY,
    "graduate_seed_repository": NOBODY,
    "graduate_open_pull": NOBODY,
    "graduate_merge_pull": NOBODY,
    "graduate_announce": NOBODY,
    "graduate_failed": (_TO_ADMINS,),
    "graduate_undo_pull": NOBODY,
    "graduate_undo_repository": NOBODY,
    "graduate_undone": NOBODY,
    "graduate_stuck": (_TO_ADMINS,),
    "graduate_resume": NOBODY,
    "graduate_turn_back": NOBODY,
    "replay_commit": NOBODY,
    "discard_replay": NOBODY,
    "graduate_complete": _STRUCTURAL,
    "start_contributing": _CHURN,
    "carry_branch": _CHURN,
    "flush_text": _CHURN,
    "open_thread": _TALK,
    "post_message": _TALK,
    "ask_model": (_TO_MENTIONED, *_CHURN),
    "accept_change": (_TO_CARD, *_CHURN),
    "decline_change": (_TO_CARD,),
    "undo_change": (_TO_CARD, *_CHURN),
    "suggest_change": _REVIEWED,
    "add_word": NOBODY,
    "stop_answer": NOBODY,
    "resolve_thread": NOBODY,
    "reopen_thread": NOBODY,
    "confirm_place": NOBODY,
    "detach_thread": NOBODY,
    "discuss_flag": NOBODY,
    "set_branch_visibility": NOBODY,
    "set_branch_edit_access": NOBODY,
    "grant_branch": NOBODY,
    "revoke_branch": NOBODY,
    "pin_branch": NOBODY,
    "unpin_branch": NOBODY,
    "close_branch": NOBODY,
    "reopen_branch": NOBODY,
    "restore_branch": NOBODY,
    "warn_branch": (Route(Audience.BRANCH, Category.PERSONAL_DIRECT),),
    "keep_branch": NOBODY,
    "close_idle_branch": (Route(Audience.BRANCH, Category.PERSONAL_DIRECT),),
    "delete_stale_branch": (Route(Audience.BRANCH, Category.PERSONAL_DIRECT),),
    "delete_post_merge_branch": NOBODY,
    "close_graduated_branch": (Route(Audience.BRANCH, Category.PERSONAL_DIRECT),),
    "sign_in": NOBODY,
    "sign_out": NOBODY,
    "end_sessions": NOBODY,
    "store_funder_key": NOBODY,
    "remove_funder_key": NOBODY,
    "consent_funding": NOBODY,
    "withdraw_funding": NOBODY,
    "retry_mail": NOBODY,
    "resume_write": NOBODY,
    "drop_write": NOBODY,
    "seed_meta_repository": NOBODY,
    "seed_webhook": NOBODY,
    "import_corpus": NOBODY,
    SYNC_BROKEN: (_TO_ADMINS,),
    "role_granted": (_TO_SUBJECT,),
    "muted": (_TO_SUBJECT,),
    "unmuted": (_TO_SUBJECT,),
    "owner_claimed": NOBODY,
    "branch_granted": NOBODY,
    "branch_revoked": NOBODY,
}
"""A kind of act that is missing here fails `tests/unit/services/domain/test_routing.py`: decide whom it concerns."""


def routes_of(kind: ActionKind | PermissionEventKind | str) -> tuple[Route, ...]:
    """The lines of the table for a kind; none for one that only newer code knows."""
    return ROUTES.get(str(kind), NOBODY)


_CODE = re.compile(r"```.*?(```|\Z)|~~~.*?(~~~|\Z)|`[^`\n]*`", re.DOTALL)
_MENTION = re.compile(r"(?<![\w@/.+-])@([A-Za-z0-9_][A-Za-z0-9._-]{0,98})")
MOST_MENTIONED: Final = 50
"""People one message can call; a longer list is a way to shout at everybody."""


def mentioned_logins(body: str) -> tuple[str, ...]:
    """The logins that a message calls with `@`, once each; not those inside code."""
    found = (match.rstrip(".-_") for match in _MENTION.findall(_CODE.sub(" ", body)))
    return tuple(dict.fromkeys(login.lower() for login in found if login))[:MOST_MENTIONED]
