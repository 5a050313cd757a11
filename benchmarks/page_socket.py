"""Pages without browsers: NiceGUI's socket of an opened page, so that the server does everything a page costs it."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.support.engine_socket import socket_address

ACK_EVERY = 2.0
"""Seconds between acknowledgements, as NiceGUI's own page sends them."""
MESSAGE_ID = re.compile(r'"_id":(\d+)')

Heard = Callable[[str], None]


def ignore(frame: str) -> None:
    """Hear nothing."""
    del frame


class PageSocket:
    """One connected page; `heard` is given every frame."""

    def __init__(self, connection: ClientConnection, client_id: str, heard: Heard) -> None:
        self._connection, self._client_id, self._heard = connection, client_id, heard
        self._next = 0
        self.frames = self.bytes = 0

    async def send(self, frame: str) -> None:
        """Send a frame."""
        await self._connection.send(frame)

    async def listen(self) -> None:
        """Take what comes until it ends."""
        with suppress(ConnectionClosed):
            async for frame in self._connection:
                await self._take(str(frame))

    async def acknowledge(self) -> None:
        """Tell the server now and then what has arrived."""
        with suppress(ConnectionClosed):
            while True:
                await asyncio.sleep(ACK_EVERY)
                message = {"client_id": self._client_id, "next_message_id": self._next}
                await self._connection.send("42" + json.dumps(["ack", message]))

    async def _take(self, frame: str) -> None:
        if frame == "2":
            await self._connection.send("3")
            return
        self.frames += 1
        self.bytes += len(frame)
        if numbers := MESSAGE_ID.findall(frame[-40:]):
            self._next = int(numbers[-1]) + 1
        self._heard(frame)


@asynccontextmanager
async def page_socket(
    url: str, client_id: str, headers: dict[str, str], heard: Heard = ignore
) -> AsyncIterator[PageSocket]:
    """Connect an opened page."""
    address = socket_address(url, client_id)
    async with connect(address, additional_headers=headers, proxy=None, max_size=None) as connection:
        await connection.recv()
        await connection.send("40")
        page = PageSocket(connection, client_id, heard)
        tasks = [asyncio.create_task(page.listen()), asyncio.create_task(page.acknowledge())]
        try:
            yield page
        finally:
            for task in tasks:
                task.cancel()
