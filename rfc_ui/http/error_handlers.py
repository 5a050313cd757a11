"""Which failure is told how: JSON below `/api/`, a page everywhere else."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response

from rfc_ui.http.page_errors import NO_PAGE, page_error
from rfc_ui.http.problems import http_problem, product_problem, validation_problem
from services.domain.errors import NotFound, ProductError


def add_error_handlers(app: FastAPI) -> None:
    """Make failures below `/api/`, the framework's own included, speak §17's form, and all others be pages."""

    async def on_error(request: Request, error: Exception) -> Response:
        if request.url.path.startswith("/api/"):
            return _problem_of_any(error)
        return await page_error(request, error if isinstance(error, ProductError) else NotFound(NO_PAGE))

    for kind in (ProductError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, on_error)


def _problem_of_any(error: Exception) -> JSONResponse:
    match error:
        case ProductError():
            return product_problem(error)
        case RequestValidationError():
            return validation_problem(error)
        case HTTPException():
            return http_problem(error)
        case _:
            raise error
