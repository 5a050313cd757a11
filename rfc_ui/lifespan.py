"""From the first line of the log to the last: what runs around the serving."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI
from nicegui import core

from pages.registry import register_pages
from rfc_ui import bootstrap
from rfc_ui.http.running import keep
from rfc_ui.security.leaving import Leaving
from rfc_ui.settings import Settings


def lifespan_of(
    settings: Settings, leaving: Leaving, prepare: bootstrap.Prepare | None
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """The lifespan of one app: build, serve at once from the cache, start in the background, close."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        application = await bootstrap.build(settings)
        for one in (app, core.app):
            keep(one, application)
        leaving.watch(application.context)
        register_pages(application.site)
        application.begin(prepare)
        try:
            yield
        finally:
            await application.close()

    return lifespan
