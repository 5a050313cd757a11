"""Writing several files at once."""

from __future__ import annotations

import httpx
import pytest

from services.domain.errors import GiteaConflict, Upstream
from services.domain.identifiers import CommitSha, Login, OperationId, Repository
from services.domain.trailers import Credit
from services.gitea.client import GiteaClient
from services.gitea.signing import Signing
from services.gitea.writing import FileWriting, blob_sha
from tests.support.gitea_answers import AnsweringGitea, branch, json

META = Repository("ohm/meta")
CREDIT = Credit(OperationId("0" * 32), Login("writer"), "Writer")


def writing(client: GiteaClient) -> FileWriting:
    return FileWriting(client, Signing("http://git.example.org", "bot"), META, "main", CREDIT, "Import")


def tree(**files: bytes) -> httpx.Response:
    entries = [{"path": path, "type": "blob", "sha": blob_sha(content)} for path, content in files.items()]
    return json({"tree": entries, "total_count": len(entries)})


def operations(request: httpx.Request) -> list[tuple[str, str, str | None]]:
    files = httpx.Response(200, content=request.content).json()["files"]
    return [(file["operation"], file["path"], file.get("sha")) for file in files]


@pytest.fixture
def gitea() -> AnsweringGitea:
    made = AnsweringGitea()
    made.on("GET", "repos/ohm/meta/branches/main", json(branch()))
    return made


def test_blob_ids_are_those_of_git() -> None:
    assert blob_sha(b"") == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
    assert blob_sha(b"", like="0" * 64) == "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813"


async def test_files_are_created_updated_or_left_alone(gitea: AnsweringGitea) -> None:
    gitea.on("GET", ".*/git/trees/.*", tree(same=b"1", old=b"1"))
    gitea.on("POST", "repos/ohm/meta/contents", json({"commit": {"sha": "d" * 40}}, 201))
    async with GiteaClient("http://git.example.org", "t", transport=gitea.transport) as client:
        made = await writing(client).run({"same": b"1", "old": b"2", "new": b"3"})
    assert made == CommitSha("d" * 40)
    assert operations(gitea.requests[-1]) == [("update", "old", blob_sha(b"1")), ("create", "new", None)]


@pytest.mark.parametrize("status", [409, 422, 500])
async def test_after_a_lost_race_what_is_still_missing_is_written_once_more(
    gitea: AnsweringGitea, status: int
) -> None:
    gitea.on("GET", ".*/git/trees/.*", tree(), tree(first=b"1", second=b"other"))
    answers = [json({"message": "x"}, status), json({"commit": {"sha": "d" * 40}}, 201)]
    gitea.on("POST", "repos/ohm/meta/contents", *answers)
    async with GiteaClient("http://git.example.org", "t", transport=gitea.transport) as client:
        made = await writing(client).run({"first": b"1", "second": b"2"})
    assert made == CommitSha("d" * 40)
    assert operations(gitea.requests[-1]) == [("update", "second", blob_sha(b"other"))]


@pytest.mark.parametrize(("status", "kind"), [(422, GiteaConflict), (500, Upstream)])
async def test_a_second_failure_is_told(gitea: AnsweringGitea, status: int, kind: type[Upstream]) -> None:
    gitea.on("GET", ".*/git/trees/.*", tree())
    gitea.on("POST", "repos/ohm/meta/contents", httpx.Response(status))
    async with GiteaClient("http://git.example.org", "t", transport=gitea.transport) as client:
        with pytest.raises(kind):
            await writing(client).run({"first": b"1"})
    assert gitea.seen.count("POST repos/ohm/meta/contents") == 2


async def test_large_imports_are_cut_into_commits(gitea: AnsweringGitea) -> None:
    gitea.on("GET", ".*/git/trees/.*", tree())
    gitea.on("POST", "repos/ohm/meta/contents", json({"commit": {"sha": "d" * 40}}, 201))
    async with GiteaClient("http://git.example.org", "t", transport=gitea.transport) as client:
        await writing(client).run({f"big-{n}": b"x" * 3_000_000 for n in range(3)})
        await writing(client).run({f"small-{n}": b"x" for n in range(401)})
    posts = [len(operations(request)) for request in gitea.requests if request.method == "POST"]
    assert posts == [1, 1, 1, 200, 200, 1]
