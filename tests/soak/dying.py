"""`python -m tests.soak.dying serve …`: the product's own command, which `kill -9`s itself at a chosen moment.

It graduates what an order file names, and counts the moments of that graduation: before and after each request to
Gitea, and before and after each commit to the database. Reached the one it was told, the process is gone.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from rfc_ui.bootstrap import Application
from rfc_ui.cli import main
from services.domain.graduation import check_plan
from services.domain.identifiers import Slug
from services.gitea.connection import Connection
from services.store.unit_of_work import Store
from services.usecases import graduate, graduation
from services.usecases.accounts import GiteaProfile, sign_in
from services.usecases.context import Context

ORDER, MOMENTS = Path("soak-order.json"), Path("soak-moments.txt")
"""In the server's folder: what to graduate and when to die; the moments passed so far."""
POLL_SECONDS = 0.02
_GRADUATING: ContextVar[bool] = ContextVar("graduating", default=False)


class Clock:
    """Counts the moments of a graduation, and ends the process at the chosen one."""

    def __init__(self) -> None:
        self.chosen = ""
        self._passed: list[str] = []

    def begin(self, chosen: str) -> None:
        """Count anew, for another graduation."""
        self.chosen = chosen
        self._passed.clear()

    def note(self, moment: str) -> None:
        """One moment; `chosen` is its number, or its name (the first such)."""
        if not _GRADUATING.get():
            return
        self._passed.append(moment)
        with MOMENTS.open("a") as file:
            file.write(f"{moment}\n")
        if self.chosen in (moment, str(len(self._passed))):
            os.kill(os.getpid(), signal.SIGKILL)


CLOCK = Clock()


def name_of(method: str, path: str) -> str:
    """A request without names and numbers of this run."""
    plain = re.sub(r"repos/[^/]+/rfc-[^/?]+", "repos/new", path)
    plain = re.sub(r"repos/[^/]+/meta", "repos/meta", plain)
    plain = re.sub(r"graduate-[^/?]+", "graduate-branch", plain)
    plain = re.sub(r"(?<=/)[0-9a-f]{40}", "sha", plain)
    return f"{method} {re.sub(r'(?<=/)[0-9]+', 'n', plain)}"


def watch_requests() -> None:
    """Each attempt of a request is a moment before and one after, however it ended."""
    attempt = Connection._attempt

    async def watched(self: Connection, method: str, path: str, *rest: Any, **more: Any) -> Any:
        CLOCK.note(f"before {name_of(method, path)}")
        try:
            return await attempt(self, method, path, *rest, **more)
        finally:
            CLOCK.note(f"after {name_of(method, path)}")

    Connection._attempt = watched  # type: ignore[method-assign]


def watch_commits() -> None:
    """Each commit is a moment before and one after."""
    commit = Store._commit

    async def watched(self: Store, *rest: Any) -> None:
        CLOCK.note("before commit")
        await commit(self, *rest)
        CLOCK.note("after commit")

    Store._commit = watched  # type: ignore[method-assign]


def marked(act: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """What this does from now on belongs to a graduation."""

    async def run(*rest: Any, **more: Any) -> Any:
        _GRADUATING.set(True)
        return await act(*rest, **more)

    return run


def watch_start() -> None:
    """Once the app has started, wait for orders."""
    start = Application._start

    async def watched(self: Application, *rest: Any) -> None:
        await start(self, *rest)
        async for order in orders():
            await obey(self.context, order)

    Application._start = watched  # type: ignore[method-assign]


def take_order() -> dict[str, str] | None:
    """The order that lies there, if one does; it is gone afterwards."""
    if not ORDER.exists():
        return None
    order: dict[str, str] = json.loads(ORDER.read_text())
    ORDER.unlink()
    return order


async def orders() -> AsyncIterator[dict[str, str]]:
    """Each order that is laid down, once."""
    while True:
        order = take_order()
        if order is not None:
            yield order
        await asyncio.sleep(POLL_SECONDS)


async def obey(context: Context, order: dict[str, str]) -> None:
    """Graduate as the order says, as its person."""
    CLOCK.begin(order["kill"])
    found = await context.gitea.accounts.by_login(order["by"])
    assert found is not None
    profile = GiteaProfile(
        id=found.id, login=found.login, email="", display_name=found.full_name, avatar_url=""
    )  # type: ignore[arg-type]
    actor = (await sign_in(context, profile=profile)).actor
    slug = order["slug"]
    plan = check_plan(number=order["number"], repo_name=f"rfc-{slug}", owners=order["by"])
    await asyncio.create_task(
        graduate.start_graduation(context, actor=actor, slug=Slug(slug), plan=plan), name="order"
    )


if __name__ == "__main__":
    watch_requests()
    watch_commits()
    watch_start()
    graduate._begin = marked(graduate._begin)  # type: ignore[assignment]
    graduation.run_saga = marked(graduation.run_saga)  # type: ignore[assignment]
    main()
