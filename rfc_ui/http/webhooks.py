"""Gitea's deliveries: verified, remembered, scheduled, answered at once (§4.1)."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from rfc_ui.http.running import running
from services.usecases import receive_webhook

router = APIRouter(prefix="/api/webhooks", include_in_schema=False)


@router.post("/gitea", status_code=202)
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
