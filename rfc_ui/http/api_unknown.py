"""What the API says at addresses it doesn't have: JSON, before NiceGUI would answer with a page."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]


def unknown_router(known: Sequence[APIRouter]) -> APIRouter:
    """The router to include last: 405 where one of `known` takes another method, else 404."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/api/{path:path}", methods=METHODS)
    async def nothing_here(request: Request) -> None:
        allowed = allowed_methods(known, request)
        if allowed:
            raise HTTPException(405, headers={"Allow": ", ".join(allowed)})
        raise HTTPException(404)

    return router


def allowed_methods(known: Sequence[APIRouter], request: Request) -> list[str]:
    """The methods that the address of `request` does take."""
    routes = [route for router in known for route in router.routes if isinstance(route, Route)]
    found = (route.methods for route in routes if route.matches(request.scope)[0] is Match.PARTIAL)
    return sorted({method for methods in found for method in methods or ()})
