"""The kinds of recorded acts: `actions.action_kind` and `permission_events.event_kind` (§5, §6.5)."""

from __future__ import annotations

from enum import StrEnum


class ActionKind(StrEnum):
    """One value for every act the app records; the values are contract for operators."""

    PROPOSE_IDEA = "propose_idea"
    MERGE_IDEA = "merge_idea"
    DECLINE_IDEA = "decline_idea"
    WITHDRAW_IDEA = "withdraw_idea"
    START_CONTRIBUTING = "start_contributing"
    SET_BRANCH_VISIBILITY = "set_branch_visibility"
    SET_BRANCH_EDIT_ACCESS = "set_branch_edit_access"
    GRANT_BRANCH = "grant_branch"
    REVOKE_BRANCH = "revoke_branch"
    PIN_BRANCH = "pin_branch"
    UNPIN_BRANCH = "unpin_branch"
    CLOSE_BRANCH = "close_branch"
    REOPEN_BRANCH = "reopen_branch"
    RESTORE_BRANCH = "restore_branch"
    OPEN_PULL = "open_pull"
    EDIT_PULL = "edit_pull"
    MERGE_PULL = "merge_pull"
    WITHDRAW_PULL = "withdraw_pull"
    REOPEN_PULL = "reopen_pull"
    RESOLVE_PULL = "resolve_pull"
    CLOSE_SUPERSEDED_PULL = "close_superseded_pull"
    OPEN_THREAD = "open_thread"
    POST_MESSAGE = "post_message"
    RESOLVE_THREAD = "resolve_thread"
    REOPEN_THREAD = "reopen_thread"
    CONFIRM_PLACE = "confirm_place"
    DETACH_THREAD = "detach_thread"
    DISCUSS_FLAG = "discuss_flag"
    SIGN_IN = "sign_in"
    SIGN_OUT = "sign_out"
    END_SESSIONS = "end_sessions"
    SEED_META_REPOSITORY = "seed_meta_repository"
    SEED_WEBHOOK = "seed_webhook"
    IMPORT_CORPUS = "import_corpus"
    FLUSH_TEXT = "flush_text"
    ASK_MODEL = "ask_model"
    STOP_ANSWER = "stop_answer"
    SUGGEST_CHANGE = "suggest_change"
    ACCEPT_CHANGE = "accept_change"
    DECLINE_CHANGE = "decline_change"
    UNDO_CHANGE = "undo_change"
    ADD_WORD = "add_word"


class PermissionEventKind(StrEnum):
    """One value for every change of somebody's rights."""

    ROLE_GRANTED = "role_granted"
    MUTED = "muted"
    UNMUTED = "unmuted"
    BRANCH_GRANTED = "branch_granted"
    BRANCH_REVOKED = "branch_revoked"
    OWNER_CLAIMED = "owner_claimed"
