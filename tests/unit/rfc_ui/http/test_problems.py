"""Failures of the API, in one form."""

from __future__ import annotations

from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Query

from rfc_ui.http.api_unknown import unknown_router
from rfc_ui.http.boundary import Boundary, last_resort
from rfc_ui.http.error_handlers import add_error_handlers
from services.domain.errors import NotFound, RateLimited, SlugTaken
from tests.support.asgi import client_of

SECRET = "the database password is hunter2"


def app() -> FastAPI:
    router = APIRouter(prefix="/api")

    @router.get("/missing")
    async def missing() -> None:
        raise NotFound("There is no RFC called “x”.")

    @router.get("/taken")
    async def taken() -> None:
        raise SlugTaken("human", "an open idea")

    @router.get("/often")
    async def often() -> None:
        raise RateLimited("Too many.", retry_after=7)

    @router.get("/broken")
    async def broken() -> None:
        raise ValueError(SECRET)

    @router.get("/number")
    async def number(n: Annotated[int, Query(ge=1)]) -> int:
        return n

    made = FastAPI(openapi_url=None)
    add_error_handlers(made)
    made.include_router(router)
    made.include_router(unknown_router([router]))
    made.add_middleware(Boundary, answer=last_resort)
    return made


async def asked(path: str, method: str = "GET") -> httpx.Response:
    async with client_of(app()) as client:
        return await client.request(method, path)


@pytest.mark.parametrize(
    ("method", "path", "status", "code", "message"),
    [
        ("GET", "/api/missing", 404, "not_found", "There is no RFC called “x”."),
        ("GET", "/api/taken", 409, "slug_taken", "The slug “human” is already used by an open idea."),
        ("GET", "/api/often", 429, "rate_limited", "Too many."),
        ("GET", "/api/number?n=0", 422, "invalid", "The request has a value that is not allowed: n."),
        ("GET", "/api/number?n=x", 422, "invalid", "The request has a value that is not allowed: n."),
        ("GET", "/api/nowhere", 404, "not_found", "There is nothing at this address."),
        ("GET", "/api/", 404, "not_found", "There is nothing at this address."),
        ("POST", "/api/number", 405, "method_not_allowed", "This address does not take that method."),
        ("DELETE", "/api/missing", 405, "method_not_allowed", "This address does not take that method."),
        ("GET", "/api/broken", 500, "internal_error", "Something went wrong on the server."),
    ],
)
async def test_every_failure_has_the_same_form(
    method: str, path: str, status: int, code: str, message: str
) -> None:
    answer = await asked(path, method)
    error = answer.json()["error"]
    assert (answer.status_code, sorted(error), error["code"], error["message"]) == (
        status,
        ["code", "hint", "message"],
        code,
        message,
    )


async def test_an_unexpected_failure_tells_a_reference_and_not_its_cause(
    caplog: pytest.LogCaptureFixture,
) -> None:
    answer = await asked("/api/broken")
    reference = answer.json()["error"]["hint"].removeprefix("Tell an admin this reference: ").rstrip(".")
    assert (SECRET in answer.text, caplog.messages) == (False, [f"failure {reference} in /api/broken"])


async def test_a_limit_says_when_to_come_back() -> None:
    assert (await asked("/api/often")).headers["retry-after"] == "7"


async def test_a_wrong_method_is_told_the_right_ones() -> None:
    assert (await asked("/api/number", "POST")).headers["allow"] == "GET"


async def test_failures_are_never_cached() -> None:
    answers = [await asked(path) for path in ("/api/missing", "/api/nowhere", "/api/broken")]
    assert [answer.headers["cache-control"] for answer in answers] == ["no-store"] * 3
