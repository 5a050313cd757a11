"""Who may do what: the table of §6.4 as rules that can be combined, checked inside every use-case.

A rule looks at the viewer and at facts (`Standing`) that the use-case gathered. Logins in a standing are the
*present* logins of the people meant: whoever held the name when the line was written (§6.1).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from services.domain.actors import Actor, Role, Viewer
from services.domain.branch import BranchState
from services.domain.errors import Forbidden, Muted, NotSignedIn
from services.domain.identifiers import Login


class EditAccess(StrEnum):
    """Who may edit a branch (§11)."""

    CREATOR = "creator"
    INVITED = "invited"
    ANYONE = "anyone"


class MetadataField(StrEnum):
    """What a metadata PR may change (§9.6)."""

    TITLE = "title"
    TAGS = "tags"
    MODELS = "models"
    FUNDER = "funder"
    WITHDRAWAL = "withdrawal"
    OWNERS = "owners"
    ARBITERS = "arbiters"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The facts about one thing that rules look at; what does not apply stays empty."""

    opened_by: Login | None = None
    """Who opened the idea, PR or thread."""
    owners: tuple[Login, ...] = ()
    arbiters: tuple[Login, ...] = ()
    branch_creator: Login | None = None
    branch_private: bool = False
    branch_state: BranchState = BranchState.OPEN
    branch_access: EditAccess = EditAccess.CREATOR
    branch_grants: tuple[Login, ...] = ()
    branch_left_behind: bool = False
    """Whether the entry graduated since, so that its text lives in another repository (§13.4)."""
    metadata_fields: frozenset[MetadataField] = frozenset()
    """What a metadata PR changes."""


NOTHING_KNOWN = Standing()
ANOTHER_OWNER_FIRST = "Make somebody else an owner first, or lift an owner's mute."

Check = Callable[[Viewer, Standing], bool]


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition on viewer and standing; `who` completes “Only … can do that”; `hint` says what to do instead."""

    check: Check
    who: str
    refusal: str = ""
    hint: str | None = None

    def __or__(self, other: Rule) -> Rule:
        """Holds if either holds."""
        return Rule(
            lambda viewer, standing: self.check(viewer, standing) or other.check(viewer, standing),
            _either(self.who, other.who),
        )

    def __and__(self, other: Rule) -> Rule:
        """Holds if both hold; explained by the first that does not."""
        return _Both(lambda v, s: self.check(v, s) and other.check(v, s), self.who, parts=(self, other))

    def first_failing(self, viewer: Viewer, standing: Standing) -> Rule | None:
        """The rule that says no, or None."""
        return None if self.check(viewer, standing) else self


@dataclass(frozen=True, slots=True)
class _Both(Rule):
    parts: tuple[Rule, ...] = ()

    def first_failing(self, viewer: Viewer, standing: Standing) -> Rule | None:
        failing = (part.first_failing(viewer, standing) for part in self.parts)
        return next((rule for rule in failing if rule is not None), None)


def require(rule: Rule, viewer: Viewer, standing: Standing = NOTHING_KNOWN, *, act: str) -> Actor:
    """The actor, if the rule lets them; `act` completes “you can't …”.

    Raises NotSignedIn for anonymous viewers whatever the rule, Muted, or Forbidden with the reason.
    """
    if viewer is None:
        raise NotSignedIn(f"Sign in to {act}.")
    failing = rule.first_failing(viewer, standing)
    if failing is unmuted:
        raise Muted(_muted_sentence(act, viewer.mute_reason))
    if failing is not None:
        raise Forbidden(_refusal(failing, act), hint=failing.hint)
    return viewer


def allows(rule: Rule, viewer: Viewer, standing: Standing = NOTHING_KNOWN) -> bool:
    """Whether the rule lets the viewer."""
    return rule.check(viewer, standing)


def why_not(rule: Rule, viewer: Viewer, standing: Standing = NOTHING_KNOWN, *, act: str) -> str | None:
    """The sentence that says why the viewer can't, or None if they can."""
    failing = rule.first_failing(viewer, standing)
    if failing is None:
        return None
    if viewer is None:
        return f"Sign in to {act}."
    return _muted_sentence(act, viewer.mute_reason) if failing is unmuted else _refusal(failing, act)


def _either(one: str, other: str) -> str:
    joint = ", " if " or " in other else " or "
    return one.replace(" or ", ", ") + joint + other


def _muted_sentence(act: str, reason: str) -> str:
    why = f" The reason given: “{reason}”" if reason else ""
    return f"An admin has muted your account, so you can't {act}.{why}"


def _refusal(rule: Rule, act: str) -> str:
    return rule.refusal or f"Only {rule.who} can {act}."


def _is_one_of(viewer: Viewer, logins: Iterable[Login | None]) -> bool:
    # Gitea compares logins without case, and so must whoever trusts a login written in a file.
    return viewer is not None and viewer.login.lower() in {login.lower() for login in logins if login}


def _runs_the_app(viewer: Viewer, _: Standing) -> bool:
    return viewer is not None and viewer.runs_the_app


def _is_arbiter(viewer: Viewer, standing: Standing) -> bool:
    return _is_one_of(viewer, standing.arbiters or standing.owners)


def _has_edit_access(viewer: Viewer, standing: Standing) -> bool:
    if viewer is None:
        return False
    if standing.branch_access is EditAccess.ANYONE or _is_one_of(viewer, (standing.branch_creator,)):
        return True
    return standing.branch_access is EditAccess.INVITED and _is_one_of(viewer, standing.branch_grants)


_METADATA_BY_OWNERS = frozenset({MetadataField.TITLE, MetadataField.TAGS})
_METADATA_BY_ARBITERS = _METADATA_BY_OWNERS | {
    MetadataField.MODELS,
    MetadataField.FUNDER,
    MetadataField.WITHDRAWAL,
}


def _changes_only(fields: frozenset[MetadataField]) -> Rule:
    return Rule(lambda _, standing: standing.metadata_fields <= fields, "admins")


everyone = Rule(lambda *_: True, "everyone")
signed_in = Rule(lambda viewer, _: viewer is not None, "people who are signed in")
unmuted = Rule(lambda viewer, _: viewer is not None and not viewer.muted, "people who are not muted")
app_admin = Rule(_runs_the_app, "admins")
app_owner = Rule(lambda viewer, _: viewer is not None and viewer.role is Role.OWNER, "the app's owners")
opener = Rule(lambda viewer, standing: _is_one_of(viewer, (standing.opened_by,)), "whoever opened it")
rfc_owner = Rule(lambda viewer, standing: _is_one_of(viewer, standing.owners), "the RFC's owners")
rfc_arbiter = Rule(_is_arbiter, "the RFC's arbiters")
branch_creator = Rule(
    lambda viewer, standing: _is_one_of(viewer, (standing.branch_creator,)), "the branch's creator"
)
branch_granted = Rule(
    lambda viewer, standing: _is_one_of(viewer, standing.branch_grants), "people invited to the branch"
)
branch_editor = Rule(_has_edit_access, "people whom the branch's edit access admits")
branch_there = Rule(
    lambda _, standing: standing.branch_state is not BranchState.DELETED,
    "nobody",
    refusal="This branch has been deleted; its conversation can still be read.",
)
branch_open = Rule(
    lambda _, standing: standing.branch_state is not BranchState.CLOSED,
    "nobody",
    refusal="This branch is closed. Whoever may change its settings can reopen it.",
)
LEFT_BEHIND = (
    "This branch is of the time before the RFC graduated and stays as it was. "
    "Its text can be carried to a new branch."
)
branch_of_present = Rule(lambda _, standing: not standing.branch_left_behind, "nobody", refusal=LEFT_BEHIND)
branch_not_left_closed = Rule(
    lambda viewer, standing: branch_of_present.check(viewer, standing) or branch_open.check(viewer, standing),
    "nobody",
    refusal=LEFT_BEHIND,
)
branch_public = Rule(lambda _, standing: not standing.branch_private, "everyone")

arbiter = rfc_arbiter | app_admin
"""§6.3: arbiters, owners where there are none, and whoever runs the app."""

may_read_public = everyone
may_read_branch = branch_public | branch_creator | branch_granted | rfc_owner | rfc_arbiter | app_admin

may_propose = signed_in & unmuted
may_comment = signed_in & unmuted
may_ask_ai = signed_in & unmuted
may_start_contributing = signed_in & unmuted

may_talk_on_branch = (
    may_read_branch & branch_there & branch_not_left_closed & branch_open & signed_in & unmuted
)
"""Comment and ask AI on a branch: one that is closed or deleted can only be read (§8.4)."""
may_edit_branch = may_read_branch & branch_there & branch_of_present & branch_open & branch_editor & unmuted
may_stop_answer = (opener | arbiter) & unmuted
"""Stop a model (§8.5): whoever asked it, and arbiters."""
may_decide_waiting = (opener | arbiter) & unmuted
"""Decline a change that waits on main (§8.8): whoever asked for it, and arbiters."""
may_change_branch = (branch_creator | rfc_owner | rfc_arbiter | app_admin) & unmuted
may_bring_branch_back = branch_of_present & may_change_branch
"""Reopen it when it is closed, restore it when it is deleted (§11)."""
may_pin_branch = (rfc_owner | rfc_arbiter | app_admin) & unmuted

may_merge_idea = app_admin & unmuted
may_decline_idea = app_admin & unmuted
may_decide_claim = app_admin & unmuted
may_claim = signed_in & unmuted
"""Ask to own a super-draft that nobody owns (§13.1)."""
may_open_metadata = signed_in & unmuted
"""Open a metadata PR; who merges it depends on what it changes."""
may_withdraw = (opener | arbiter) & unmuted
may_merge_pull = arbiter & unmuted
may_edit_pull = (opener | branch_creator | arbiter) & unmuted
"""Rewrite a pull request's title and description (§10.6)."""
may_resolve_pull = (opener | branch_editor | arbiter) & unmuted
"""Replay a conflicting pull request on main as it is now (§10.9)."""
may_merge_metadata = (
    app_admin
    | (rfc_arbiter & _changes_only(_METADATA_BY_ARBITERS))
    | (rfc_owner & _changes_only(_METADATA_BY_OWNERS))
) & unmuted
may_graduate = (rfc_owner | app_admin) & unmuted
may_resolve_thread = (opener | branch_creator | arbiter) & unmuted

may_read_admin = app_admin
"""The admin pages can be read by a muted admin too (§6.2)."""
may_run_admin = app_admin & unmuted


def may_set_role(*, subject: Actor, role: Role, owner_count: int) -> Rule:
    """Giving `subject` a role; `owner_count` is how many owners can act now, muted ones apart (§6.4, last row)."""
    if subject.role is Role.OWNER and role is not Role.OWNER:
        stay = owner_count if subject.muted else owner_count - 1
        return app_owner & _an_owner_stays(stay) & unmuted
    return (app_owner if role is Role.OWNER else app_admin) & unmuted


def may_mute(*, subject: Actor) -> Rule:
    """Muting or unmuting `subject`: an owner only by an owner, nobody oneself."""
    others = Rule(
        lambda viewer, _: viewer is not None and viewer.id != subject.id,
        "others",
        refusal="You can't mute yourself.",
    )
    return (app_owner if subject.role is Role.OWNER else app_admin) & others & unmuted


def may_end_sessions(*, subject: Actor) -> Rule:
    """Signing `subject` out everywhere: an owner only by an owner; oneself always, muted or not."""
    oneself = Rule(lambda viewer, _: viewer is not None and viewer.id == subject.id, "the person")
    return oneself | ((app_owner if subject.role is Role.OWNER else app_admin) & unmuted)


def _an_owner_stays(stay: int) -> Rule:
    return Rule(
        lambda *_: stay > 0, "nobody", refusal="The last owner can't be lowered.", hint=ANOTHER_OWNER_FIRST
    )
