"""Writes come from our own pages, or not at all."""

from __future__ import annotations

import pytest

from rfc_ui.security.origin_guard import OriginGuard
from rfc_ui.security.site_origin import SiteOrigin
from tests.support.asgi import client_of, small_app

OWN = "https://rfc.example.org"


def guarded(site: str = OWN) -> OriginGuard:
    return OriginGuard(small_app(), SiteOrigin.of(site))


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.test"},
        {"origin": "null"},
        {"origin": "http://rfc.example.org"},
        {},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"referer": "https://rfc.example.org/catalog"},
    ],
)
async def test_a_write_from_elsewhere_is_refused(method: str, headers: dict[str, str]) -> None:
    async with client_of(guarded()) as client:
        answer = await client.request(method, "/auth/logout", headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (403, "text/plain; charset=utf-8")


@pytest.mark.parametrize("headers", [{"origin": OWN}, {"sec-fetch-site": "same-origin"}])
async def test_a_write_from_our_own_pages_passes(headers: dict[str, str]) -> None:
    async with client_of(guarded()) as client:
        answer = await client.post("/auth/logout", headers=headers)
    assert answer.status_code == 200


async def test_reading_needs_no_origin() -> None:
    async with client_of(guarded()) as client:
        answer = await client.get("/api/rfcs", headers={"origin": "https://elsewhere.test"})
    assert answer.status_code == 200


async def test_a_refused_api_write_is_told_in_json() -> None:
    async with client_of(guarded()) as client:
        answer = await client.post("/api/rfcs", headers={"origin": "https://evil.test"})
    assert (answer.status_code, answer.json()) == (
        403,
        {
            "error": {
                "code": "refused",
                "message": "This request did not come from this site's own pages.",
                "hint": "Open the page again in your browser and repeat what you did there.",
            }
        },
    )


@pytest.mark.parametrize(
    "path", ["/api/webhooks/gitea", "/api/webhooks/email-bounce", "/api/email/unsubscribe"]
)
async def test_machines_that_prove_themselves_otherwise_pass(path: str) -> None:
    async with client_of(guarded()) as client:
        answer = await client.post(path)
    assert answer.status_code == 200


async def test_loopbacks_other_name_leads_to_the_one_of_the_site() -> None:
    app = guarded("http://127.0.0.1:8080")
    async with client_of(app, base_url="http://localhost:8080") as client:
        answer = await client.get("/proposal/3?x=%2F", headers={"accept": "text/html"})
    assert (answer.status_code, answer.headers["location"]) == (307, "http://127.0.0.1:8080/proposal/3?x=%2F")


@pytest.mark.parametrize(
    ("host", "accept"),
    [("127.0.0.1:8080", "text/html"), ("localhost:9", "text/html"), ("localhost:8080", "*/*")],
)
async def test_no_other_request_is_led_elsewhere(host: str, accept: str) -> None:
    app = guarded("http://127.0.0.1:8080")
    async with client_of(app, base_url="http://127.0.0.1:8080") as client:
        answer = await client.get("/catalog", headers={"accept": accept, "host": host})
    assert answer.status_code == 200


async def test_a_public_site_never_redirects_by_host_name() -> None:
    async with client_of(guarded()) as client:
        answer = await client.get("/", headers={"accept": "text/html", "host": "localhost"})
    assert answer.status_code == 200
