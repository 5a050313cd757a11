"""Failures of pages: sign in first, 403, 404, 500, in the site's frame and with their real status (§17)."""

from __future__ import annotations

from urllib.parse import quote

from fastapi.exceptions import RequestValidationError
from nicegui import core
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pages.errors import error_response
from rfc_ui.http.boundary import Boundary
from rfc_ui.http.failure_reports import report
from rfc_ui.http.running import running
from services.domain.errors import NotFound, NotSignedIn, ProductError

NO_PAGE = "There is no such page."
UNEXPECTED = "Something went wrong on the server."
PAGE_METHODS = frozenset({"GET", "HEAD"})


class Unexpected(ProductError):
    """A failure nobody expected, as the person sees it: a reference, and nothing of the cause."""

    code = "internal_error"
    status = 500
    retryable = True

    def __init__(self, reference: str) -> None:
        super().__init__(UNEXPECTED, hint=f"Try again. If it happens again, tell an admin: {reference}.")
        self.reference = reference


async def page_error(request: Request, error: Exception) -> Response:
    """Lead to the sign-in and back, or show the page that says what is wrong and what to do."""
    known = error if isinstance(error, ProductError) else _unexpected(request, error)
    if isinstance(known, NotSignedIn) and request.method in PAGE_METHODS:
        return RedirectResponse(sign_in_address(request), 303, headers={"Cache-Control": "no-store"})
    return await error_response(running(request).site, request, known)


def _unexpected(request: Request, error: Exception) -> Unexpected:
    return Unexpected(report(error, where=f"page {request.url.path}"))


def install_page_errors() -> None:
    """Replace NiceGUI's own error pages, which show the text of exceptions, by ours."""

    async def not_a_page(request: Request, error: Exception) -> Response:
        if request.url.path.startswith("/_nicegui"):
            return Response(status_code=getattr(error, "status_code", 404))
        return await page_error(request, NotFound(NO_PAGE))

    app = core.app
    app.exception_handlers.pop(Exception, None)
    app.add_exception_handler(404, not_a_page)
    app.add_exception_handler(HTTPException, not_a_page)
    app.add_exception_handler(RequestValidationError, not_a_page)  # /proposal/abc
    app.user_middleware[:] = [one for one in app.user_middleware if str(one.cls) != str(Boundary)]
    app.user_middleware.append(Middleware(Boundary, page_error))
    app.middleware_stack = None


def sign_in_address(request: Request) -> str:
    """The sign-in that leads back to the page `request` asked for."""
    query = f"?{request.url.query}" if request.url.query else ""
    return f"/auth/login?next={quote(request.url.path + query, safe='')}"
