"""What changed since a reader's last visit (§8.2)."""

from __future__ import annotations

from services.domain.identifiers import CommitSha
from services.usecases.views.entry import entry_view, mark_read
from services.usecases.views.last_read import last_read
from tests.support.annotating import BODY, HUMAN, entry_of
from tests.support.world import World


async def read_now(world: World) -> None:
    """The reader reads all of it."""
    view = await entry_view(world.context, viewer=world.reader, slug=HUMAN)
    await mark_read(world.context, viewer=world.reader, slug=HUMAN, commit_sha=view.commit_sha)


async def unread(world: World) -> list[tuple[int, str]]:
    found = await last_read(world.context, viewer=world.reader, slug=HUMAN)
    return [(place.line, place.quote) for place in found.sentences] if found else []


async def test_sentences_changed_since_the_last_visit_are_told_until_they_are_read(world: World) -> None:
    await entry_of(world)
    await read_now(world)
    assert await unread(world) == []

    await entry_of(world, BODY.replace("Nobody is", "Nobody was") + "\nAt last.\n")

    assert await unread(world) == [(5, "Nobodywasleftout."), (7, "Atlast.")]
    await read_now(world)
    assert await unread(world) == []


async def test_what_was_read_counts_however_many_commits_came_since(world: World) -> None:
    await entry_of(world)
    await read_now(world)
    await entry_of(world, BODY.replace("Nobody is", "Nobody was"))
    await entry_of(world, BODY.replace("always", "mostly"))
    assert await unread(world) == [(5, "Theruleholdsforeveryone,mostly.")]


async def test_a_change_that_was_taken_back_leaves_nothing_to_read(world: World) -> None:
    await entry_of(world)
    await read_now(world)
    await entry_of(world, BODY.replace("Nobody is", "Nobody was"))
    await entry_of(world, BODY)
    assert await unread(world) == []


async def test_strangers_and_first_visits_see_no_tint(world: World) -> None:
    await entry_of(world)
    assert await unread(world) == []
    assert await last_read(world.context, viewer=None, slug=HUMAN) is None


async def test_a_version_that_can_not_be_read_any_more_counts_as_never_read(world: World) -> None:
    await entry_of(world)
    await mark_read(world.context, viewer=world.reader, slug=HUMAN, commit_sha=CommitSha("e" * 40))
    assert await unread(world) == []
