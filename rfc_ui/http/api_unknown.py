"""What the API says at addresses it doesn't have: JSON, before NiceGUI would answer with a page."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]

router = APIRouter(include_in_schema=False)


@router.api_route("/api/{path:path}", methods=METHODS)
async def nothing_here(request: Request) -> None:
    """405 where another method would do, else 404."""
    allowed = allowed_methods(request)
    if allowed:
        raise HTTPException(405, headers={"Allow": ", ".join(allowed)})
    raise HTTPException(404)


def allowed_methods(request: Request) -> list[str]:
    """The methods that the address of `request` does take."""
    routes = (route for route in request.app.routes if isinstance(route, Route))
    found = (route.methods for route in routes if route.matches(request.scope)[0] is Match.PARTIAL)
    return sorted({method for methods in found for method in methods or ()})
