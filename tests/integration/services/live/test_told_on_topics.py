"""Whatever an act changes on a page is told on that page's topics, so that a patched page equals a fresh one."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from services.domain.actors import Role
from services.domain.errors import NotFound
from services.domain.events import (
    SessionsEnded,
    admin_topic,
    catalog_topic,
    proposal_topic,
    rfc_topic,
    user_topic,
)
from services.domain.identifiers import PullNumber, Slug
from services.live.bus import Told
from services.store.queries import events
from services.usecases.accounts import sign_in, sign_out, viewer_of
from services.usecases.converse import post_to_entry, post_to_idea
from services.usecases.decide_idea import decline, merge, withdraw
from services.usecases.rights import end_sessions, operator_sets_muted, set_muted, set_role
from services.usecases.views.catalog import catalog_view
from services.usecases.views.entry import entry_view
from services.usecases.views.idea import idea_view
from services.usecases.views.sync import sync_view
from tests.support.world import World, context_on, eventually

IDEA = PullNumber(1)
SLUG = Slug("silence")


@dataclass
class Stage:
    """A world with an entry and an open idea, and the token of a reader whose pages are open."""

    world: World
    token: str


@pytest.fixture
async def stage(world: World) -> Stage:
    world.write_entry("human", "Human")
    await world.context.refresher.sweep()
    await world.propose("writer", slug="silence")
    token = (await sign_in(world.context, profile=world.profile("reader"))).token
    return Stage(world, token)


async def shown(stage: Stage) -> dict[str, object]:
    """What each topic's pages show now, without the time they were read."""
    context, world = stage.world.context, stage.world
    catalog = await catalog_view(context)
    viewer = await viewer_of(context, token=stage.token)
    idea = await idea_view(context, viewer=None, number=IDEA)
    return {
        catalog_topic(): (catalog.rows, catalog.ideas),
        proposal_topic(IDEA): _without_time(idea),
        rfc_topic("human"): await _entry(world, Slug("human")),
        rfc_topic(SLUG): await _entry(world, SLUG),
        user_topic(world.reader.id): viewer,
        admin_topic(): await _report(world),
    }


def _without_time(view: object) -> str:
    return re.sub(r"as_of=datetime\.datetime\([^)]*\)[^,]*", "as_of", repr(view))


async def _entry(world: World, slug: Slug) -> str | None:
    try:
        return _without_time(await entry_view(world.context, viewer=None, slug=slug))
    except NotFound:
        return None


async def _report(world: World) -> list[tuple[object, ...]]:
    found = await sync_view(world.context, viewer=world.owner)
    people = await world.rows("users", "id, role, muted")
    return [*((row.repo, row.commit_sha, row.error, row.problems) for row in found.repositories), *people]


async def _merge(stage: Stage) -> None:
    await merge(stage.world.context, actor=stage.world.owner, number=IDEA)


async def _decline(stage: Stage) -> None:
    await decline(stage.world.context, actor=stage.world.owner, number=IDEA, comment="No.")


async def _withdraw(stage: Stage) -> None:
    await withdraw(stage.world.context, actor=stage.world.writer, number=IDEA)


async def _talk_under_the_idea(stage: Stage) -> None:
    await post_to_idea(stage.world.context, actor=stage.world.writer, number=IDEA, text="Hm.")


async def _talk_under_the_entry(stage: Stage) -> None:
    await post_to_entry(stage.world.context, actor=stage.world.writer, slug=Slug("human"), text="Hm.")


async def _propose(stage: Stage) -> None:
    await stage.world.propose("reviewer", slug="guest")


async def _edit_on_gitea(stage: Stage) -> None:
    stage.world.write_entry("human", "Human being")
    await stage.world.context.refresher.sweep()


async def _merge_on_gitea(stage: Stage) -> None:
    stage.world.merge_on_gitea(IDEA)
    await stage.world.context.refresher.sweep()


async def _break_on_gitea(stage: Stage) -> None:
    stage.world.write_file("rfcs/broken.md", "no front matter")
    await stage.world.context.refresher.sweep()


async def _gitea_fails(stage: Stage) -> None:
    stage.world.forge.faults.set({"path": "/api/v1/", "action": "status", "status": 500})
    await stage.world.context.refresher.sweep()


async def _mute(stage: Stage) -> None:
    await set_muted(
        stage.world.context, actor=stage.world.owner, subject_id=stage.world.reader.id, muted=True
    )


async def _mute_by_command(stage: Stage) -> None:
    await operator_sets_muted(stage.world.store, login="reader", muted=True)


async def _promote(stage: Stage) -> None:
    await set_role(
        stage.world.context, actor=stage.world.owner, subject_id=stage.world.reader.id, role=Role.ADMIN
    )


async def _sign_out(stage: Stage) -> None:
    await sign_out(stage.world.context, token=stage.token)


async def _end_sessions(stage: Stage) -> None:
    await end_sessions(stage.world.context, actor=stage.world.owner, subject_id=stage.world.reader.id)


ACTS = [
    _merge,
    _decline,
    _withdraw,
    _talk_under_the_idea,
    _talk_under_the_entry,
    _propose,
    _edit_on_gitea,
    _merge_on_gitea,
    _break_on_gitea,
    _gitea_fails,
    _mute,
    _mute_by_command,
    _promote,
    _sign_out,
    _end_sessions,
]


@pytest.mark.parametrize("act", ACTS)
async def test_every_change_of_a_page_is_told_on_its_topic(
    stage: Stage, act: Callable[[Stage], Awaitable[None]]
) -> None:
    before = await shown(stage)
    told: dict[str, list[Told]] = {topic: [] for topic in before}
    for topic, heard in told.items():
        stage.world.context.bus.subscribe([topic], heard.append)

    await act(stage)
    await _until_told(stage)

    after = await shown(stage)
    await _until_told(stage)  # also of what was committed while `after` was read
    changed = {topic for topic in before if before[topic] != after[topic]}
    assert changed
    assert changed <= {topic for topic, heard in told.items() if heard}


async def test_an_event_of_another_process_reaches_this_ones_pages(stage: Stage) -> None:
    world = stage.world
    other = await context_on(world.store, world.forge.url, world.population.token, world.org)
    heard: asyncio.Queue[Told] = asyncio.Queue()
    world.context.bus.subscribe([user_topic(world.reader.id)], heard.put_nowait)

    await sign_out(other, token=stage.token)

    async with asyncio.timeout(30):
        told = await heard.get()
    assert isinstance(told.event, SessionsEnded)
    await other.bus.stop()
    await other.gitea.aclose()


async def _until_told(stage: Stage) -> None:
    """Wait until the bus has told everything that is committed."""
    async with stage.world.store.read() as work:
        newest = await events.last_id(work)

    async def is_told() -> bool:
        return stage.world.context.bus.last_id >= newest

    await eventually(is_told)
    await asyncio.sleep(0)
