"""From a route's description to a served endpoint: credentials, scopes, and the wording of refusals."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.forge.api.call import Call, answer
from services.forge.identity import Identity, identify
from services.forge.json_types import JsonObject
from services.forge.refusals import Refused, forbidden
from services.forge.state import Forge

logger = logging.getLogger(__name__)
BODY_LIMIT = 150 * 2**20
UNCACHED = {"Cache-Control": "max-age=0, private, must-revalidate, no-transform"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One method of one path, the work it does, and the token scopes it asks for."""

    method: str
    path: str
    work: Callable[[Call], Response]
    categories: tuple[str, ...] = ()
    free: bool = False


def endpoint(method: str, path: str, work: Callable[[Call], Response], *categories: str) -> Endpoint:
    """Describe an endpoint; its scopes are read or write by the method."""
    return Endpoint(method=method, path=path, work=work, categories=categories)


def routes(forge: Forge, endpoints: list[Endpoint]) -> list[Route]:
    """Endpoints as routes, in their order."""
    return [
        Route(f"/api/v1{each.path}", _served(forge, each), methods=[each.method], include_in_schema=False)
        for each in endpoints
    ]


def _served(forge: Forge, described: Endpoint) -> Callable[[Request], object]:
    async def serve(request: Request) -> Response:
        body = await request.body()
        response = await run_in_threadpool(_run, forge, described, request, body)
        for key, value in UNCACHED.items():
            response.headers.setdefault(key, value)
        return response

    return serve


def _run(forge: Forge, described: Endpoint, request: Request, body: bytes) -> Response:
    identity = Identity()
    try:
        identity = identify(forge, request)
        _check_scopes(identity, described, forge)
        return described.work(Call(forge, request, body, identity))
    except Refused as refused:
        return refusal(forge, refused, identity)
    except Exception:
        logger.exception("%s %s failed", request.method, request.url.path)
        return refusal(forge, Refused(500, "internal error", internal=True), identity)


def refusal(forge: Forge, refused: Refused, identity: Identity) -> Response:
    """The error answer in Gitea's shape."""
    if refused.location:
        return Response(status_code=refused.status, headers={"Location": refused.location})
    hidden = refused.internal and not (identity.user and identity.user.is_admin)
    document: JsonObject = {
        "message": "" if hidden else refused.message,
        "url": f"{forge.url}/api/swagger",
    }
    if refused.status == 404 and forge.version.names_errors_in_not_found:
        document["errors"] = None
    return answer(document, refused.status)


def _check_scopes(identity: Identity, described: Endpoint, forge: Forge) -> None:
    if identity.user is None or "all" in identity.scopes:
        return
    level = "read" if described.method in {"GET", "HEAD"} else "write"
    categories = described.categories
    if (
        described.path == "/orgs/{org}/repos"
        and level == "write"
        and forge.version.repository_creation_needs_both_scopes
    ):
        categories = ("organization", "repository")
    missing = [name for name in categories if not identity.allows(level, name)]
    if missing:
        required = " ".join(f"{level}:{name}" for name in categories)
        raise forbidden(
            "token does not have at least one of required scope(s), "
            f"required=[{required}], token scope={','.join(identity.scopes)}"
        )
