"""The wire to Gitea: time-outs, retries, pages, errors (FACTS A.1)."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import stamina

from services.domain.errors import (
    GiteaConflict,
    GiteaNotFound,
    GiteaRefused,
    GiteaUnreachable,
    Upstream,
)
from services.domain.identifiers import CommitSha, PullNumber, Repository
from services.gitea.client import GiteaClient
from tests.support.gitea_answers import AnsweringGitea, branch, json, pull, repository, user

META = Repository("ohm/meta")
TOKEN = "a-very-secret-token"


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    """Retries without pauses."""
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture
def gitea() -> AnsweringGitea:
    return AnsweringGitea()


@pytest.fixture
async def client(gitea: AnsweringGitea) -> AsyncIterator[GiteaClient]:
    async with GiteaClient("http://git.example.org/", TOKEN, transport=gitea.transport) as made:
        yield made


async def test_the_token_is_sent_and_unknown_keys_are_ignored(
    gitea: AnsweringGitea, client: GiteaClient
) -> None:
    gitea.on("GET", "user", json(user("bot", 3, colour="blue", full_name=None)))
    me = await client.accounts.me()
    assert (me.id, me.login, me.full_name) == (3, "bot", "")
    assert gitea.requests[0].headers["Authorization"] == f"token {TOKEN}"
    assert str(gitea.requests[0].url) == "http://git.example.org/api/v1/user"


@pytest.mark.parametrize(
    "failure",
    [
        httpx.ConnectError("no"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("cut"),
        httpx.Response(502, text="<html>"),
        httpx.Response(503),
        httpx.Response(504),
    ],
)
async def test_reading_is_repeated_while_gitea_is_away(
    gitea: AnsweringGitea, client: GiteaClient, failure: httpx.Response | Exception
) -> None:
    gitea.on("GET", "version", failure, failure, json({"version": "1.25.4"}))
    assert await client.accounts.version() == "1.25.4"


async def test_reading_gives_up_after_three_times(gitea: AnsweringGitea, client: GiteaClient) -> None:
    gitea.on("GET", "version", httpx.ConnectTimeout("no"))
    with pytest.raises(GiteaUnreachable) as failed:
        await client.accounts.version()
    assert (len(gitea.requests), failed.value.message) == (3, "Gitea can't be reached.")


@pytest.mark.parametrize("failure", [httpx.ReadTimeout("slow"), httpx.ReadError("cut"), httpx.Response(502)])
async def test_a_write_that_may_have_happened_is_not_repeated(
    gitea: AnsweringGitea, client: GiteaClient, failure: httpx.Response | Exception
) -> None:
    gitea.on("POST", ".*", failure)
    with pytest.raises(GiteaUnreachable):
        await client.pulls.create(META, head="a", base="main", title="t", body="b")
    assert len(gitea.requests) == 1


@pytest.mark.parametrize(
    "failure", [httpx.ConnectError("no"), httpx.ConnectTimeout("no"), httpx.PoolTimeout("full")]
)
async def test_a_write_that_never_left_is_repeated(
    gitea: AnsweringGitea, client: GiteaClient, failure: Exception
) -> None:
    gitea.on("POST", ".*", failure, json(pull(), 201))
    made = await client.pulls.create(META, head="a", base="main", title="t", body="b")
    assert (made.number, len(gitea.requests)) == (7, 2)


async def test_closing_twice_is_the_same_as_once_so_it_is_repeated(
    gitea: AnsweringGitea, client: GiteaClient
) -> None:
    gitea.on("PATCH", "repos/ohm/meta/pulls/7", httpx.ReadTimeout("slow"), json(pull(state="closed"), 201))
    await client.pulls.close(META, PullNumber(7))
    assert len(gitea.requests) == 2


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Upstream),
        (401, GiteaRefused),
        (403, GiteaRefused),
        (404, GiteaNotFound),
        (405, GiteaConflict),
        (409, GiteaConflict),
        (412, GiteaConflict),
        (422, GiteaConflict),
        (423, GiteaConflict),
        (500, Upstream),
        (502, GiteaUnreachable),
        (503, GiteaUnreachable),
    ],
)
async def test_each_status_is_an_error_of_ours(
    gitea: AnsweringGitea, client: GiteaClient, status: int, kind: type[Upstream]
) -> None:
    gitea.on("POST", ".*", json({"message": "because", "url": "http://x/api/swagger"}, status))
    with pytest.raises(Upstream) as failed:
        await client.pulls.comment(META, PullNumber(7), "x")
    assert type(failed.value) is kind
    assert (failed.value.answered, failed.value.detail) == (status, "because")


@pytest.mark.parametrize("body", ["", "<html>", "[]", '"text"', '{"message": null}', "\0", "{" * 9_000])
async def test_any_error_body_will_do(gitea: AnsweringGitea, client: GiteaClient, body: str) -> None:
    gitea.on("GET", "user", httpx.Response(404, text=body))
    with pytest.raises(GiteaNotFound):
        await client.accounts.me()


@pytest.mark.parametrize("body", ["", "<html>welcome</html>", "[]", "null", "{}", '{"id": "x"}', "\ufeff{}"])
async def test_what_is_not_gitea_is_not_taken_for_it(
    gitea: AnsweringGitea, client: GiteaClient, body: str
) -> None:
    gitea.on("GET", "user", httpx.Response(200, text=body))
    with pytest.raises(Upstream) as failed:
        await client.accounts.me()
    assert failed.value.message == "Gitea's address answers, but not as Gitea does."


@pytest.mark.parametrize("body", ["<html>", "{}", '[{"number": "x"}]', "[1]"])
async def test_a_listing_that_is_none_is_not_taken_for_one(
    gitea: AnsweringGitea, client: GiteaClient, body: str
) -> None:
    gitea.on("GET", "repos/ohm/meta/branches", httpx.Response(200, text=body))
    with pytest.raises(Upstream):
        await client.git.branches(META)


async def test_a_repository_that_moved_is_said_so(gitea: AnsweringGitea, client: GiteaClient) -> None:
    gitea.on("GET", "repos/ohm/meta", httpx.Response(301, headers={"Location": "/api/v1/repos/ohm/other"}))
    with pytest.raises(Upstream) as failed:
        await client.repositories.get(META)
    assert (failed.value.answered, failed.value.detail) == (301, "moved to /api/v1/repos/ohm/other")


async def test_the_token_appears_in_no_error_and_no_log(
    gitea: AnsweringGitea, client: GiteaClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    gitea.on("GET", "user", json({"message": "no"}, 401))
    gitea.on("GET", "version", httpx.ConnectError("no"))
    for call in (client.accounts.me, client.accounts.version):
        with pytest.raises(Upstream) as failed:
            await call()
        assert TOKEN not in f"{failed.value!r} {failed.value.detail} {failed.value.__cause__!r}"
    assert TOKEN not in caplog.text


async def test_pages_are_counted_by_gitea_not_by_their_length(
    gitea: AnsweringGitea, client: GiteaClient
) -> None:
    pages = [[branch(f"b{n}") for n in range(30)], [branch(f"c{n}") for n in range(30)], [branch("last")]]
    gitea.on("GET", ".*", *(json(page, **{"X-Total-Count": "61"}) for page in pages))
    found = await client.git.branches(META)
    assert (len(found), found[-1].name) == (61, "last")
    assert [request.url.params["page"] for request in gitea.requests] == ["1", "2", "3"]


async def test_pages_are_followed_by_links_too(gitea: AnsweringGitea, client: GiteaClient) -> None:
    link = '<http://git.example.org/x?page=2>; rel="next",<http://git.example.org/x?page=2>; rel="last"'
    gitea.on("GET", ".*", json([branch("a")], Link=link), json([branch("b")]))
    assert [found.name for found in await client.git.branches(META)] == ["a", "b"]


async def test_a_count_that_never_comes_true_ends_with_the_first_empty_page(
    gitea: AnsweringGitea, client: GiteaClient
) -> None:
    total = {"X-Total-Count": "1000"}
    gitea.on("GET", ".*", json([branch("a")], **total), json([], **total))
    assert len(await client.git.branches(META)) == 1


async def test_null_is_an_empty_listing(gitea: AnsweringGitea, client: GiteaClient) -> None:
    gitea.on("GET", ".*", httpx.Response(200, text="null"))
    assert await client.git.branches(META) == []


async def test_a_tree_is_read_to_its_end(gitea: AnsweringGitea, client: GiteaClient) -> None:
    def page(request: httpx.Request) -> httpx.Response:
        number = int(request.url.params["page"])
        names = [f"rfcs/a{n}.md" for n in range(2_300)][(number - 1) * 1_000 : number * 1_000]
        tree = [{"path": name, "mode": "100644", "type": "blob", "sha": name, "size": 1} for name in names]
        return json({"sha": "x", "tree": tree, "truncated": number < 3, "total_count": 2_300})

    gitea.on("GET", "repos/ohm/meta/git/trees/a+", page)
    assert len(await client.git.tree(META, CommitSha("a" * 40))) == 2_300
    assert len(gitea.requests) == 3


async def test_names_are_quoted_and_slashes_of_branches_stay(
    gitea: AnsweringGitea, client: GiteaClient
) -> None:
    gitea.on("GET", ".*", json({"message": "no"}, 404))
    assert await client.git.branch(META, "feature/a b?#é") is None
    assert await client.accounts.by_login("a/../b") is None
    assert gitea.seen == [
        "GET repos/ohm/meta/branches/feature/a%20b%3F%23%C3%A9",
        "GET users/a%2F..%2Fb",
    ]


@pytest.mark.parametrize(("status", "left"), [(204, 404), (404, 404), (500, 404)])
async def test_a_deleted_branch_is_gone_however_gitea_says_so(
    gitea: AnsweringGitea, client: GiteaClient, status: int, left: int
) -> None:
    gitea.on("DELETE", "repos/ohm/meta/branches/x", httpx.Response(status))
    gitea.on("GET", "repos/ohm/meta/branches/x", httpx.Response(left))
    await client.git.delete_branch(META, "x")


async def test_a_branch_that_can_not_be_deleted_is_told(gitea: AnsweringGitea, client: GiteaClient) -> None:
    gitea.on("DELETE", ".*", json({"message": "branch protected"}, 403))
    gitea.on("GET", ".*", json(branch("x")))
    with pytest.raises(GiteaRefused) as refused:
        await client.git.delete_branch(META, "x")
    assert refused.value.detail == "branch protected"


async def test_a_folder_is_not_a_file(gitea: AnsweringGitea, client: GiteaClient) -> None:
    gitea.on("GET", "repos/ohm/meta/contents/rfcs", json([]))
    assert await client.git.file(META, "rfcs", ref="main") is None


async def test_an_organisation_that_refuses_is_asked_as_an_admin(
    gitea: AnsweringGitea, client: GiteaClient
) -> None:
    gitea.on("POST", "orgs/ohm/repos", json({"message": "scope"}, 403))
    gitea.on("POST", "admin/users/ohm/repos", json(repository(), 201))
    made = await client.repositories.create(META, description="", private=False)
    assert made.full_name == "ohm/meta"


async def test_a_blob_that_is_not_base64_has_no_content(gitea: AnsweringGitea, client: GiteaClient) -> None:
    gitea.on("GET", ".*", json({"sha": "x", "content": "a", "encoding": "base64"}))
    assert (await client.git.blob(META, "x")).data is None
