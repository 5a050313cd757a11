"""The border of a request: nothing that failed leaves the process with a word about why."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rfc_ui.http.failure_reports import report
from rfc_ui.http.problems import unexpected_problem

Answer = Callable[[Request, Exception], Awaitable[Response]]


class Boundary:
    """ASGI: whatever is raised inside becomes `answer`'s answer, unless one has begun already."""

    def __init__(self, app: ASGIApp, answer: Answer) -> None:
        self.app = app
        self.answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and catch."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        has_begun = False

        async def send_noting(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self.app(scope, receive, send_noting)
        except ClientDisconnect:
            return
        except Exception as error:  # noqa: BLE001  (the border of the request)
            if has_begun:
                report(error, where=f"the answer to {scope['path']}")
                return
            await (await self.answer(Request(scope), error))(scope, receive, send)


async def last_resort(request: Request, error: Exception) -> Response:
    """Answer 500 with a reference into the log, needing nothing that may be broken."""
    reference = report(error, where=request.url.path)
    if request.url.path.startswith("/api/"):
        return unexpected_problem(reference)
    return PlainTextResponse(f"Something went wrong on the server. Tell an admin: {reference}.\n", 500)
