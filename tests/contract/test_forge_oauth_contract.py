"""Signing in through the forge: OAuth2 and OpenID Connect (FACTS B, §0.15)."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwk, jwt

from tests.contract.conftest import PASSWORD, Server, client, unique

NewUser = Callable[[str], dict[str, Any]]
REDIRECT = "http://127.0.0.1:9/auth/callback"
SCOPE = "openid profile email read:user"


def query_of(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def hidden_fields(page: str) -> dict[str, str]:
    """The hidden fields of the form on a page."""
    tags = re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", page)
    pairs = [(re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)) for tag in tags]
    return {unescape(name[1]): unescape(value[1]) for name, value in pairs if name and value}


@dataclass(frozen=True)
class Application:
    """A registered application and the person who will use it."""

    server: Server
    client_id: str
    secret: str
    login: str
    user_id: int
    browser: httpx.Client

    def ask(self, **change: str) -> httpx.Response:
        """Open the authorize address in the browser."""
        asked = {
            "client_id": self.client_id,
            "redirect_uri": REDIRECT,
            "response_type": "code",
            "state": "the-state",
            "scope": SCOPE,
            "nonce": "the-nonce",
        }
        return self.browser.get("/login/oauth/authorize", params=asked | change)

    def sign_in(self, target: str = "/", password: str = PASSWORD) -> httpx.Response:
        """Send the sign-in form."""
        page = self.browser.get("/user/login", params={"redirect_to": target})
        form = hidden_fields(page.text) | {
            "user_name": self.login,
            "password": password,
            "redirect_to": target,
        }
        return self.browser.post("/user/login", data=form)

    def consent(self, page: httpx.Response, granted: str = "true") -> httpx.Response:
        """Press a button of the consent page."""
        return self.browser.post("/login/oauth/grant", data=hidden_fields(page.text) | {"granted": granted})

    def code(self, **change: str) -> str:
        """Go the whole way to a code."""
        self.sign_in()
        return query_of(self.consent(self.ask(**change)).headers["location"])["code"]

    def exchange(self, code: str, **change: str) -> httpx.Response:
        """Turn a code into tokens."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT} | change
        auth = (self.client_id, self.secret)
        return self.browser.post("/login/oauth/access_token", data=form, auth=auth)


@pytest.fixture
def application(server: Server, new_user: NewUser) -> Iterator[Application]:
    user = new_user("ann")
    body = {"name": unique("app"), "redirect_uris": [REDIRECT], "confidential_client": True}
    with server.admin() as admin:
        made = admin.post("/user/applications/oauth2", json=body).json()
    with httpx.Client(
        base_url=server.url, trust_env=False, timeout=30, verify=server.url.startswith("https")
    ) as browser:
        yield Application(
            server, made["client_id"], made["client_secret"], user["login"], user["id"], browser
        )


def test_discovery_names_every_endpoint(application: Application) -> None:
    found = application.browser.get("/.well-known/openid-configuration").json()

    assert found["issuer"].rstrip("/") == application.server.url
    assert found["token_endpoint"] == f"{application.server.url}/login/oauth/access_token"
    assert found["code_challenge_methods_supported"] == ["plain", "S256"]


def test_a_visitor_signs_in_first_and_comes_back(application: Application) -> None:
    sent = application.ask()
    target = query_of(sent.headers["location"]).get("redirect_to") or str(sent.request.url.raw_path, "ascii")

    signed_in = application.sign_in(target)

    assert sent.status_code in {302, 303}
    assert urlsplit(sent.headers["location"]).path == "/user/login"
    assert urlsplit(signed_in.headers["location"]).path == "/login/oauth/authorize"


def test_a_wrong_password_stays_on_the_page(application: Application) -> None:
    answer = application.sign_in(password="wrong-password")

    assert (answer.status_code, 'name="user_name"' in answer.text) == (200, True)


def test_the_sign_in_page_leads_nowhere_else(application: Application) -> None:
    answer = application.sign_in("https://evil.example/")

    assert urlsplit(answer.headers["location"]).netloc in {"", urlsplit(application.server.url).netloc}


def test_the_consent_page_has_giteas_button(application: Application) -> None:
    application.sign_in()

    page = application.ask()

    assert (page.status_code, 'id="authorize-app"' in page.text) == (200, True)


def test_the_whole_way_ends_with_a_verified_identity(application: Application) -> None:
    answer = application.exchange(application.code())
    tokens = answer.json()
    keys = jwk.KeySet.import_key_set(application.browser.get("/login/oauth/keys").json())
    claims = jwt.decode(tokens["id_token"], keys).claims

    assert (answer.status_code, tokens["token_type"], tokens["expires_in"]) == (200, "bearer", 3600)
    assert "scope" not in tokens
    assert (claims["sub"], claims["aud"], claims["nonce"]) == (
        str(application.user_id),
        [application.client_id],
        "the-nonce",
    )
    assert (claims["preferred_username"], claims["email"]) == (
        application.login,
        f"{application.login}@example.org",
    )


def test_state_comes_back(application: Application) -> None:
    application.sign_in()

    back = application.consent(application.ask(state="a b&c"))

    assert query_of(back.headers["location"])["state"] == "a b&c"


def test_the_token_reads_its_person_only(application: Application) -> None:
    token = application.exchange(application.code()).json()["access_token"]
    with client(application.server.url, headers={"Authorization": f"Bearer {token}"}) as person:
        me, orgs = person.get("/user"), person.post("/orgs", json={"username": unique("o")})

    assert (me.json()["login"], me.json()["email"]) == (application.login, f"{application.login}@example.org")
    assert orgs.status_code == 403


def test_without_granular_scopes_the_token_is_full_access(application: Application) -> None:
    token = application.exchange(application.code(scope="openid profile email")).json()["access_token"]
    with client(application.server.url, headers={"Authorization": f"Bearer {token}"}) as person:
        assert person.get("/user/repos").status_code == 200


def test_an_unknown_scope_counts_as_none(application: Application) -> None:
    token = application.exchange(application.code(scope="openid read:everything")).json()["access_token"]
    with client(application.server.url, headers={"Authorization": f"Bearer {token}"}) as person:
        assert person.get("/user/repos").status_code == 200


def test_a_public_application_cannot_ask_for_another_scope_later(
    server: Server, new_user: NewUser, application: Application
) -> None:
    body = {"name": unique("app"), "redirect_uris": [REDIRECT], "confidential_client": False}
    with server.admin() as admin:
        public = admin.post("/user/applications/oauth2", json=body).json()["client_id"]
    proof = {"client_id": public, "code_challenge": "c" * 43, "code_challenge_method": "plain"}
    application.code(scope="openid", **proof)

    back = query_of(application.ask(scope="openid email", **proof).headers["location"])

    assert (back["error"], "different scope" in back["error_description"]) == ("server_error", True)


def test_userinfo_is_for_bearers(application: Application) -> None:
    token = application.exchange(application.code()).json()["access_token"]

    told = application.browser.get("/login/oauth/userinfo", headers={"Authorization": f"Bearer {token}"})
    untold = application.browser.get("/login/oauth/userinfo")

    assert (told.json()["sub"], told.json()["preferred_username"]) == (
        str(application.user_id),
        application.login,
    )
    assert (untold.status_code, "www-authenticate" in untold.headers) == (401, True)


def test_a_code_works_once(application: Application) -> None:
    code = application.code()
    first, second = application.exchange(code), application.exchange(code)

    assert (first.status_code, second.status_code) == (200, 400)
    assert second.json()["error"] in {"unauthorized_client", "invalid_grant"}


def test_a_wrong_secret_or_client_is_refused(application: Application) -> None:
    form = {"grant_type": "authorization_code", "code": "x", "redirect_uri": REDIRECT}
    answers = [
        application.browser.post("/login/oauth/access_token", data=form, auth=pair)
        for pair in ((application.client_id, "wrong"), (unique("nobody"), "wrong"))
    ]

    assert [(answer.status_code, answer.json()["error"]) for answer in answers] == [
        (400, "unauthorized_client"),
        (400, "invalid_client"),
    ]


def test_an_unknown_grant_type_is_refused(application: Application) -> None:
    answer = application.exchange("x", grant_type="password")

    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


def test_json_and_body_credentials_work_too(application: Application) -> None:
    body = {
        "grant_type": "authorization_code",
        "code": application.code(),
        "redirect_uri": REDIRECT,
        "client_id": application.client_id,
        "client_secret": application.secret,
    }

    assert application.browser.post("/login/oauth/access_token", json=body).status_code == 200


@pytest.mark.parametrize("right", [True, False])
def test_a_sent_challenge_is_enforced(application: Application, *, right: bool) -> None:
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    code = application.code(code_challenge=challenge, code_challenge_method="S256")

    answer = application.exchange(code, code_verifier=verifier if right else "another")

    assert answer.status_code == (200 if right else 400)


def test_a_refresh_token_brings_new_tokens(application: Application) -> None:
    tokens = application.exchange(application.code()).json()
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    auth = (application.client_id, application.secret)

    answer = application.browser.post("/login/oauth/access_token", data=form, auth=auth)

    assert (answer.status_code, "access_token" in answer.json()) == (200, True)


def test_an_unregistered_redirect_is_a_page_not_a_redirect(application: Application) -> None:
    application.sign_in()
    answers = [
        application.ask(redirect_uri="http://evil.example/cb"),
        application.ask(client_id=unique("nobody")),
    ]

    assert [answer.status_code for answer in answers] == [400, 400]


def test_one_trailing_slash_does_not_matter(application: Application) -> None:
    application.sign_in()

    assert application.ask(redirect_uri=REDIRECT + "/").status_code == 200


def test_an_unsupported_response_type_goes_back_with_its_error(application: Application) -> None:
    application.sign_in()

    back = query_of(application.ask(response_type="token").headers["location"])

    assert (back["error"], back["state"]) == ("unsupported_response_type", "the-state")


def test_a_refusal_goes_back(application: Application) -> None:
    application.sign_in()

    back = query_of(application.consent(application.ask(), granted="false").headers["location"])

    assert (back["error"], back["state"]) == ("access_denied", "the-state")


def test_a_second_time_nobody_is_asked(application: Application) -> None:
    application.code()

    again = application.ask()

    assert (again.status_code in {302, 303}, "code" in query_of(again.headers["location"])) == (True, True)


def test_introspection_knows_its_own_tokens(application: Application) -> None:
    token = application.exchange(application.code()).json()["access_token"]
    auth = (application.client_id, application.secret)
    answers = [
        application.browser.post("/login/oauth/introspect", data={"token": each}, auth=auth).json()
        for each in (token, "nonsense")
    ]

    assert (answers[0]["active"], answers[0]["username"], answers[1]["active"]) == (
        True,
        application.login,
        False,
    )


def test_signing_out_ends_the_session(application: Application) -> None:
    application.sign_in()
    page = application.browser.get("/")
    application.browser.post("/user/logout", data=hidden_fields(page.text))

    assert urlsplit(application.ask().headers["location"]).path == "/user/login"
