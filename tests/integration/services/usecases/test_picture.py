"""Pictures beside a text: from main or the branch shown, for those who may read it, and nothing but pictures (§8.2)."""

from __future__ import annotations

import pytest

from services.domain.branch import Visibility
from services.domain.errors import NotFound
from services.domain.identifiers import Slug
from services.usecases.branch_access import set_visibility
from services.usecases.views.picture import picture_view
from tests.support.branches import HUMAN, active_rfc, branch_of, super_draft
from tests.support.world import World

PNG = b"\x89PNG\r\n\x1a\n\0\xff picture"


async def shown(
    world: World, path: str, *, login: str | None = None, branch: str | None = None, slug: Slug = HUMAN
) -> bytes | None:
    """What somebody is given; None for what is not found."""
    viewer = world.people[login] if login else None
    try:
        return (await picture_view(world.context, viewer=viewer, slug=slug, path=path, branch=branch)).data
    except NotFound:
        return None


@pytest.mark.parametrize("graduated", [False, True], ids=["super-draft", "active"])
async def test_a_picture_is_that_of_the_branch_shown_and_a_private_ones_is_for_its_people(
    world: World, graduated: bool
) -> None:
    own, path = (await active_rfc(world), "img/a.png") if graduated else (world, "rfcs/img/a.png")
    if not graduated:
        await super_draft(world)
    own.write_file(path, PNG + b"main")
    name = await branch_of(world)
    own.write_file(path, PNG + b"branch", branch=name)
    await set_visibility(
        world.context, actor=world.writer, slug=HUMAN, name=name, visibility=Visibility.PRIVATE
    )
    sha = own.api("GET", f"branches/{name}")["commit"]["id"]

    assert await shown(world, path) == PNG + b"main"
    assert await shown(world, path, login="writer", branch=name) == PNG + b"branch"
    assert await shown(world, path, login="reader", branch=name) is None
    assert await shown(world, path, branch=name) is None
    assert await shown(world, path, login="writer", branch=sha) is None


@pytest.mark.parametrize(
    "path",
    [
        "rfcs/human.md",
        "README.md",
        "rfcs",
        "rfcs/none.png",
        "../x.png",
        "rfcs/../a.png",
        "/a.png",
        "a//b.png",
        "",
    ],
)
async def test_nothing_but_pictures_is_given_out(world: World, path: str) -> None:
    await super_draft(world)
    world.write_file("a.png", PNG)

    assert await shown(world, path) is None
    assert await shown(world, "a.png") == PNG
    assert await shown(world, "a.png", slug=Slug("nobody")) is None


async def test_a_picture_says_what_it_is(world: World) -> None:
    await super_draft(world)
    world.write_file("a.SVG", "<svg/>")

    found = await picture_view(world.context, viewer=None, slug=HUMAN, path="a.SVG")

    assert (found.media_type, found.data) == ("image/svg+xml", b"<svg/>")
    assert found.version == world.api("GET", "contents/a.SVG")["sha"]
