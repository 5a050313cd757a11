"""The versions of a text on main and their differences (§17), on a real forge."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.domain.errors import NotFound
from services.domain.identifiers import CommitSha
from services.domain.pull import PullKind
from services.usecases.decide_pull import merge_pull
from services.usecases.mainline import Mainline
from services.usecases.views.history import HistoryView, compare_versions, history_view
from tests.support.branches import HUMAN, active_rfc, super_draft
from tests.support.pulls import TEXT, changed_branch, commit_on, open_on
from tests.support.world import World

BETTER = TEXT.replace("who", "person")


async def merged(world: World, own: World) -> None:
    """The writer's pull request, merged by the reviewer."""
    name = await changed_branch(world, own, TEXT.replace("who", "somebody"))
    await commit_on(own, name, BETTER)
    await world.context.refresher.nudge(own.meta)
    number = await open_on(world, name)
    await merge_pull(world.context, actor=world.reviewer, slug=HUMAN, number=number)


async def history(world: World) -> HistoryView:
    return await history_view(world.context, slug=HUMAN)


async def test_a_merge_is_one_version_with_its_pull_request_its_author_and_who_merged_it(
    world: World,
) -> None:
    await super_draft(world, body=TEXT)
    world.write_entry("silence", "Silence", "Of another entry.\n")
    await merged(world, world)

    found = await history(world)

    newest, first = found.versions
    assert newest.pull is not None
    assert newest.merged_by is not None
    assert (newest.author.login, newest.merged_by.login, newest.subject) == (
        "writer",
        "reviewer",
        "Say it better",
    )
    assert newest.pull.address == f"/rfc/human/pr/{newest.pull.number}"
    assert (first.pull, first.merged_by, found.complete) == (None, None, True)


async def test_any_two_versions_are_compared_the_earlier_one_first(world: World) -> None:
    await super_draft(world, body=TEXT)
    await merged(world, world)
    await commit_on(world, "main", BETTER + "\nMore.\n")
    found = await history(world)
    names = [version.commit_sha for version in found.versions]

    for before, after in ((names[2], names[0]), (names[0][:7], names[2][:9])):
        compared = await compare_versions(world.context, history=found, before=before, after=after)
        assert (compared.before_text.text, compared.after_text.text) == (TEXT, BETTER + "\nMore.\n")


@pytest.mark.parametrize("name", ["", "main", "abc", "0" * 40, "../main", "x" * 500])
async def test_what_main_never_was_is_no_version(world: World, name: str) -> None:
    await super_draft(world, body=TEXT)
    await merged(world, world)
    found = await history(world)
    [branch_commit] = [world.api("GET", f"git/commits/{found.versions[0].commit_sha}")["parents"][1]["sha"]]

    for unknown in (name, branch_commit):
        with pytest.raises(NotFound, match="is not a version of “Human” on main"):
            await compare_versions(
                world.context, history=found, before=unknown, after=found.versions[0].commit_sha
            )


async def test_an_active_rfc_has_its_versions_and_those_of_the_super_draft_it_was(world: World) -> None:
    await super_draft(world, body="# Human\n\nAn early who.\n")
    own = await active_rfc(world, text=TEXT)
    await merged(world, own)

    found = await history(world)

    assert [version.home.repo for version in found.versions] == [own.meta, own.meta, world.meta]
    assert found.versions[0].pull is not None
    assert found.versions[0].pull.kind is PullKind.RFC_BRANCH
    compared = await compare_versions(
        world.context,
        history=found,
        before=found.versions[2].commit_sha,
        after=found.versions[0].commit_sha,
    )
    assert (compared.before_text.text, compared.after_text.text) == ("# Human\n\nAn early who.\n", BETTER)


def elsewhere(world: World) -> Mainline:
    """What is kept of a main whose newest commit nobody has any more."""
    kept = world.context.mainlines.find(world.meta)
    assert kept is not None
    newest = kept.commits[0]
    lost = replace(newest, commit=replace(newest.commit, sha=CommitSha("0" * 40)))
    return Mainline((lost, *kept.commits))


async def test_only_what_is_new_is_read_and_a_rewritten_main_is_read_anew(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await super_draft(world, body=TEXT)
    asked = []
    commits = world.context.gitea.git.commits

    def listing(*args: Any, **options: Any) -> Any:
        asked.append(options.get("behind"))
        return commits(*args, **options)

    before = (await history(world)).versions
    monkeypatch.setattr(world.context.gitea.git, "commits", listing)
    await history(world)
    await commit_on(world, "main", BETTER)
    after = (await history(world)).versions
    assert (after[1:], asked) == (before, [before[0].commit_sha])

    world.context.mainlines.keep(world.meta, elsewhere(world))
    assert (await history(world)).versions == after
