"""Redirects within the site name no host; those elsewhere stay."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import Route

from rfc_ui.security.own_redirects import OwnRedirects
from tests.support.asgi import client_of


@pytest.mark.parametrize(
    ("location", "told"),
    [
        ("https://evil.org/rfc/human?mode=x#top", "/rfc/human?mode=x#top"),
        ("https://evil.org//elsewhere.org/", "/elsewhere.org/"),
        ("https://evil.org", "/"),
        ("https://git.example.org/login", "https://git.example.org/login"),
        ("/catalog", "/catalog"),
    ],
)
async def test_only_the_host_that_the_request_names_is_taken_out(location: str, told: str) -> None:
    async def redirect(_: Request) -> RedirectResponse:
        return RedirectResponse(location)

    async with client_of(OwnRedirects(Starlette(routes=[Route("/go", redirect)]))) as client:
        answer = await client.get("/go", headers={"host": "evil.org"})

    assert answer.headers["location"] == told
