"""`python -m tests.soak.mailing URL PORT`: sends what the outbox holds, in one process after the other, each of which dies.

It loads everything once and then forks: each line on its input is one life, the number of the moment at which it
`kill -9`s itself (0: it lives until nothing is left to send). Moments are before and after each mail is handed over,
and before and after each commit.
"""

from __future__ import annotations

import asyncio
import dataclasses
import os
import signal
import sys
from typing import Any

from services.mail.transport import SmtpTransport
from services.store.unit_of_work import Store
from services.usecases import mail_round
from services.usecases.context import Context
from services.usecases.post_office import PostOffice
from services.usecases.send_mail import release_interrupted, send_due
from tests.support.world import context_on

NOWHERE = "http://127.0.0.1:9"
PATIENCE = 600.0
"""Seconds that a mail keeps its turn and waits for an answer: a machine that is busy for long is no slow mail server."""


class Clock:
    """Counts moments, and ends the process at the chosen one."""

    def __init__(self, chosen: int) -> None:
        self._left = chosen

    def note(self) -> None:
        """One moment."""
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def watch(clock: Clock) -> None:
    """Each commit and each mail is a moment before and one after."""
    commit, send = Store._commit, SmtpTransport.send

    async def watched_commit(self: Store, *rest: Any) -> None:
        clock.note()
        await commit(self, *rest)
        clock.note()

    async def watched_send(self: SmtpTransport, *rest: Any, **more: Any) -> None:
        clock.note()
        await send(self, *rest, **more)
        clock.note()

    Store._commit = watched_commit  # type: ignore[method-assign]
    SmtpTransport.send = watched_send  # type: ignore[method-assign]


async def live(url: str, port: int) -> None:
    """What a started server does with its outbox, until nothing is due."""
    mail_round.SLOW_SECONDS = PATIENCE  # type: ignore[misc]
    store = await Store.open(url)
    context = with_post(await context_on(store, NOWHERE, "token", "nobody"), port)
    await release_interrupted(context)
    while await send_due(context):
        pass
    os._exit(0)


def with_post(context: Context, port: int) -> Context:
    """The same, with a mail server."""
    transport = SmtpTransport(
        host="127.0.0.1", port=port, sender="rfc@example.org", starttls=False, seconds=PATIENCE
    )
    return dataclasses.replace(context, post=PostOffice(transport=transport))


def main(url: str, port: int) -> None:
    """One life after the other; says when each begins and how it ended."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            watch(Clock(int(line)))
            asyncio.run(live(url, port))
        print(f"begins {child}", flush=True)
        _, status = os.waitpid(child, 0)
        print(f"ends {os.waitstatus_to_exitcode(status)}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
