"""Who is renamed on Gitea is still meant by lines with the old login, and the sync report offers to update them (§6.1)."""

from __future__ import annotations

import pytest

from pages.admin.acts import act
from pages.admin.tabs import sync_tab
from services.domain.clock import now
from services.domain.errors import Forbidden, Invalid
from services.domain.identifiers import Login, Slug
from services.domain.permissions import MetadataField
from services.store.queries import catalog, users
from services.usecases.authority import authority_of
from services.usecases.decide_metadata import merge_metadata
from services.usecases.outdated_logins import OutdatedLogins, outdated_logins, update_logins
from tests.support.world import World

HUMAN = Slug("human")


async def renamed(world: World, login: str, present: str) -> None:
    """Somebody signs in under another login."""
    person = world.people[login]
    async with world.store.write() as work:
        await users.update_profile(
            work,
            user_id=person.id,
            login=Login(present),
            email="",
            display_name=person.display_name,
            avatar_url="",
        )
        await users.hold_login(work, user_id=person.id, login=Login(present), at=now())


async def outdated(world: World) -> tuple[OutdatedLogins, ...]:
    async with world.store.read() as work:
        return await outdated_logins(work)


async def test_a_renamed_owner_is_told_in_the_sync_report_and_the_line_updated_by_a_pull_request(
    world: World,
) -> None:
    world.write_entry("human", owners=("Writer", "reader"), arbiters=("reviewer",), funder="writer")
    world.write_entry("soul", owners=("reader",))
    await world.context.refresher.sweep()
    assert await outdated(world) == ()

    await renamed(world, "writer", "scribe")
    (found,) = await outdated(world)
    tab = await sync_tab(world.context, world.moderator, {})
    words = await act(world.context, world.moderator, "logins:human", "")
    (asked,) = await outdated(world)
    assert asked.pending is not None
    await merge_metadata(world.context, actor=world.owner, slug=HUMAN, number=asked.pending)

    assert {change.field: change.after for change in found.changes} == {
        MetadataField.OWNERS: ("scribe", "reader"),
        MetadataField.FUNDER: ("scribe",),
    }
    assert (found.pending, 'data-do="logins:human"' in tab) == (None, True)
    assert words == f"PR #{asked.pending} asks for it."
    assert await outdated(world) == ()
    async with world.store.read() as work:
        entry = await catalog.find(work, slug=HUMAN)
        assert entry is not None
        assert (entry.owners, entry.arbiters, entry.funder) == (("scribe", "reader"), ("reviewer",), "scribe")
        assert (await authority_of(work, entry)).owners == ("scribe", "reader")


async def test_only_admins_have_lines_updated_and_only_where_something_is_outdated(world: World) -> None:
    world.write_entry("human", owners=("writer",))
    await world.context.refresher.sweep()

    with pytest.raises(Forbidden):
        await update_logins(world.context, actor=world.writer, slug=HUMAN)
    with pytest.raises(Invalid):
        await update_logins(world.context, actor=world.moderator, slug=HUMAN)
