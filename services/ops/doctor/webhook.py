"""Checks of the webhook: registered, and a delivery that goes all the way round."""

from __future__ import annotations

import hashlib
import hmac
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, ConfigDict

from services.ops.doctor.findings import Finding, fail, note, ok
from services.ops.doctor.patient import Patient

WEBHOOK_PATH = "/api/webhooks/gitea"
ROUND_TRIP_SECONDS = 8.0
POLL_SECONDS = 0.2
_ALLOW = "allow the app's host in [webhook] ALLOWED_HOST_LIST of Gitea's app.ini, restart Gitea"


class _HookConfig(BaseModel):
    model_config = ConfigDict(extra="ignore")

    url: str = ""


class _Hook(BaseModel):
    model_config = ConfigDict(extra="ignore")

    id: int
    active: bool = False
    events: list[str] = []
    config: _HookConfig = _HookConfig()


@dataclass(frozen=True, slots=True)
class RegisteredHook:
    """The hook that calls this app."""

    id: int


def check_webhook(client: httpx.Client, patient: Patient) -> tuple[Finding, RegisteredHook | None]:
    """The meta repository has one active hook that calls this app."""
    answer = client.get(f"/api/v1/repos/{patient.meta}/hooks")
    if answer.status_code != httpx.codes.OK:
        return fail("webhook", f"the hooks can't be listed ({answer.status_code})", "see bot-scopes"), None
    hooks = [_Hook.model_validate(hook) for hook in answer.json()]
    ours = [hook for hook in hooks if hook.config.url == patient.webhook_url]
    if not ours:
        return fail("webhook", f"no hook calls {patient.webhook_url}", "rfc-ui seed"), None
    if len(ours) > 1:
        return fail("webhook", f"{len(ours)} hooks call {patient.webhook_url}", "rfc-ui seed"), None
    if not ours[0].active or "push" not in ours[0].events:
        return fail("webhook", "the hook is inactive or lacks events", "rfc-ui seed"), None
    return _registered(hooks, patient), RegisteredHook(ours[0].id)


def _registered(hooks: Sequence[_Hook], patient: Patient) -> Finding:
    """Hooks of ours at another address: of a former APP_URL, or of another site on the same repository."""
    strays = [
        hook.config.url
        for hook in hooks
        if urlsplit(hook.config.url).path == WEBHOOK_PATH and hook.config.url != patient.webhook_url
    ]
    if not strays:
        return ok("webhook", f"registered for {patient.webhook_url}")
    seen = f"registered for {patient.webhook_url}; another hook calls {', '.join(sorted(set(strays)))}"
    return note(
        "webhook", seen, "remove it in Gitea if that is a former APP_URL (`seed` removes those it made)"
    )


def check_round_trip(
    client: httpx.Client, patient: Patient, hook: RegisteredHook, *, deliveries: Callable[[], int]
) -> Finding:
    """Ask Gitea for a test delivery and wait until the running app has noted it in the database.

    `deliveries` counts what the app has accepted so far. First a delivery of our own tells apart an app that
    does not run, an app with another secret, and a Gitea that can't reach it.
    """
    trouble = _app_trouble(patient)
    if trouble is not None:
        return trouble
    before = deliveries()
    answer = client.post(f"/api/v1/repos/{patient.meta}/hooks/{hook.id}/tests")
    if answer.status_code != httpx.codes.NO_CONTENT:
        return fail(
            "webhook-round-trip", f"Gitea refuses the test delivery ({answer.status_code})", "rfc-ui seed"
        )
    deadline = time.monotonic() + ROUND_TRIP_SECONDS
    while time.monotonic() < deadline:
        if deliveries() > before:
            return ok("webhook-round-trip", "Gitea's test delivery arrived and was accepted")
        time.sleep(POLL_SECONDS)
    remedy = f"{_ALLOW}; “Recent deliveries” of the hook in Gitea shows the reason; a 403 there: rfc-ui seed"
    return fail("webhook-round-trip", "Gitea's test delivery did not arrive or was refused", remedy)


def _app_trouble(patient: Patient) -> Finding | None:
    body = b'{"repository": {"full_name": "rfc-ui/doctor"}}'
    signature = hmac.new(patient.webhook_secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json",
        "X-Gitea-Event": "push",
        "X-Gitea-Delivery": str(uuid.uuid4()),
        "X-Gitea-Signature": signature,
    }
    try:
        answer = httpx.post(patient.webhook_url, content=body, headers=headers, timeout=5)
    except httpx.TransportError as error:
        seen = f"the app gives no answer at {patient.app_url} ({type(error).__name__})"
        return fail("webhook-round-trip", seen, "start it (rfc-ui serve), then run the doctor again")
    if answer.status_code == httpx.codes.FORBIDDEN:
        seen = "the running app has another GITEA_WEBHOOK_SECRET than these settings"
        return fail("webhook-round-trip", seen, "restart it")
    if answer.status_code != httpx.codes.ACCEPTED:
        seen = f"{patient.webhook_url} answers {answer.status_code}"
        return fail("webhook-round-trip", seen, "does APP_URL lead to this app, through the proxy?")
    return None
