"""Asking a small ASGI app, middleware and all, without a server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Scope

METHODS = ["GET", "POST", "PUT", "DELETE"]


async def echo(request: Request) -> Response:
    """Says what arrived."""
    body = await request.body()
    return JSONResponse({"method": request.method, "path": request.url.path, "bytes": len(body)})


async def page(_: Request) -> Response:
    """An HTML page."""
    return Response("<h1>page</h1>", media_type="text/html")


def small_app() -> Starlette:
    """A page at /page and an echo at every other address."""
    routes = [Route("/page", page), Route("/{path:path}", echo, methods=METHODS)]
    return Starlette(routes=routes)


def client_of(
    app: ASGIApp, *, base_url: str = "https://rfc.example.org", peer: str = "192.0.2.7"
) -> httpx.AsyncClient:
    """A client of `app`, seen as coming from `peer`."""
    transport = httpx.ASGITransport(app, client=(peer, 4321))
    return httpx.AsyncClient(transport=transport, base_url=base_url)


async def address_seen(request: Request) -> Response:
    """Says which client and scheme the app believes in."""
    host = request.client.host if request.client else ""
    return PlainTextResponse(f"{request.url.scheme} {host} {request.headers.get('x-forwarded-prefix', '-')}")


@dataclass
class Dialogue:
    """One ASGI conversation, to see what a guard sends before the app is reached."""

    app: ASGIApp
    sent: list[Message] = field(default_factory=list)

    async def open_socket(self, path: str, *, query: str = "", headers: dict[str, str] | None = None,
                          session: dict[str, object] | None = None) -> list[Message]:  # fmt: skip
        """Ask for a websocket; returns what the other side sent."""
        await self.app(_socket_scope(path, query, headers or {}, session or {}), self._connect, self._note)
        return self.sent

    async def _connect(self) -> Message:
        return {"type": "websocket.connect"}

    async def _note(self, message: Message) -> None:
        self.sent.append(message)


def _socket_scope(path: str, query: str, headers: dict[str, str], session: dict[str, object]) -> Scope:
    return {
        "type": "websocket",
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "session": session,
    }


async def chunks(*sizes: int) -> AsyncIterator[bytes]:
    """A body that doesn't say how long it is."""
    for size in sizes:
        yield b"x" * size
