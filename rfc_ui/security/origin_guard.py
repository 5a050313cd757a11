"""Cross-site request forgery: a write comes from our own pages, or not at all."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from rfc_ui.security.refusal import Refused, refuse
from rfc_ui.security.site_origin import SiteOrigin

READS = frozenset({"GET", "HEAD", "OPTIONS"})
MACHINE_PATHS = ("/api/webhooks/", "/api/email/unsubscribe")
"""Called by servers, which send no `Origin`; each proves itself by a signature or secret of its own."""
SOCKET_PATH = "/_nicegui_ws"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class OriginGuard:
    """ASGI: refuses writes from other origins, and leads loopback's other names to the one in `APP_URL`."""

    def __init__(self, app: ASGIApp, site: SiteOrigin) -> None:
        self.app = app
        self.site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let reads and our own writes through."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if self._is_foreign_write(scope, headers):
            error = Refused("This request did not come from this site's own pages.")
            await refuse(scope, receive, send, error)
        elif self._is_other_loopback_name(scope, headers):
            await RedirectResponse(self._own_address(scope), 307)(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _is_foreign_write(self, scope: Scope, headers: Headers) -> bool:
        if scope["method"] in READS or scope["path"].startswith((*MACHINE_PATHS, SOCKET_PATH)):
            return False
        origin = headers.get("origin")
        if origin is None:  # some browsers leave it out on same-origin forms, but then say where they are
            return headers.get("sec-fetch-site") != "same-origin"
        return not self.site.is_written(origin)

    def _is_other_loopback_name(self, scope: Scope, headers: Headers) -> bool:
        """Someone typed `localhost` for `127.0.0.1`: the cookie would be lost and sign-in fail (FACTS B)."""
        if self.site.host not in LOOPBACK or scope["method"] != "GET":
            return False
        try:
            asked = SiteOrigin.of(f"{self.site.scheme}://{headers.get('host', '')}")
        except ValueError:
            return False
        others = LOOPBACK - {self.site.host}
        return asked.host in others and asked.port == self.site.port and _is_page(scope, headers)

    def _own_address(self, scope: Scope) -> str:
        query = scope["query_string"].decode("latin-1")
        path = scope.get("raw_path", scope["path"].encode()).decode("latin-1").partition("?")[0]
        return f"{self.site}{path}" + (f"?{query}" if query else "")


def _is_page(scope: Scope, headers: Headers) -> bool:
    return "text/html" in headers.get("accept", "") and not scope["path"].startswith(SOCKET_PATH)
