"""HEAD on every page and route that answers GET."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rfc_ui.security.origin_guard import SOCKET_PATH


class Heads:
    """ASGI: asks with GET and answers without the body, as HTTP has it; NiceGUI's pages alone say 405."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Turn HEAD into GET and drop what only GET wants."""
        if scope["type"] != "http" or scope["method"] != "HEAD" or scope["path"].startswith(SOCKET_PATH):
            await self.app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self.app({**scope, "method": "GET"}, receive, send_head)
