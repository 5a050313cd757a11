"""Pages know when their session ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import cast

import pytest
from nicegui import Client

from rfc_ui.security.ended_sessions import REMEMBERED, EndedSessions
from rfc_ui.security.leaving import Leaving
from services.domain.actors import Actor, Viewer
from services.domain.events import SessionsEnded, user_topic
from services.domain.identifiers import Login, UserId
from services.live.bus import Callback, Told, Unsubscribe
from services.usecases import accounts
from services.usecases.context import Context

WRITER = Actor(id=UserId(7), login=Login("writer"), display_name="Writer")


@dataclass
class FakeBus:
    """Keeps who follows which topic."""

    followers: dict[str, Callback] = field(default_factory=dict)

    def subscribe(self, topics: list[str], callback: Callback) -> Unsubscribe:
        [topic] = topics
        self.followers[topic] = callback
        return lambda: self.followers.__delitem__(topic)


@dataclass
class FakePage:
    """As much of a client as is looked at."""

    id: str
    token: str | None = "token"
    opened: list[str] = field(default_factory=list)
    is_deleted: bool = False

    @property
    def request(self) -> SimpleNamespace:
        return SimpleNamespace(session={"id": "s"} | ({"token": self.token} if self.token else {}))

    def open(self, path: str) -> None:
        self.opened.append(path)


def client(page: FakePage) -> Client:
    return cast("Client", page)


@pytest.fixture
def bus() -> FakeBus:
    return FakeBus()


@pytest.fixture
def leaving(bus: FakeBus, monkeypatch: pytest.MonkeyPatch) -> Leaving:
    async def viewer_of(_: Context, *, token: str | None) -> Viewer:
        return WRITER if token == "token" else None

    monkeypatch.setattr(accounts, "viewer_of", viewer_of)
    made = Leaving(EndedSessions())
    made.watch(cast("Context", SimpleNamespace(bus=bus)))
    return made


async def test_a_page_may_do_nothing_once_its_session_has_ended(leaving: Leaving, bus: FakeBus) -> None:
    page = FakePage("one")
    await leaving.page_opened(client(page))
    before = leaving.ended.may_act(client(page))
    event = SessionsEnded(WRITER.id, (accounts.token_hash("token"),))
    bus.followers[user_topic(WRITER.id)](Told(1, event))
    assert (before, leaving.ended.may_act(client(page))) == (True, False)


async def test_other_sessions_of_the_same_person_go_on(leaving: Leaving, bus: FakeBus) -> None:
    page = FakePage("one")
    await leaving.page_opened(client(page))
    bus.followers[user_topic(WRITER.id)](Told(1, SessionsEnded(WRITER.id, (accounts.token_hash("other"),))))
    assert leaving.ended.may_act(client(page))


async def test_a_page_whose_session_ended_before_its_socket_opened_leaves(
    leaving: Leaving, bus: FakeBus
) -> None:
    page = FakePage("one", token="over")
    await leaving.page_opened(client(page))
    assert (page.opened, leaving.ended.may_act(client(page)), bus.followers) == (["/"], False, {})


async def test_an_anonymous_page_follows_nobody_and_may_act(leaving: Leaving, bus: FakeBus) -> None:
    page = FakePage("one", token=None)
    await leaving.page_opened(client(page))
    assert (leaving.ended.may_act(client(page)), bus.followers) == (True, {})


async def test_a_person_is_followed_once_until_the_last_page_closes(leaving: Leaving, bus: FakeBus) -> None:
    pages = [client(FakePage("one")), client(FakePage("two"))]
    for page in pages:
        await leaving.page_opened(page)
    followed = []
    for page in pages:
        followed.append(len(bus.followers))
        leaving.page_closed(page)
    assert (followed, bus.followers) == ([1, 1], {})


async def test_a_page_closed_while_it_was_being_looked_up_is_not_followed(
    leaving: Leaving, bus: FakeBus
) -> None:
    await leaving.page_opened(client(FakePage("one", is_deleted=True)))
    assert bus.followers == {}


def test_only_the_newest_ended_sessions_are_remembered() -> None:
    ended = EndedSessions()
    first = FakePage("one", token="first")
    ended.note([accounts.token_hash("first")])
    ended.note(f"{number:064x}" for number in range(REMEMBERED))
    assert ended.may_act(client(first))
