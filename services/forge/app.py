"""Putting a forge together: its routes, its workers, its layers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from services.forge.accounts import ensure_admin
from services.forge.api import accounts, contents, history, hooks, organizations, pulls, repositories, server
from services.forge.api.routing import routes
from services.forge.fault_layer import FaultLayer, fault_routes
from services.forge.oauth_tokens import signing_key
from services.forge.pulls import check_pull
from services.forge.recovery import recover
from services.forge.settings import ForgeSettings
from services.forge.state import Forge
from services.forge.web.routes import web_routes

ENDPOINTS = [
    *server.ENDPOINTS,
    *pulls.ENDPOINTS,
    *accounts.ENDPOINTS,
    *organizations.ENDPOINTS,
    *repositories.ENDPOINTS,
    *contents.ENDPOINTS,
    *history.ENDPOINTS,
    *hooks.ENDPOINTS,
    *server.LAST,
]


def create_forge(settings: ForgeSettings) -> Starlette:
    """A forge as an ASGI app; its workers run between the app's start-up and shut-down."""
    forge = Forge(settings)
    kind = _SpoiledStarlette if settings.faults_enabled else Starlette
    app = kind(routes=_routes(forge), lifespan=partial(_lifespan, forge))
    app.state.forge = forge
    app.router.redirect_slashes = False
    return app


class _SpoiledStarlette(Starlette):
    """With the faults outermost, since cutting a connection needs the server's own `send`."""

    def build_middleware_stack(self) -> ASGIApp:
        forge: Forge = self.state.forge
        return FaultLayer(super().build_middleware_stack(), forge.faults)


def _routes(forge: Forge) -> list[BaseRoute]:
    panel = fault_routes(forge) if forge.settings.faults_enabled else []
    return [*panel, *routes(forge, ENDPOINTS), *web_routes(forge)]


@asynccontextmanager
async def _lifespan(forge: Forge, _: Starlette) -> AsyncIterator[None]:
    await run_in_threadpool(_prepare, forge)
    forge.deliveries.start()
    try:
        yield
    finally:
        forge.faults.release()
        await run_in_threadpool(forge.checks.stop)
        await forge.deliveries.stop()
        forge.database.close()


def _prepare(forge: Forge) -> None:
    ensure_admin(forge)
    signing_key(forge)
    recover(forge)
    forge.checks.start(partial(check_pull, forge))
