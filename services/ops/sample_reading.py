"""What the people of the demo have read of what they were told, so that a newcomer finds an inbox in use (§17)."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from pydantic import TypeAdapter
from ruamel.yaml import YAML

from services.domain.actors import Actor
from services.ops.sample_documents import SAMPLES
from services.ops.sample_story import People
from services.store.queries import notifications
from services.store.queries.notifications import Filters, NotificationRow
from services.usecases.context import Context
from services.usecases.inbox import mark_one_read, note_opened
from services.usecases.state_signals import tell_of_missed_states

log = logging.getLogger(__name__)

ALL = 10_000
Kept = tuple[tuple[str, str], ...]
"""RFC and kind of act."""


def sample_unread() -> dict[str, Kept]:
    """What each person has not read yet."""
    found = YAML(typ="safe").load((SAMPLES / "unread.yaml").read_text(encoding="utf-8"))
    return TypeAdapter(dict[str, Kept]).validate_python(found)


async def read_sample_inboxes(context: Context, *, people: People) -> None:
    """Open what each has opened by now; doing it twice changes nothing."""
    await tell_of_missed_states(context)  # what would be told in a moment is read as well
    for login, kept in sample_unread().items():
        log.info("sample: inbox of %s", login)
        await _read(context, people[login], kept)


async def _read(context: Context, person: Actor, kept: Kept) -> None:
    async with context.store.read() as work:
        rows = await notifications.list_for_user(
            work, user_id=person.id, filters=Filters(unread=True), limit=ALL
        )
    left = _newest(rows, kept)
    places = {row.place for row in rows} - {row.place for row in left}
    await note_opened(context, viewer=person, places=sorted(places))
    for row in rows:
        if row.place not in places and row not in left:
            await mark_one_read(context, actor=person, notification_id=row.id)


def _newest(rows: Sequence[NotificationRow], kept: Kept) -> list[NotificationRow]:
    """Of rows, newest first, the first of each that is kept."""
    of = [[row for row in rows if (row.rfc_slug, row.kind) == pair] for pair in kept]
    return [found[0] for found in of if found]
