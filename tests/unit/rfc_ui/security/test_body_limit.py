"""A body has a largest size, announced or not."""

from __future__ import annotations

import pytest

from rfc_ui.security.body_limit import KIB, BodyLimit, limit_of
from tests.support.asgi import chunks, client_of, small_app


@pytest.mark.parametrize(
    ("path", "limit"), [("/api/webhooks/gitea", 2048 * KIB), ("/auth/logout", 16 * KIB), ("/x", 1024 * KIB)]
)
def test_each_path_has_its_limit(path: str, limit: int) -> None:
    assert limit_of(path) == limit


async def test_a_body_that_says_it_is_too_large_is_refused_unread() -> None:
    async with client_of(BodyLimit(small_app())) as client:
        answer = await client.post("/api/webhooks/gitea", content=b"x" * (2048 * KIB + 1))
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


async def test_a_body_that_does_not_say_its_size_is_cut_off_at_the_limit() -> None:
    async with client_of(BodyLimit(small_app())) as client:
        answer = await client.post("/auth/logout", content=chunks(10 * KIB, 7 * KIB))
    assert answer.status_code == 413


async def test_a_body_of_exactly_the_limit_passes() -> None:
    async with client_of(BodyLimit(small_app())) as client:
        answer = await client.post("/auth/logout", content=chunks(10 * KIB, 6 * KIB))
    assert answer.json() == {"method": "POST", "path": "/auth/logout", "bytes": 16 * KIB}


async def test_a_nonsensical_length_is_counted_instead() -> None:
    async with client_of(BodyLimit(small_app())) as client:
        answer = await client.post("/auth/logout", content=b"abc", headers={"content-length": "-5"})
    assert answer.json()["bytes"] == 3
