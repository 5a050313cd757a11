"""The parts that a command needs, opened as the server opens them and closed again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from typing import TYPE_CHECKING, TypeVar

from rfc_ui.cli.configuration import refuse_unfinished_restore

if TYPE_CHECKING:
    from rfc_ui.settings import Settings
    from services.usecases.context import Context

Result = TypeVar("Result")


def with_context(settings: Settings, act: Callable[[Context], Awaitable[Result]]) -> Result:
    """Run `act` with the use-cases' context on these settings; a server of this version may run beside it."""
    bring_up_to_date(settings)
    return asyncio.run(_act(settings, act))


def bring_up_to_date(settings: Settings) -> None:
    """Migrate the database, as `rfc-ui migrate` does: Busy where a server of an older version runs on it (§17)."""
    from services.store.locks import not_serving
    from services.store.migrate import migrate, pending

    refuse_unfinished_restore(settings.home)
    url = settings.storage_url
    hold = not_serving(url, act="run commands of a newer version") if pending(url) else nullcontext()
    with hold:
        migrate(url, backup_dir=settings.backup_dir)


async def _act(settings: Settings, act: Callable[[Context], Awaitable[Result]]) -> Result:
    from rfc_ui.bootstrap import build

    application = await build(settings)
    try:
        return await act(application.context)
    finally:
        await application.close()
