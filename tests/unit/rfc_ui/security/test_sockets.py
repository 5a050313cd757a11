"""The door of the socket, and whom each message on it may speak for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from nicegui import core
from starlette.types import Message, Receive, Scope, Send

from rfc_ui.security.sessions import ID_KEY, TOKEN_KEY
from rfc_ui.security.site_origin import SiteOrigin
from rfc_ui.security.sockets import GUARDED_MESSAGES, LIVE_PATH, SocketGuard, guard_messages
from tests.support.asgi import Dialogue

SITE = SiteOrigin.of("https://rfc.example.org")
PATH = "/_nicegui_ws/socket.io/"
OWN = {"origin": "https://rfc.example.org"}
ACCEPTED: Message = {"type": "websocket.accept"}


async def accepting(_: Scope, __: Receive, send: Send) -> None:
    await send(ACCEPTED)


async def opened(path: str = PATH, *, query: str = "client_id=c1", headers: dict[str, str] = OWN,
                 session: dict[str, object] | None = None) -> list[Message]:  # fmt: skip
    dialogue = Dialogue(SocketGuard(accepting, SITE))
    return await dialogue.open_socket(
        path, query=query, headers=headers, session={"id": "s1"} if session is None else session
    )


def refused(reason: str) -> list[Message]:
    return [{"type": "websocket.close", "code": 1008, "reason": reason}]


async def test_a_socket_of_our_own_page_is_let_in() -> None:
    assert await opened() == [ACCEPTED]


@pytest.mark.parametrize("headers", [{"origin": "https://evil.test"}, {"origin": "null"}, {}])
async def test_a_socket_from_elsewhere_is_refused(headers: dict[str, str]) -> None:
    assert await opened(headers=headers) == refused("The connection comes from another site.")


async def test_a_socket_without_a_session_is_refused() -> None:
    assert await opened(session={}) == refused("The connection carries no session.")


async def test_a_socket_for_no_page_is_refused() -> None:
    assert await opened(query="EIO=4") == refused("The connection names no page.")


async def test_a_polling_connection_can_be_upgraded_by_its_own_browser_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    environ = {"asgi.scope": {"session": {"id": "s1"}}}
    monkeypatch.setitem(core.sio.environ, "engine-1", environ)
    own = await opened(query="sid=engine-1", session={"id": "s1"})
    other = await opened(query="sid=engine-1", session={"id": "s2"})
    assert (own, other) == ([ACCEPTED], refused("The connection belongs to another browser."))


async def test_there_is_no_socket_at_any_other_address() -> None:
    assert await opened("/anything") == refused("There is no socket here.")


async def test_the_socket_of_live_texts_is_for_people_who_are_signed_in() -> None:
    signed_in = await opened(LIVE_PATH, query="", session={ID_KEY: "s1", TOKEN_KEY: "t1"})
    stranger = await opened(LIVE_PATH, query="", session={ID_KEY: "s1"})
    assert (signed_in, stranger) == ([ACCEPTED], refused("Live texts are for people who are signed in."))


@pytest.mark.parametrize("headers", [{"origin": "https://evil.test"}, {"origin": "null"}, {}])
async def test_the_socket_of_live_texts_has_the_same_door(headers: dict[str, str]) -> None:
    session: dict[str, object] = {ID_KEY: "s1", TOKEN_KEY: "t1"}
    told = await opened(LIVE_PATH, query="", headers=headers, session=session)
    assert told == refused("The connection comes from another site.")


@pytest.mark.parametrize("path", ["/live/", "/live/x", "/livelier"])
async def test_the_socket_of_live_texts_has_one_address(path: str) -> None:
    session: dict[str, object] = {ID_KEY: "s1", TOKEN_KEY: "t1"}
    assert await opened(path, session=session) == refused("There is no socket here.")


@pytest.fixture
def handlers() -> Iterator[dict[str, object]]:
    kept = dict(core.sio.handlers["/"])
    yield core.sio.handlers["/"]
    core.sio.handlers["/"].clear()
    core.sio.handlers["/"].update(kept)


def test_every_message_a_browser_can_send_is_guarded(handlers: dict[str, object]) -> None:
    guard_messages(lambda _: True)
    guarded = sorted(name for name, handler in handlers.items() if hasattr(handler, "guards"))
    assert guarded == sorted(["connect", *GUARDED_MESSAGES])


def test_guarding_twice_wraps_once(handlers: dict[str, object]) -> None:
    guard_messages(lambda _: True)
    guard_messages(lambda _: True)
    assert [name for name, one in handlers.items() if hasattr(getattr(one, "guards", None), "guards")] == []


def test_a_message_nobody_has_looked_at_stops_the_start(handlers: dict[str, object]) -> None:
    handlers["upload"] = print
    with pytest.raises(RuntimeError, match="messages nobody guards"):
        guard_messages(lambda _: True)
