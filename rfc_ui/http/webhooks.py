"""Gitea's deliveries: verified, remembered, scheduled, answered at once (§4.1)."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.requests import HTTPConnection

from rfc_ui.http.running import running
from services.usecases import receive_webhook

GITEA_PATH = "/api/webhooks/gitea"
router = APIRouter(include_in_schema=False)


@router.post(GITEA_PATH, status_code=202)
async def gitea(request: Request) -> JSONResponse:
    """Take one delivery: 202, also for repositories that are not ours; 403 for a wrong signature."""
    application = running(request)
    await receive_webhook.receive(
        application.context,
        secret=application.settings.gitea_webhook_secret.get_secret_value(),
        headers=request.headers,
        body=await request.body(),
    )
    return JSONResponse({"status": "accepted"}, 202)


def note_too_large(request: HTTPConnection) -> None:
    """A delivery that was refused for its size leaves its line as the others do (§17)."""
    if request.url.path == GITEA_PATH:
        receive_webhook.refuse_too_large(running(request).context, headers=request.headers)
