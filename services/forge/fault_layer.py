"""The outermost layer: spoils requests by rule, and lets tests set the rules over HTTP."""

from __future__ import annotations

from contextlib import suppress
from typing import Literal

from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.forge.faults import FaultAction, FaultRule, Faults
from services.forge.identity import identify
from services.forge.json_types import JsonObject
from services.forge.refusals import Refused
from services.forge.settings import GiteaVersion
from services.forge.state import Forge

HTML = "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
AFTER = {FaultAction.DELAY_AFTER, FaultAction.STATUS_AFTER, FaultAction.DROP_AFTER}


class RuleOption(BaseModel):
    """A rule as it is set over HTTP; `seconds` null holds until the rules are deleted or released."""

    method: str = "*"
    path: str
    action: FaultAction
    seconds: float | None = None
    status: int = 500
    body: str = ""
    content_type: str = "application/json"
    times: int | None = Field(default=None, ge=1)


class SwitchesOption(BaseModel):
    """The switches as they are set over HTTP; what is left out stays."""

    version: GiteaVersion | None = None
    mergeability: float | Literal["never"] | None = None
    webhooks_lost: bool | None = None
    webhooks_duplicated: bool | None = None
    webhooks_reordered: bool | None = None
    webhooks_delay: float | None = None
    racing_writes_fail: bool | None = None


RULES = TypeAdapter(list[RuleOption])


class FaultLayer:
    """Wraps the whole forge."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, spoiled when a rule says so."""
        rule = None
        if scope["type"] == "http" and not scope["path"].startswith("/api/forge/"):
            rule = self._faults.match(scope["method"], scope["path"])
        if rule is None:
            await self._app(scope, receive, send)
        elif rule.action in AFTER:
            await self._spoil_after(rule, scope, receive, send)
        elif rule.action is FaultAction.DELAY_BEFORE:
            await rule.hold()
            await self._app(scope, receive, send)
        elif rule.action is FaultAction.DROP:
            await drop(receive, send)
        else:
            await _spoiled(rule)(scope, receive, send)

    async def _spoil_after(self, rule: FaultRule, scope: Scope, receive: Receive, send: Send) -> None:
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self._app(scope, receive, keep)
        if rule.action is FaultAction.DROP_AFTER:
            await drop(receive, send)
            return
        if rule.action is FaultAction.STATUS_AFTER:
            await _spoiled(rule)(scope, receive, send)
            return
        await rule.hold()
        with suppress(OSError):  # the caller may have gone meanwhile
            for message in messages:
                await send(message)


def _spoiled(rule: FaultRule) -> Response:
    if rule.action is FaultAction.HTML:
        status = rule.status if rule.status != 500 else 502
        return Response(rule.body or HTML, status, media_type="text/html; charset=utf-8")
    return Response(rule.body, rule.status, media_type=rule.content_type)


async def drop(receive: Receive, send: Send) -> None:
    """Cut the connection: through the server's transport where there is one, else by an error."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        raise ConnectionResetError("dropped on request")
    transport.abort()
    message: Message = {"type": "http.request"}
    while message["type"] != "http.disconnect":
        message = await receive()


def fault_routes(forge: Forge) -> list[Route]:
    """The control panel; only there when the forge was started with faults enabled."""
    panel = _Panel(forge)
    return [
        Route("/api/forge/faults", panel.rules, methods=["GET", "POST", "DELETE"]),
        Route("/api/forge/faults/release", panel.release, methods=["POST"]),
        Route("/api/forge/switches", panel.switches, methods=["GET", "PUT"]),
    ]


class _Panel:
    """Sets rules and switches for site admins."""

    def __init__(self, forge: Forge) -> None:
        self._forge = forge
        self._faults = forge.faults

    async def _refusal(self, request: Request) -> Response | None:
        try:
            identity = await run_in_threadpool(identify, self._forge, request)
        except Refused as refused:
            return JSONResponse({"message": refused.message}, refused.status)
        if identity.user is None or not identity.user.is_admin:
            return JSONResponse({"message": "site admin only"}, 403)
        return None

    def _all_rules(self) -> Response:
        return JSONResponse([rule_json(rule) for rule in self._faults.rules])

    async def rules(self, request: Request) -> Response:
        """Show, add or clear the rules."""
        refused = await self._refusal(request)
        if refused:
            return refused
        if request.method == "POST":
            try:
                options = RULES.validate_json(await request.body())
            except ValidationError as failed:
                return JSONResponse({"message": str(failed)}, 422)
            self._faults.add([FaultRule(**option.model_dump()) for option in options])
        elif request.method == "DELETE":
            self._faults.clear()
        return self._all_rules()

    async def release(self, request: Request) -> Response:
        """Let held requests go on."""
        refused = await self._refusal(request)
        if not refused:
            self._faults.release()
        return refused or self._all_rules()

    async def switches(self, request: Request) -> Response:
        """Show or set the switches."""
        refused = await self._refusal(request)
        if refused:
            return refused
        if request.method == "PUT":
            try:
                apply_switches(self._faults, SwitchesOption.model_validate_json(await request.body()))
            except ValidationError as failed:
                return JSONResponse({"message": str(failed)}, 422)
        return JSONResponse(switches_json(self._faults))


def apply_switches(faults: Faults, option: SwitchesOption) -> None:
    """Set what was given."""
    for name, value in option.model_dump(exclude_none=True).items():
        setattr(faults.switches, name, None if value == "never" else value)


def rule_json(rule: FaultRule) -> JsonObject:
    """A rule with how often it was hit and how many requests it holds."""
    return {
        "method": rule.method,
        "path": rule.path,
        "action": rule.action,
        "seconds": rule.seconds,
        "status": rule.status,
        "times": rule.times,
        "hits": rule.hits,
        "waiting": rule.waiting,
    }


def switches_json(faults: Faults) -> JsonObject:
    """The switches as they are."""
    current = faults.switches
    return {
        "version": current.version,
        "mergeability": "never" if current.mergeability is None else current.mergeability,
        "webhooks_lost": current.webhooks_lost,
        "webhooks_duplicated": current.webhooks_duplicated,
        "webhooks_reordered": current.webhooks_reordered,
        "webhooks_delay": current.webhooks_delay,
        "racing_writes_fail": current.racing_writes_fail,
    }
