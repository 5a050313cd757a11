"""The timed jobs: each calls one use-case, may run twice, and never ends the scheduler."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

from services.domain.errors import Busy
from services.usecases.context import Context
from services.usecases.digest import let_watches_decay, make_digests
from services.usecases.hygiene import tidy
from services.usecases.locking import one_process
from services.usecases.purge import purge
from services.usecases.recover import recover, resume_graduations
from services.usecases.send_mail import send_due
from services.usecases.state_signals import tell_of_broken_syncs

log = logging.getLogger(__name__)

IDLE_BEFORE_RETRY = timedelta(seconds=30)
"""How long an operation rests after a try before recovery takes it up again."""


async def sweep_tick(context: Context) -> None:
    """Read what moved on Gitea (§4.1)."""

    async def sweep() -> None:
        await context.refresher.sweep()
        await tell_of_broken_syncs(context)

    await _alone(context, "sweep", sweep)


async def recovery_tick(context: Context) -> None:
    """Ask again for operations whose outcome is unknown."""

    async def take_up() -> None:
        await recover(context, idle_for=IDLE_BEFORE_RETRY)
        await resume_graduations(context)

    await _alone(context, "recovery", take_up)


async def outbox_tick(context: Context) -> None:
    """Send the mails that are due (§15.4)."""

    async def send() -> None:
        while await send_due(context):
            pass

    await _alone(context, "outbox", send)


async def digest_tick(context: Context) -> None:
    """Make the digests that are due, and let old watches decay (§15.5, §15.6)."""

    async def digest() -> None:
        await let_watches_decay(context)
        await make_digests(context)

    await _alone(context, "digest", digest)


async def purge_tick(context: Context) -> None:
    """Forget what is too old to matter."""
    await _alone(context, "purge", lambda: purge(context))


async def hygiene_tick(context: Context) -> None:
    """Warn of, close and delete branches nobody works on (§12)."""
    await _alone(context, "hygiene", lambda: tidy(context))


async def flush_tick(context: Context) -> None:
    """Commit what was typed and has waited long enough (§8.9); each process its own people's."""
    await _surviving("flush", context.live_texts.tick(context))


async def _alone(context: Context, name: str, act: Callable[[], Awaitable[object]]) -> None:
    """Act unless another process is at it."""

    async def alone() -> None:
        try:
            async with one_process(context.store, f"{name}-tick", wait=False):
                await act()
        except Busy:
            log.debug("another process is at the %s tick", name)

    await _surviving(name, alone())


async def _surviving(name: str, tick: Awaitable[None]) -> None:
    """Log what goes wrong, so that the next tick comes (§12, §15.5)."""
    try:
        await tick
    except Exception:
        log.exception("%s tick failed", name)
