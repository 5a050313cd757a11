"""Who may speak on NiceGUI's socket, and for which page.

NiceGUI admits a socket from any origin and without a cookie: the client id alone is the ticket, and each
message names the page it is for. Here a socket must come from our own origin, carry the session that loaded
the page, and every message on it must be for that very page.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Literal, Protocol, cast
from urllib.parse import parse_qs

from nicegui import Client, core
from socketio.exceptions import ConnectionRefusedError as SocketRefused
from starlette.datastructures import Headers, QueryParams
from starlette.types import ASGIApp, Receive, Scope, Send

from rfc_ui.security.origin_guard import READS, SOCKET_PATH
from rfc_ui.security.refusal import Refused, refuse
from rfc_ui.security.sessions import ID_KEY, TOKEN_KEY, SessionData, is_same
from rfc_ui.security.site_origin import SiteOrigin

logger = logging.getLogger(__name__)

GUARDED_MESSAGES = ("handshake", "event", "javascript_response", "ack", "log")
"""Every message a browser can send; a test fails when NiceGUI learns another."""
LIVE_PATH = "/live"
"""The socket of live texts (§8.9)."""
REFUSED = "Implicit handshake failed"
"""The one refusal on which NiceGUI's page reloads itself, and so comes back with its new session."""
LOG_LENGTH = 500

Handler = Callable[..., object]
ClientFilter = Callable[[Client], bool]


class Engine(Protocol):
    """What the guard needs of the socket server below Socket.IO."""

    cors_allowed_origins: list[str]


class SocketGuard:
    """ASGI: the doors of `/_nicegui_ws`, for websockets and long polling, and of `/live`, the live texts."""

    def __init__(self, app: ASGIApp, site: SiteOrigin) -> None:
        self.app = app
        self.site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse other origins, browsers without a session and other browsers' connections."""
        reason = self._why_not(scope) if _is_socket(scope) else None
        if reason is not None:
            logger.info("socket refused: %s", reason)
            await refuse(scope, receive, send, Refused(reason))
            return
        await self.app(scope, receive, send)

    def _why_not(self, scope: Scope) -> str | None:
        headers, query = Headers(scope=scope), QueryParams(scope["query_string"])
        session: SessionData = scope["session"]
        if not _is_door(scope["path"]):
            return "There is no socket here."
        if not self._is_ours(scope, headers):
            return "The connection comes from another site."
        if not session.get(ID_KEY):
            return "The connection carries no session."
        if scope["path"] == LIVE_PATH:
            return None if session.get(TOKEN_KEY) else "Live texts are for people who are signed in."
        if engine_id := query.get("sid"):
            return None if _belongs_to(engine_id, session) else "The connection belongs to another browser."
        return None if query.get("client_id") else "The connection names no page."

    def _is_ours(self, scope: Scope, headers: Headers) -> bool:
        origin = headers.get("origin")
        if origin is not None:
            return self.site.is_written(origin)
        is_poll = scope["type"] == "http" and scope["method"] in READS  # browsers send no Origin with these
        return is_poll and headers.get("sec-fetch-site", "same-origin") == "same-origin"


def guard_messages(may_act: ClientFilter) -> None:
    """Wrap NiceGUI's handlers: a socket speaks for its own page only, and only while `may_act` of its client.

    Safe to call again; the latest `may_act` counts. Raises RuntimeError when NiceGUI's messages are not the
    ones this guard was written for.
    """
    handlers = cast("dict[str, Handler]", core.sio.handlers["/"])
    if set(handlers) != {"connect", "disconnect", *GUARDED_MESSAGES}:
        raise RuntimeError(f"NiceGUI's socket takes messages nobody guards: {sorted(handlers)}")
    handlers["connect"] = _guarded_connect(_original(handlers["connect"]))
    for name in GUARDED_MESSAGES:
        handlers[name] = _guarded_message(name, _original(handlers[name]), may_act)


def allow_only(site: SiteOrigin) -> None:
    """Tell the socket server itself which origin it serves, so that it sends no CORS headers to others."""
    cast("Engine", core.sio.eio).cors_allowed_origins = [str(site)]


def client_id_of(environ: Mapping[str, object]) -> str | None:
    """The page a socket was opened for, as it stands in its query."""
    return parse_qs(str(environ.get("QUERY_STRING", ""))).get("client_id", [None])[0]


def _is_socket(scope: Scope) -> bool:
    """Websockets of any address, and NiceGUI's long polling."""
    return scope["type"] == "websocket" or (scope["type"] == "http" and _is_pages_door(scope["path"]))


def _is_door(path: str) -> bool:
    return path == LIVE_PATH or _is_pages_door(path)


def _is_pages_door(path: str) -> bool:
    return path == SOCKET_PATH or path.startswith(f"{SOCKET_PATH}/")


def _original(handler: Handler) -> Handler:
    return cast("Handler", getattr(handler, "guards", handler))


def _guarded_connect(original: Handler) -> Handler:
    async def connect(sid: str, environ: Mapping[str, object], auth: object = None) -> object:
        client = Client.instances.get(client_id_of(environ) or "")
        if client is not None and not is_same(client.request.session, _session_of(environ)):
            logger.info("socket refused: the page was loaded in another session")
            raise SocketRefused(REFUSED)  # type: ignore[no-untyped-call]
        return await _result(original(sid, environ, auth))

    connect.guards = original  # type: ignore[attr-defined]
    return connect


def _guarded_message(name: str, original: Handler, may_act: ClientFilter) -> Handler:
    async def take(sid: str, message: object = None, *_: object) -> object:
        client = Client.instances.get(client_id_of(_environ(sid)) or "")
        if not isinstance(message, dict) or client is None or message.get("client_id") != client.id:
            logger.warning("socket message %r refused: it is not for the page of its socket", name)
            return False
        if not may_act(client):
            return False
        if name == "log":
            message = _tidied(message)
        return await _answer(name, original, sid, message)

    take.guards = original  # type: ignore[attr-defined]
    return take


async def _answer(name: str, original: Handler, sid: str, message: dict[str, object]) -> object:
    try:
        return await _result(original(sid, message))
    except Exception:  # the border of the socket: a malformed message must not look like a failure of ours
        logger.exception("socket message %r failed", name)
        return False


async def _result(value: object) -> object:
    return await cast("Awaitable[object]", value) if inspect.isawaitable(value) else value


def _tidied(message: dict[str, object]) -> dict[str, object]:
    """What a browser writes into our log stays one short line of a known level."""
    level: Literal["info", "warning", "error"] = "info"
    if message.get("level") in ("warning", "error"):
        level = cast("Literal['warning', 'error']", message["level"])
    text = str(message.get("message", ""))[:LOG_LENGTH].encode("unicode_escape").decode("ascii")
    return {**message, "level": level, "message": f"browser: {text}"}


def _environ(sid: str) -> Mapping[str, object]:
    environ = core.sio.get_environ(sid)  # type: ignore[no-untyped-call]
    return cast("Mapping[str, object]", environ or {})


def _session_of(environ: Mapping[str, object]) -> SessionData:
    scope = cast("Scope", environ.get("asgi.scope", {}))
    return cast("SessionData", scope.get("session", {}))


def _belongs_to(engine_id: str, session: SessionData) -> bool:
    environ = core.sio.environ.get(engine_id)
    return environ is None or is_same(_session_of(environ), session)
