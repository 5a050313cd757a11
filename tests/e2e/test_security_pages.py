"""What every answer carries, and what no answer tells."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.support.browser import People, open_page
from tests.support.server import WRITER, RunningServer
from tests.support.visitor import Visitor

HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "strict-origin-when-cross-origin",
    "cross-origin-opener-policy": "same-origin",
}
PATHS = (
    "/",
    "/catalog",
    "/philosophy",
    "/rfc/nothing",
    "/api/rfcs",
    "/api/nothing",
    "/healthz",
    "/auth/callback",
)
HTML = {"accept": "text/html"}


def get(server: RunningServer, path: str, method: str = "GET") -> httpx.Response:
    with server.http() as stranger:
        return stranger.request(method, path, headers=HTML)


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_the_strict_headers(server: RunningServer, path: str) -> None:
    answer = get(server, path)
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/", "/catalog", "/philosophy", "/rfc/nothing"])
def test_the_scripts_of_a_page_are_those_its_policy_names(server: RunningServer, path: str) -> None:
    answer = get(server, path)
    nonce = re.search(r"'nonce-([^']+)'", answer.headers["content-security-policy"])
    assert nonce is not None
    inline = re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", answer.text)
    assert [tag for tag in inline if f'nonce="{nonce[1]}"' not in tag] == []


@pytest.mark.parametrize(
    "path", ["/docs", "/redoc", "/openapi.json", "/nothing", "/rfc/nothing", "/proposal/999999"]
)
def test_an_unknown_address_is_a_404_page_in_the_frame(server: RunningServer, path: str) -> None:
    answer = get(server, path)
    assert (answer.status_code, 'data-testid="page-error"' in answer.text) == (404, True)


@pytest.mark.parametrize(
    "path", ["/proposal/abc", "/proposal/99999999999999999999", "/rfc/%00", "/rfc/" + "x" * 300]
)
def test_a_malformed_address_is_a_404_page_too(server: RunningServer, path: str) -> None:
    assert get(server, path).status_code == 404


@pytest.mark.parametrize("path", ["/", "/catalog", "/philosophy", "/api/rfcs", "/healthz", "/nothing"])
def test_head_answers_like_get(server: RunningServer, path: str) -> None:
    head, plain = get(server, path, "HEAD"), get(server, path)
    assert (head.status_code, head.headers["content-type"], head.content) == (
        plain.status_code,
        plain.headers["content-type"],
        b"",
    )


def test_the_api_is_described_to_the_signed_in_only(server: RunningServer) -> None:
    with Visitor(server) as person:
        strange = [person.app.get(path).status_code for path in ("/api/docs", "/api/docs/openapi.json")]
        person.sign_in(WRITER)
        known = [person.app.get(path) for path in ("/api/docs", "/api/docs/openapi.json")]
    assert (strange, [answer.status_code for answer in known]) == ([303, 401], [200, 200])
    assert sorted(known[1].json()["paths"]) == [
        "/api/proposals",
        "/api/proposals/{number}",
        "/api/rfcs",
        "/api/rfcs/{slug}",
        "/api/rfcs/{slug}/branches",
        "/api/rfcs/{slug}/history",
        "/api/rfcs/{slug}/prs",
        "/api/rfcs/{slug}/raw",
        "/api/search",
        "/feed.atom",
        "/rfc/{slug}/feed.atom",
    ]


def test_a_prefix_that_the_client_claims_is_not_believed(server: RunningServer) -> None:
    with server.http() as stranger:
        answer = stranger.get("/catalog", headers={"x-forwarded-prefix": "/evil"})
    assert ("/evil" in answer.text) is False


def test_files_are_kept_for_good_and_carry_no_cookie(server: RunningServer) -> None:
    page = get(server, "/catalog").text
    path = re.findall(r'(?:href|src)="(/static/[^"]+\.css)"', page)[0]
    answer = get(server, path)
    assert (answer.status_code, answer.headers["cache-control"], answer.headers.get("set-cookie")) == (
        200,
        "public, max-age=31536000, immutable",
        None,
    )


async def test_loopbacks_other_name_leads_to_the_real_one(people: People, server: RunningServer) -> None:
    page = await people.stranger()
    await page.goto(f"http://localhost:{server.port}/catalog")
    assert page.url == f"{server.url}/catalog"


async def test_no_page_breaks_its_own_policy(people: People) -> None:
    page = await people.stranger()
    for path in ("/", "/catalog", "/philosophy"):
        await open_page(page, path)
    await page.goto("/nothing")


async def test_an_inline_script_does_not_run(people: People) -> None:
    page = await people.stranger()
    await open_page(page, "/catalog")
    await page.evaluate(
        "() => { const tag = document.createElement('script'); tag.textContent = 'window.pwned = 1';"
        " document.body.append(tag); const image = document.createElement('img');"
        " image.setAttribute('onerror', 'window.pwned = 2'); image.src = '/nothing.png'; document.body.append(image); }"
    )
    await page.wait_for_function("document.querySelector('img[src=\"/nothing.png\"]').complete")
    assert await page.evaluate("window.pwned") is None
    people.troubles.seen.clear()  # the refusals are what was asked for
