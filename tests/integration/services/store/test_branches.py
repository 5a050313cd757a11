"""`branch_settings` and `cached_branches` on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from services.domain.branch import BranchKey, BranchState, Visibility
from services.domain.identifiers import CommitSha, Repository, Slug, UserId
from services.domain.permissions import EditAccess
from services.store.queries import branch_settings, branches
from services.store.queries.branch_settings import BranchSettingRow
from services.store.queries.branches import BranchRow
from services.store.unit_of_work import Store
from tests.support.people import NOON, add_person, person

REPO = Repository("ohm/rfc-0001-human")
HUMAN = Slug("human")
KEY = BranchKey(REPO, "writer/draft/a")
OTHER = BranchKey(REPO, "writer/draft/b")


async def known(store: Store, key: BranchKey = KEY, by: UserId | None = None) -> None:
    """A branch that was cut at noon."""
    async with store.write() as work:
        await branch_settings.insert(work, key=key, slug=HUMAN, created_by=by, base_sha="a" * 40, at=NOON)


async def setting(store: Store, key: BranchKey = KEY) -> BranchSettingRow:
    async with store.read() as work:
        found = await branch_settings.find(work, key=key)
    assert found is not None
    return found


def row(name: str = KEY.name, sha: str = "a" * 40, **more: object) -> BranchRow:
    values: dict[str, object] = {"rfc_slug": HUMAN, "state": BranchState.OPEN, "last_commit_at": NOON}
    return BranchRow(repo=REPO, name=name, head_sha=CommitSha(sha), **(values | more))  # type: ignore[arg-type]


async def test_a_new_branch_is_public_open_and_its_creators(store: Store) -> None:
    user_id = await person(store)

    await known(store, by=user_id)

    assert await setting(store) == BranchSettingRow(
        repo=REPO,
        branch_name="writer/draft/a",
        rfc_slug=HUMAN,
        created_by=user_id,
        visibility=Visibility.PUBLIC,
        edit_access=EditAccess.CREATOR,
        grants=(),
        pinned=False,
        mirrored_pinned=False,
        base_sha="a" * 40,
        closed_at=None,
        deleted_at=None,
        deleted_sha=None,
        kept_until=None,
        warned_at=None,
        created_at=NOON,
    )


async def test_a_branch_that_is_known_stays_as_it_is(store: Store) -> None:
    await known(store)

    async with store.write() as work:
        again = await branch_settings.insert(work, key=KEY, slug=Slug("other"))

    assert not again
    assert (await setting(store)).rfc_slug == HUMAN


async def test_every_setting_says_whether_it_changed_anything(store: Store) -> None:
    await known(store)

    async with store.write() as work:
        changed = [
            (
                await branch_settings.set_visibility(work, key=KEY, visibility=Visibility.PRIVATE),
                await branch_settings.set_edit_access(work, key=KEY, edit_access=EditAccess.ANYONE),
                await branch_settings.set_pinned(work, key=KEY, pinned=True),
                await branch_settings.note_mirrored(work, key=KEY, pinned=True),
                await branch_settings.close(work, key=KEY, at=NOON),
            )
            for _ in range(2)
        ]
        unknown = await branch_settings.set_pinned(work, key=OTHER, pinned=True)

    found = await setting(store)
    assert changed == [(True,) * 5, (False,) * 5]
    assert not unknown
    assert (found.visibility, found.edit_access, found.pinned, found.mirrored_pinned, found.closed_at) == (
        Visibility.PRIVATE,
        EditAccess.ANYONE,
        True,
        True,
        NOON,
    )


async def test_two_invitations_at_once_are_both_kept(store: Store) -> None:
    await known(store)
    async with store.write() as work:
        invited = [await add_person(work, f"guest{n}", gitea_id=100 + n) for n in range(4)]

    async def invite(user_id: UserId) -> bool:
        async with store.write() as work:
            return await branch_settings.grant(work, key=KEY, user_id=user_id)

    granted = await asyncio.gather(*(invite(user_id) for user_id in [*invited, invited[0]]))
    async with store.write() as work:
        revoked = [await branch_settings.revoke(work, key=KEY, user_id=invited[1]) for _ in range(2)]

    assert sorted(granted) == [False, True, True, True, True]
    assert revoked == [True, False]
    assert sorted((await setting(store)).grants) == [invited[0], invited[2], invited[3]]


async def test_a_branch_is_closed_reopened_deleted_and_restored_once_each(store: Store) -> None:
    await known(store)

    async with store.write() as work:
        steps = [
            await branch_settings.reopen(work, key=KEY),
            await branch_settings.close(work, key=KEY, at=NOON),
            await branch_settings.reopen(work, key=KEY),
            await branch_settings.note_deleted(work, key=KEY, sha="b" * 40, at=NOON),
            await branch_settings.note_deleted(work, key=KEY, sha="c" * 40, at=NOON),
            await branch_settings.close(work, key=KEY, at=NOON),
        ]
    gone = await setting(store)
    async with store.write() as work:
        restored = [await branch_settings.note_restored(work, key=KEY) for _ in range(2)]

    assert steps == [False, True, True, True, False, False]
    assert (gone.deleted_sha, gone.deleted_at, gone.closed_at) == ("b" * 40, NOON, None)
    assert restored == [True, False]
    assert (await setting(store)).deleted_sha is None


async def test_settings_are_listed_in_the_order_the_branches_were_cut(store: Store) -> None:
    async with store.write() as work:
        for hours, name in ((2, "late"), (0, "first"), (1, "second")):
            at = NOON + timedelta(hours=hours)
            await branch_settings.insert(work, key=BranchKey(REPO, name), slug=HUMAN, at=at)
        await branch_settings.insert(work, key=BranchKey(Repository("ohm/meta"), "x"), slug=Slug("x"))
        of_slug = await branch_settings.list_for_slug(work, slug=HUMAN)
        of_repo = await branch_settings.list_for_repository(work, repo=REPO)

    assert [found.branch_name for found in of_slug] == ["first", "second", "late"]
    assert of_repo == of_slug


async def test_only_branches_that_differ_are_written(store: Store) -> None:
    async with store.write() as work:
        first = await branches.upsert_many(work, rows=[row(), row("b/c")])
        second = await branches.upsert_many(work, rows=[row(), row("b/c", sha="c" * 40)])
        listed = await branches.list_for_slug(work, slug=HUMAN)
        in_repo = await branches.list_for_repository(work, repo=REPO)
        named = await branches.find_for_slug(work, slug=HUMAN, name="b/c")
        removed = [await branches.remove(work, key=KEY) for _ in range(2)]
        left = await branches.find(work, key=KEY)

    assert first == [row(), row("b/c")]
    assert second == named == [row("b/c", sha="c" * 40)]
    assert listed == in_repo == [row("b/c", sha="c" * 40), row()]
    assert (removed, left) == ([True, False], None)
