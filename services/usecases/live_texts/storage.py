"""Live texts in the database: what is acknowledged can be read again after a kill (§8.9)."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from services.domain.branch import BranchKey
from services.domain.identifiers import CommitSha
from services.domain.shared_text import ChangeSet, SharedText, Update
from services.store.queries import live_texts
from services.store.queries.live_texts import LiveUpdateRow, StoredLiveText
from services.store.unit_of_work import Store
from services.store.work import Work
from services.usecases.live_texts.live_text import LiveText, StoredUpdate, TextState

FOLD_AFTER = 500
"""Updates after which the text is written as a snapshot."""
KEEP_BEHIND = 300
"""Updates kept before the snapshot, so that editors that were away catch up without reading all anew."""


class Shelf:
    """Where one live text is kept: appends its updates, and folds them into a snapshot now and then."""

    def __init__(self, store: Store, key: BranchKey) -> None:
        self._store, self._key = store, key
        self._since_fold = 0

    async def keep(self, text: LiveText, updates: Sequence[StoredUpdate]) -> None:
        """Store updates, all or none; raises StorageUnavailable."""
        rows = [_row(update) for update in updates]
        self._since_fold += len(rows)
        async with self._store.write() as work:
            await live_texts.append(work, key=self._key, epoch=text.state.epoch, updates=rows)
            # Only when memory is not ahead of what is stored is its text that of a stored version.
            if self._since_fold >= FOLD_AFTER and text.shared.version == rows[-1].version:
                await self.fold(work, text)

    async def fold(self, work: Work, text: LiveText) -> None:
        """Write the text as it stands as the snapshot."""
        version = text.shared.version
        await live_texts.fold(
            work,
            key=self._key,
            epoch=text.state.epoch,
            version=version,
            text=text.text,
            authors=text.state.authors,
            changed_at=text.changed_at,
            keep_from=version - KEEP_BEHIND,
        )
        self._since_fold = 0


async def begin(store: Store, key: BranchKey, *, base_sha: CommitSha, base_text: str) -> LiveText:
    """A live text of what the branch holds, under a new epoch."""
    epoch = secrets.token_hex(8)
    async with store.write() as work:
        await live_texts.begin(work, key=key, epoch=epoch, base_sha=base_sha, text=base_text)
    return _opened(store, key, SharedText(base_text), TextState(epoch, base_sha, base_text))


def resume(store: Store, key: BranchKey, stored: StoredLiveText, *, base_text: str) -> LiveText:
    """The live text as it was left: the snapshot, and every update that followed it."""
    snapshot = stored.snapshot
    shared = SharedText(snapshot.text, version=snapshot.version, log=map(_update, stored.earlier))
    authors = dict(snapshot.authors)
    for row in stored.later:
        change = ChangeSet.from_json(row.changes)
        shared.push(shared.version, [change], row.client_id)
        if row.user_id is not None:
            authors[row.user_id] = authors.get(row.user_id, 0) + max(change.inserted, 1)
    return _opened(store, key, shared, TextState(snapshot.epoch, snapshot.base_sha, base_text, authors))


async def load(store: Store, key: BranchKey) -> StoredLiveText | None:
    """What is stored of a branch's live text."""
    async with store.read() as work:
        return await live_texts.load(work, key=key)


def _opened(store: Store, key: BranchKey, shared: SharedText, state: TextState) -> LiveText:
    return LiveText(shared, state, Shelf(store, key))


def _row(stored: StoredUpdate) -> LiveUpdateRow:
    return LiveUpdateRow(
        version=stored.version,
        client_id=stored.update.client_id,
        user_id=stored.user_id,
        changes=stored.update.changes.to_json(),
    )


def _update(row: LiveUpdateRow) -> Update:
    return Update(row.client_id, ChangeSet.from_json(row.changes))
