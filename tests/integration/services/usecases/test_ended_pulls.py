"""A pull request that has ended stays as it ended, whatever becomes of its branch afterwards (§10, §11)."""

from __future__ import annotations

import re

import pytest

from components.branch import OPEN_PULL, notes_html
from components.people import time_html
from components.pull_list import list_html
from services.domain.errors import Conflict
from services.domain.identifiers import PullNumber
from services.domain.prose_diff import Span
from services.domain.pull import PullState
from services.usecases.decide_pull import merge_pull, reopen_pull, withdraw_pull
from services.usecases.resolve_pull import open_resolved, start_resolving
from services.usecases.suggest import suggest
from services.usecases.views.branch import branch_view
from services.usecases.views.changes import MERGED, changes_of
from services.usecases.views.entry import entry_view
from services.usecases.views.pull_list import pull_list
from tests.integration.services.usecases.test_decide_pull import BETTER, proposed
from tests.integration.services.usecases.test_resolve_pull import choose, conflicting
from tests.support.branches import HUMAN
from tests.support.pulls import commit_on, open_on, seen
from tests.support.world import World, eventually

LATER = BETTER + "\nNever merged.\n"


async def end(world: World, own: World, number: PullNumber, how: str) -> None:
    if how == "merged here":
        await merge_pull(world.context, actor=world.reviewer, slug=HUMAN, number=number)
    elif how == "withdrawn":
        await withdraw_pull(world.context, actor=world.writer, slug=HUMAN, number=number)
    elif how == "closed on Gitea":
        own.close_on_gitea(number)
    else:
        style = "squash" if how == "squashed on Gitea" else "merge"
        own.api("POST", f"pulls/{number}/merge", json={"Do": style})


@pytest.mark.parametrize(
    "how", ["merged here", "merged on Gitea", "squashed on Gitea", "withdrawn", "closed on Gitea"]
)
async def test_its_page_shows_what_it_ended_with_when_its_branch_goes_on(world: World, how: str) -> None:
    own, number = await proposed(world, active=True)
    open_one = await seen(world, number, "writer")
    await end(world, own, number, how)
    await world.context.refresher.nudge(own.meta, number)
    await commit_on(own, open_one.branch, LATER)
    await world.context.refresher.nudge(own.meta)

    for look in ("swept", "changed on Gitea", "made anew"):
        if look == "changed on Gitea":
            own.api("PATCH", f"pulls/{number}", json={"title": "Other words"})
        if look == "made anew":
            await world.run_sql("DELETE FROM cached_prs")
            await world.run_sql("DELETE FROM sync_states")
        await world.context.refresher.sweep()
        view = await seen(world, number, "writer")
        assert view.state is not PullState.OPEN
        assert (view.after, view.head_sha, view.commits) == (
            BETTER,
            open_one.head_sha,
            open_one.commits,
        ), look


async def test_one_that_is_opened_again_shows_what_its_branch_says_by_then(world: World) -> None:
    own, number = await proposed(world, active=True)
    view = await seen(world, number, "writer")
    await withdraw_pull(world.context, actor=world.writer, slug=HUMAN, number=number)
    await commit_on(own, view.branch, LATER)
    await world.context.refresher.sweep()
    assert (await seen(world, number, "writer")).after == BETTER

    await reopen_pull(world.context, actor=world.writer, slug=HUMAN, number=number)
    await world.context.refresher.sweep()

    assert (await seen(world, number, "writer")).after == LATER


async def test_a_branch_says_that_its_pull_request_was_merged_and_that_more_needs_a_new_one(
    world: World,
) -> None:
    own, number = await proposed(world, active=True)
    name = (await seen(world, number, "writer")).branch

    async def note(login: str = "writer") -> str:
        viewer = world.people[login]
        view = await branch_view(world.context, viewer=viewer, slug=HUMAN, name=name)
        return notes_html(view, signed_in=viewer is not None)

    assert await note() == ""
    await merge_pull(world.context, actor=world.reviewer, slug=HUMAN, number=number)
    merged = await note()
    assert f'<a href="/rfc/{HUMAN}/pr/{number}">PR #{number}</a> of this branch has been merged.' in merged
    assert "from now on reaches main with a new PR" in merged
    assert OPEN_PULL not in merged

    await commit_on(own, name, LATER)
    await world.context.refresher.nudge(own.meta)

    assert "was written here since is not part of main" in await note()
    assert (OPEN_PULL in await note(), OPEN_PULL in await note("reader")) == (True, False)
    await open_on(world, name)
    assert await note() == ""


async def test_one_that_is_being_replaced_is_not_resolved_again_and_the_list_tells_how_and_when_it_ended(
    world: World,
) -> None:
    _, old = await conflicting(world)
    named = {"actor": world.writer, "slug": HUMAN, "number": old}
    await start_resolving(world.context, **named)  # type: ignore[arg-type]
    for _ in range(2):
        await choose(world, old, "mine")
    new = (await open_resolved(world.context, **named)).number  # type: ignore[arg-type]

    view = await seen(world, old, "writer")
    assert (view.replacement and view.replacement.number, view.resolve.allowed) == (new, False)
    with pytest.raises(Conflict) as refused:
        await start_resolving(world.context, **named)  # type: ignore[arg-type]
    assert refused.value.message == f"#{new} is to take its place already."

    await merge_pull(world.context, actor=world.reviewer, slug=HUMAN, number=new)

    async def closed() -> bool:
        return (await seen(world, old, "writer")).state is PullState.CLOSED

    await eventually(closed)
    await world.run_sql("UPDATE cached_prs SET opened_at = '2026-01-01 00:00:00+00:00'")
    listed = await pull_list(world.context, viewer=world.writer, slug=HUMAN)
    html = list_html(await entry_view(world.context, viewer=world.writer, slug=HUMAN), listed, frozenset())
    row = next(pull for pull in listed if pull.number == old)
    assert row.closed_at is not None
    assert re.findall(r'r-chip--closed">(\w+)</span>(<time.*?</time>)', html) == [
        ("Superseded", time_html(row.closed_at))
    ]


async def test_a_suggestion_that_a_merge_left_out_waits_for_nobody(world: World) -> None:
    _, number = await proposed(world)
    branch = (await seen(world, number)).branch
    start = BETTER.index("Human")
    await suggest(
        world.context,
        actor=world.reader,
        slug=HUMAN,
        branch=branch,
        span=Span(start, start + len("Human")),
        proposed="Humans",
    )

    warned = (await seen(world, number, "reviewer")).undecided
    await merge_pull(world.context, actor=world.reviewer, slug=HUMAN, number=number)
    said = {
        login: [
            card.over for card in await changes_of(world.context, viewer=viewer, slug=HUMAN, branch=branch)
        ]
        for login, viewer in (("", None), ("reader", world.reader), ("writer", world.writer))
    }

    assert warned == 1
    assert said == {"": [MERGED], "reader": [MERGED], "writer": [""]}
    assert (await seen(world, number, "reviewer")).undecided == 0
