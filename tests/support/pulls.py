"""Pull requests of entries, for tests that act in a world."""

from __future__ import annotations

import base64
from typing import Any

from services.domain.identifiers import PullNumber, Slug
from services.usecases.open_pull import open_pull
from services.usecases.views.pull import PullView, pull_view
from tests.support.branches import HUMAN, branch_of
from tests.support.world import World

TEXT = "# Human\n\nA who.\n\nIt speaks.\n\nIt listens.\n"


async def commit_on(world: World, name: str, text: str) -> None:
    """Somebody commits another text to a branch, on Gitea; `world` is the repository's."""
    path = "RFC.md" if world.meta != world.context.meta else "rfcs/human.md"
    present = world.api("GET", f"contents/{path}", params={"ref": name})
    if path != "RFC.md":
        head = base64.b64decode(present["content"]).decode()
        text = head[: head.index("\n---\n", 4) + 5] + text
    world.write_file(path, text, branch=name)


async def changed_branch(world: World, own: World, text: str, login: str = "writer") -> str:
    """A branch of human with another text; its name. `own` is the world of the repository that holds the text."""
    name = await branch_of(world, login)
    await commit_on(own, name, text)
    await world.context.refresher.nudge(own.meta)
    return name


async def open_on(world: World, name: str, login: str = "writer", **more: Any) -> PullNumber:
    """Somebody opens a branch's pull request."""
    words = {"title": "Say it better", "description": "Because."} | more
    opened = await open_pull(world.context, actor=world.people[login], slug=HUMAN, name=name, **words)
    return opened.number


async def seen(world: World, number: int, login: str | None = None, slug: Slug = HUMAN) -> PullView:
    """What somebody sees of a pull request."""
    viewer = world.people[login] if login else None
    return await pull_view(world.context, viewer=viewer, slug=slug, number=PullNumber(number))


async def state_of(world: World, number: int) -> str:
    """How it stands."""
    return (await seen(world, number, "owner")).state
