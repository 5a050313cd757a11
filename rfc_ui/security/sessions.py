"""The browser's session: one signed cookie with an id, and a token once somebody signed in.

The cookie names a browser, not a right: what its holder may do is looked up in `sessions` for each act (§6).
"""

from __future__ import annotations

import hmac
import uuid
from collections.abc import MutableMapping

from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware

from rfc_ui.security.site_origin import SiteOrigin
from services.usecases.accounts import SESSION_LIFETIME

COOKIE = "rfc_session"
MAX_AGE = int(SESSION_LIFETIME.total_seconds())
"""Seconds after which a browser forgets the cookie; the row in `sessions` may end earlier."""
ID_KEY = "id"
TOKEN_KEY = "token"  # noqa: S105  (the key under which it is kept, not a secret)

SessionData = MutableMapping[str, object]


def cookie_name(site: SiteOrigin) -> str:
    """Over TLS the `__Host-` prefix makes browsers insist on Secure, no Domain and path `/`."""
    return f"__Host-{COOKIE}" if site.https else COOKIE


def session_middleware(secret: str, site: SiteOrigin) -> Middleware:
    """The middleware that signs and reads the cookie: HttpOnly, SameSite=Lax, Secure when the site is."""
    return Middleware(
        SessionMiddleware,
        secret_key=secret,
        session_cookie=cookie_name(site),
        max_age=MAX_AGE,
        same_site="lax",
        https_only=site.https,
    )


def ensure_id(session: SessionData) -> None:
    """Give a browser that has none its id, so that a socket can be tied to the page it was opened by."""
    if not session.get(ID_KEY):
        session[ID_KEY] = str(uuid.uuid4())


def start_fresh(session: SessionData, *, token: str | None = None) -> None:
    """Forget everything and begin a new session, so that an id planted before sign-in is worth nothing."""
    session.clear()
    session[ID_KEY] = str(uuid.uuid4())
    if token is not None:
        session[TOKEN_KEY] = token


def token_of(session: SessionData) -> str | None:
    """The session token of somebody signed in."""
    token = session.get(TOKEN_KEY)
    return token if isinstance(token, str) else None


def is_same(one: SessionData, other: SessionData) -> bool:
    """Whether two reads of the cookie are the same browser in the same sign-in."""
    if not one.get(ID_KEY):
        return False
    pairs = ((str(one.get(key, "")), str(other.get(key, ""))) for key in (ID_KEY, TOKEN_KEY))
    return all(hmac.compare_digest(mine.encode(), theirs.encode()) for mine, theirs in pairs)
