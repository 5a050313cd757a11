"""A browser that hears nothing new from the server for a while, as behind a slow connection."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field

from playwright.async_api import Page, WebSocketRoute

from tests.support.browser import PATIENCE

SOCKET = re.compile(r"/_nicegui_ws/")


@dataclass
class HeldBack:
    """What the server sends to a page: as it comes, or later; what the page sends always goes through."""

    held: bool = False
    held_from: str = ""
    """Words of the message from which on everything is held; none: nothing is before `held` says so."""
    waiting: list[tuple[WebSocketRoute, str | bytes]] = field(default_factory=list)
    _more: asyncio.Event = field(default_factory=asyncio.Event)

    async def watch(self, page: Page) -> None:
        """Stand between this page, which is opened afterwards, and the server."""
        await page.route_web_socket(SOCKET, self._between)

    def release(self) -> None:
        """Let everything through, in its order."""
        self.held, self.held_from = False, ""
        for socket, message in self.waiting:
            socket.send(message)
        self.waiting.clear()

    async def until_held(self, words: str) -> None:
        """Wait until a message with these words is held."""
        async with asyncio.timeout(PATIENCE / 1000):
            while not any(words in str(message) for _, message in self.waiting):
                self._more.clear()
                await self._more.wait()

    def _between(self, socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def told(message: str | bytes) -> None:
            if self.held_from and self.held_from in str(message):
                self.held = True
            if self.held:
                self.waiting.append((socket, message))
                self._more.set()
            else:
                socket.send(message)

        server.on_message(told)
