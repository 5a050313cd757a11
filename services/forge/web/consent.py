"""The OAuth2 authorize and consent pages."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode, urlsplit

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from services.forge.accounts import user_by_id
from services.forge.applications import (
    application_of_client,
    create_code,
    find_grant,
    give_grant,
    redirect_allowed,
)
from services.forge.records import Application, Grant, User
from services.forge.refusals import Refused
from services.forge.state import Forge
from services.forge.web.sign_in import to_sign_in
from services.forge.web.visit import Visit, page_route

FIELDS = (
    "client_id",
    "redirect_uri",
    "state",
    "scope",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "response_type",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizeRequest:
    """What an application asks a person for."""

    client_id: str
    redirect_uri: str
    state: str
    scope: str
    nonce: str
    code_challenge: str
    code_challenge_method: str
    response_type: str


def _asked(values: dict[str, str]) -> AuthorizeRequest:
    return AuthorizeRequest(**{name: values.get(name, "") for name in FIELDS})


def _application(forge: Forge, asked: AuthorizeRequest) -> Application:
    """The application that asks; unknown ones get a page, never a redirect."""
    found = application_of_client(forge, asked.client_id)
    if found is None:
        raise Refused(400, "Client ID not registered")
    if not redirect_allowed(found, asked.redirect_uri):
        raise Refused(400, "Unregistered Redirect URI")
    return found


def _back(asked: AuthorizeRequest, values: dict[str, str]) -> Response:
    joint = "&" if urlsplit(asked.redirect_uri).query else "?"
    sent = values | ({"state": asked.state} if asked.state else {})
    return RedirectResponse(f"{asked.redirect_uri}{joint}{urlencode(sent)}", 303)


def _refused(asked: AuthorizeRequest, error: str, description: str) -> Response:
    return _back(asked, {"error": error, "error_description": description})


def _wrong(asked: AuthorizeRequest, application: Application) -> tuple[str, str] | None:
    if asked.response_type != "code":
        return "unsupported_response_type", "Only code response type is supported."
    if asked.code_challenge_method not in {"", "S256", "plain"}:
        return "invalid_request", "unsupported code challenge method"
    if not asked.code_challenge and not application.confidential:
        return "invalid_request", "PKCE is required for public clients"
    return None


def authorize(visit: Visit) -> Response:
    """Ask a signed-in person for their consent, unless they gave it and the application keeps secrets."""
    if visit.session is None:
        return to_sign_in(visit)
    asked = _asked(dict(visit.request.query_params))
    application = _application(visit.forge, asked)
    wrong = _wrong(asked, application)
    if wrong:
        return _refused(asked, *wrong)
    user = visit.session.user
    grant = find_grant(visit.forge, user, application)
    if grant and (application.confidential or application.skip_consent):
        return _with_code(visit.forge, user, application, asked, grant)
    if grant and grant.scope != asked.scope:
        return _refused(asked, "server_error", "a grant exists with different scope")
    if application.skip_consent:
        return _with_code(visit.forge, user, application, asked, None)
    return _consent_page(visit, application, asked)


def _with_code(
    forge: Forge, user: User, application: Application, asked: AuthorizeRequest, grant: Grant | None
) -> Response:
    scope = grant.scope if grant else asked.scope
    given = give_grant(forge, user, application, scope, asked.nonce)
    code = create_code(forge, given, asked.redirect_uri, asked.code_challenge, asked.code_challenge_method)
    return _back(asked, {"code": code})


def _consent_page(visit: Visit, application: Application, asked: AuthorizeRequest) -> Response:
    owner = user_by_id(visit.forge, application.user_id)
    csrf = visit.session.csrf if visit.session else ""
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(getattr(asked, name))}">' for name in FIELDS
    )
    target = urlsplit(asked.redirect_uri)
    body = (
        '<form class="card narrow" method="post" action="/login/oauth/grant">'
        f"<h1>Authorize {escape(application.name)}?</h1>"
        f"<p>{escape(application.name)} was registered by {escape(owner.login if owner else 'somebody')}."
        " If you agree, it will know who you are and act with your account here.</p>"
        f'<p class="soft">It asks for: {escape(asked.scope or "everything your account may do")}.<br>'
        f"You will go on to {escape(target.scheme)}://{escape(target.netloc)}.</p>"
        f'{hidden}<input type="hidden" name="_csrf" value="{escape(csrf)}">'
        '<p><br><button type="submit" id="authorize-app" name="granted" value="true">Authorize application</button> '
        '<button type="submit" class="plain" name="granted" value="false">Cancel</button></p></form>'
    )
    response = visit.page("Authorize", body)
    del response.headers["Content-Security-Policy"]  # form-action is not limited: the answer leads elsewhere
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
    )
    return response


def grant(visit: Visit) -> Response:
    """Take the answer to the consent page."""
    if visit.session is None:
        return RedirectResponse("/user/login", 303)
    visit.check_form()
    asked = _asked(dict(visit.form))
    application = _application(visit.forge, asked)
    if visit.form.get("granted") != "true":
        return _refused(asked, "access_denied", "the request is denied")
    wrong = _wrong(asked, application)
    if wrong:
        return _refused(asked, *wrong)
    present = find_grant(visit.forge, visit.session.user, application)
    if present and present.scope != asked.scope and not application.confidential:
        return _refused(asked, "server_error", "a grant exists with different scope")
    return _with_code(visit.forge, visit.session.user, application, asked, present)


def consent_routes(forge: Forge) -> list[Route]:
    """The routes a browser walks through for OAuth2."""
    return [
        page_route(forge, "/login/oauth/authorize", authorize),
        page_route(forge, "/login/oauth/grant", grant, ("POST",)),
    ]
