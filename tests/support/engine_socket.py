"""Speaks NiceGUI's socket protocol by hand, so that a test can say what no browser would."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urlencode

from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

PATIENCE = 30.0


class Refused(Exception):
    """The server did not let the socket in; the text says how."""


def socket_address(url: str, client_id: str) -> str:
    """Where the socket of an opened page connects to on the server at `url`."""
    query = {
        "client_id": client_id,
        "next_message_id": 0,
        "implicit_handshake": "true",
        "document_id": str(uuid.uuid4()),
        "tab_id": str(uuid.uuid4()),
        "old_tab_id": "",
        "EIO": 4,
        "transport": "websocket",
    }
    return f"{url.replace('http', 'ws', 1)}/_nicegui_ws/socket.io/?{urlencode(query)}"


@dataclass
class EngineSocket:
    """An open socket for one page."""

    connection: ClientConnection
    client_id: str

    @classmethod
    def open(cls, url: str, client_id: str, headers: Mapping[str, str]) -> Self:
        """Connect and take part; raises Refused at the door (a status) or at the handshake (its words)."""
        try:
            connection = connect(
                socket_address(url, client_id),
                additional_headers=dict(headers),
                proxy=None,
                open_timeout=PATIENCE,
            ).__enter__()
        except InvalidStatus as error:
            raise Refused(str(error.response.status_code)) from error
        return cls(connection, client_id)._joined()

    def _joined(self) -> Self:
        self.receive()  # the transport's greeting
        self.connection.send("40")
        answer = self.receive()
        if answer.startswith("44"):
            self.connection.close()
            raise Refused(json.loads(answer[2:])["message"])
        assert answer.startswith("40"), answer
        return self

    def send(self, name: str, message: object) -> None:
        """Send one message."""
        self.connection.send("42" + json.dumps([name, message]))

    def ask(self, name: str, message: object) -> object:
        """Send one message and return what the server acknowledges."""
        self.connection.send("420" + json.dumps([name, message]))
        while True:
            answer = self.receive()
            if answer.startswith("430"):
                return next(iter(json.loads(answer[3:])), None)

    def receive(self) -> str:
        """The next frame; heartbeats are answered."""
        while True:
            frame = str(self.connection.recv(PATIENCE))
            if frame != "2":
                return frame
            self.connection.send("3")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.connection.close()
