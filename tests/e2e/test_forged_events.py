"""Whoever is muted or lowered while a page stands open can do nothing through it any more, whatever it sends (§6)."""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from html import unescape

import pytest

from tests.support.engine_socket import EngineSocket, Refused
from tests.support.server import READER, REVIEWER, WRITER, RunningServer
from tests.support.visitor import CLIENT_ID, Visitor

SOON = 5.0
"""Seconds within which a change of rights reaches an open page."""
ELEMENTS = re.compile(r"parseElements\(String\.raw`(.*?)`\)", re.DOTALL)
WHY = "Advertising."


@dataclass
class OpenPage:
    """A page without a browser: its socket, and the listeners of its elements by the name of the event."""

    url: str
    headers: dict[str, str]
    socket: EngineSocket
    listeners: dict[str, tuple[int, str]]

    def forge(self, event: str, args: object) -> None:
        """Send what a browser would send if somebody pressed something that it does not show."""
        element, listener = self.listeners[event]
        told = {
            "client_id": self.socket.client_id,
            "id": element,
            "listener_id": listener,
            "args": [json.dumps(args)],
        }
        self.socket.send("event", told)

    def wait_until_over(self) -> None:
        """Wait until the server has ended the page: nobody can join it any more."""
        ends = time.monotonic() + SOON
        while time.monotonic() < ends:
            try:
                EngineSocket.open(self.url, self.socket.client_id, self.headers).connection.close()
            except Refused:
                return
        raise AssertionError(f"the page did not end within {SOON} s")

    def wait_until_handled(self) -> None:
        """Wait until the server has taken everything that was sent before this."""
        self.socket.ask("handshake", {"client_id": "nobody"})

    def hears(self, words: str, *, seconds: float = 30) -> str:
        """The next frame with these words in it."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            if words in (frame := self.socket.receive()):
                return frame
        raise AssertionError(f"the page did not hear “{words}” within {seconds} s")


@contextmanager
def opened(visitor: Visitor, path: str) -> Iterator[OpenPage]:
    html = visitor.app.get(path).raise_for_status().text
    page, elements = CLIENT_ID.search(unescape(html)), ELEMENTS.search(html)
    assert page is not None
    assert elements is not None
    listeners = {
        event["type"]: (int(key), event["listener_id"])
        for key, element in json.loads(unescape(elements[1])).items()
        for event in element.get("events", [])
    }
    headers = {"cookie": visitor.cookie, "origin": visitor.server.url}
    with EngineSocket.open(visitor.server.url, page[1], headers) as socket:
        yield OpenPage(visitor.server.url, headers, socket, listeners)


def rows(server: RunningServer, question: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(server.database)) as database:
        return database.execute(question).fetchall()


def user_id(server: RunningServer, login: str) -> int:
    return int(str(rows(server, f"SELECT id FROM users WHERE gitea_login = '{login}'")[0][0]))


@pytest.fixture
def moderated(server: RunningServer) -> Iterator[RunningServer]:
    """A server where the reviewer runs the app for a while, and nobody stays muted."""
    for login in (REVIEWER, WRITER, READER):
        with Visitor(server) as visitor:
            visitor.sign_in(login)
    server.run_command("users", "role", REVIEWER, "admin")
    yield server
    server.run_command("users", "role", REVIEWER, "contributor")
    for login in (WRITER, READER):
        server.run_command("users", "mute", login, "--lift")


def test_an_admin_who_was_lowered_can_do_nothing_from_the_page_that_is_open(moderated: RunningServer) -> None:
    reader = user_id(moderated, READER)
    ended = f"SELECT count(*) FROM sessions WHERE user_id = {reader} AND revoked_at IS NOT NULL"
    before = rows(moderated, ended)
    with Visitor(moderated) as visitor:
        visitor.sign_in(REVIEWER)
        with opened(visitor, "/admin/users") as page:
            page.forge("act", {"act": f"mute:{reader}", "value": ""})
            page.hears("Muted: reading stays")
            page.forge("act", {"act": f"unmute:{reader}", "value": ""})
            page.hears("May write again")

            moderated.run_command("users", "role", REVIEWER, "contributor")
            page.hears("rfc.reload()", seconds=SOON)
            page.wait_until_over()
            for act in (
                f"mute:{reader}",
                f"role:{user_id(moderated, REVIEWER)}",
                f"end:{reader}",
                "refresh",
                "mails:all",
            ):
                page.forge("act", {"act": act, "value": "admin"})
            page.wait_until_handled()

    assert rows(moderated, ended) == before
    assert rows(moderated, f"SELECT muted FROM users WHERE id = {reader}") == [(0,)]
    assert rows(moderated, f"SELECT role FROM users WHERE gitea_login = '{REVIEWER}'") == [("contributor",)]


def test_a_muted_person_can_write_nothing_from_the_page_that_is_open_and_is_told_why(
    moderated: RunningServer,
) -> None:
    with Visitor(moderated) as admin, Visitor(moderated) as visitor:
        admin.sign_in(REVIEWER)
        visitor.sign_in(WRITER)
        with opened(admin, "/admin/users") as desk, opened(visitor, "/catalog") as page:
            form = {"title": "Forged", "slug": "", "pitch": "Because.", "tags": "", "op": ""}
            page.forge("propose", form)
            page.hears("refuse")  # it gets as far as the form's own rules

            desk.forge("act", {"act": f"mute:{user_id(moderated, WRITER)}", "value": WHY})
            desk.hears("Muted: reading stays")
            page.hears("rfc.reload()", seconds=SOON)
            page.forge("propose", form | {"slug": "forged-idea"})
            assert f"The reason given: “{WHY}”" in page.hears("An admin has muted your account")

    assert rows(moderated, "SELECT count(*) FROM slug_reservations WHERE slug = 'forged-idea'") == [(0,)]
    assert rows(moderated, "SELECT count(*) FROM actions WHERE rfc_slug = 'forged-idea'") == [(0,)]


def test_a_role_that_changed_while_a_page_was_being_made_reaches_it(moderated: RunningServer) -> None:
    def become(role: str) -> None:
        """As it stands when the change was told before the page followed it."""
        with closing(sqlite3.connect(moderated.database, timeout=60)) as database:
            database.execute("UPDATE users SET role = ? WHERE gitea_login = ?", (role, READER))
            database.commit()

    with Visitor(moderated) as visitor:
        visitor.sign_in(READER)
        ticket = visitor.page("/catalog")
        become("admin")
        try:
            headers = {"cookie": visitor.cookie, "origin": moderated.url}
            with EngineSocket.open(moderated.url, ticket, headers) as socket:
                while "rfc.reload()" not in socket.receive():
                    pass
        finally:
            become("contributor")
