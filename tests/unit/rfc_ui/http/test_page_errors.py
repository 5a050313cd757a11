"""Where a failing page leads."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from rfc_ui.http.page_errors import page_error, sign_in_address
from services.domain.errors import NotSignedIn


def asked(path: str, query: str = "", method: str = "GET") -> Request:
    scope = {"type": "http", "method": method, "path": path, "query_string": query.encode(), "headers": []}
    return Request(scope | {"server": ("rfc.example.org", 443), "scheme": "https"})


@pytest.mark.parametrize(
    ("path", "query", "address"),
    [
        ("/inbox", "", "/auth/login?next=%2Finbox"),
        ("/catalog", "tag=a&sort=title", "/auth/login?next=%2Fcatalog%3Ftag%3Da%26sort%3Dtitle"),
    ],
)
def test_the_sign_in_leads_back_to_where_the_person_was(path: str, query: str, address: str) -> None:
    assert sign_in_address(asked(path, query)) == address


async def test_a_page_that_needs_an_account_leads_to_the_sign_in() -> None:
    answer = await page_error(asked("/inbox"), NotSignedIn())
    assert (answer.status_code, answer.headers["location"], answer.headers["cache-control"]) == (
        303,
        "/auth/login?next=%2Finbox",
        "no-store",
    )
