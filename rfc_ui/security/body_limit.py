"""How much a request may carry."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rfc_ui.security.refusal import TooLarge, refuse

KIB = 1024
DEFAULT_LIMIT = 1024 * KIB
LIMITS = {"/auth/": 16 * KIB, "/api/webhooks/": 2048 * KIB}
"""Bytes by path prefix. Gitea's largest deliveries (a push of five commits) stay far below two MiB."""


class _Overflow(Exception):
    """More bytes arrived than the path takes."""


class BodyLimit:
    """ASGI: 413 as soon as a body is, or says it is, larger than its path takes (§4.1); `told` of each one."""

    def __init__(self, app: ASGIApp, *, told: Callable[[HTTPConnection], None] | None = None) -> None:
        self.app = app
        self.told = told

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count what arrives and stop at the limit."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = limit_of(scope["path"])
        if _announced(scope) > limit:
            await self._refuse(limit, scope, receive, send)
            return
        await self._counted(limit, scope, receive, send)

    async def _counted(self, limit: int, scope: Scope, receive: Receive, send: Send) -> None:
        received = 0
        has_answered = False

        async def receive_counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise _Overflow
            return message

        async def send_unless_too_large(message: Message) -> None:
            nonlocal has_answered
            if received <= limit or has_answered:  # what a framework makes of the overflow is not the answer
                has_answered = True
                await send(message)

        with suppress(_Overflow):
            await self.app(scope, receive_counted, send_unless_too_large)
        if received > limit and not has_answered:
            await self._refuse(limit, scope, receive, send)

    async def _refuse(self, limit: int, scope: Scope, receive: Receive, send: Send) -> None:
        if self.told is not None:
            self.told(HTTPConnection(scope))
        error = TooLarge(f"The body is larger than the {limit // KIB} KiB taken here.")
        await refuse(scope, receive, send, error)


def limit_of(path: str) -> int:
    """The most bytes a body sent to `path` may have."""
    return next((limit for prefix, limit in LIMITS.items() if path.startswith(prefix)), DEFAULT_LIMIT)


def _announced(scope: Scope) -> int:
    length = Headers(scope=scope).get("content-length", "0")
    return int(length) if length.isdecimal() else 0
