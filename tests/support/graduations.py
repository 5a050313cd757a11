"""Graduations for tests: begin one, wait for its end, and look at what it left on Gitea."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass
from typing import Any

from services.domain.entry import EntryState
from services.domain.graduation import GraduationPlan, check_plan
from services.domain.identifiers import OperationId, Slug
from services.store.queries import catalog, sagas
from services.store.queries.sagas import SagaRow
from services.usecases.graduate import start_graduation
from tests.support.world import World

NAME = "rfc-0001-memory"
HOOK = "http://rfc.example.org/api/webhooks/gitea"
CREATE = r"^/api/v1/(orgs|admin/users)/[^/]+/repos$"
SEED = rf"/{NAME}/contents$"
HOOKS = rf"/{NAME}/hooks$"
DESCRIBE = rf"/{NAME}$"
CUT = "/meta/contents$"
OPEN = "/meta/pulls$"
MERGE = r"/meta/pulls/\d+/merge$"
BRACKETED = [
    "graduate_announce",
    "graduate_complete",
    "graduate_create_repository",
    "graduate_merge_pull",
    "graduate_open_pull",
    "graduate_seed_repository",
    "graduate_start",
]
"""What is written down of a graduation that ends in all of it."""
BODY = "# Memory\n\nWhat a record of a person is not.\n"


@dataclass(frozen=True)
class Left:
    """What stands on Gitea besides the meta repository's main: repositories, branches, open PRs, hooks."""

    repositories: list[str]
    branches: list[str]
    open_pulls: list[int]
    hooks: list[str]


NOTHING = Left([], [], [], [])


def plan(slug: str = "memory", number: str = "1", owners: str = "reviewer", name: str = "") -> GraduationPlan:
    """What the dialog suggests."""
    return check_plan(number=number, repo_name=name or f"rfc-{int(number):04d}-{slug}", owners=owners)


async def draft(world: World, slug: str = "memory", body: str = BODY) -> Slug:
    """A super-draft that the app knows, owned by the reviewer."""
    world.write_entry(slug, slug.capitalize(), body, owners=("reviewer",), proposed_by="writer")
    await world.context.refresher.sweep()
    return Slug(slug)


async def graduate(world: World, slug: str = "memory", by: str = "reviewer", **words: str) -> SagaRow:
    """Somebody graduates an entry; how it ended."""
    op_id = await start_graduation(
        world.context, actor=world.people[by], slug=Slug(slug), plan=plan(slug, **words)
    )
    return await ended(world, op_id)


async def ended(world: World, op_id: OperationId) -> SagaRow:
    """The graduation once nothing of it runs any more."""
    await world.context.sagas.wait()
    async with world.store.read() as work:
        row = await sagas.find(work, op_id=op_id)
    assert row is not None
    return row


def hold(world: World, path: str) -> None:
    """Have Gitea keep one request waiting."""
    world.forge.faults.set({"path": path, "method": "POST", "action": "delay_before", "times": 1})


async def held_at(world: World, path: str) -> SagaRow:
    """A graduation that stands still before a request, because Gitea keeps it waiting."""
    hold(world, path)
    op_id = await start_graduation(world.context, actor=world.reviewer, slug=Slug("memory"), plan=plan())
    await asyncio.to_thread(world.forge.faults.wait_held)
    async with world.store.read() as work:
        row = await sagas.find(work, op_id=op_id)
    assert row is not None
    return row


def open_body_pull(world: World) -> int:
    """Somebody opens a PR on the text on Gitea itself."""
    text = file(world, "meta", "rfcs/memory.md") + "More.\n"
    world.write_file("rfcs/memory.md", text, new_branch="edit-memory-abcdef")
    body = {"head": "edit-memory-abcdef", "base": "main", "title": "More", "body": "Please."}
    return int(world.api("POST", "pulls", json=body)["number"])


async def state_of(world: World, slug: str = "memory") -> EntryState:
    """How the app sees an entry."""
    async with world.store.read() as work:
        row = await catalog.find(work, slug=Slug(slug))
    assert row is not None
    return row.state


async def kinds(world: World) -> list[str]:
    """What is written down of graduations."""
    return sorted(
        kind for (kind,) in await world.rows("actions", "action_kind") if kind.startswith("graduate_")
    )


def left(world: World) -> Left:
    """What stands on Gitea in this world's organisation now."""
    listed = get(world, f"orgs/{world.org}/repos")
    names = sorted(str(repo["name"]) for repo in listed if repo["name"] != "meta")
    branches = get(world, f"repos/{world.meta}/branches")
    pulls = get(world, f"repos/{world.meta}/pulls?state=open")
    hooks = [
        str(hook["config"]["url"]) for name in names for hook in get(world, f"repos/{world.org}/{name}/hooks")
    ]
    return Left(
        names,
        sorted(str(branch["name"]) for branch in branches if branch["name"] != "main"),
        sorted(int(pull["number"]) for pull in pulls),
        hooks,
    )


def file(world: World, name: str, path: str) -> str:
    """A file on the main of a repository of this world."""
    answer = get(world, f"repos/{world.org}/{name}/contents/{path}")
    return base64.b64decode(answer["content"]).decode()


def messages(world: World, name: str) -> list[str]:
    """The messages of the commits on the main of a repository, newest first."""
    return [str(one["commit"]["message"]) for one in get(world, f"repos/{world.org}/{name}/commits")]


def get(world: World, path: str) -> Any:
    """Ask the forge as its admin."""
    answer = world.forge.admin.get(f"/api/v1/{path}")
    assert answer.is_success, f"{path}: {answer.status_code} {answer.text}"
    return answer.json() or []
