"""What Gitea's answers to a merge mean (FACTS §0.3, A.4), where the forge would have to be bent too far."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator

import httpx
import pytest

from services.domain.errors import GiteaRefused, GiteaUnreachable, Upstream
from services.domain.identifiers import CommitSha, Login, OperationId, PullNumber, Repository
from services.domain.trailers import Credit, with_trailers
from services.gitea.client import GiteaClient
from services.gitea.merging import Merging, changed_on_both_sides
from services.gitea.models import Pull
from services.gitea.outcomes import MergedPull, MergeRefused, PullConflicts, StillChecking
from tests.support.gitea_answers import AnsweringGitea, commit, json, pull

META = Repository("ohm/meta")
CREDIT = Credit(OperationId("0" * 32), Login("owner"), "The Owner")
PULL, MERGE = "repos/ohm/meta/pulls/7", "repos/ohm/meta/pulls/7/merge"
MERGED = pull(merged=True, state="closed", merge_commit_sha="d" * 40)


@pytest.fixture
def gitea() -> AnsweringGitea:
    return AnsweringGitea()


@pytest.fixture
async def client(gitea: AnsweringGitea) -> AsyncIterator[GiteaClient]:
    async with GiteaClient("http://git.example.org", "t", transport=gitea.transport) as made:
        yield made


def merging(client: GiteaClient, patience: float = 0.2) -> Merging:
    lock, head = asyncio.Lock(), CommitSha("a" * 40)
    return Merging(client, lock, META, PullNumber(7), head, CREDIT, "Merge\nidea", patience)


def trees(gitea: AnsweringGitea, **sides: dict[str, str]) -> None:
    """Trees of the merge base (`before`), of main (`base`) and of the head."""
    shas = {"before": "b" * 40, "base": "c" * 40, "head": "a" * 40}
    for side, files in sides.items():
        tree = [{"path": path, "type": "blob", "sha": sha} for path, sha in files.items()]
        answer = json({"sha": "x", "tree": tree, "total_count": len(tree)})
        gitea.on("GET", f"repos/ohm/meta/git/trees/{shas[side]}", answer)


async def test_a_merge_says_exactly_what_is_merged_and_for_whom(
    gitea: AnsweringGitea, client: GiteaClient
) -> None:
    gitea.on("GET", PULL, json(pull()), json(MERGED))
    gitea.on("POST", MERGE, httpx.Response(200))
    assert await merging(client).run() == MergedPull(CommitSha("d" * 40))
    assert httpx.Response(200, content=gitea.requests[1].content).json() == {
        "Do": "merge",
        "head_commit_id": "a" * 40,
        "MergeTitleField": "Merge idea",
        "MergeMessageField": with_trailers("Merged by The Owner.", CREDIT),
        "delete_branch_after_merge": False,
    }


async def test_try_again_later_is_tried_again(gitea: AnsweringGitea, client: GiteaClient) -> None:
    gitea.on("GET", PULL, json(pull(mergeable=False)), json(pull()), json(pull()), json(MERGED))
    gitea.on("POST", MERGE, json({"message": "Please try again later"}, 405), httpx.Response(200))
    trees(gitea, before={}, base={}, head={})  # where the machine is busy for long, a conflict is looked for
    assert await merging(client, patience=60).run() == MergedPull(CommitSha("d" * 40))


async def test_a_merge_that_gitea_always_refuses_is_its_own_failure(
    gitea: AnsweringGitea, client: GiteaClient
) -> None:
    gitea.on("GET", PULL, json(pull()))
    gitea.on("POST", MERGE, json({"message": "merge is not allowed"}, 405))
    with pytest.raises(MergeRefused) as refused:
        await merging(client).run()
    assert (refused.value.answered, refused.value.detail) == (405, "merge is not allowed")


async def test_a_merge_done_although_the_answer_was_an_error_counts(
    gitea: AnsweringGitea, client: GiteaClient
) -> None:
    gitea.on("GET", PULL, json(pull()), json(MERGED))
    gitea.on("POST", MERGE, httpx.Response(500))
    gitea.on(
        "GET", "repos/ohm/meta/git/commits/d+", json(commit("d" * 40, message=with_trailers("x", CREDIT)))
    )
    assert await merging(client).run() == MergedPull(CommitSha("d" * 40))


async def test_a_lasting_error_is_told_as_it_is(gitea: AnsweringGitea, client: GiteaClient) -> None:
    gitea.on("GET", PULL, json(pull()))
    gitea.on("POST", MERGE, httpx.Response(500))
    with pytest.raises(Upstream) as failed:
        await merging(client).run()
    assert (type(failed.value), failed.value.answered) == (Upstream, 500)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [(httpx.Response(403), GiteaRefused), (httpx.ReadTimeout("slow"), GiteaUnreachable)],
)
async def test_what_nobody_knows_or_nobody_may_is_not_tried_again(
    gitea: AnsweringGitea, client: GiteaClient, answer: httpx.Response | Exception, kind: type[Upstream]
) -> None:
    gitea.on("GET", PULL, json(pull()))
    gitea.on("POST", MERGE, answer)
    with pytest.raises(kind):
        await merging(client).run()
    assert gitea.seen.count(f"POST {MERGE}") == 1


async def test_an_automatic_merge_for_later_is_no_merge(gitea: AnsweringGitea, client: GiteaClient) -> None:
    gitea.on("GET", PULL, json(pull()))
    gitea.on("POST", MERGE, httpx.Response(201))
    with pytest.raises(StillChecking):
        await merging(client).run()


@pytest.mark.parametrize(("head", "conflict"), [("a\nb\nC\n", True), ("A\nb\nc\n", False)])
async def test_a_file_changed_by_both_is_a_conflict_if_its_lines_are(
    gitea: AnsweringGitea, client: GiteaClient, head: str, conflict: bool
) -> None:
    gitea.on("GET", PULL, json(pull(mergeable=False)))
    gitea.on("POST", MERGE, httpx.Response(405))
    trees(gitea, before={"x": "1"}, base={"x": "2"}, head={"x": "3"})
    texts = [json(file_of(text)) for text in ("a\nb\nc\n", head, "a\nb\nD\n")]
    gitea.on("GET", "repos/ohm/meta/contents/x", *texts)
    with pytest.raises(PullConflicts if conflict else StillChecking) as refused:
        await merging(client).run()
    assert getattr(refused.value, "paths", None) == (("x",) if conflict else None)


def file_of(text: str) -> dict[str, str]:
    return {"path": "x", "sha": "1" * 40, "type": "file", "content": base64.b64encode(text.encode()).decode()}


async def test_without_a_file_changed_by_both_it_is_still_being_checked(
    gitea: AnsweringGitea, client: GiteaClient
) -> None:
    gitea.on("GET", PULL, json(pull(mergeable=False)))
    gitea.on("POST", MERGE, httpx.Response(405))
    trees(gitea, before={"x": "1"}, base={"x": "1", "y": "1"}, head={"x": "2"})
    with pytest.raises(StillChecking):
        await merging(client).run()


@pytest.mark.parametrize(
    ("before", "base", "head", "proof"),
    [
        ({}, {"x": "1"}, {"x": "2"}, (("x",), ())),
        ({}, {"x": "1"}, {"x": "1"}, ((), ())),
        ({"x": "1"}, {}, {"x": "2"}, (("x",), ())),
        ({"x": "1"}, {"x": "2"}, {}, (("x",), ())),
        ({"x": "1"}, {"y": "1"}, {"x": "2"}, ((), ())),
        ({"x": "1"}, {}, {}, ((), ())),
        ({"x": "1"}, {"x": "2"}, {"x": "3"}, ((), ("x",))),
        ({"x": "1"}, {"x": "2"}, {"x": "2"}, ((), ())),
        ({"x": "1"}, {"x": "1"}, {"x": "2", "y": "1"}, ((), ())),
    ],
)
async def test_both_sides_are_compared_file_by_file(
    gitea: AnsweringGitea,
    client: GiteaClient,
    before: dict[str, str],
    base: dict[str, str],
    head: dict[str, str],
    proof: tuple[tuple[str, ...], tuple[str, ...]],
) -> None:
    trees(gitea, before=before, base=base, head=head)
    assert await changed_on_both_sides(client, META, Pull.model_validate(pull())) == proof


async def test_without_a_merge_base_nothing_is_proven(gitea: AnsweringGitea, client: GiteaClient) -> None:
    assert await changed_on_both_sides(client, META, Pull.model_validate(pull(merge_base=None))) == ((), ())
    assert gitea.requests == []
