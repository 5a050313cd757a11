"""One story, told to every version of Gitea that the product supports (1.21 to 1.27)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from services.domain.entry import Entry, compose_entry
from services.domain.identifiers import Login, Repository, Slug
from services.domain.pull import PullState
from services.domain.trailers import Credit, new_operation_id
from services.gitea.bot import Bot
from services.gitea.client import GiteaClient
from services.gitea.meta_reading import read_meta
from services.gitea.outcomes import PullConflicts
from services.gitea.pull_reading import read_pulls
from tests.contract.conftest import unique
from tests.support.forge import RunningForge, running_forge

BOT = "rfc-bot"


@pytest.fixture(scope="module", params=["1.21", "1.25", "1.27"])
def forge(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningForge]:
    """A forge that behaves like one version."""
    with running_forge(tmp_path_factory, "--gitea-version", request.param) as running:
        running.create_user(BOT)
        running.create_org("ohm")
        running.add_to_owners("ohm", BOT)
        yield running


def credit(login: str) -> Credit:
    return Credit(new_operation_id(), Login(login), login.title())


async def propose(bot: Bot, slug: str, title: str) -> tuple[int, str]:
    entry = Entry(slug=Slug(slug), title=title, proposed_by="writer", body="Why.\n")
    opened = await bot.open_idea(
        credit=credit("writer"), entry=entry, pitch="Why.\n", branch=f"idea-{slug}-{title.lower()}"
    )
    return opened.number, opened.head_sha


async def test_seed_propose_merge_decline_and_read(forge: RunningForge) -> None:
    token = forge.create_token(
        BOT, BOT, ["write:organization", "write:repository", "write:issue", "read:user"]
    )
    repo = Repository(f"ohm/{unique('meta')}")
    async with GiteaClient(forge.url, token) as gitea:
        bot = Bot(gitea, "ohm", repo, forge.url, BOT, patience=30.0)
        seeded = await bot.ensure_meta_repository(files={"README.md": "# Meta\n"}, credit=credit("owner"))
        ideas = [await propose(bot, "human", title) for title in ("First", "Second")]
        ideas.append(await propose(bot, "mind", "Third"))
        merged = await bot.merge_pull(
            repo=repo, number=ideas[0][0], head_sha=ideas[0][1], credit=credit("owner"), title="Merge"
        )
        with pytest.raises(PullConflicts):
            await bot.merge_pull(
                repo=repo, number=ideas[1][0], head_sha=ideas[1][1], credit=credit("owner"), title="Merge"
            )
        await bot.close_pull(repo=repo, number=ideas[2][0], comment="No.", credit=credit("owner"))
        for _ in range(2):
            await bot.delete_branch(repo=repo, branch="idea-mind-third")
        await bot.delete_branch(repo=repo, branch="never-there")
        await bot.write_files(
            repo=repo,
            files={"rfcs/will.md": compose_entry(Entry(slug=Slug("will"), title="Will"))},
            message="By hand",
            credit=credit("owner"),
        )
        snapshot = await read_meta(gitea, repo)
        pulls = await read_pulls(gitea, repo)

    assert seeded.created
    assert {slug: at.entry.title for slug, at in snapshot.entries.items()} == {
        "human": "First",
        "will": "Will",
    }
    assert snapshot.entries[Slug("human")].touched.commit == merged.merge_sha
    assert [(pull.number, pull.state, pull.entry and pull.entry.title) for pull in pulls] == [
        (ideas[0][0], PullState.MERGED, "First"),
        (ideas[1][0], PullState.OPEN, "Second"),
        (ideas[2][0], PullState.CLOSED, "Third"),
    ]


async def test_the_scopes_of_older_set_ups_suffice_for_a_site_admin(forge: RunningForge) -> None:
    token = forge.create_token(
        forge.admin_user, forge.admin_password, ["write:repository", "write:user", "write:admin"]
    )
    repo = Repository(f"ohm/{unique('meta')}")
    async with GiteaClient(forge.url, token) as gitea:
        bot = Bot(gitea, "ohm", repo, forge.url, forge.admin_user, patience=30.0)
        seeded = await bot.ensure_meta_repository(files={"README.md": "# Meta\n"}, credit=credit("owner"))
        number, head = await propose(bot, "human", "First")
        merged = await bot.merge_pull(
            repo=repo, number=number, head_sha=head, credit=credit("owner"), title="Merge"
        )
    assert (seeded.created, len(merged.merge_sha)) == (True, 40)
