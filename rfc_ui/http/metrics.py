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
MEANINGS = {
    "rfcui_start_time_seconds": "When this process started, in Unix time.",
    "rfcui_max_resident_memory_bytes": "The most memory this process has had.",
    "rfcui_cpu_seconds_total": "Processor time this process has used.",
    "rfcui_open_pages": "Pages that are open in browsers and connected.",
    "rfcui_entries": "Entries in the catalog, of every state.",
    "rfcui_open_pull_requests": "Open pull requests, ideas included.",
    "rfcui_operations_pending": "Writes of the bot that are under way.",
    "rfcui_operations_failed": "Writes of the bot that were given up.",
    "rfcui_operations_parked": "Writes of the bot that wait for an admin after a restore.",
    "rfcui_repositories_with_errors": "Repositories that could not be read the last time.",
    "rfcui_cache_as_of_seconds": "When the meta repository was last read, in Unix time; 0 before the first time.",
    "rfcui_events_total": "The number of the newest event.",
    "rfcui_mails_waiting": "Mails that wait to be sent or are being sent.",
    "rfcui_mails_parked": "Mails that were given up and wait for an admin.",
    "rfcui_webhooks_refused_total": "Webhook deliveries that this process has refused or ignored.",
}
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
    text = "".join(_lines(name, value) for name, value in {**process, **found}.items())
    return PlainTextResponse(text, media_type=PLAIN, headers={"Cache-Control": "no-store"})


def _lines(name: str, value: float) -> str:
    """One figure as Prometheus reads it: what it means, of which type it is, and the value."""
    kind = "counter" if name.endswith("_total") else "gauge"
    return f"# HELP {name} {MEANINGS[name]}\n# TYPE {name} {kind}\n{name} {value}\n"
