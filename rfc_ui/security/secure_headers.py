"""Headers that every answer carries."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rfc_ui.security.content_policy import DATA_POLICY, new_nonce, page_policy
from rfc_ui.security.site_origin import SiteOrigin

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
TWO_YEARS = "max-age=63072000"
SHARED_PATHS = ("/_nicegui/", "/static/")
"""Files that are the same for everybody, and cacheable: they must never carry somebody's cookie."""


class SecureHeaders:
    """ASGI: content policy with a fresh nonce, and the headers that keep browsers strict."""

    def __init__(self, app: ASGIApp, site: SiteOrigin, gitea: SiteOrigin) -> None:
        self.app = app
        self.site = site
        self.gitea = gitea

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and dress its answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        policy = page_policy(new_nonce(scope), site=self.site, gitea=self.gitea)

        async def send_dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._dress(MutableHeaders(scope=message), scope["path"], policy)
            await send(message)

        await self.app(scope, receive, send_dressed)

    def _dress(self, headers: MutableHeaders, path: str, policy: str) -> None:
        for name, value in EVERYWHERE.items():
            headers[name] = value
        is_page = headers.get("content-type", "").startswith("text/html")
        is_data = path.startswith("/api/") and not is_page
        headers["Content-Security-Policy"] = DATA_POLICY if is_data else policy
        if self.site.https:
            headers["Strict-Transport-Security"] = TWO_YEARS
        if path.startswith(SHARED_PATHS):
            for name in ("set-cookie", "vary"):
                if name in headers:
                    del headers[name]
