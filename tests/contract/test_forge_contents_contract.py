"""Reading and writing files (FACTS A.3, §0.1, §0.2, §0.12)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.contract.conftest import Repo, encoded

OTHER_SHA = "1" * 40


def test_a_file_is_created_by_its_author(repo: Repo) -> None:
    body = {
        "content": encoded("text\n"),
        "message": "  Say it\n\nRFC-Op: 1  ",
        "author": {"name": "Ann", "email": "ann@example.org"},
        "committer": {"name": "Bot", "email": "bot@example.org"},
    }

    answer = repo.send("POST", "/contents/docs/a.md", body)
    made = answer.json()

    assert answer.status_code == 201
    assert (made["content"]["path"], made["content"]["content"]) == ("docs/a.md", encoded("text\n"))
    assert made["commit"]["message"] == "Say it\n\nRFC-Op: 1\n"
    assert (made["commit"]["author"]["name"], made["commit"]["committer"]["name"]) == ("Ann", "Bot")
    assert made["commit"]["author"]["date"].endswith("Z")
    assert made["verification"]["verified"] is False


@pytest.mark.parametrize("given", ["author", "committer"])
def test_one_signature_serves_for_both(repo: Repo, given: str) -> None:
    body = {"content": encoded("x"), given: {"name": "Ann", "email": "ann@example.org"}}

    commit = repo.send("POST", "/contents/a.md", body).json()["commit"]

    assert (commit["author"]["name"], commit["committer"]["name"]) == ("Ann", "Ann")


def test_without_a_signature_the_bot_signs(repo: Repo) -> None:
    commit = repo.write("a.md", "x")["commit"]

    assert commit["author"]["name"] == "Bot"


def test_dates_keep_their_zone_in_the_commit(repo: Repo) -> None:
    body = {
        "content": encoded("x"),
        "dates": {"author": "2026-01-02T15:04:05+01:00"},
        "author": {"name": "A", "email": "a@b"},
    }
    sha = repo.send("POST", "/contents/a.md", body).json()["commit"]["sha"]

    shown = repo.get(f"/git/commits/{sha}").json()

    assert shown["commit"]["author"]["date"] == "2026-01-02T15:04:05+01:00"


def test_a_file_is_read_back_at_once(repo: Repo) -> None:
    made = repo.write("docs/a.md", "text\n")

    shown = repo.get("/contents/docs/a.md").json()

    assert (shown["type"], shown["encoding"], shown["content"]) == ("file", "base64", encoded("text\n"))
    assert (shown["sha"], shown["last_commit_sha"]) == (made["content"]["sha"], made["commit"]["sha"])


def test_a_folder_is_listed_without_contents(repo: Repo) -> None:
    first = repo.write("docs/a.md", "a")["commit"]["sha"]
    second = repo.write("docs/b.md", "b")["commit"]["sha"]

    listed = repo.get("/contents/docs").json()

    assert [(entry["name"], entry["last_commit_sha"], entry["content"]) for entry in listed] == [
        ("a.md", first, None),
        ("b.md", second, None),
    ]


def test_a_file_is_created_once(repo: Repo) -> None:
    repo.write("a.md", "x")

    assert repo.send("POST", "/contents/a.md", {"content": encoded("y")}).status_code == 422


@pytest.mark.parametrize(
    ("path", "content", "branch", "status"),
    [
        (".git/config", encoded("x"), "main", 422),
        ("a.md", "no base64!", "main", 422),
        ("README.md/below.md", encoded("x"), "main", 422),
        ("a.md", encoded("x"), "nothing", 404),
    ],
)
def test_a_bad_write_is_refused(repo: Repo, path: str, content: str, branch: str, status: int) -> None:
    answer = repo.send("POST", f"/contents/{path}", {"content": content, "branch": branch})

    assert answer.status_code == status


def test_a_stale_sha_is_422_with_both(repo: Repo) -> None:
    sha = repo.write("a.md", "x")["content"]["sha"]

    answer = repo.send("PUT", "/contents/a.md", {"content": encoded("y"), "sha": OTHER_SHA})

    assert (answer.status_code, answer.json()["message"]) == (
        422,
        f"sha does not match [given: {OTHER_SHA}, expected: {sha}]",
    )


def test_an_update_without_a_sha_is_refused_or_creates(repo: Repo) -> None:
    answer = repo.send("PUT", "/contents/new.md", {"content": encoded("y")})

    assert answer.status_code in {201, 422}


def test_an_update_of_nothing_is_not_found(repo: Repo) -> None:
    answer = repo.send("PUT", "/contents/none.md", {"content": encoded("y"), "sha": OTHER_SHA})

    assert answer.status_code == 404


def test_the_same_content_still_makes_a_commit(repo: Repo) -> None:
    before = repo.write("a.md", "x")["commit"]["sha"]

    after = repo.update("a.md", "x")["commit"]

    assert [parent["sha"] for parent in after["parents"]] == [before]


def test_a_file_is_moved(repo: Repo) -> None:
    sha = repo.write("old.md", "x")["content"]["sha"]

    answer = repo.send(
        "PUT", "/contents/new.md", {"content": encoded("y"), "sha": sha, "from_path": "old.md"}
    )

    assert (answer.status_code, repo.get("/contents/old.md").status_code) == (200, 404)
    assert repo.get("/raw/new.md").text == "y"


def test_a_file_is_deleted(repo: Repo) -> None:
    sha = repo.write("a.md", "x")["content"]["sha"]

    answer = repo.send("DELETE", "/contents/a.md", {"sha": sha})

    assert (answer.status_code, answer.json()["content"]) == (200, None)
    assert repo.get("/contents/a.md").status_code == 404


def test_a_stale_deletion_is_refused(repo: Repo) -> None:
    repo.write("a.md", "x")

    assert repo.send("DELETE", "/contents/a.md", {"sha": OTHER_SHA}).status_code in {400, 422}


def test_a_write_to_a_new_branch_leaves_the_old_one(repo: Repo) -> None:
    body = {"content": encoded("x"), "branch": "main", "new_branch": "work"}

    made = repo.send("POST", "/contents/a.md", body)
    again = repo.send("POST", "/contents/b.md", body)

    assert (made.status_code, again.status_code) == (201, 422)
    assert (repo.get("/contents/a.md").status_code, repo.get("/raw/a.md", ref="work").text) == (404, "x")


def change(operation: str, path: str, text: str = "", **more: Any) -> dict[str, Any]:
    return {"operation": operation, "path": path, "content": encoded(text), **more}


def test_several_files_change_in_one_commit(repo: Repo) -> None:
    repo.write("old.md", "old")
    sha = repo.write("kept.md", "kept")["content"]["sha"]
    files = [
        change("create", "new.md", "new"),
        change("update", "kept.md", "changed", sha=sha),
        {"operation": "delete", "path": "old.md"},
    ]

    answer = repo.send("POST", "/contents", {"files": files, "message": "All at once"})

    made = answer.json()
    assert answer.status_code == 201
    assert [file and file["path"] for file in made["files"]] == ["new.md", "kept.md", None]
    assert repo.get("/commits", limit=1).json()[0]["commit"]["message"] == "All at once\n"
    assert sorted(entry["name"] for entry in repo.get("/contents").json()) == [
        "README.md",
        "kept.md",
        "new.md",
    ]


def test_one_bad_file_spoils_the_whole_commit(repo: Repo) -> None:
    files = [change("create", "new.md", "x"), change("create", "README.md", "x")]

    answer = repo.send("POST", "/contents", {"files": files})

    assert (answer.status_code, repo.get("/contents/new.md").status_code) == (422, 404)


def test_without_a_sha_the_last_writer_wins(repo: Repo) -> None:
    repo.write("a.md", "x")

    answer = repo.send("POST", "/contents", {"files": [change("update", "a.md", "blind")]})

    assert (answer.status_code, repo.get("/raw/a.md").text) == (201, "blind")


def test_an_unknown_operation_is_500(repo: Repo) -> None:
    assert repo.send("POST", "/contents", {"files": [change("explode", "a.md")]}).status_code == 500


def test_a_default_message_names_the_files(repo: Repo) -> None:
    repo.send("POST", "/contents", {"files": [change("create", "a.md"), change("create", "b.md")]})

    assert repo.get("/commits", limit=1).json()[0]["commit"]["message"] == "Add a.md, b.md\n"


def test_many_files_are_read_at_once(repo: Repo) -> None:
    repo.write("a.md", "a")

    answer = repo.send("POST", "/file-contents", {"files": ["a.md", "none.md"]})

    assert (answer.status_code, [file and file["path"] for file in answer.json()]) == (200, ["a.md", None])


def test_a_file_comes_with_what_is_asked_for(repo: Repo) -> None:
    repo.write("a.md", "a")

    shown = repo.get("/contents-ext/a.md", includes="file_content").json()
    unknown = repo.get("/contents-ext/a.md", includes="nonsense")

    assert (shown["file_contents"]["content"], unknown.status_code) == (encoded("a"), 400)


def test_concurrent_writes_lose_nothing_they_confirmed(repo: Repo) -> None:
    def write(number: int) -> bool:
        answer = repo.send("POST", f"/contents/f{number}.md", {"content": encoded(str(number))})
        assert answer.status_code in {201, 500}
        return answer.status_code == 201

    with ThreadPoolExecutor(8) as pool:
        confirmed = [number for number, done in enumerate(pool.map(write, range(16))) if done]

    there = {entry["name"] for entry in repo.get("/contents").json()}
    assert there == {"README.md", *(f"f{number}.md" for number in confirmed)}
