"""What a reader has seen of a pull request: the cursor, what is new since, and ticks (§10.3)."""

from __future__ import annotations

import pytest

from services.domain.diff_views import show_difference
from services.domain.errors import Invalid, NotSignedIn
from services.domain.identifiers import PullNumber
from services.domain.rendering.links import LinkBase
from services.usecases.look_at_pull import Looked, looked_at, mark_looked, new_changes, tick_section
from tests.support.branches import super_draft
from tests.support.pulls import TEXT, changed_branch, commit_on, open_on, seen
from tests.support.world import World

BASE = LinkBase()
FIRST = TEXT.replace("A who", "A person")
SECOND = FIRST.replace("It listens", "It listens first")


async def proposed(world: World) -> PullNumber:
    """An open pull request with one change."""
    await super_draft(world, body=TEXT)
    return await open_on(world, await changed_branch(world, world, FIRST))


async def goes_on(world: World, number: PullNumber, text: str) -> None:
    """Its branch gets another text."""
    await commit_on(world, (await seen(world, number)).branch, text)
    await world.context.refresher.nudge(world.meta)


async def looked(world: World, number: PullNumber) -> Looked:
    """What the reader had seen."""
    found = await looked_at(world.context, viewer=world.reader, pull=await seen(world, number))
    assert found is not None
    return found


async def fresh(world: World, number: PullNumber) -> frozenset[str]:
    """The changes that are new to the reader."""
    cursor = (await looked(world, number)).commit_sha
    return await new_changes(world.context, pull=await seen(world, number), seen=cursor, base=BASE)


async def test_only_what_came_after_the_last_look_is_new_and_a_look_moves_on(world: World) -> None:
    number = await proposed(world)
    assert await looked(world, number) == Looked(None, {})
    assert await fresh(world, number) == frozenset()

    first = await seen(world, number)
    await mark_looked(world.context, actor=world.reader, pull=first)
    await goes_on(world, number, SECOND)

    view = await seen(world, number)
    shown = show_difference(view.before, view.after, base=BASE, title=view.entry_title)
    new = await fresh(world, number)
    assert len(shown.changes) == 2
    assert new == {shown.changes[1].id}

    await mark_looked(world.context, actor=world.reader, pull=view)

    assert (await looked(world, number)).commit_sha == view.head_sha
    assert await fresh(world, number) == frozenset()
    assert await looked_at(world.context, viewer=None, pull=view) is None


async def test_a_tick_is_ones_own_holds_for_the_section_as_it_was_and_can_be_taken_back(world: World) -> None:
    number = await proposed(world)
    view = await seen(world, number)
    (section,) = show_difference(view.before, view.after, base=BASE, title=view.entry_title).sections
    tick = {"pull": view, "section": section.key, "fingerprint": section.fingerprint}

    await tick_section(world.context, actor=world.reader, viewed=True, **tick)

    assert (await looked(world, number)).ticks == {section.key: section.fingerprint}
    other = await looked_at(world.context, viewer=world.writer, pull=view)
    assert other is not None
    assert other.ticks == {}

    await goes_on(world, number, SECOND)
    view = await seen(world, number)
    (changed,) = show_difference(view.before, view.after, base=BASE, title=view.entry_title).sections
    assert changed.key == section.key
    assert (await looked(world, number)).ticks[section.key] != changed.fingerprint

    await tick_section(world.context, actor=world.reader, viewed=False, **tick)
    assert (await looked(world, number)).ticks == {}

    with pytest.raises(NotSignedIn):
        await tick_section(world.context, actor=None, viewed=True, **tick)
    with pytest.raises(Invalid):
        await tick_section(world.context, actor=world.reader, viewed=True, **{**tick, "section": ""})
