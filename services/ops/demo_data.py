"""Fills a new demo: people first, then the sample story or a corpus of the operator's (§17)."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from services.ops.demo_site import ADMINS, DemoPerson
from services.ops.sample_branches import begin_sample_work
from services.ops.sample_calendar import Calendar
from services.ops.sample_graduation import graduate_sample
from services.ops.sample_pulls import open_sample_pulls
from services.ops.sample_reading import read_sample_inboxes
from services.ops.sample_story import tell_sample_story, welcome_people
from services.usecases.context import Context
from services.usecases.import_corpus import import_corpus

log = logging.getLogger(__name__)

FIRST_DAY = 45.0
"""Days ago on which the sample community began."""


async def make_demo_data(
    context: Context, *, people: Sequence[DemoPerson], corpus: Path | None, calendar: Calendar
) -> None:
    """Make everything a new demo shows; cut off and called again, it goes on where it was."""
    profiles = [person.profile() for person in people]
    known = await welcome_people(context, profiles=profiles, admins=ADMINS)
    if corpus is not None:
        report = await import_corpus(context, actor=known[context.owner_login], folder=corpus)
        log.info("imported %d documents", len(report.imported))
        for skipped in report.skipped:
            log.warning("%s was not imported: %s", skipped.name, skipped.reason)
        return
    await tell_sample_story(context, people=known, calendar=calendar)
    calendar.later()
    await graduate_sample(context, known[context.owner_login])
    await context.refresher.sweep()
    await begin_sample_work(context, people=known, calendar=calendar)
    await open_sample_pulls(context, people=known, calendar=calendar)
    await welcome_people(context, profiles=profiles, admins=ADMINS)  # they have been here since the first day
    await read_sample_inboxes(context, people=known)
