"""From the first line of the log to the last: what runs around the serving."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import cast

from fastapi import FastAPI
from nicegui import core

from pages.registry import register_pages
from rfc_ui import bootstrap
from rfc_ui.http.running import keep
from rfc_ui.security.leaving import Leaving
from rfc_ui.settings import Settings
from services.domain.errors import ProductError

GARBAGE_THRESHOLDS = (20_000, 20, 50)
"""New objects before the youngest are looked through, and how many such looks before the older ones are."""


def lifespan_of(
    settings: Settings, leaving: Leaving, prepare: bootstrap.Prepare | None
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """The lifespan of one app: build, serve at once from the cache, start in the background, close."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        application = await _built(app, settings)
        for one in (app, core.app):
            keep(one, application)
        leaving.watch(application.context)
        register_pages(application.site)
        settle_memory()
        application.begin(prepare)
        try:
            yield
        finally:
            await application.close()

    return lifespan


async def _built(app: FastAPI, settings: Settings) -> bootstrap.Application:
    try:
        return await bootstrap.build(settings, serves=True)
    except ProductError as error:
        app.state.refusal = error
        raise


def refusal_of(app: FastAPI) -> ProductError | None:
    """Why the app could not start, where that is known: an unusable database, mostly."""
    return cast("ProductError | None", getattr(app.state, "refusal", None))


def settle_memory() -> None:
    """What is loaded by now stays: Python need not walk through it again each time it looks for garbage.

    Those walks stop everything for a quarter of a second, and rendering makes enough objects to set them off.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)
