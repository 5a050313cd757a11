"""Answers that need not be fetched twice."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from rfc_ui.http.etag import is_known, with_etag
from tests.support.asgi import client_of


async def text(request: Request) -> Response:
    return with_etag(request, b"human", "text/plain")  # type: ignore[arg-type]


APP = Starlette(routes=[Route("/", text)])


async def test_the_second_time_the_client_hears_that_it_has_it_already() -> None:
    async with client_of(APP) as client:
        first = await client.get("/")
        second = await client.get("/", headers={"if-none-match": first.headers["etag"]})
    assert [(answer.status_code, answer.content, answer.headers["etag"]) for answer in (first, second)] == [
        (200, b"human", first.headers["etag"]),
        (304, b"", first.headers["etag"]),
    ]


@pytest.mark.parametrize(
    ("header", "known"),
    [
        ('"a"', True),
        ('W/"a"', True),
        ('"b", "a"', True),
        ("*", True),
        ('"b"', False),
        ("a", False),
        ("", False),
    ],
)
def test_tags_are_compared_as_http_has_it(header: str, known: bool) -> None:
    assert is_known('"a"', header) is known
