"""`live_texts` and `live_updates` on both databases: what was acknowledged is there after a crash."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from services.domain.branch import BranchKey
from services.domain.identifiers import CommitSha, Repository, UserId
from services.domain.shared_text import ChangeSet
from services.store.queries import live_texts
from services.store.queries.live_texts import LiveUpdateRow, StoredLiveText
from services.store.unit_of_work import Store
from tests.support.people import NOON, person

KEY = BranchKey(Repository("ohm/meta"), "edit/human/1")
SHA, NEXT = CommitSha("a" * 40), CommitSha("b" * 40)


def typed(version: int, by: UserId | None, text: str = "x") -> LiveUpdateRow:
    changes = ChangeSet.replace(version - 1, 0, 0, text).to_json()
    return LiveUpdateRow(version=version, client_id="c1", user_id=by, changes=changes, created_at=NOON)


async def begun(store: Store, *updates: LiveUpdateRow, epoch: str = "e1", text: str = "") -> None:
    async with store.write() as work:
        await live_texts.begin(work, key=KEY, epoch=epoch, base_sha=SHA, text=text)
        await live_texts.append(work, key=KEY, epoch=epoch, updates=updates)


async def stored(store: Store) -> StoredLiveText:
    async with store.read() as work:
        found = await live_texts.load(work, key=KEY)
    assert found is not None
    return found


async def uncommitted(store: Store) -> list[BranchKey]:
    async with store.read() as work:
        return await live_texts.list_uncommitted(work)


async def test_updates_are_read_back_in_order_exactly_as_they_came(store: Store) -> None:
    user_id = await person(store)
    updates = (typed(1, user_id, "Ünicode 𝄞\nmore"), typed(2, None), typed(3, user_id))

    await begun(store, *updates)

    found = await stored(store)
    assert (found.earlier, found.later) == ((), updates)
    assert (found.snapshot.key, found.snapshot.version, found.snapshot.text, found.snapshot.base_sha) == (
        KEY,
        0,
        "",
        SHA,
    )
    assert (found.snapshot.authors, found.snapshot.changed_at) == ({}, None)


async def test_a_version_is_stored_once(store: Store) -> None:
    await begun(store, typed(1, None))

    with pytest.raises(IntegrityError):
        async with store.write() as work:
            await live_texts.append(work, key=KEY, epoch="e1", updates=[typed(2, None), typed(1, None)])

    assert [update.version for update in (await stored(store)).later] == [1]


async def test_folding_keeps_the_text_and_as_much_of_the_log_as_is_asked_for(store: Store) -> None:
    user_id = await person(store)
    await begun(store, *(typed(n, user_id) for n in range(1, 6)))

    async with store.write() as work:
        folded = await live_texts.fold(
            work,
            key=KEY,
            epoch="e1",
            version=4,
            text="xxxx",
            authors={user_id: 4},
            changed_at=NOON,
            keep_from=3,
        )
        older = await live_texts.fold(
            work, key=KEY, epoch="e1", version=2, text="xx", authors={}, changed_at=None, keep_from=9
        )
        other = await live_texts.fold(
            work, key=KEY, epoch="e0", version=9, text="", authors={}, changed_at=None, keep_from=9
        )

    found = await stored(store)
    assert (folded, older, other) == (True, False, False)
    assert (found.snapshot.version, found.snapshot.text, found.snapshot.authors) == (4, "xxxx", {user_id: 4})
    assert [update.version for update in found.earlier] == [3, 4]
    assert [update.version for update in found.later] == [5]


async def test_a_commit_is_another_base_and_nobodys_characters(store: Store) -> None:
    user_id = await person(store)
    await begun(store, typed(1, user_id))
    before = await uncommitted(store)

    async with store.write() as work:
        folded = {"version": 1, "text": "x", "authors": {user_id: 1}, "changed_at": NOON, "keep_from": 1}
        await live_texts.fold(work, key=KEY, epoch="e1", **folded)  # type: ignore[arg-type]
        noted = await live_texts.note_commit(work, key=KEY, epoch="e1", base_sha=NEXT)
        late = await live_texts.note_commit(work, key=KEY, epoch="e0", base_sha=SHA)

    found = await stored(store)
    assert (noted, late) == (True, False)
    assert (found.snapshot.base_sha, found.snapshot.authors, found.snapshot.changed_at) == (NEXT, {}, None)
    assert (before, await uncommitted(store)) == ([KEY], [])


async def test_a_text_begun_anew_has_nothing_of_the_former_epoch(store: Store) -> None:
    await begun(store, typed(1, None))

    await begun(store, epoch="e2", text="New.\n")

    found = await stored(store)
    assert (found.snapshot.epoch, found.snapshot.version, found.snapshot.text) == ("e2", 0, "New.\n")
    assert (found.earlier, found.later) == ((), ())
    assert await uncommitted(store) == []


async def test_a_branch_that_nobody_edited_has_no_live_text(store: Store) -> None:
    async with store.read() as work:
        assert await live_texts.load(work, key=KEY) is None
