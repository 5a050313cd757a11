"""Events hold ids, and survive being stored (ARCHITECTURE §2)."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain import events
from services.domain.events import Event
from services.domain.identifiers import (
    ChangeId,
    CommitSha,
    MessageId,
    OperationId,
    PullNumber,
    Repository,
    Slug,
    ThreadId,
    UserId,
)
from services.domain.stored_events import MalformedEvent, event_from, event_ids

META = Repository("ohm/meta")
EVERY_EVENT: list[tuple[Event, tuple[str, ...]]] = [
    (events.CatalogChanged((Slug("human"), Slug("mind"))), ("catalog",)),
    (events.IdeasChanged((PullNumber(7),)), ("catalog",)),
    (events.PullChanged(META, PullNumber(7)), ("pr:_meta/7",)),
    (events.PullChanged(META, PullNumber(7), Slug("human")), ("pr:_meta/7", "pr:human/7", "rfc:human")),
    (events.WordingChosen(Slug("human"), PullNumber(7)), ("pr:human/7",)),
    (events.EntryChanged(Slug("human")), ("rfc:human",)),
    (events.MessagePosted(ThreadId(1), MessageId(2), slug=Slug("human")), ("rfc:human",)),
    (events.MessagePosted(ThreadId(1), MessageId(2), number=PullNumber(7)), ("pr:_meta/7",)),
    (
        events.MessagePosted(ThreadId(1), MessageId(2), Slug("human"), PullNumber(7)),
        ("rfc:human", "pr:_meta/7"),
    ),
    (
        events.MessagePosted(ThreadId(1), MessageId(2), Slug("human"), branch="a/b"),
        ("branch:human/a/b",),
    ),
    (events.BranchCut(Slug("human"), "a/b"), ("branch:human/a/b", "rfc:human")),
    (events.BranchChanged(Slug("human"), "a/b"), ("branch:human/a/b", "rfc:human")),
    (events.ChangeProposed(Slug("human"), "a/b", ChangeId(5)), ("branch:human/a/b",)),
    (events.ChangeBegun(Slug("human"), "a/b", ChangeId(5)), ("branch:human/a/b",)),
    (events.ChangeDecided(Slug("human"), None, ChangeId(5)), ("rfc:human",)),
    (events.AnswerStarted(Slug("human"), None, ThreadId(1), MessageId(2)), ("rfc:human",)),
    (events.AnswerEnded(Slug("human"), "a/b", ThreadId(1), MessageId(2)), ("branch:human/a/b",)),
    (events.TextFlushed(Slug("human"), "a/b", CommitSha("c" * 40)), ("branch:human/a/b",)),
    (events.ThreadChanged(ThreadId(1), Slug("human")), ("rfc:human",)),
    (events.ThreadChanged(ThreadId(1), Slug("human"), "a/b"), ("branch:human/a/b",)),
    (events.RoleChanged(UserId(3)), ("user:3", "admin")),
    (events.MuteChanged(UserId(3)), ("user:3", "admin")),
    (events.SessionsEnded(UserId(3), ("ab", "cd")), ("user:3",)),
    (events.NotificationsChanged("action:1:merge_idea"), ("inbox",)),
    (events.NotificationsChanged(user_id=UserId(3)), ("inbox",)),
    (events.SyncChanged(META), ("admin",)),
    (events.RecordGrew(), ("admin",)),
    (events.SagaMoved(Slug("human"), OperationId("a" * 32)), ("rfc:human", "admin")),
]


@pytest.mark.parametrize(("event", "topics"), EVERY_EVENT)
def test_an_event_is_told_on_its_topics(event: Event, topics: tuple[str, ...]) -> None:
    assert event.topics == topics


@pytest.mark.parametrize("event", [event for event, _ in EVERY_EVENT])
def test_an_event_comes_back_as_it_was_stored(event: Event) -> None:
    stored = json.loads(json.dumps(event_ids(event)))
    assert event_from(event.kind, stored) == event


def test_every_kind_of_event_is_tried_here() -> None:
    never_stored = {"TextTyped"}
    kinds = {kind.__name__ for kind in Event.__subclasses__()} - never_stored
    assert {event.kind for event, _ in EVERY_EVENT} == kinds


def test_typing_is_told_on_the_branch_and_not_stored() -> None:
    event = events.TextTyped(Slug("human"), "a/b")
    assert event.topics == ("branch:human/a/b",)
    with pytest.raises(MalformedEvent):
        event_from(event.kind, event_ids(event))


def test_a_newer_release_may_add_ids() -> None:
    assert event_from("EntryChanged", {"slug": "human", "colour": "blue"}) == events.EntryChanged(
        Slug("human")
    )


@pytest.mark.parametrize(
    ("kind", "ids"),
    [("NoSuchEvent", {}), ("Event", {}), ("EntryChanged", {}), ("EntryChanged", {"slug": {"a": 1}})],
)
def test_an_event_nobody_knows_is_its_own_error(kind: str, ids: dict[str, events.JsonValue]) -> None:
    with pytest.raises(MalformedEvent):
        event_from(kind, ids)


@given(slugs=st.lists(st.text(max_size=20)))
def test_any_slugs_survive(slugs: list[str]) -> None:
    event = events.CatalogChanged(tuple(Slug(slug) for slug in slugs))
    assert event_from(event.kind, event_ids(event)) == event
