"""HEAD is GET without the body."""

from __future__ import annotations

from rfc_ui.http.heads import Heads
from tests.support.asgi import client_of, small_app


async def test_head_answers_like_get_without_a_body() -> None:
    async with client_of(Heads(small_app())) as client:
        get, head = await client.get("/page"), await client.head("/page")
    assert (head.status_code, head.content, head.headers) == (get.status_code, b"", get.headers)
