"""The socket of live texts (§8.9): one for each editor window, beside the page's own.

Typing is too frequent and too urgent for the socket everything else goes over. The door checks origin and session
(see `SocketGuard`); the first message names the window's key, which only the page that opened the window was given;
and the key must be of the person whose session this is.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress

import orjson
from fastapi import APIRouter, WebSocket
from starlette.websockets import WebSocketDisconnect, WebSocketState

from rfc_ui.http.running import running
from rfc_ui.security.sessions import token_of
from rfc_ui.security.sockets import LIVE_PATH
from services.domain.events import (
    BranchChanged,
    EntryChanged,
    MuteChanged,
    RoleChanged,
    SessionsEnded,
)
from services.domain.topics import branch_topic, rfc_topic, user_topic
from services.live.bus import Told
from services.usecases import accounts
from services.usecases.context import Context
from services.usecases.live_texts.registry import Access, Window
from services.usecases.live_texts.requests import answer
from services.usecases.live_texts.sessions import Reply

log = logging.getLogger(__name__)
router = APIRouter()

HELLO_SECONDS = 10
LARGEST_MESSAGE = 8_000_000
"""Characters: a paste of the longest text there may be fits."""
RIGHTS = BranchChanged | EntryChanged | MuteChanged | RoleChanged | SessionsEnded
"""What happened may change what somebody may do; an entry names its owners and arbiters."""
LONGEST_QUEUE = 2_000
"""Messages a browser may be behind before it has to join again."""
MESSAGES_PER_SECOND, BURST = 40, 200
NOT_ALLOWED, GONE, TOO_MUCH, TOO_LARGE = 4401, 4404, 4429, 1009
"""Close codes: sign in again; open the page again; slow down; send less."""


@router.websocket(LIVE_PATH)
async def live(socket: WebSocket) -> None:
    """Serve one editor window until it leaves, may no longer be here, or misbehaves."""
    await socket.accept()
    context = running(socket).context
    window = await _window(socket, context)
    if isinstance(window, int):
        with suppress(WebSocketDisconnect, RuntimeError):  # it may have left while it was looked at
            await socket.close(window)
        return
    await _Line(socket, context, window).serve()


async def _window(socket: WebSocket, context: Context) -> Window | int:
    """The window the first message names, or the code to close with."""
    viewer = await accounts.viewer_of(context, token=token_of(socket.session))
    try:
        hello = _read(await asyncio.wait_for(socket.receive_text(), HELLO_SECONDS))
    except (TimeoutError, WebSocketDisconnect, ValueError):
        return GONE
    window = context.live_texts.window(str(hello.get("key", "")))
    if window is None:
        return GONE
    return window if viewer is not None and viewer.id == window.session.user_id else NOT_ALLOWED


class _Line:
    """One connection: what comes in is answered in order, what goes out is queued."""

    def __init__(self, socket: WebSocket, context: Context, window: Window) -> None:
        self._socket, self._context, self._window = socket, context, window
        self._out: asyncio.Queue[str] = asyncio.Queue(LONGEST_QUEUE)
        self._allowance = float(BURST)
        self._last = asyncio.get_running_loop().time()
        self._close_with: int | None = None
        self._looking = asyncio.Lock()

    async def serve(self) -> None:
        """Run until one side ends it."""
        session = self._window.session
        self._queue({"type": "welcome"})
        slug, name = self._window.slug, self._window.key.name
        topics = [user_topic(session.user_id), branch_topic(slug, name), rfc_topic(slug)]
        leave = self._context.bus.subscribe(topics, self._on_event)
        tasks: list[asyncio.Task[None]] = []
        try:
            await self._look_again()  # what happened while nobody was connected was told to nobody
            session.send = self._queue
            tasks = [asyncio.create_task(self._receive()), asyncio.create_task(self._send())]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            leave()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if session.send == self._queue:
                await self._context.live_texts.gone(self._window)
            with suppress(WebSocketDisconnect, RuntimeError):
                if self._socket.client_state is WebSocketState.CONNECTED:
                    await self._socket.close(self._close_with or 1000)

    def _queue(self, message: Reply) -> None:
        try:
            self._out.put_nowait(_written.json_of(message))
        except asyncio.QueueFull:
            self._end(TOO_MUCH)
        if self._window.text.broken:  # the page opens the text anew, with what it has unsent
            self._end(GONE)

    async def _send(self) -> None:
        with suppress(WebSocketDisconnect, RuntimeError):
            while self._close_with is None:
                await self._socket.send_text(await self._out.get())

    async def _receive(self) -> None:
        with suppress(WebSocketDisconnect, RuntimeError, ValueError):
            while self._close_with is None:
                text = await self._socket.receive_text()
                if not self._within_limits(text):
                    return
                message = _read(text)
                reply = await answer(self._window.text, self._window.session, message)
                self._queue({"replyTo": _request_id(message), **reply})

    def _within_limits(self, text: str) -> bool:
        if len(text) > LARGEST_MESSAGE:
            self._end(TOO_LARGE)
            return False
        present = asyncio.get_running_loop().time()
        self._allowance = min(BURST, self._allowance + (present - self._last) * MESSAGES_PER_SECOND) - 1
        self._last = present
        if self._allowance < 0:
            self._end(TOO_MUCH)
        return self._close_with is None

    def _end(self, code: int) -> None:
        self._close_with = self._close_with or code
        with suppress(asyncio.QueueFull):
            self._out.put_nowait("{}")

    async def _on_event(self, told: Told) -> None:
        if isinstance(told.event, RIGHTS):
            await self._look_again()

    async def _look_again(self) -> None:
        """Rights may have changed: ask again what this person may do, and whether they are still here."""
        async with self._looking:
            viewer = await accounts.viewer_of(self._context, token=token_of(self._socket.session))
            if viewer is None:
                self._end(NOT_ALLOWED)
                return
            access = await self._context.live_texts.access(self._context, self._window, viewer)
            if access is Access.NONE:
                self._end(GONE)
                return
            may_edit = access is Access.EDIT
            if may_edit != self._window.session.may_edit:
                self._window.session.may_edit = may_edit
                self._queue({"type": "access", "mayEdit": may_edit})


class _Written:
    """The message written last: an announcement is queued for every window in turn, and written once."""

    def __init__(self) -> None:
        self._message: Reply = {}
        self._json = "{}"

    def json_of(self, message: Reply) -> str:
        """The message as JSON; it may not change afterwards."""
        if message is not self._message:
            self._message, self._json = message, orjson.dumps(message).decode()
        return self._json


_written = _Written()


def _read(text: str) -> Mapping[str, object]:
    message = orjson.loads(text)
    if not isinstance(message, dict):
        raise ValueError("a message is an object")  # noqa: TRY004  (it ends the connection like malformed JSON)
    return message


def _request_id(message: Mapping[str, object]) -> int | None:
    number = message.get("id")
    return number if isinstance(number, int) else None
