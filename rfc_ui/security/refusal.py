"""Short answers given before any page or route is reached."""

from __future__ import annotations

from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from services.domain.errors import ProductError

NO_STORE = {"Cache-Control": "no-store"}


class Refused(ProductError):
    """The request is refused before anything looked at what it asks for."""

    code = "refused"
    status = 403
    hint = "Open the page again in your browser and repeat what you did there."


class TooLarge(ProductError):
    """The body is larger than the route takes."""

    code = "too_large"
    status = 413
    hint = "Send less at once."


def refusal(path: str, error: ProductError) -> Response:
    """Say `error` as JSON below `/api/`, else as a sentence."""
    if path.startswith("/api/"):
        body = {"error": {"code": error.code, "message": error.message, "hint": error.hint}}
        return JSONResponse(body, error.status, headers=NO_STORE)
    return PlainTextResponse(f"{error.message} {error.hint}\n", error.status, headers=NO_STORE)


async def refuse(scope: Scope, receive: Receive, send: Send, error: ProductError) -> None:
    """Answer an HTTP request with `error`, or close a websocket before it is accepted (403)."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": error.message})
        return
    await refusal(scope["path"], error)(scope, receive, send)
