"""Whether the process lives, and whether it is ready to serve (§17)."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse

from rfc_ui.http.running import running

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def healthz(request: Request) -> PlainTextResponse:
    """200 once start-up is over, sample data and first sweep included; it does not depend on Gitea."""
    if not running(request).start_is_over:
        return _answer(503, "starting")
    return _answer(200, "ok")


@router.get("/readyz")
async def readyz(request: Request) -> PlainTextResponse:
    """200 while start-up is over and the database answers."""
    application = running(request)
    if not application.start_is_over:
        return _answer(503, "starting")
    if not await application.can_read():
        return _answer(503, "the database does not answer")
    return _answer(200, "ready")


def _answer(status: int, text: str) -> PlainTextResponse:
    return PlainTextResponse(f"{text}\n", status, headers={"Cache-Control": "no-store"})
