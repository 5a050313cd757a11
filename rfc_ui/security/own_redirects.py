"""Redirects within the site name no host: what stands in the Host header is the caller's word, not ours."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class OwnRedirects:
    """ASGI: a `Location` on the host that the request names becomes a path (§19: never sent to another site)."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look at the head of each answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        named = Headers(scope=scope).get("host", "")

        async def send_relative(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                location = headers.get("location")
                if location is not None and urlsplit(location).netloc == named:
                    headers["location"] = _path_of(location)
            await send(message)

        await self.app(scope, receive, send_relative)


def _path_of(location: str) -> str:
    """Path and query; two slashes at its beginning would name a host again."""
    parts = urlsplit(location)
    path = "/" + parts.path.lstrip("/\\")
    query = f"?{parts.query}" if parts.query else ""
    fragment = f"#{parts.fragment}" if parts.fragment else ""
    return f"{path}{query}{fragment}"
