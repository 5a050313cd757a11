"""The stored events as the bus follows them; `live` and `store` don't know each other."""

from __future__ import annotations

from collections.abc import Sequence

from services.store.queries import events
from services.store.queries.events import StoredEvent
from services.store.unit_of_work import Store


class StoredEventLog:
    """Reads the `events` table."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def after(self, event_id: int, limit: int) -> Sequence[StoredEvent]:
        """The events that followed `event_id`, in order."""
        async with self._store.read() as work:
            return await events.after(work, id=event_id, limit=limit)

    async def last_id(self) -> int:
        """The newest id, 0 before the first."""
        async with self._store.read() as work:
            return await events.last_id(work)
