"""What is sent smaller, and what is left alone."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from rfc_ui.http.compression import Compression
from tests.support.asgi import client_of


async def long(_: Request) -> Response:
    return PlainTextResponse("human " * 1000)


APP = Compression(Starlette(routes=[Route("/{path:path}", long)]))


@pytest.mark.parametrize(
    ("path", "encoding"), [("/catalog", "gzip"), ("/static/a.css", "gzip"), ("/static/a.woff2", None)]
)
async def test_text_is_compressed_and_fonts_are_not(path: str, encoding: str | None) -> None:
    async with client_of(APP) as client:
        answer = await client.get(path)
    assert answer.headers.get("content-encoding") == encoding
