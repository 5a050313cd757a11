"""The live connection: nobody gets in for somebody else's page."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator

import pytest

from tests.support.engine_socket import EngineSocket, Refused
from tests.support.forge import wait_until
from tests.support.server import READER, WRITER, RunningServer
from tests.support.visitor import Visitor

RELOAD = "Implicit handshake failed"
"""On this refusal the page reloads itself."""


@pytest.fixture
def writer(server: RunningServer) -> Iterator[Visitor]:
    with Visitor(server) as visitor:
        visitor.sign_in(WRITER)
        yield visitor


def attempt(server: RunningServer, client_id: str, **headers: str) -> str:
    """How the server answers: "in", a status, or the words of its refusal."""
    try:
        with EngineSocket.open(server.url, client_id, headers):
            return "in"
    except Refused as refused:
        return str(refused)


def test_the_page_of_a_session_gets_its_socket(server: RunningServer, writer: Visitor) -> None:
    assert attempt(server, writer.page("/catalog"), cookie=writer.cookie, origin=server.url) == "in"


def test_an_anonymous_page_gets_its_socket_too(server: RunningServer) -> None:
    with Visitor(server) as stranger:
        page = stranger.page("/catalog")
        assert attempt(server, page, cookie=stranger.cookie, origin=server.url) == "in"


@pytest.mark.parametrize("origin", ["https://evil.test", "null", "http://localhost:1"])
def test_another_origin_is_refused_at_the_door(server: RunningServer, writer: Visitor, origin: str) -> None:
    assert attempt(server, writer.page("/catalog"), cookie=writer.cookie, origin=origin) == "403"


def test_a_socket_without_an_origin_is_refused_at_the_door(server: RunningServer, writer: Visitor) -> None:
    assert attempt(server, writer.page("/catalog"), cookie=writer.cookie) == "403"


def test_a_socket_without_the_session_is_refused_at_the_door(server: RunningServer, writer: Visitor) -> None:
    assert attempt(server, writer.page("/catalog"), origin=server.url) == "403"


def test_somebody_elses_page_is_refused(server: RunningServer, writer: Visitor) -> None:
    with Visitor(server) as reader:
        reader.sign_in(READER)
        reader.page("/catalog")
        assert attempt(server, writer.page("/catalog"), cookie=reader.cookie, origin=server.url) == RELOAD


def test_an_anonymous_page_is_not_for_another_stranger(server: RunningServer) -> None:
    with Visitor(server) as one, Visitor(server) as other:
        page = one.page("/catalog")
        other.page("/catalog")
        assert attempt(server, page, cookie=other.cookie, origin=server.url) == RELOAD


def test_an_unknown_page_is_refused(server: RunningServer, writer: Visitor) -> None:
    assert attempt(server, str(uuid.uuid4()), cookie=writer.cookie, origin=server.url) == RELOAD


def test_a_page_loaded_before_signing_in_reloads_after_it(server: RunningServer) -> None:
    with Visitor(server) as person:
        page = person.page("/catalog")
        person.sign_in(WRITER)
        assert attempt(server, page, cookie=person.cookie, origin=server.url) == RELOAD


def test_there_is_no_socket_elsewhere(server: RunningServer, writer: Visitor) -> None:
    with server.http() as stranger:
        answer = stranger.get("/_nicegui_ws/socket.io/?EIO=4&transport=polling")
    assert answer.status_code == 403


def poll(server: RunningServer, client_id: str, **headers: str) -> int:
    query = {"EIO": "4", "transport": "polling", "client_id": client_id, "implicit_handshake": "true"}
    with server.http() as browser:
        return browser.get("/_nicegui_ws/socket.io/", params=query, headers=headers).status_code


def test_long_polling_has_the_same_door(server: RunningServer, writer: Visitor) -> None:
    page = writer.page("/catalog")
    assert [
        poll(server, page, cookie=writer.cookie),
        poll(server, page, cookie=writer.cookie, origin=server.url),
        poll(server, page, cookie=writer.cookie, origin="https://evil.test"),
        poll(server, page, cookie=writer.cookie, **{"sec-fetch-site": "cross-site"}),
        poll(server, page),
    ] == [200, 200, 403, 403, 403]


def test_a_polling_connection_is_not_for_another_browser(server: RunningServer, writer: Visitor) -> None:
    address, query = f"{server.url}/_nicegui_ws/socket.io/", {"EIO": "4", "transport": "polling"}
    page = writer.page("/catalog")
    opened = writer.app.get(address, params={**query, "client_id": page})
    engine_id = opened.text.partition('"sid":"')[2].partition('"')[0]
    with Visitor(server) as other:
        other.page("/catalog")
        answer = other.app.post(
            address, params={**query, "sid": engine_id}, content="40", headers={"origin": server.url}
        )
    assert (opened.status_code, answer.status_code) == (200, 403)


MESSAGES: list[tuple[str, Callable[[str], object]]] = [
    ("event", lambda page: {"client_id": page, "id": 1, "listener_id": "x", "args": []}),
    ("javascript_response", lambda page: {"client_id": page, "request_id": "x", "result": 1}),
    ("ack", lambda page: {"client_id": page, "next_message_id": 10_000}),
    ("log", lambda page: {"client_id": page, "level": "error", "message": "forged\nline"}),
    ("handshake", lambda page: {"client_id": page, "tab_id": "t", "document_id": "d"}),
    ("event", lambda _: "nonsense"),
    ("event", lambda _: {"id": 1}),
]


@pytest.mark.parametrize(("name", "message"), MESSAGES)
def test_a_socket_speaks_for_its_own_page_only(
    server: RunningServer, writer: Visitor, name: str, message: Callable[[str], object]
) -> None:
    with Visitor(server) as reader:
        reader.sign_in(READER)
        own = reader.page("/catalog")
        with EngineSocket.open(server.url, own, {"cookie": reader.cookie, "origin": server.url}) as socket:
            assert socket.ask(name, message(writer.page("/catalog"))) is False


def test_a_page_whose_session_ended_can_do_nothing_any_more(server: RunningServer, writer: Visitor) -> None:
    page = writer.page("/catalog")
    ack = {"client_id": page, "next_message_id": 0}
    with EngineSocket.open(server.url, page, {"cookie": writer.cookie, "origin": server.url}) as socket:
        before = socket.ask("ack", ack)
        writer.post("/auth/logout")
        wait_until(lambda: socket.ask("ack", ack) is False, what="the refusal")
    assert before is None


def test_a_page_opened_just_before_the_session_ended_gets_no_socket_that_acts(
    server: RunningServer, writer: Visitor
) -> None:
    page, cookie = writer.page("/catalog"), writer.cookie
    writer.post("/auth/logout")
    with EngineSocket.open(server.url, page, {"cookie": cookie, "origin": server.url}) as socket:
        ack = {"client_id": page, "next_message_id": 0}
        wait_until(lambda: socket.ask("ack", ack) is False, what="the refusal")


def test_what_a_page_writes_into_the_log_stays_one_line(server: RunningServer, writer: Visitor) -> None:
    page = writer.page("/catalog")
    mark = uuid.uuid4().hex
    with EngineSocket.open(server.url, page, {"cookie": writer.cookie, "origin": server.url}) as socket:
        socket.ask("log", {"client_id": page, "level": "error", "message": f"{mark}\nRFC app started"})
    lines = [line for line in server.log.read_text().splitlines() if mark in line]
    assert [line.endswith(f"browser: {mark}\\nRFC app started") for line in lines] == [True]


def test_client_ids_and_codes_are_not_in_the_log(server: RunningServer) -> None:
    before = server.log.stat().st_size  # the failures that other tests bring about quote lines of our sources
    with Visitor(server) as person:
        person.sign_in(WRITER)
        page = person.page("/catalog")
        attempt(server, page, cookie=person.cookie, origin=server.url)
    log = server.log.read_bytes()[before:].decode()
    assert [word in log for word in (page, "client_id", "code=", "state=")] == [False] * 4
