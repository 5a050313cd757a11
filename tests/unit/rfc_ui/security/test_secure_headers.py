"""Headers on every answer."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from rfc_ui.security.secure_headers import EVERYWHERE, SecureHeaders
from rfc_ui.security.site_origin import SiteOrigin
from tests.support.asgi import client_of, small_app

HTTPS, HTTP = SiteOrigin.of("https://rfc.example.org"), SiteOrigin.of("http://127.0.0.1:8000")


def guarded(site: SiteOrigin = HTTPS) -> SecureHeaders:
    return SecureHeaders(small_app(), site=site, gitea=SiteOrigin.of("https://git.example.org"))


@pytest.mark.parametrize("path", ["/page", "/api/rfcs", "/static/x.css", "/auth/login"])
async def test_every_answer_carries_the_strict_headers(path: str) -> None:
    async with client_of(guarded()) as client:
        answer = await client.get(path)
    assert {name: answer.headers.get(name) for name in EVERYWHERE} == EVERYWHERE


async def test_a_page_has_a_policy_with_a_new_nonce_each_time() -> None:
    async with client_of(guarded()) as client:
        policies = [(await client.get("/page")).headers["content-security-policy"] for _ in range(2)]
    assert policies[0] != policies[1]
    assert [policy.startswith("default-src 'self'; script-src 'self' 'nonce-") for policy in policies] == [
        True,
        True,
    ]


async def test_data_may_do_nothing_even_when_it_is_opened_as_a_page() -> None:
    async with client_of(guarded()) as client:
        answer = await client.get("/api/rfcs/human/raw")
    assert answer.headers["content-security-policy"] == (
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    )


async def test_browsers_are_told_to_stay_on_https_only_where_it_is_https() -> None:
    async with client_of(guarded(HTTPS)) as https, client_of(guarded(HTTP)) as http:
        answers = [await https.get("/page"), await http.get("/page")]
    assert [answer.headers.get("strict-transport-security") for answer in answers] == [
        "max-age=63072000",
        None,
    ]


async def test_a_file_for_everybody_never_carries_a_cookie() -> None:
    async def with_cookie(_: Request) -> Response:
        return Response("x", headers={"Set-Cookie": "rfc_session=1", "Vary": "Cookie"})

    inner = Starlette(routes=[Route("/{path:path}", with_cookie)])
    app = SecureHeaders(inner, site=HTTPS, gitea=HTTPS)
    async with client_of(app) as client:
        answers = [await client.get(path) for path in ("/static/1/x.css", "/_nicegui/3/x.js", "/catalog")]
    assert [answer.headers.get("set-cookie") for answer in answers] == [None, None, "rfc_session=1"]
