"""Speaks the socket of live texts by hand, so that a test can say what no editor would."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from html import unescape
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from services.domain.shared_text import ChangeSet, from_units, to_units
from tests.support.visitor import Visitor

PATIENCE = 30.0
KEY = re.compile(r"session-key[\"']?:\s*[\"']([A-Za-z0-9_-]+)[\"']")


class Refused(Exception):
    """The server closed the line; the text is the code, or the HTTP status when it never opened."""


def key_in(html: str) -> str:
    """The key of the editor window that a page was given."""
    found = KEY.search(unescape(html))
    assert found is not None, "the page has no editor"
    return found[1]


class LiveLine:
    """One editor window's connection, with the text as this window knows it."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.text = ""
        self.version = 0
        self.epoch = ""
        self.client_id = ""
        self._heard: deque[dict[str, Any]] = deque()
        self._numbers = itertools.count(1)

    async def join(self, **known: object) -> dict[str, Any]:
        """Say hello to the text; what is known of it is updated from the answer."""
        reply = await self.ask(type="join", text=True, **known)
        self.text, self.version = reply["text"], reply["version"]
        self.epoch, self.client_id = reply["epoch"], reply["clientID"]
        return reply

    async def type(self, at: int, words: str, *, end: int | None = None) -> dict[str, Any]:
        """Type at a place of the text as known here; waits for the acknowledgement."""
        units = to_units(self.text)
        change = ChangeSet.replace(len(units), at, at if end is None else end, words)
        return await self.ask(type="push", version=self.version, updates=[change.to_json()], cursor=[at, at])

    async def ask(self, **message: object) -> dict[str, Any]:
        """Send a request and wait for its answer; what is heard meanwhile is kept."""
        number = next(self._numbers)
        await self.send(json.dumps({"id": number, **message}))
        while True:
            heard = await self._next()
            if heard.get("replyTo") == number:
                return heard
            self._take(heard)

    async def send(self, text: str) -> None:
        """Send one frame as it is."""
        try:
            await self.connection.send(text)
        except ConnectionClosed as error:
            raise Refused(_code(error)) from error

    async def hear(self, kind: str) -> dict[str, Any]:
        """The next announcement of a kind."""
        while True:
            found = next((one for one in self._heard if one.get("type") == kind), None)
            if found is not None:
                self._heard.remove(found)
                return found
            self._take(await self._next())

    async def until_closed(self) -> str:
        """Listen until the server hangs up; the code."""
        try:
            while True:
                self._take(await self._next())
        except Refused as refused:
            return str(refused)

    def _take(self, heard: dict[str, Any]) -> None:
        self._heard.append(heard)
        if heard.get("type") == "updates" and heard["from"] <= self.version:
            units = to_units(self.text)
            for update in heard["updates"][self.version - heard["from"] :]:
                units = ChangeSet.from_json(update["changes"]).apply(units)
                self.version += 1
            self.text = from_units(units)

    async def _next(self) -> dict[str, Any]:
        try:
            async with asyncio.timeout(PATIENCE):
                message = json.loads(await self.connection.recv())
        except ConnectionClosed as error:
            raise Refused(_code(error)) from error
        assert isinstance(message, dict)
        return message


@asynccontextmanager
async def live_line(url: str, key: object, headers: Mapping[str, str]) -> AsyncIterator[LiveLine]:
    """Open a line with a window's key; raises Refused at the door."""
    address = f"{url.replace('http', 'ws', 1)}/live"
    try:
        async with connect(
            address, additional_headers=dict(headers), proxy=None, max_size=None
        ) as connection:
            line = LiveLine(connection)
            await line.send(json.dumps({"key": key}))
            assert (await line._next())["type"] == "welcome"
            yield line
    except InvalidStatus as error:
        raise Refused(str(error.response.status_code)) from error


def headers_of(visitor: Visitor) -> dict[str, str]:
    """What the visitor's browser sends with a socket."""
    return {"cookie": visitor.cookie, "origin": visitor.server.url}


def _code(error: ConnectionClosed) -> str:
    return str(error.rcvd.code) if error.rcvd is not None else "lost"
