"""`python -m tests.soak.dying serve …`: the product's own command, which `kill -9`s itself at a chosen moment.

Its standard input is a socket: on it come orders, what to graduate and when to die, and on it goes what happens: each
moment of that graduation before it is passed, and its end. Moments are before and after each request to Gitea, and
before and after each commit to the database. Reached the chosen one, the process is gone.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import sys
from contextvars import ContextVar
from typing import Any

from rfc_ui.bootstrap import Application
from rfc_ui.cli import main
from services.domain.graduation import check_plan
from services.domain.identifiers import OperationId, Slug
from services.gitea.connection import Connection
from services.store.unit_of_work import Store
from services.usecases import graduate, graduation
from services.usecases.accounts import GiteaProfile, sign_in
from services.usecases.context import Context
from tests.soak.words import AFTER, BEFORE, READY, over

_GRADUATING: ContextVar[bool] = ContextVar("graduating", default=False)


def tell(word: str) -> None:
    """Say what happens; it is read even if this process dies right after."""
    os.write(sys.stdin.fileno(), f"{word}\n".encode())


class Clock:
    """Counts the moments of a graduation, and ends the process at the chosen one."""

    def __init__(self) -> None:
        self._chosen = ""
        self._passed = 0

    def begin(self, chosen: str) -> None:
        """Count anew, for another graduation."""
        self._chosen, self._passed = chosen, 0

    def note(self, moment: str) -> None:
        """One moment; `chosen` is its number, or its name (the first such)."""
        if not _GRADUATING.get():
            return
        self._passed += 1
        tell(moment)
        if self._chosen in (moment, str(self._passed)):
            os.kill(os.getpid(), signal.SIGKILL)


CLOCK = Clock()


def name_of(method: str, path: str) -> str:
    """A request without names and numbers of this run."""
    plain = re.sub(r"repos/[^/]+/rfc-[^/?]+", "repos/new", path)
    plain = re.sub(r"repos/[^/]+/meta", "repos/meta", plain)
    plain = re.sub(r"graduate-[^/?]+", "graduate-branch", plain)
    plain = re.sub(r"soak-[0-9]+", "entry", plain)
    plain = re.sub(r"(?<=/)[0-9a-f]{40}", "sha", plain)
    return f"{method} {re.sub(r'(?<=/)[0-9]+', 'n', plain)}"


def watch_requests() -> None:
    """Each attempt of a request is a moment before and one after, however it ended."""
    attempt = Connection._attempt

    async def watched(self: Connection, method: str, path: str, *rest: Any, **more: Any) -> Any:
        CLOCK.note(f"{BEFORE}{name_of(method, path)}")
        try:
            return await attempt(self, method, path, *rest, **more)
        finally:
            CLOCK.note(f"{AFTER}{name_of(method, path)}")

    Connection._attempt = watched  # type: ignore[method-assign]


def watch_commits() -> None:
    """Each commit is a moment before and one after."""
    commit = Store._commit

    async def watched(self: Store, *rest: Any) -> None:
        CLOCK.note(f"{BEFORE}commit")
        await commit(self, *rest)
        CLOCK.note(f"{AFTER}commit")

    Store._commit = watched  # type: ignore[method-assign]


def watch_sagas() -> None:
    """What a graduation does from its first write on belongs to it; its end is told."""
    begin, run = graduate._begin, graduation.run_saga

    async def begun(*rest: Any, **more: Any) -> None:
        _GRADUATING.set(True)
        await begin(*rest, **more)

    async def carried_on(context: Context, saga: Any, op_id: OperationId) -> None:
        _GRADUATING.set(True)
        await run(context, saga, op_id)
        tell(over(op_id))

    graduate._begin = begun  # type: ignore[assignment]
    graduation.run_saga = carried_on  # type: ignore[assignment]


def watch_start() -> None:
    """Once the app has started, say so and take orders."""
    start = Application._start

    async def watched(self: Application, *rest: Any) -> None:
        await start(self, *rest)
        tell(READY)
        with socket.socket(fileno=os.dup(sys.stdin.fileno())) as line:
            orders, _ = await asyncio.open_connection(sock=line)
            while order := await orders.readline():
                await obey(self.context, json.loads(order))

    Application._start = watched  # type: ignore[method-assign]


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
        graduate.start_graduation(
            context, actor=actor, slug=Slug(slug), plan=plan, op_id=OperationId(order["op_id"])
        ),
        name="order",
    )


if __name__ == "__main__":
    watch_requests()
    watch_commits()
    watch_sagas()
    watch_start()
    main()
