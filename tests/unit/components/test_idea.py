"""The parts of the idea page: who sees which button, and what is said when it can't be used."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pytest
from selectolax.lexbor import LexborHTMLParser

from components.idea import bar_html, head_html
from services.domain.actors import Actor, Role
from services.domain.identifiers import CommitSha, Login, PullNumber, UserId
from services.domain.pull import PullState
from services.usecases.views.idea import DecisionView, IdeaView
from services.usecases.views.parts import Permit, PersonView, ThreadView

AT = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
YES, NO = Permit(allowed=True), Permit(allowed=False, why_not="You can't.")
ANA = PersonView(login="ana", name="Ana <Ruiz>")
OPEN = IdeaView(
    number=PullNumber(57),
    slug="silence",
    title="Silence & <b>",
    pitch="Because.",
    tags=("core", "a/b"),
    proposer=ANA,
    opened_at=AT,
    state=PullState.OPEN,
    head_sha=CommitSha("a" * 40),
    problem=None,
    decision=None,
    merge=NO,
    decline=NO,
    withdraw=NO,
    comment=NO,
    as_of=AT,
    thread=ThreadView(),
)


def somebody(role: Role = Role.CONTRIBUTOR, login: str = "ben") -> Actor:
    return Actor(id=UserId(1), login=Login(login), display_name=login, role=role)


def buttons(html: str) -> dict[str, str | None]:
    """The test ids of the buttons, with whether they are off."""
    found = LexborHTMLParser(html).css("button[data-testid]")
    return {str(node.attributes["data-testid"]): node.attributes.get("aria-disabled") for node in found}


def words(html: str, selector: str) -> list[str]:
    return [" ".join(node.text().split()) for node in LexborHTMLParser(html).css(selector)]


def test_an_admin_decides() -> None:
    view = dataclasses.replace(OPEN, merge=YES, decline=YES, withdraw=YES)

    html = bar_html(view, somebody(Role.ADMIN), declining=False)

    assert buttons(html) == {"decline-proposal": None, "merge-proposal": None}


def test_the_proposer_can_take_it_back() -> None:
    html = bar_html(dataclasses.replace(OPEN, withdraw=YES), somebody(login="ana"), declining=False)

    assert buttons(html) == {"withdraw-proposal": None}


@pytest.mark.parametrize("viewer", [None, somebody()])
def test_everybody_else_is_told_whom_it_waits_for(viewer: Actor | None) -> None:
    html = bar_html(OPEN, viewer, declining=False)

    assert (buttons(html), words(html, ".r-hint")) == ({}, ["Waits for an admin’s decision"])


def test_a_merge_that_is_off_can_be_reached_and_says_why() -> None:
    view = dataclasses.replace(
        OPEN, merge=Permit(allowed=False, why_not="Its file has no title."), decline=YES
    )
    admin = somebody(Role.OWNER)

    html = bar_html(view, admin, declining=False) + head_html(view, admin)

    assert buttons(html) == {"decline-proposal": None, "merge-proposal": "true"}
    assert words(html, "#idea-why-not") == ["Its file has no title."]


def test_what_people_typed_is_text() -> None:
    html = head_html(OPEN, None)

    assert words(html, "[data-testid=rfc-title]") == ["Silence & <b>"]
    assert [node.attributes["title"] for node in LexborHTMLParser(html).css(".r-person")] == ["@ana"]
    assert [node.attributes["href"] for node in LexborHTMLParser(html).css(".r-tag")] == [
        "/catalog?tag=core",
        "/catalog?tag=a%2Fb",
    ]


@pytest.mark.parametrize(
    ("state", "chip", "note"),
    [
        (
            PullState.MERGED,
            "Merged",
            "Merged by Ana <Ruiz>, 5 Jan 2026. It lives on as a super-draft, with this discussion.",
        ),
        (PullState.CLOSED, "Declined", "Declined by Ana <Ruiz>, 5 Jan 2026First <i>. Second."),
        (
            PullState.WITHDRAWN,
            "Withdrawn",
            "Withdrawn by Ana <Ruiz>, 5 Jan 2026. The slug is free again; page and discussion stay.",
        ),
    ],
)
def test_a_decided_idea_says_how_it_ended(state: PullState, chip: str, note: str) -> None:
    decision = DecisionView(
        by=ANA, at=AT, comment="First <i>.\n\nSecond." if state is PullState.CLOSED else None
    )
    view = dataclasses.replace(OPEN, state=state, decision=decision)

    html = head_html(view, somebody(Role.ADMIN))

    assert (words(html, "[data-testid=rfc-state]"), words(html, ".r-note")) == ([chip], [note])
    assert buttons(bar_html(view, somebody(Role.ADMIN), declining=False)) == {}


def test_the_reason_of_a_decline_is_markdown_as_every_message() -> None:
    decision = DecisionView(by=ANA, at=AT, comment="See **care**.\n<script>x</script>")

    html = head_html(dataclasses.replace(OPEN, state=PullState.CLOSED, decision=decision), None)

    assert words(html, "[data-testid=decline-reason] strong") == ["care"]
    assert LexborHTMLParser(html).css("script") == []


@pytest.mark.parametrize("state", [PullState.CLOSED, PullState.WITHDRAWN])
def test_whose_idea_came_to_nothing_can_propose_it_again(state: PullState) -> None:
    view = dataclasses.replace(OPEN, state=state, propose_again=True)

    assert buttons(bar_html(view, somebody(login="ana"), declining=False)) == {"propose-again": None}


def test_an_idea_says_which_one_it_comes_after() -> None:
    html = head_html(dataclasses.replace(OPEN, before=PullNumber(12)), None)

    assert words(html, "[data-testid=idea-before]") == ["Proposed before as #12."]
    (link,) = LexborHTMLParser(html).css("[data-testid=idea-before] a")
    assert link.attributes["href"] == "/proposal/12"


def test_an_end_made_on_gitea_has_no_person() -> None:
    view = dataclasses.replace(
        OPEN, state=PullState.CLOSED, decision=DecisionView(by=None, at=None, comment=None)
    )

    assert words(head_html(view, None), ".r-note") == ["Declined on Gitea"]
