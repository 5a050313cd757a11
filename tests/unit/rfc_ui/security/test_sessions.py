"""The session cookie and what ties a socket to a page."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from rfc_ui.security.sessions import ensure_id, is_same, session_middleware, start_fresh, token_of
from rfc_ui.security.site_origin import SiteOrigin
from tests.support.asgi import client_of

SECRET = "a-secret-only-this-test-knows-0123"


async def cookie_of(address: str) -> str:
    async def visit(request: Request) -> Response:
        ensure_id(request.session)
        return Response("ok")

    middleware = [session_middleware(SECRET, SiteOrigin.of(address))]
    async with client_of(
        Starlette(routes=[Route("/", visit)], middleware=middleware), base_url=address
    ) as client:
        return (await client.get("/")).headers["set-cookie"]


async def test_over_https_the_cookie_is_secure_and_bound_to_the_host() -> None:
    name, _, rest = (await cookie_of("https://rfc.example.org")).partition("=")
    assert (name, rest.partition("; ")[2]) == (
        "__Host-rfc_session",
        "path=/; Max-Age=1209600; httponly; samesite=lax; secure",
    )


async def test_over_http_the_cookie_is_still_out_of_reach_of_scripts_and_other_sites() -> None:
    name, _, rest = (await cookie_of("http://127.0.0.1:8000")).partition("=")
    assert (name, rest.partition("; ")[2]) == (
        "rfc_session",
        "path=/; Max-Age=1209600; httponly; samesite=lax",
    )


def test_signing_in_starts_a_session_that_has_nothing_of_the_one_before() -> None:
    session: dict[str, object] = {"id": "planted", "token": "old", "next": "/x"}
    start_fresh(session, token="new")
    assert (sorted(session), session["id"] != "planted", token_of(session)) == (["id", "token"], True, "new")


def test_signing_out_leaves_a_new_anonymous_session() -> None:
    session: dict[str, object] = {"id": "one", "token": "old"}
    start_fresh(session)
    assert (sorted(session), session["id"] != "one", token_of(session)) == (["id"], True, None)


def test_an_id_is_given_once() -> None:
    session: dict[str, object] = {}
    ensure_id(session)
    first = session["id"]
    ensure_id(session)
    assert session["id"] == first


def test_two_reads_of_one_cookie_are_the_same_session() -> None:
    assert is_same({"id": "a", "token": "t"}, {"id": "a", "token": "t", "next": "/"})


def test_no_session_is_the_same_as_no_session() -> None:
    assert not is_same({}, {})


def test_another_browser_another_sign_in_and_a_sign_out_are_not_the_same() -> None:
    mine: dict[str, object] = {"id": "a", "token": "t"}
    others: list[dict[str, object]] = [{"id": "b", "token": "t"}, {"id": "a", "token": "u"}, {"id": "a"}, {}]
    assert [is_same(mine, other) for other in others] == [False, False, False, False]
