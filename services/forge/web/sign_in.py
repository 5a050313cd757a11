"""Signing in and out, with Gitea's form field names."""

from __future__ import annotations

from html import escape
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from services.forge.accounts import sign_in
from services.forge.state import Forge
from services.forge.web.sessions import begin_session, end_session, same_origin
from services.forge.web.visit import Visit, page_route

WRONG = "Username or password is incorrect."


def to_sign_in(visit: Visit) -> Response:
    """Send a visitor to the sign-in page and back here afterwards."""
    url = visit.request.url
    back = url.path + (f"?{url.query}" if url.query else "")
    return RedirectResponse(f"/user/login?redirect_to={quote(back, safe='')}", 303)


def local_target(target: str) -> str:
    """Where to go after signing in; only to the forge's own pages."""
    plain = target.startswith("/") and not target.startswith(("//", "/\\")) and "\\" not in target
    return target if plain and target.isprintable() else "/"


def show_sign_in(visit: Visit) -> Response:
    """The sign-in page."""
    if visit.user:
        return RedirectResponse(local_target(visit.query("redirect_to")), 303)
    return _form(visit, visit.query("redirect_to"))


def _form(visit: Visit, target: str, *, name: str = "", error: str = "", status: int = 200) -> Response:
    complaint = f'<p class="error" role="alert">{escape(error)}</p>' if error else ""
    body = (
        f'<form class="card narrow" method="post" action="/user/login"><h1>Sign in</h1>{complaint}'
        f'<input type="hidden" name="redirect_to" value="{escape(target)}">'
        '<label for="user_name">Username or email</label>'
        f'<input type="text" id="user_name" name="user_name" value="{escape(name)}" autocomplete="username"'
        ' autocapitalize="none" spellcheck="false" autofocus required>'
        '<label for="password">Password</label>'
        '<input type="password" id="password" name="password" autocomplete="current-password" required>'
        "<p><br><button>Sign in</button></p></form>"
    )
    return visit.page("Sign in", body, status)


def do_sign_in(visit: Visit) -> Response:
    """Check the password and go back to where the visitor came from."""
    target = visit.form.get("redirect_to") or visit.query("redirect_to")
    name = visit.form.get("user_name", "")
    if not same_origin(visit.forge, visit.request):
        return _form(visit, target, name=name, error="Please sign in on this page.", status=400)
    user = sign_in(visit.forge, name, visit.form.get("password", ""))
    if user is None:
        return _form(visit, target, name=name, error=WRONG)
    response = RedirectResponse(local_target(target), 303)
    begin_session(visit.forge, user, response)
    return response


def sign_out(visit: Visit) -> Response:
    """End the session."""
    visit.check_form()
    response = RedirectResponse("/", 303)
    end_session(visit.forge, visit.request, response)
    return response


def sign_in_routes(forge: Forge) -> list[Route]:
    """The routes of signing in and out."""
    return [
        page_route(forge, "/user/login", show_sign_in),
        page_route(forge, "/user/login", do_sign_in, ("POST",)),
        page_route(forge, "/user/logout", sign_out, ("POST",)),
    ]
