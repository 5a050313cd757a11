"""The table of §6.4: every rule against roles, mutes and standings."""

from __future__ import annotations

from itertools import product

import pytest

from services.domain import permissions as rules
from services.domain.actors import Actor, Role, Viewer
from services.domain.branch import BranchState
from services.domain.errors import Forbidden, Muted, NotSignedIn
from services.domain.identifiers import Login, UserId
from services.domain.permissions import (
    EditAccess,
    MetadataField,
    Rule,
    Standing,
    allows,
    require,
    why_not,
)

SOMEBODY = Login("somebody")
ME = Login("Writer")
"""Written in another case than the viewer's login on purpose."""

STANDINGS = {
    "stranger": Standing(
        opened_by=SOMEBODY, owners=(SOMEBODY,), arbiters=(SOMEBODY,), branch_creator=SOMEBODY
    ),
    "opener": Standing(opened_by=ME, owners=(SOMEBODY,), arbiters=(SOMEBODY,), branch_creator=SOMEBODY),
    "rfc owner": Standing(opened_by=SOMEBODY, owners=(SOMEBODY, ME), arbiters=(SOMEBODY,)),
    "rfc owner without arbiters": Standing(opened_by=SOMEBODY, owners=(ME,)),
    "arbiter": Standing(opened_by=SOMEBODY, owners=(SOMEBODY,), arbiters=(ME,)),
    "branch creator": Standing(opened_by=SOMEBODY, owners=(SOMEBODY,), branch_creator=ME),
}
SIGNED_IN = frozenset(STANDINGS)
NOBODY: frozenset[str] = frozenset()
ARBITERS = frozenset({"arbiter", "rfc owner without arbiters"})
RFC_OWNERS = frozenset({"rfc owner", "rfc owner without arbiters"})

CONTRIBUTORS_WHO_MAY: list[tuple[str, frozenset[str]]] = [
    ("may_propose", SIGNED_IN),
    ("may_comment", SIGNED_IN),
    ("may_ask_ai", SIGNED_IN),
    ("may_start_contributing", SIGNED_IN),
    ("may_claim", SIGNED_IN),
    ("may_open_metadata", SIGNED_IN),
    ("may_merge_idea", NOBODY),
    ("may_decline_idea", NOBODY),
    ("may_decide_claim", NOBODY),
    ("may_withdraw", ARBITERS | {"opener"}),
    ("may_stop_answer", ARBITERS | {"opener"}),
    ("may_decide_waiting", ARBITERS | {"opener"}),
    ("may_merge_pull", ARBITERS),
    ("may_edit_pull", ARBITERS | {"opener", "branch creator"}),
    ("may_resolve_pull", ARBITERS | {"opener", "branch creator"}),
    ("may_graduate", RFC_OWNERS),
    ("may_resolve_thread", ARBITERS | {"opener", "branch creator"}),
    ("may_change_branch", ARBITERS | RFC_OWNERS | {"branch creator"}),
    ("may_bring_branch_back", ARBITERS | RFC_OWNERS | {"branch creator"}),
    ("may_pin_branch", ARBITERS | RFC_OWNERS),
    ("may_run_admin", NOBODY),
]
ADMINS_TOO = {name for name, _ in CONTRIBUTORS_WHO_MAY}
PEOPLE: list[Viewer] = [None] + [
    Actor(id=UserId(1), login=Login("writer"), display_name="Writer", role=role, muted=muted)
    for role, muted in product(Role, (False, True))
]


def person(
    role: Role = Role.CONTRIBUTOR, *, muted: bool = False, login: str = "writer", number: int = 1
) -> Actor:
    return Actor(id=UserId(number), login=Login(login), display_name=login, role=role, muted=muted)


def expected(viewer: Viewer, place: str, contributors: frozenset[str]) -> bool:
    if viewer is None or viewer.muted:
        return False
    return viewer.runs_the_app or place in contributors


@pytest.mark.parametrize("place", STANDINGS)
@pytest.mark.parametrize(
    "viewer", PEOPLE, ids=lambda v: f"{v.role}{'-muted' * v.muted}" if v else "anonymous"
)
@pytest.mark.parametrize(("name", "contributors"), CONTRIBUTORS_WHO_MAY)
def test_writing_acts_follow_the_table(
    name: str, contributors: frozenset[str], viewer: Viewer, place: str
) -> None:
    rule: Rule = getattr(rules, name)
    may = expected(viewer, place, contributors)
    assert allows(rule, viewer, STANDINGS[place]) is may
    assert (why_not(rule, viewer, STANDINGS[place], act="do this") is None) is may


def test_every_rule_of_the_module_is_in_a_matrix() -> None:
    named = {name for name in vars(rules) if name.startswith("may_")}
    elsewhere = {
        "may_read_public",
        "may_read_branch",
        "may_read_admin",
        "may_edit_branch",
        "may_talk_on_branch",
        "may_merge_metadata",
    }
    assert named == ADMINS_TOO | elsewhere | {"may_set_role", "may_mute", "may_end_sessions"}


@pytest.mark.parametrize("viewer", PEOPLE)
@pytest.mark.parametrize("place", STANDINGS)
def test_public_things_are_read_by_everyone(viewer: Viewer, place: str) -> None:
    assert allows(rules.may_read_public, viewer, STANDINGS[place])
    assert allows(rules.may_read_branch, viewer, STANDINGS[place])


@pytest.mark.parametrize("viewer", PEOPLE)
def test_the_admin_pages_are_read_by_admins_muted_or_not(viewer: Viewer) -> None:
    assert allows(rules.may_read_admin, viewer) is (viewer is not None and viewer.runs_the_app)


PRIVATE = {
    "stranger": (Standing(branch_private=True, branch_creator=SOMEBODY), False),
    "opener of its PR": (Standing(branch_private=True, branch_creator=SOMEBODY, opened_by=ME), False),
    "creator": (Standing(branch_private=True, branch_creator=ME), True),
    "granted": (Standing(branch_private=True, branch_creator=SOMEBODY, branch_grants=(ME,)), True),
    "rfc owner": (Standing(branch_private=True, owners=(ME,), arbiters=(SOMEBODY,)), True),
    "arbiter": (Standing(branch_private=True, owners=(SOMEBODY,), arbiters=(ME,)), True),
}


@pytest.mark.parametrize("viewer", PEOPLE)
@pytest.mark.parametrize("place", PRIVATE)
def test_a_private_branch_is_read_by_its_people(viewer: Viewer, place: str) -> None:
    standing, contributor_may = PRIVATE[place]
    may = viewer is not None and (viewer.runs_the_app or contributor_may)
    assert allows(rules.may_read_branch, viewer, standing) is may


@pytest.mark.parametrize("viewer", PEOPLE)
@pytest.mark.parametrize("private", [False, True])
@pytest.mark.parametrize("access", EditAccess)
@pytest.mark.parametrize("place", ["stranger", "granted", "creator"])
def test_a_branch_is_edited_by_its_edit_access(
    viewer: Viewer, private: bool, access: EditAccess, place: str
) -> None:
    standing = Standing(
        branch_private=private,
        branch_access=access,
        branch_creator=ME if place == "creator" else SOMEBODY,
        branch_grants=(ME,) if place == "granted" else (),
    )
    admitted = (
        access is EditAccess.ANYONE
        or place == "creator"
        or (place == "granted" and access is EditAccess.INVITED)
    )
    reads = viewer is not None and (not private or viewer.runs_the_app or place != "stranger")
    may = viewer is not None and not viewer.muted and admitted and reads
    assert allows(rules.may_edit_branch, viewer, standing) is may


@pytest.mark.parametrize("viewer", PEOPLE)
@pytest.mark.parametrize("state", BranchState)
@pytest.mark.parametrize("private", [False, True])
def test_a_branch_is_talked_on_by_who_may_read_it_and_only_while_it_is_open(
    viewer: Viewer, state: BranchState, private: bool
) -> None:
    standing = Standing(branch_state=state, branch_private=private, branch_creator=SOMEBODY)
    reads = viewer is not None and (not private or viewer.runs_the_app)
    may = viewer is not None and not viewer.muted and reads and state is BranchState.OPEN
    assert allows(rules.may_talk_on_branch, viewer, standing) is may


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("state", [BranchState.OPEN, BranchState.CLOSED])
def test_a_branch_of_the_time_before_a_graduation_is_edited_and_reopened_by_nobody(
    role: Role, state: BranchState
) -> None:
    standing = Standing(branch_creator=ME, branch_state=state, branch_left_behind=True)
    told = [
        why_not(rule, person(role), standing, act="do this")
        for rule in (rules.may_edit_branch, rules.may_bring_branch_back)
    ]
    assert told == [rules.LEFT_BEHIND] * 2


def test_a_branch_that_a_graduation_closed_promises_no_reopening_to_whoever_wants_to_talk() -> None:
    closed = Standing(branch_creator=ME, branch_state=BranchState.CLOSED, branch_left_behind=True)
    assert why_not(rules.may_talk_on_branch, person(), closed, act="write here") == rules.LEFT_BEHIND


def test_a_branch_that_is_closed_or_deleted_says_so_to_its_creator() -> None:
    told = [
        why_not(
            rules.may_edit_branch,
            person(),
            Standing(branch_creator=ME, branch_state=state),
            act="edit this branch",
        )
        for state in BranchState
    ]
    assert told == [
        None,
        "This branch is closed. Whoever may change its settings can reopen it.",
        "This branch has been deleted; its conversation can still be read.",
    ]


BY_OWNERS = {MetadataField.TITLE, MetadataField.TAGS}
BY_ARBITERS = BY_OWNERS | {MetadataField.MODELS, MetadataField.FUNDER, MetadataField.WITHDRAWAL}


@pytest.mark.parametrize("viewer", PEOPLE)
@pytest.mark.parametrize("field", MetadataField)
@pytest.mark.parametrize("with_title", [False, True])
@pytest.mark.parametrize("place", ["stranger", "rfc owner", "rfc owner without arbiters", "arbiter"])
def test_metadata_is_merged_by_whoever_may_change_all_of_it(
    viewer: Viewer, field: MetadataField, with_title: bool, place: str
) -> None:
    fields = frozenset({field} | ({MetadataField.TITLE} if with_title else set()))
    people = STANDINGS[place]
    standing = Standing(owners=people.owners, arbiters=people.arbiters, metadata_fields=fields)
    by_arbiter = place in ARBITERS and fields <= BY_ARBITERS
    by_owner = place in RFC_OWNERS and fields <= BY_OWNERS
    may = viewer is not None and not viewer.muted and (viewer.runs_the_app or by_arbiter or by_owner)
    assert allows(rules.may_merge_metadata, viewer, standing) is may


@pytest.mark.parametrize("viewer", PEOPLE)
@pytest.mark.parametrize("held", Role)
@pytest.mark.parametrize("given", Role)
@pytest.mark.parametrize("owner_count", [1, 2])
def test_roles_are_given_as_the_table_says(viewer: Viewer, held: Role, given: Role, owner_count: int) -> None:
    rule = rules.may_set_role(
        subject=person(held, login="other", number=2), role=given, owner_count=owner_count
    )
    writes = viewer is not None and not viewer.muted
    if held is Role.OWNER and given is not Role.OWNER:
        may = writes and viewer.role is Role.OWNER and owner_count > 1
    elif given is Role.OWNER:
        may = writes and viewer.role is Role.OWNER
    else:
        may = writes and viewer.runs_the_app
    assert allows(rule, viewer) is may


@pytest.mark.parametrize("viewer", PEOPLE)
@pytest.mark.parametrize("held", Role)
@pytest.mark.parametrize("oneself", [False, True])
def test_muting_follows_the_table_and_nobody_mutes_themselves(
    viewer: Viewer, held: Role, oneself: bool
) -> None:
    rule = rules.may_mute(subject=person(held, login="other", number=1 if oneself else 2))
    writes = viewer is not None and not viewer.muted and not oneself
    enough = viewer is not None and (
        viewer.role is Role.OWNER or (viewer.runs_the_app and held is not Role.OWNER)
    )
    assert allows(rule, viewer) is (writes and enough)


@pytest.mark.parametrize("viewer", PEOPLE)
@pytest.mark.parametrize("held", Role)
@pytest.mark.parametrize("oneself", [False, True])
def test_sessions_are_ended_by_their_owner_or_an_admin(viewer: Viewer, held: Role, oneself: bool) -> None:
    rule = rules.may_end_sessions(subject=person(held, login="other", number=1 if oneself else 2))
    enough = viewer is not None and (
        viewer.role is Role.OWNER or (viewer.runs_the_app and held is not Role.OWNER)
    )
    may = viewer is not None and (oneself or (enough and not viewer.muted))
    assert allows(rule, viewer) is may


def test_requiring_gives_the_actor() -> None:
    writer = person()
    assert require(rules.may_propose, writer, act="propose") is writer


def test_requiring_asks_a_stranger_to_sign_in_even_for_public_things() -> None:
    for rule in (rules.may_propose, rules.may_read_public):
        with pytest.raises(NotSignedIn) as refused:
            require(rule, None, act="propose an RFC")
        assert refused.value.message == "Sign in to propose an RFC."


def test_a_muted_person_is_told_that_they_are_muted() -> None:
    with pytest.raises(Muted) as refused:
        require(rules.may_propose, person(muted=True), act="propose an RFC")
    assert refused.value.message == "An admin has muted your account, so you can't propose an RFC."


def test_a_muted_person_without_the_right_is_told_who_has_it() -> None:
    with pytest.raises(Forbidden) as refused:
        require(rules.may_merge_idea, person(muted=True), act="merge this idea")
    assert type(refused.value) is Forbidden
    assert refused.value.message == "Only admins can merge this idea."


@pytest.mark.parametrize(
    ("rule", "viewer", "sentence"),
    [
        (rules.may_merge_idea, None, "Sign in to do this."),
        (rules.may_merge_idea, person(), "Only admins can do this."),
        (
            rules.may_withdraw,
            person(),
            "Only whoever opened it, the RFC's arbiters or admins can do this.",
        ),
        (
            rules.may_merge_idea,
            person(Role.ADMIN, muted=True),
            "An admin has muted your account, so you can't do this.",
        ),
        (rules.may_mute(subject=person()), person(Role.OWNER), "You can't mute yourself."),
        (
            rules.may_set_role(subject=person(Role.OWNER), role=Role.ADMIN, owner_count=1),
            person(Role.OWNER),
            "The last owner can't be lowered.",
        ),
        (rules.may_propose, person(), None),
    ],
)
def test_a_refusal_is_a_sentence(rule: Rule, viewer: Viewer, sentence: str | None) -> None:
    assert why_not(rule, viewer, act="do this") == sentence


def test_rules_combine() -> None:
    yes, no = Rule(lambda *_: True, "all"), Rule(lambda *_: False, "none")
    assert [
        allows(yes | no, None),
        allows(no | no, None),
        allows(yes & no, None),
        allows(yes & yes, None),
    ] == [
        True,
        False,
        False,
        True,
    ]
