"""Use-cases beside a running server, on its database and its forge, as a command of an operator's runs them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.domain.actors import Actor
from services.store.queries import users
from services.store.unit_of_work import Store
from services.usecases.assemble import close_context
from services.usecases.context import Context
from tests.support.server import ORG, RunningServer
from tests.support.world import context_on


@asynccontextmanager
async def use_cases_beside(server: RunningServer) -> AsyncIterator[Context]:
    """What the use-cases take; its live texts are not the server's, so nothing here may type."""
    store = await Store.open(f"sqlite+aiosqlite:///{server.database}")
    context = await context_on(store, server.forge.url, server.settings["GITEA_BOT_TOKEN"], ORG)
    yield context
    await close_context(context)


async def actor_called(context: Context, login: str) -> Actor:
    """Somebody who has signed in, as the database knows them now."""
    async with context.store.read() as work:
        row = await users.find_by_login(work, login=login)
    assert row is not None, f"{login} has not signed in"
    return Actor(
        id=row.id, login=row.gitea_login, display_name=row.display_name, role=row.role, muted=row.muted
    )
