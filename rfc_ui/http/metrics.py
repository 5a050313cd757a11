"""`/metrics`: figures for Prometheus, for whoever holds `METRICS_TOKEN` (§17)."""

from __future__ import annotations

import hmac
import resource
import time

from fastapi import APIRouter, Request
from nicegui import Client
from starlette.responses import PlainTextResponse

from rfc_ui.http.running import running
from services.usecases.views.figures import figures

router = APIRouter(include_in_schema=False)
STARTED = time.time()
PLAIN = "text/plain; version=0.0.4; charset=utf-8"


@router.get("/metrics")
async def metrics(request: Request) -> PlainTextResponse:
    """404 where no token is set, so that nobody learns that there is one; 401 for a wrong one."""
    application = running(request)
    token = application.settings.metrics_token
    if token is None:
        return PlainTextResponse("There is nothing here.\n", 404)
    sent = request.headers.get("authorization", "").removeprefix("Bearer ").encode()
    if not hmac.compare_digest(sent, token.get_secret_value().encode()):
        return PlainTextResponse("The token is wrong.\n", 401, headers={"WWW-Authenticate": "Bearer"})
    found = await figures(application.context)
    process = {
        "rfcui_start_time_seconds": STARTED,
        "rfcui_max_resident_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "rfcui_cpu_seconds_total": time.process_time(),
        "rfcui_open_pages": sum(client.has_socket_connection for client in Client.instances.values()),
    }
    lines = [f"{name} {value}\n" for name, value in {**process, **found}.items()]
    return PlainTextResponse("".join(lines), media_type=PLAIN, headers={"Cache-Control": "no-store"})
