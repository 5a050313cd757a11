"""The timed jobs: each calls one use-case, may run twice, and never ends the scheduler."""

from __future__ import annotations

import logging
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
    try:
        async with one_process(context.store, "sweep-tick", wait=False):
            await context.refresher.sweep()
            await tell_of_broken_syncs(context)
    except Busy:
        log.debug("another process sweeps")
    except Exception:
        log.exception("sweep tick failed")


async def recovery_tick(context: Context) -> None:
    """Ask again for operations whose outcome is unknown."""
    try:
        async with one_process(context.store, "recovery-tick", wait=False):
            await recover(context, idle_for=IDLE_BEFORE_RETRY)
            await resume_graduations(context)
    except Busy:
        log.debug("another process recovers")
    except Exception:
        log.exception("recovery tick failed")


async def outbox_tick(context: Context) -> None:
    """Send the mails that are due (§15.4)."""
    try:
        async with one_process(context.store, "outbox-tick", wait=False):
            while await send_due(context):
                pass
    except Busy:
        log.debug("another process sends mail")
    except Exception:
        log.exception("outbox tick failed")


async def digest_tick(context: Context) -> None:
    """Make the digests that are due, and let old watches decay (§15.5, §15.6)."""
    try:
        async with one_process(context.store, "digest-tick", wait=False):
            await let_watches_decay(context)
            await make_digests(context)
    except Busy:
        log.debug("another process makes digests")
    except Exception:
        log.exception("digest tick failed")


async def purge_tick(context: Context) -> None:
    """Forget what is too old to matter."""
    try:
        async with one_process(context.store, "purge-tick", wait=False):
            await purge(context)
    except Busy:
        log.debug("another process purges")
    except Exception:
        log.exception("purge tick failed")


async def hygiene_tick(context: Context) -> None:
    """Warn of, close and delete branches nobody works on (§12)."""
    try:
        async with one_process(context.store, "hygiene-tick", wait=False):
            await tidy(context)
    except Busy:
        log.debug("another process tidies")
    except Exception:
        log.exception("hygiene tick failed")


async def flush_tick(context: Context) -> None:
    """Commit what was typed and has waited long enough (§8.9)."""
    try:
        await context.live_texts.tick(context)
    except Exception:
        log.exception("flush tick failed")
