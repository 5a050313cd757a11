"""Signing in against the real forge: what goes wrong is told, and lets nobody in."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.support.server import OWNER, READER, WRITER, RunningServer
from tests.support.visitor import Visitor


def shown(answer: httpx.Response) -> tuple[int, bool, bool]:
    """Status, whether it is a page in the frame, and whether it speaks of the state."""
    return answer.status_code, 'data-testid="page-error"' in answer.text, "Invalid state" in answer.text


def signed_in(visitor: Visitor) -> bool:
    return visitor.app.get("/api/docs/openapi.json").status_code == 200


INVALID_STATE = (400, True, True)


def test_a_person_who_agrees_at_gitea_is_signed_in_and_back_where_they_were(server: RunningServer) -> None:
    with Visitor(server) as writer:
        answer = writer.sign_in(WRITER, "/catalog?sort=title")
        assert (answer.status_code, answer.headers["location"], signed_in(writer)) == (
            303,
            "/catalog?sort=title",
            True,
        )


def test_the_app_asks_with_state_nonce_and_a_hashed_pkce_challenge(server: RunningServer) -> None:
    with Visitor(server) as stranger:
        asked = parse_qs(urlsplit(stranger.begin()).query)
    assert {key: asked[key] for key in ("response_type", "scope", "code_challenge_method")} == {
        "response_type": ["code"],
        "scope": ["openid profile email read:user"],
        "code_challenge_method": ["S256"],
    }
    assert [len(asked[key][0]) >= 20 for key in ("state", "nonce", "code_challenge")] == [True, True, True]


def test_a_made_up_state_is_refused(server: RunningServer) -> None:
    with Visitor(server) as stranger:
        stranger.begin()
        answer = stranger.app.get("/auth/callback?code=abc&state=made-up")
        assert (shown(answer), signed_in(stranger)) == (INVALID_STATE, False)


def test_a_callback_without_anything_is_refused(server: RunningServer) -> None:
    with Visitor(server) as stranger:
        assert shown(stranger.app.get("/auth/callback")) == INVALID_STATE


def test_a_callback_in_another_browser_signs_nobody_in(server: RunningServer) -> None:
    with Visitor(server) as attacker, Visitor(server) as victim:
        address = attacker.consent(attacker.begin(), READER)
        answer = victim.app.get(address)
        assert (shown(answer), signed_in(victim)) == (INVALID_STATE, False)


def test_a_callback_works_once(server: RunningServer) -> None:
    with Visitor(server) as writer:
        address = writer.consent(writer.begin(), WRITER)
        first, second = writer.app.get(address), writer.app.get(address)
        assert (first.status_code, shown(second)) == (303, INVALID_STATE)


def test_a_code_works_once_even_with_the_cookies_from_before(server: RunningServer) -> None:
    with Visitor(server) as writer:
        address = writer.consent(writer.begin(), WRITER)
        before = writer.cookie
        first = writer.app.get(address)
        with Visitor(server) as thief:
            second = thief.app.get(address, headers={"cookie": before})
            assert (first.status_code, second.status_code, signed_in(thief)) == (303, 400, False)


def test_saying_no_at_gitea_is_not_an_error_of_anybody(server: RunningServer) -> None:
    with Visitor(server) as reader:
        state = parse_qs(urlsplit(reader.begin()).query)["state"][0]
        answer = reader.app.get("/auth/callback", params={"error": "access_denied", "state": state})
        assert (answer.status_code, "You did not allow the sign-in at Gitea." in answer.text) == (400, True)


def test_signing_in_changes_the_session_id(server: RunningServer) -> None:
    with Visitor(server) as writer:
        writer.app.get("/catalog")
        before = writer.cookie
        writer.sign_in(WRITER)
        assert writer.cookie != before
        writer.app.cookies.clear()
        answer = writer.app.get("/api/docs/openapi.json", headers={"cookie": before})
        assert answer.status_code == 401


def test_signing_out_ends_the_session_also_for_whoever_copied_the_cookie(server: RunningServer) -> None:
    with Visitor(server) as writer, Visitor(server) as thief:
        writer.sign_in(WRITER)
        stolen = writer.cookie
        answer = writer.post("/auth/logout")
        after = thief.app.get("/api/docs/openapi.json", headers={"cookie": stolen})
        assert (answer.status_code, answer.headers["location"], after.status_code) == (303, "/", 401)


@pytest.mark.parametrize("origin", ["https://evil.test", "null"])
def test_another_site_cannot_sign_anybody_out(server: RunningServer, origin: str) -> None:
    with Visitor(server) as writer:
        writer.sign_in(WRITER)
        answer = writer.post("/auth/logout", origin=origin)
        assert (answer.status_code, signed_in(writer)) == (403, True)


@pytest.mark.parametrize(
    "target", ["https://evil.test/", "//evil.test", "/\\evil.test", "javascript:alert(1)"]
)
def test_signing_in_never_leads_to_another_site(server: RunningServer, target: str) -> None:
    with Visitor(server) as owner:
        assert owner.sign_in(OWNER, target).headers["location"] == "/"


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(server: RunningServer) -> None:
    with Visitor(server) as writer:
        cookie = writer.sign_in(WRITER).headers["set-cookie"]
    assert cookie.partition("; ")[2] == "path=/; Max-Age=1209600; httponly; samesite=lax"


def test_a_signed_cookie_that_was_changed_is_no_session(server: RunningServer) -> None:
    with Visitor(server) as writer:
        writer.sign_in(WRITER)
        forged = writer.cookie.replace("=", "=x", 1)
        writer.app.cookies.clear()
        answer = writer.app.get("/api/docs/openapi.json", headers={"cookie": forged})
    assert answer.status_code == 401
