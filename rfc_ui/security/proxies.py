"""Whose word about the client's address is believed (`TRUSTED_PROXIES`)."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

UNUSED_HEADERS = frozenset({b"x-forwarded-prefix", b"x-forwarded-host"})
"""Any client can send these; NiceGUI would build links and redirects from the first."""


class ForwardedHeaders:
    """ASGI: takes client address and scheme from trusted proxies only, and drops what nobody may set."""

    def __init__(self, app: ASGIApp, trusted: tuple[str, ...]) -> None:
        self.app = ProxyHeadersMiddleware(app, trusted_hosts=list(trusted))  # type: ignore[arg-type]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the trusted headers and forget the others."""
        if scope["type"] != "lifespan":
            kept = [pair for pair in scope["headers"] if pair[0] not in UNUSED_HEADERS]
            scope = {**scope, "headers": kept}
        await self.app(scope, receive, send)  # type: ignore[arg-type]
