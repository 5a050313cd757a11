"""Cutting branches and committing text, against the embedded forge and, where one is named, a real Gitea."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from services.domain.errors import GiteaNotFound
from services.domain.identifiers import CommitSha, Login, Repository
from services.domain.trailers import CoAuthor, Credit, author_address, new_operation_id, operation_of
from services.gitea.bot import Bot
from services.gitea.branch_reading import BranchHead, read_branch, read_branches
from services.gitea.client import GiteaClient
from services.gitea.meta_reading import read_head
from services.gitea.models import Commit
from services.gitea.outcomes import BranchTaken, CommittedText, TextMoved
from tests.contract.conftest import BOT_SCOPES, Place, unique
from tests.contract.test_client_bot import bot_token

NAME = "writer/draft-0a1b2c"


def credit(login: str = "writer", name: str = "Site Writer") -> Credit:
    return Credit(new_operation_id(), Login(login), name)


@dataclass(frozen=True)
class Text:
    """A repository with an `RFC.md` on main."""

    place: Place
    gitea: GiteaClient
    bot: Bot
    repo: Repository
    main: CommitSha
    blob: str

    async def cut(self, name: str = NAME, by: Credit | None = None) -> CommitSha:
        """A branch at main."""
        return await self.bot.cut_branch(repo=self.repo, name=name, from_sha=self.main, credit=by or credit())

    async def commit(
        self,
        text: str,
        *,
        by: Credit | None = None,
        blob: str | None = None,
        branch: str = NAME,
        **more: object,
    ) -> CommittedText:
        """Another version of the text."""
        return await self.bot.commit_text(
            repo=self.repo,
            branch=branch,
            path="RFC.md",
            content=text.encode(),
            expected_blob=blob or self.blob,
            message="Say it better\n\nBecause.",
            credit=by or credit(),
            **more,  # type: ignore[arg-type]
        )

    async def log(self, branch: str = NAME) -> list[Commit]:
        """A branch's commits, newest first."""
        head = await read_head(self.gitea, self.repo, branch=branch)
        assert head is not None
        return [commit async for page in self.gitea.git.commits(self.repo, head=head) for commit in page]


@pytest.fixture(scope="module")
def token(place: Place) -> str:
    return bot_token(place, BOT_SCOPES)


@pytest.fixture
async def text(place: Place, token: str) -> AsyncIterator[Text]:
    gitea = GiteaClient(place.server.url, token)
    repo = Repository(f"{place.org}/{unique('text')}")
    bot = Bot(gitea, place.org, repo, place.server.url, place.bot_login)
    await bot.ensure_meta_repository(files={"RFC.md": "# Human\n"}, credit=credit())
    main = await read_head(gitea, repo)
    file = await gitea.git.file(repo, "RFC.md", ref="main")
    assert main is not None
    assert file is not None
    async with gitea:
        yield Text(place, gitea, bot, repo, main, file.sha)


async def test_a_branch_is_cut_once_however_often_it_is_asked_for(text: Text) -> None:
    by = credit()

    heads = [await text.cut(by=by) for _ in range(2)]

    assert heads == [text.main, text.main]
    assert sorted(branch.name for branch in await text.gitea.git.branches(text.repo)) == ["main", NAME]


async def test_a_name_that_git_can_not_hold_beside_another_is_refused(text: Text) -> None:
    await text.cut("writer")

    with pytest.raises(BranchTaken):
        await text.cut("writer/draft")


async def test_a_commit_has_the_person_as_author_the_bot_as_committer_and_every_trailer(text: Text) -> None:
    await text.cut()
    by = credit()

    made = await text.commit(
        "# Human being\n",
        by=by,
        co_authors=[CoAuthor(Login("reader"), "Reader <x> Person")],
        trailers={"Change-Id": "7", "Model": "Claude"},
    )

    newest = (await text.log())[0]
    host = text.place.server.url
    assert newest.sha == made.commit_sha
    assert newest.commit.message.rstrip("\n") == (
        "Say it better\n\nBecause.\n\n"
        f"On-behalf-of: Site Writer <writer>\nRFC-Op: {by.op_id}\nChange-Id: 7\nModel: Claude\n"
        f"Co-authored-by: Reader x Person <{author_address('reader', host)}>"
    )
    assert (newest.commit.author.name, newest.commit.author.email) == (
        "Site Writer",
        author_address("writer", host),
    )
    assert newest.commit.committer.name == text.place.bot_login


async def test_the_blob_that_is_answered_is_the_files_and_its_bytes_are_as_sent(text: Text) -> None:
    await text.cut()

    made = await text.commit("\ufeff# Mensch\r\n\t🧑‍🚀 人\n\nno end")

    file = await text.gitea.git.file(text.repo, "RFC.md", ref=NAME)
    assert file is not None
    assert (file.sha, file.data) == (made.blob_sha, "\ufeff# Mensch\r\n\t🧑‍🚀 人\n\nno end".encode())
    following = await text.commit("Next.\n", blob=made.blob_sha)
    assert following.blob_sha != made.blob_sha


async def test_the_same_operation_again_finds_its_commit_even_under_later_ones(text: Text) -> None:
    await text.cut()
    by = credit()
    made = await text.commit("One.\n", by=by)
    await text.commit("Two.\n", blob=made.blob_sha)

    again = await text.commit("One.\n", by=by, again=True)

    assert again == made
    assert [operation_of(commit.commit.message) == by.op_id for commit in await text.log()][:2] == [
        False,
        True,
    ]


async def test_a_text_made_from_an_older_file_is_refused_and_nothing_is_written(text: Text) -> None:
    await text.cut()
    await text.commit("One.\n")
    before = await text.log()

    with pytest.raises(TextMoved) as told:
        await text.commit("Two.\n", again=False)

    assert told.value.message == f"The text on {NAME} has changed in the meantime."
    assert await text.log() == before


async def test_a_branch_that_is_gone_takes_no_text(text: Text) -> None:
    await text.cut()
    await text.bot.delete_branch(repo=text.repo, branch=NAME)

    with pytest.raises(GiteaNotFound):
        await text.commit("One.\n")


async def test_many_who_commit_at_once_to_branches_of_one_repository_all_succeed(text: Text) -> None:
    names = [f"b/{n}" for n in range(6)]
    await asyncio.gather(*(text.cut(name) for name in names))

    made = await asyncio.gather(*(text.commit(f"{name}\n", branch=name) for name in names))

    heads = await read_branches(text.gitea, text.repo, wanted=lambda name: name.startswith("b/"), known={})
    assert {name: head.sha for name, head in heads.items()} == {
        name: commit.commit_sha for name, commit in zip(names, made, strict=True)
    }


async def test_a_head_is_read_with_the_time_it_was_committed_and_what_is_known_is_not_read_again(
    text: Text,
) -> None:
    await text.cut()
    made = await text.commit("One.\n")
    newest = (await text.log())[0]

    head = await read_branch(text.gitea, text.repo, NAME)
    known = BranchHead(made.commit_sha, newest.commit.committer.date.replace(year=2001))
    same = await read_branch(text.gitea, text.repo, NAME, known=known)
    gone = await read_branch(text.gitea, text.repo, "nosuch")

    assert head == BranchHead(made.commit_sha, newest.commit.committer.date)
    assert (same, gone) == (known, None)
