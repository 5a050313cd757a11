"""When the timed jobs run."""

from __future__ import annotations

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from services.jobs.ticks import (
    digest_tick,
    flush_tick,
    hygiene_tick,
    outbox_tick,
    purge_tick,
    recovery_tick,
    sweep_tick,
)
from services.usecases.context import Context

RECOVERY_SECONDS = 30
FLUSH_SECONDS = 1
OUTBOX_SECONDS = 5
PURGE_SECONDS = 6 * 3600


class Scheduler:
    """Runs the jobs of one process; a late tick runs once, and none overlaps itself."""

    def __init__(
        self,
        context: Context,
        *,
        reconcile_seconds: int,
        hygiene_seconds: int = 3600,
        digest_seconds: int = 900,
    ) -> None:
        self._scheduler = AsyncIOScheduler(
            timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )
        every = {
            flush_tick: FLUSH_SECONDS,
            sweep_tick: reconcile_seconds,
            recovery_tick: RECOVERY_SECONDS,
            purge_tick: PURGE_SECONDS,
            hygiene_tick: hygiene_seconds,
            outbox_tick: OUTBOX_SECONDS,
            digest_tick: digest_seconds,
        }
        for job, seconds in every.items():
            self._scheduler.add_job(
                job,
                "interval",
                seconds=seconds,
                args=[context],
                id=job.__name__,
                jitter=min(seconds // 20, 10),
            )

    def start(self) -> None:
        """Begin; the first tick of each job comes after its interval."""
        self._scheduler.start()

    def stop(self) -> None:
        """Stop; a job that runs is left to end."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
