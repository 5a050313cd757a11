"""Metadata PRs that main contradicts are opened anew as people choose, field by field (§9.6, §10.9)."""

from __future__ import annotations

import pytest

from services.domain.errors import Conflict, Forbidden, Invalid, Muted, NotSignedIn
from services.domain.identifiers import PullNumber
from services.domain.merge import Choice
from services.domain.metadata import Words
from services.domain.permissions import MetadataField
from services.domain.pull import PullState
from services.usecases.change_metadata import change_metadata
from services.usecases.decide_metadata import merge_metadata
from services.usecases.recover import recover
from services.usecases.resolve_metadata import ALL_THEIRS, NO_CLASH, resolve_metadata
from services.usecases.rights import set_muted
from services.usecases.views.meta_pull import MetaPullView, meta_pull_view
from tests.integration.services.usecases.test_metadata import (
    HUMAN,
    TAGS,
    TITLE,
    change,
    entry_of,
    human,
    merge,
)
from tests.support.world import World, eventually

MINE, THEIRS, BOTH = Choice.MINE, Choice.THEIRS, Choice.BOTH
MOVED: dict[MetadataField, Words] = {TITLE: ("Being",), TAGS: ("core", "time")}


async def seen(world: World, number: int, login: str | None = None) -> MetaPullView:
    viewer = world.people[login] if login else None
    return await meta_pull_view(world.context, viewer=viewer, slug=HUMAN, number=PullNumber(number))


async def contested(world: World) -> PullNumber:
    """The reader's PR of title and tags, both of which main has changed since."""
    await human(world)
    opened = await change_metadata(
        world.context,
        actor=world.reader,
        slug=HUMAN,
        wanted={TITLE: ("Person",), TAGS: ("core", "law")},
        seen={},
        reason="Clearer.",
    )
    for field, words in MOVED.items():
        await merge(world, "writer", (await change(world, "writer", field, words)).number)
    return opened.number


async def resolved(
    world: World, number: PullNumber, *, by: str = "reader", title: Choice = MINE, tags: Choice = BOTH
) -> PullNumber:
    opened = await resolve_metadata(
        world.context,
        actor=world.people[by],
        slug=HUMAN,
        number=number,
        choices={TITLE: title, TAGS: tags},
        seen=MOVED,
    )
    return opened.number


async def is_closed(world: World, number: PullNumber) -> bool:
    return (await seen(world, number)).state is PullState.CLOSED


async def test_each_contested_field_is_shown_with_both_sides(world: World) -> None:
    number = await contested(world)

    view = await seen(world, number, "reader")

    assert [(one.field, one.before, one.mine, one.theirs) for one in view.clashes] == [
        (TITLE, ("Human",), ("Person",), ("Being",)),
        (TAGS, ("core",), ("core", "law"), ("core", "time")),
    ]
    assert (view.resolve.allowed, view.merge.allowed) == (True, False)
    assert not (await seen(world, number, "moderator")).merge.allowed
    assert not (await seen(world, number)).resolve.allowed


async def test_it_is_opened_anew_as_chosen_and_merging_that_one_closes_it(world: World) -> None:
    number = await contested(world)

    anew = await resolved(world, number)
    waiting, new = await seen(world, number, "reader"), await seen(world, anew, "writer")
    await merge_metadata(world.context, actor=world.writer, slug=HUMAN, number=anew)
    await eventually(lambda: is_closed(world, number))

    assert (waiting.state, waiting.replacement, waiting.rivals) == (PullState.OPEN, anew, ())
    assert (new.replaces, new.rivals, new.obstacle, new.clashes, new.reason) == (
        number,
        (),
        None,
        (),
        "Clearer.",
    )
    row, old = await entry_of(world), await seen(world, number)
    assert (row.title, row.tags) == ("Person", ("core", "time", "law"))
    assert (old.state, old.end and old.end.merged_as) == (PullState.CLOSED, anew)


async def test_what_is_left_to_main_is_no_change_of_the_new_one(world: World) -> None:
    number = await contested(world)

    anew = await resolved(world, number, by="reviewer", title=THEIRS, tags=MINE)

    (only,) = (await seen(world, anew)).changes
    assert (only.field, only.before, only.after) == (TAGS, ("core", "time"), ("core", "law"))


async def test_a_choice_for_every_field_is_needed_and_something_has_to_be_left(world: World) -> None:
    number = await contested(world)

    with pytest.raises(Invalid, match="Choose what “tags” should be"):
        await resolve_metadata(
            world.context,
            actor=world.reader,
            slug=HUMAN,
            number=number,
            choices={TITLE: MINE},
            seen=MOVED,
        )
    with pytest.raises(Invalid, match="Choose what “title” should be"):
        await resolved(world, number, title=BOTH)
    with pytest.raises(Invalid, match=ALL_THEIRS):
        await resolved(world, number, title=THEIRS, tags=THEIRS)

    assert len(world.pulls_on_gitea()) == 3


async def test_when_main_moves_once_more_the_choice_is_asked_for_again(world: World) -> None:
    number = await contested(world)
    await merge(world, "writer", (await change(world, "writer", TITLE, ("Creature",))).number)

    with pytest.raises(Conflict, match="“title” has been changed in the meantime"):
        await resolved(world, number)


async def test_only_whoever_opened_it_or_an_arbiter_may_and_once(world: World) -> None:
    number = await contested(world)

    with pytest.raises(NotSignedIn):
        await resolve_metadata(world.context, actor=None, slug=HUMAN, number=number, choices={}, seen=MOVED)
    with pytest.raises(Forbidden):
        await resolved(world, number, by="writer")
    await set_muted(world.context, actor=world.owner, subject_id=world.reader.id, muted=True)
    with pytest.raises(Muted):
        await resolved(world, number)
    anew = await resolved(world, number, by="moderator")
    with pytest.raises(Conflict, match=f"#{anew} is to take its place already"):
        await resolved(world, number, by="moderator")


async def test_where_nothing_contradicts_there_is_nothing_to_resolve(world: World) -> None:
    await human(world)
    number = (await change(world, "reader", TITLE, ("Person",))).number

    with pytest.raises(Conflict, match=NO_CLASH):
        await resolved(world, number)


async def test_what_was_cut_off_is_opened_once_and_keeps_what_it_replaces(world: World) -> None:
    number = await contested(world)
    anew = await resolved(world, number)
    await world.run_sql("UPDATE operations SET state = 'pending' WHERE kind = 'open_metadata'")

    recovery = await recover(world.context)

    assert recovery.waiting == 0
    assert len(world.pulls_on_gitea()) == 4
    assert (await seen(world, anew)).replaces == number


async def test_one_that_is_merged_anew_itself_closes_both_before_it(world: World) -> None:
    number = await contested(world)
    anew = await resolved(world, number, title=MINE, tags=THEIRS)
    await merge(world, "moderator", (await change(world, "writer", MetadataField.OWNERS, ("reader",))).number)

    merged_as = await merge(world, "moderator", anew)
    await eventually(lambda: is_closed(world, number))

    assert merged_as != anew
    old = await seen(world, number)
    assert (old.state, old.end and old.end.merged_as) == (PullState.CLOSED, merged_as)
