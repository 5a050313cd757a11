"""Branches and graduated RFCs for tests that act in a world."""

from __future__ import annotations

from services.domain.entry import EntryState
from services.domain.identifiers import Repository, Slug
from services.usecases.contribute import start_contributing
from tests.support.world import World

HUMAN = Slug("human")


async def super_draft(world: World, slug: str = "human", body: str = "# Human\n\nA who.\n") -> Slug:
    """A super-draft that the app knows, owned by the reviewer."""
    world.write_entry(slug, slug.capitalize(), body, owners=("reviewer",), proposed_by="reviewer")
    await world.context.refresher.sweep()
    return Slug(slug)


async def active_rfc(world: World, slug: str = "human", text: str = "# Human\n") -> World:
    """An active RFC that the app knows, as a world of its own repository."""
    own = graduated(world, slug, text)
    await world.context.refresher.sweep()
    return own


def graduated(world: World, slug: str = "human", text: str = "# Human\n") -> World:
    """The same on Gitea only."""
    name = f"rfc-0001-{slug}"
    answer = world.forge.admin.post(f"/api/v1/orgs/{world.org}/repos", json={"name": name, "auto_init": True})
    assert answer.status_code == 201, answer.text
    own = World(world.forge, world.population, world.context, world.org, answer.json()["full_name"])
    own.write_file("RFC.md", text)
    more = {"id": "RFC-0001", "repo": f"{world.org}/{name}", "state": EntryState.ACTIVE}
    world.write_entry(slug, slug.capitalize(), body="", owners=("reviewer",), **more)
    return own


async def branch_of(world: World, login: str = "writer", slug: Slug = HUMAN) -> str:
    """Somebody starts contributing; the branch's name."""
    return (await start_contributing(world.context, actor=world.people[login], slug=slug)).name


def cut(world: World, name: str, *, repo: Repository | None = None) -> None:
    """Somebody cuts a branch on Gitea."""
    path = f"/api/v1/repos/{repo or world.meta}/branches"
    answer = world.forge.admin.post(path, json={"new_branch_name": name, "old_ref_name": "main"})
    assert answer.status_code == 201, answer.text
