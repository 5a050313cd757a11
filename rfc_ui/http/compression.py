"""Gzip for what gets smaller by it."""

from __future__ import annotations

from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from rfc_ui.security.origin_guard import SOCKET_PATH

LEVEL = 5
SMALLEST = 800
"""Bytes below which the headers cost more than is saved."""
COMPRESSED_ALREADY = (".woff2", ".woff", ".png", ".jpg", ".jpeg", ".webp", ".ico", ".gz")


class Compression:
    """ASGI: gzip outside the content policy; fonts and pictures are left alone."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.gzip = GZipMiddleware(app, minimum_size=SMALLEST, compresslevel=LEVEL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Choose between the two ways."""
        path = scope.get("path", "")
        plain = path.endswith(COMPRESSED_ALREADY) or path.startswith(SOCKET_PATH)
        await (self.app if plain else self.gzip)(scope, receive, send)
