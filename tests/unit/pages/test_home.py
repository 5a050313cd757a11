"""What stands on the home page for whom."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from components.overview import Turn
from pages.landing import INDEX_ENTRIES, index_of
from pages.turns import Waiting, turn_in_words, turns_of
from services.domain.actors import Actor, Role
from services.domain.entry import EntryState
from services.domain.events import (
    EntryChanged,
    IdeasChanged,
    MessagePosted,
    NotificationsChanged,
    ThreadChanged,
)
from services.domain.hygiene import Step
from services.domain.identifiers import CommitSha, Login, MessageId, PullNumber, Slug, ThreadId, UserId
from services.usecases.views.catalog import CatalogRow, CatalogView, IdeaRow
from services.usecases.views.turns import TurnKind, TurnView

AT = datetime(2025, 11, 20, 12, tzinfo=UTC)


def idea(number: int, by: str, days: int) -> IdeaRow:
    return IdeaRow(
        number=PullNumber(number), slug=f"idea-{number}", title=f"Idea {number}", tags=(), proposed_by=by,
        opened_at=AT - timedelta(days=days),
    )  # fmt: skip


def row(number: int, title: str, state: EntryState = EntryState.ACTIVE) -> CatalogRow:
    return CatalogRow(
        slug=Slug(f"s{number}"), number=number, title=title, state=state, tags=(), last_activity_at=AT, open_pulls=0,
        owners=(), arbiters=(), proposed_by="ana", proposed_at=None, commit_sha=CommitSha("c" * 40),
    )  # fmt: skip


VIEW = CatalogView(version=1, rows=(), ideas=(idea(3, "ana", 1), idea(2, "ben", 2), idea(1, "Ana", 9)))
NAMES = {"ana": "Ana Almeida", "Ana": "Ana Almeida", "ben": "Ben Okri"}
ANA = Actor(id=UserId(1), login=Login("ana"), display_name="Ana")


def test_an_admin_decides_on_every_idea_the_longest_wait_first() -> None:
    admin = replace(ANA, role=Role.ADMIN)

    assert [(turn.path, turn.button) for turn in turns_of(VIEW, admin, NAMES)] == [
        ("/proposal/1", "Review"),
        ("/proposal/2", "Review"),
        ("/proposal/3", "Review"),
    ]


def test_proposers_are_called_by_their_names() -> None:
    admin = replace(ANA, role=Role.ADMIN)

    shown = turns_of(VIEW, admin, {**NAMES, "ben": "Ben Okri"})

    assert "Proposed by Ben Okri. You decide as an admin." in [turn.why for turn in shown]


def test_a_contributor_sees_their_own_open_ideas() -> None:
    assert [turn.path for turn in turns_of(VIEW, ANA, NAMES)] == ["/proposal/1", "/proposal/3"]


def test_nothing_of_others_waits_for_a_contributor() -> None:
    assert turns_of(VIEW, replace(ANA, login=Login("cleo")), NAMES) == ()


def test_strangers_get_an_index_by_title_without_what_was_withdrawn() -> None:
    titles = ["Person", "Body", "Consent", "Death", "Guest", "Home", "A title too long for half a column"]
    rows = tuple(row(number, title) for number, title in enumerate(titles))
    rows += (row(99, "Gone", EntryState.WITHDRAWN),)

    assert [shown.title for shown in index_of(rows)] == [
        "Body",
        "Consent",
        "Death",
        "Guest",
        "Home",
        "Person",
    ]


def test_an_index_of_a_few_words_is_no_index() -> None:
    assert index_of(tuple(row(number, "Word") for number in range(5))) == ()


def test_an_index_stays_a_glance() -> None:
    assert len(index_of(tuple(row(number, "Word") for number in range(500)))) == INDEX_ENTRIES


def test_a_page_looks_again_when_something_happens_to_what_it_shows_as_waiting() -> None:
    waiting = Waiting()
    here, elsewhere = Slug("soul"), Slug("human")
    assert waiting.concerns(IdeasChanged((PullNumber(1),)))
    assert waiting.concerns(NotificationsChanged("action:1"))
    assert not waiting.concerns(ThreadChanged(ThreadId(1), here, "a/b"))

    waiting.show([Turn(title="", why="", since=AT, path="/rfc/soul/branch/a/b", button="Answer")])

    assert waiting.concerns(ThreadChanged(ThreadId(1), here, "a/b"))
    assert waiting.concerns(MessagePosted(ThreadId(1), MessageId(2), slug=here))
    assert not waiting.concerns(ThreadChanged(ThreadId(1), elsewhere))
    assert not waiting.concerns(EntryChanged(elsewhere))


@pytest.mark.parametrize(
    ("fate", "why", "button"),
    [
        (Step.CLOSE, "Nobody has worked on it for long. Of Human.", "Keep or let go"),
        (Step.DELETE_STALE, "It has been closed for long. Of Human.", "Keep or let go"),
        (Step.DELETE_MERGED, "Its pull request was merged. Of Human.", "Keep"),
    ],
)
def test_a_branch_that_will_end_says_why(fate: Step, why: str, button: str) -> None:
    turn = turn_in_words(
        TurnView(
            kind=TurnKind.WARNED, title="Human", text="ana/draft", who="is deleted", since=AT, path="/x", until=AT,
            fate=fate,
        )
    )  # fmt: skip

    assert (turn.title, turn.why, turn.button) == (
        "Your branch ana/draft is deleted on 20 November",
        why,
        button,
    )
