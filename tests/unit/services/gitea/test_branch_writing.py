"""Cutting branches and committing text while Gitea answers awkwardly."""

from __future__ import annotations

import pytest

from services.domain.errors import GiteaConflict, GiteaUnreachable, Upstream
from services.domain.identifiers import CommitSha, Login, OperationId, Repository
from services.domain.trailers import Credit, with_trailers
from services.gitea.branch_writing import BranchCutting, TextCommit
from services.gitea.client import GiteaClient
from services.gitea.outcomes import CommittedText, TextMoved
from services.gitea.signing import Signing
from services.gitea.writing import blob_sha
from tests.support.gitea_answers import AnsweringGitea, branch, commit, json

REPO = Repository("ohm/human")
CREDIT = Credit(OperationId("0" * 32), Login("writer"), "Writer")
MADE = CommitSha("d" * 40)
CONTENT = b"New.\n"


def text_commit(client: GiteaClient, expected: str | None = "b" * 40) -> TextCommit:
    signing = Signing("http://git.example.org", "bot")
    message = with_trailers("Edit", CREDIT)
    return TextCommit(client, signing, REPO, "a/b", "RFC.md", CONTENT, expected, message, CREDIT)


@pytest.fixture
def gitea() -> AnsweringGitea:
    made = AnsweringGitea()
    made.on("GET", "repos/ohm/human/branches/a/b", json(branch("a/b", MADE)))
    return made


def file(sha: str) -> dict[str, str]:
    return {"path": "RFC.md", "sha": sha, "type": "file", "content": ""}


async def test_a_500_after_which_the_commit_is_there_is_a_success(gitea: AnsweringGitea) -> None:
    gitea.on("POST", ".*/contents", json({"message": "PushOutOfDate"}, 500))
    gitea.on("GET", ".*/commits", json([commit(MADE, message=with_trailers("Edit", CREDIT))]))
    async with GiteaClient("http://git.example.org", "t", transport=gitea.transport) as client:
        made = await text_commit(client).run(again=False)
    assert made == CommittedText(MADE, blob_sha(CONTENT))


async def test_a_500_after_which_nothing_is_there_is_tried_once_more(gitea: AnsweringGitea) -> None:
    gitea.on("POST", ".*/contents", json({}, 500), json({"commit": {"sha": MADE}}, 201))
    gitea.on("GET", ".*/commits", json([]))
    async with GiteaClient("http://git.example.org", "t", transport=gitea.transport) as client:
        made = await text_commit(client).run(again=False)
    assert made.commit_sha == MADE


async def test_a_500_that_stays_is_told(gitea: AnsweringGitea) -> None:
    gitea.on("POST", ".*/contents", json({}, 500))
    gitea.on("GET", ".*/commits", json([]))
    async with GiteaClient("http://git.example.org", "t", transport=gitea.transport) as client:
        with pytest.raises(Upstream) as told:
            await text_commit(client).run(again=False)
    assert told.value.answered == 500
    assert [line for line in gitea.seen if line.startswith("POST")] == ["POST repos/ohm/human/contents"] * 2


async def test_an_answer_that_never_comes_is_not_taken_for_anything(gitea: AnsweringGitea) -> None:
    gitea.on("POST", ".*/contents", json({}, 504))
    async with GiteaClient("http://git.example.org", "t", transport=gitea.transport) as client:
        with pytest.raises(GiteaUnreachable):
            await text_commit(client).run(again=False)
    assert gitea.seen == ["POST repos/ohm/human/contents"]


@pytest.mark.parametrize(
    ("present", "expected", "kind"),
    [("c" * 40, "b" * 40, TextMoved), ("b" * 40, "b" * 40, GiteaConflict), ("c" * 40, None, TextMoved)],
    ids=["another file is there", "the file is as seen: archived, protected", "a file is there already"],
)
async def test_a_refusal_is_told_for_what_it_is(
    gitea: AnsweringGitea, present: str, expected: str | None, kind: type[GiteaConflict]
) -> None:
    gitea.on("POST", ".*/contents", json({"message": "no"}, 422))
    gitea.on("GET", ".*/contents/RFC.md", json(file(present)))
    async with GiteaClient("http://git.example.org", "t", transport=gitea.transport) as client:
        with pytest.raises(GiteaConflict) as told:
            await text_commit(client, expected).run(again=False)
    assert type(told.value) is kind


async def test_asked_again_the_branch_is_looked_at_first(gitea: AnsweringGitea) -> None:
    gitea.on("GET", ".*/commits", json([commit("e" * 40), commit(MADE, message=with_trailers("x", CREDIT))]))
    async with GiteaClient("http://git.example.org", "t", transport=gitea.transport) as client:
        made = await text_commit(client).run(again=True)
    assert made.commit_sha == MADE
    assert not any(line.startswith("POST") for line in gitea.seen)


async def test_a_branch_behind_a_500_is_found(gitea: AnsweringGitea) -> None:
    gitea.on("POST", ".*/branches", json({}, 500))
    async with GiteaClient("http://git.example.org", "t", transport=gitea.transport) as client:
        head = await BranchCutting(client, REPO, "a/b", CommitSha("a" * 40)).run()
    assert head == MADE
