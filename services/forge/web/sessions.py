"""Who is signed in to the forge's pages, by a cookie that outlives a restart."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from services.forge import times
from services.forge.accounts import user_by_id
from services.forge.passwords import digest
from services.forge.records import User
from services.forge.state import Forge

COOKIE = "i_like_gitea"
SECONDS = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in person and the token their forms carry."""

    user: User
    csrf: str


def current_session(forge: Forge, request: Request) -> Session | None:
    """The session of a request's cookie."""
    cookie = request.cookies.get(COOKIE, "")
    if not cookie:
        return None
    rows = forge.database.rows(
        "SELECT user_id, csrf FROM sessions WHERE digest = ? AND expires_at > ?", digest(cookie), times.now()
    )
    user = user_by_id(forge, rows[0]["user_id"]) if rows else None
    if user is None or user.prohibit_login or not user.is_active:
        return None
    return Session(user, str(rows[0]["csrf"]))


def begin_session(forge: Forge, user: User, response: Response) -> None:
    """Sign somebody in under a fresh identifier."""
    secret = secrets.token_urlsafe(32)
    with forge.database.writing():
        forge.database.execute("DELETE FROM sessions WHERE expires_at < ?", times.now())
        forge.database.execute(
            "INSERT INTO sessions VALUES (?, ?, ?, ?)",
            *(digest(secret), user.id, secrets.token_urlsafe(32), times.now() + SECONDS),
        )
        forge.database.execute("UPDATE users SET last_login_at = ? WHERE id = ?", times.now(), user.id)
    secure = forge.url.startswith("https:")
    response.set_cookie(
        COOKIE, secret, max_age=SECONDS, httponly=True, samesite="lax", secure=secure, path="/"
    )


def end_session(forge: Forge, request: Request, response: Response) -> None:
    """Sign out."""
    forge.database.execute("DELETE FROM sessions WHERE digest = ?", digest(request.cookies.get(COOKIE, "")))
    response.delete_cookie(COOKIE, path="/")


def same_origin(forge: Forge, request: Request) -> bool:
    """Whether a browser sent a form from the forge's own pages; other clients carry no such headers."""
    site = request.headers.get("sec-fetch-site")
    if site:
        return site in {"same-origin", "none"}
    origin = request.headers.get("origin")
    if not origin:
        return True
    return urlsplit(origin).netloc in {request.headers.get("host", ""), urlsplit(forge.url).netloc}


def token_matches(session: Session, sent: str) -> bool:
    """Whether a form carries its session's token."""
    return hmac.compare_digest(session.csrf.encode(), sent.encode())
