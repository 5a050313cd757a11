"""The parts that a command needs, opened as the server opens them and closed again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from rfc_ui.settings import Settings
    from services.usecases.context import Context

Result = TypeVar("Result")


def with_context(settings: Settings, act: Callable[[Context], Awaitable[Result]]) -> Result:
    """Run `act` with the use-cases' context on these settings; a server may run beside it."""
    return asyncio.run(_act(settings, act))


async def _act(settings: Settings, act: Callable[[Context], Awaitable[Result]]) -> Result:
    from rfc_ui.bootstrap import build

    application = await build(settings)
    try:
        return await act(application.context)
    finally:
        await application.close()
