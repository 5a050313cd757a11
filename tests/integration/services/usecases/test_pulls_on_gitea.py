"""Pull requests opened, edited, merged and closed on Gitea itself: the app follows, told by webhooks or not (§4.1, §10)."""

from __future__ import annotations

import json

import pytest

from services.domain.branch import BranchKey
from services.domain.events import PullChanged
from services.domain.identifiers import PullNumber, Slug
from services.domain.pull import Mergeability, PullKind, PullState
from services.store.queries import branches, events, pulls
from services.usecases.receive_webhook import receive
from services.usecases.views.branch import branch_view
from services.usecases.views.catalog import catalog_view
from services.usecases.views.pull_list import pull_list
from services.usecases.views.raw import raw_text
from tests.integration.services.usecases.test_receive_webhook import SECRET, signed
from tests.support.branches import HUMAN, active_rfc, cut, super_draft
from tests.support.pulls import TEXT, commit_on, seen
from tests.support.world import World, eventually

BETTER = TEXT.replace("who", "person")
HOW = pytest.mark.parametrize("told", ["by webhook", "by the sweep alone"])
WHERE = pytest.mark.parametrize("where", ["super-draft", "active RFC"])


class OnGitea:
    """Somebody who uses Gitea and never the app; each act returns once the app may know of it."""

    def __init__(self, world: World, own: World, told: str) -> None:
        self.world = world
        self.own = own
        self._told = told
        self.number = PullNumber(0)
        self.branch = "edit-human-abc123"

    async def opens(self) -> None:
        cut(self.own, self.branch)
        await commit_on(self.own, self.branch, BETTER)
        body = {"head": self.branch, "base": "main", "title": "By hand", "body": "Why *not*?"}
        self.number = PullNumber(self.own.api("POST", "pulls", json=body)["number"])
        await self._tell("opened", state=PullState.OPEN)
        await eventually(self._has_branch)  # which may be read after its pull request

    async def edits(self) -> None:
        self.own.api("PATCH", f"pulls/{self.number}", json={"title": "Said better", "body": "Because."})
        await self._tell("edited", title="Said better")

    async def closes(self) -> None:
        self.own.close_on_gitea(self.number)
        await self._tell("closed", state=PullState.CLOSED)

    async def reopens(self) -> None:
        self.own.close_on_gitea(self.number, state="open")
        await self._tell("reopened", state=PullState.OPEN)

    async def merges(self) -> None:
        self.own.merge_on_gitea(self.number)
        await self._tell("closed", state=PullState.MERGED)

    async def pages_told(self, since: int) -> set[PullNumber]:
        """Which pull requests' open pages were told to look since an event."""
        async with self.world.store.read() as work:
            stored = await events.after(work, id=since, limit=1000)
        return {row.event.number for row in stored if isinstance(row.event, PullChanged)}

    async def _tell(self, action: str, **fields: object) -> None:
        if self._told == "by the sweep alone":
            await self.world.context.refresher.sweep()
            return
        delivery = {"action": action, "number": self.number, "repository": {"full_name": self.own.meta}}
        body = json.dumps(delivery).encode()
        await receive(
            self.world.context, secret=SECRET, headers=signed(body, event="pull_request"), body=body
        )
        if fields.get("state") is PullState.MERGED:
            # Gitea also tells of the push that a merge is.
            body = json.dumps({"ref": "refs/heads/main", "repository": {"full_name": self.own.meta}}).encode()
            await receive(self.world.context, secret=SECRET, headers=signed(body), body=body)
        await eventually(lambda: self._is_known(**fields))

    async def _is_known(self, **fields: object) -> bool:
        async with self.world.store.read() as work:
            row = await pulls.find(work, repo=self.own.meta, number=self.number)
        return row is not None and all(getattr(row, name) == value for name, value in fields.items())

    async def _has_branch(self) -> bool:
        async with self.world.store.read() as work:
            return await branches.find(work, key=BranchKey(self.own.meta, self.branch)) is not None


async def somebody_on_gitea(world: World, where: str, told: str) -> OnGitea:
    if where == "active RFC":
        return OnGitea(world, await active_rfc(world, text=TEXT), told)
    await super_draft(world, body=TEXT)
    return OnGitea(world, world, told)


@HOW
@WHERE
async def test_a_pull_request_opened_edited_closed_reopened_and_merged_on_gitea_is_followed(
    world: World, where: str, told: str
) -> None:
    gitea = await somebody_on_gitea(world, where, told)

    await gitea.opens()
    view = await seen(world, gitea.number, "reviewer")
    kind = PullKind.RFC_BRANCH if where == "active RFC" else PullKind.META_BODY_EDIT
    assert (view.state, view.kind, view.title, view.description) == (
        PullState.OPEN,
        kind,
        "By hand",
        "Why *not*?",
    )
    assert (view.before, view.after, view.opener.login) == (TEXT, BETTER, "root")
    assert (view.mergeability, view.merge.allowed) == (Mergeability.CLEAN, True)
    branch = await branch_view(world.context, viewer=None, slug=HUMAN, name=gitea.branch)
    assert branch.pull_number == gitea.number
    assert await open_pulls(world) == 1

    before = await world.newest_event()
    await gitea.edits()
    view = await seen(world, gitea.number)
    assert (view.title, view.description) == ("Said better", "Because.")
    assert await gitea.pages_told(before) == {gitea.number}

    before = await world.newest_event()
    await gitea.closes()
    view = await seen(world, gitea.number, "reviewer")
    assert (view.state, view.decided_by, view.reopen.allowed) == (PullState.CLOSED, None, True)
    assert await open_pulls(world) == 0
    assert await gitea.pages_told(before) == {gitea.number}

    await gitea.reopens()
    assert (await seen(world, gitea.number)).state is PullState.OPEN

    before = await world.newest_event()
    await gitea.merges()
    view = await seen(world, gitea.number, "reviewer")
    assert (view.state, view.merge_commit_sha, view.decided_by) == (
        PullState.MERGED,
        gitea.own.api("GET", "branches/main")["commit"]["id"],
        None,
    )
    assert (view.before, view.after, view.reopen.allowed) == (TEXT, BETTER, False)
    await eventually(lambda: reads(world, BETTER))
    assert gitea.number in await gitea.pages_told(before)
    (listed,) = await pull_list(world.context, viewer=None, slug=HUMAN)
    assert (listed.state, listed.title, listed.opener.login) == (PullState.MERGED, "Said better", "root")


async def open_pulls(world: World) -> int:
    """What the catalog counts."""
    (row,) = (await catalog_view(world.context)).rows
    return row.open_pulls


async def reads(world: World, text: str) -> bool:
    """Whether that is what readers of main get."""
    return (await raw_text(world.context, slug=Slug(HUMAN), ref=None)) == text
