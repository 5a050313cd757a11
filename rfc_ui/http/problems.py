"""Every failure of the HTTP API as `{"error": {"code", "message", "hint"}}` (§17)."""

from __future__ import annotations

from http import HTTPStatus

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from services.domain.errors import ProductError, RateLimited

VALIDATION = "The request has a value that is not allowed: {where}."
SENTENCES = {
    404: ("not_found", "There is nothing at this address.", "The addresses are listed under /api/docs."),
    405: ("method_not_allowed", "This address does not take that method.", "See the Allow header."),
}


class Problem(BaseModel):
    """What went wrong: a stable code, a sentence, and what to do."""

    code: str
    message: str
    hint: str


class ProblemAnswer(BaseModel):
    """The body of every answer that is not a success."""

    error: Problem


def problem_response(status: int, problem: Problem, headers: dict[str, str] | None = None) -> JSONResponse:
    """Answer with `problem`; never cached."""
    body = ProblemAnswer(error=problem).model_dump()
    return JSONResponse(body, status, headers={"Cache-Control": "no-store", **(headers or {})})


def problem_of(error: ProductError) -> Problem:
    """The words of an expected failure."""
    return Problem(code=error.code, message=error.message, hint=error.hint)


def product_problem(error: ProductError) -> JSONResponse:
    """Answer with an expected failure; 429 says when to come back."""
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, RateLimited) else None
    return problem_response(error.status, problem_of(error), headers)


def unexpected_problem(reference: str) -> JSONResponse:
    """Answer to a failure nobody expected: a reference into the log, and not a word more."""
    problem = Problem(
        code="internal_error",
        message="Something went wrong on the server.",
        hint=f"Tell an admin this reference: {reference}.",
    )
    return problem_response(500, problem)


def validation_problem(error: RequestValidationError) -> JSONResponse:
    """Answer to a value that is not allowed; says where, never what."""
    places = sorted({".".join(str(part) for part in one["loc"][1:]) for one in error.errors()})
    problem = Problem(
        code="invalid",
        message=VALIDATION.format(where=", ".join(places)),
        hint="The allowed values are listed under /api/docs.",
    )
    return problem_response(422, problem)


def http_problem(error: HTTPException) -> JSONResponse:
    """Answer to the framework's own refusals: no such address, no such method."""
    phrase = HTTPStatus(error.status_code).phrase
    code, message, hint = SENTENCES.get(
        error.status_code, (phrase.lower().replace(" ", "_"), f"{phrase}.", "Check the request.")
    )
    problem = Problem(code=code, message=message, hint=hint)
    return problem_response(error.status_code, problem, dict(error.headers or {}))
