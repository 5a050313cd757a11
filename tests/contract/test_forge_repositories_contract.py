"""Repositories, branches, commits, trees and raw files (FACTS A.1, A.2, §0.13, §0.14)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.contract.conftest import Place, Repo, Server, encoded, unique

NewUser = Callable[[str], dict[str, Any]]


def test_a_repository_starts_with_one_commit_when_asked(repo: Repo) -> None:
    shown = repo.get().json()
    commits = repo.get("/commits").json()

    assert (shown["empty"], shown["default_branch"]) == (False, "main")
    assert [commit["commit"]["message"].strip() for commit in commits] == ["Initial commit"]


def test_a_repository_name_is_given_once(repo: Repo, place: Place) -> None:
    answer = place.bot.post(f"/orgs/{place.org}/repos", json={"name": repo.name})

    assert answer.status_code == 409
    assert answer.json()["message"] == "The repository with the same name already exists."


@pytest.mark.parametrize("name", ["..", "with space", "", "x.git"])
def test_a_bad_repository_name_is_refused(place: Place, name: str) -> None:
    assert place.bot.post(f"/orgs/{place.org}/repos", json={"name": name}).status_code == 422


def test_a_stranger_creates_no_repository(place: Place, new_user: NewUser, server: Server) -> None:
    with server.by_token(new_user("ann")["login"], ["all"]) as person:
        answer = person.post(f"/orgs/{place.org}/repos", json={"name": unique("r")})

    assert answer.status_code == 403


def test_private_repositories_do_not_exist_for_strangers(
    place: Place, new_user: NewUser, server: Server
) -> None:
    repo = place.repository(private=True)
    with server.by_token(new_user("ann")["login"], ["all"]) as person:
        assert person.get(repo.path).status_code == 404


def test_lists_are_cut_at_fifty_and_counted(server: Server, admin: httpx.Client) -> None:
    org = unique("many")
    admin.post("/orgs", json={"username": org})
    for number in range(52):
        admin.post(f"/orgs/{org}/repos", json={"name": f"r{number:02}"})

    first = admin.get(f"/orgs/{org}/repos", params={"limit": 100})
    second = admin.get(f"/orgs/{org}/repos", params={"limit": 50, "page": 2})

    assert (len(first.json()), first.headers["x-total-count"], len(second.json())) == (50, "52", 2)
    assert [part.split("; ")[1] for part in first.headers["link"].split(",")] == ['rel="next"', 'rel="last"']
    assert [part.split("; ")[1] for part in second.headers["link"].split(",")] == [
        'rel="first"',
        'rel="prev"',
    ]


def test_a_repository_is_changed(repo: Repo) -> None:
    answer = repo.send("PATCH", "", {"description": "Said", "private": True})

    assert (answer.status_code, answer.json()["description"], answer.json()["private"]) == (200, "Said", True)


def test_a_renamed_repository_is_redirected(repo: Repo, place: Place) -> None:
    name = unique("moved")

    renamed = repo.send("PATCH", "", {"name": name})
    old = repo.get()

    assert (renamed.status_code, renamed.json()["name"]) == (200, name)
    assert (old.status_code, old.headers["location"].endswith(f"/{name}")) == (301, True)


def test_an_archived_repository_takes_no_writes(repo: Repo) -> None:
    repo.send("PATCH", "", {"archived": True})

    answer = repo.send("POST", "/contents/a.md", {"content": encoded("a")})

    assert answer.status_code == 423


def test_a_repository_is_deleted(repo: Repo) -> None:
    assert (repo.send("DELETE", "").status_code, repo.get().status_code) == (204, 404)


def test_only_owners_delete(repo: Repo, new_user: NewUser, server: Server) -> None:
    with server.by_token(new_user("ann")["login"], ["all"]) as person:
        answer = person.delete(repo.path)

    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("path", "status"),
    [("/commits", 409), ("/git/trees/main", 400), ("/raw/README.md", 404), ("/contents", 404)],
)
def test_an_empty_repository_says_so(empty_repo: Repo, path: str, status: int) -> None:
    assert empty_repo.get(path).status_code == status


def test_an_empty_repository_has_no_branches_and_takes_none(empty_repo: Repo) -> None:
    created = empty_repo.send("POST", "/branches", {"new_branch_name": "x"})

    assert (empty_repo.get("/branches").json() or [], created.status_code) == ([], 404)


def test_the_first_write_names_the_default_branch(empty_repo: Repo) -> None:
    empty_repo.write("a.md", "a", "trunk")

    shown = empty_repo.get().json()

    assert (shown["default_branch"], shown["empty"]) == ("trunk", False)


def test_branches_are_listed_newest_commit_first(repo: Repo) -> None:
    for name in ("zeta", "alpha", "feature/one"):
        repo.branch(name)

    names = [branch["name"] for branch in repo.get("/branches").json()]

    assert names == ["alpha", "feature/one", "main", "zeta"]


@pytest.mark.parametrize("written", ["feature/x", quote("feature/x", safe="")])
def test_branch_names_have_slashes(repo: Repo, written: str) -> None:
    repo.branch("feature/x")

    assert repo.get(f"/branches/{written}").json()["name"] == "feature/x"


def test_an_unknown_branch_is_not_found(repo: Repo) -> None:
    assert repo.get("/branches/nothing").status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"new_branch_name": "main"}, 409),
        ({"new_branch_name": "main/below"}, 409),
        ({"new_branch_name": "new", "old_branch_name": "nothing"}, 404),
        ({"new_branch_name": "new", "old_ref_name": "nothing"}, 500),
        ({"new_branch_name": "a..b"}, 422),
        ({}, 422),
    ],
)
def test_a_bad_branch_is_refused(repo: Repo, body: dict[str, str], status: int) -> None:
    assert repo.send("POST", "/branches", body).status_code == status


def test_a_branch_starts_at_any_commit(repo: Repo) -> None:
    first = repo.get("/branches/main").json()["commit"]["id"]
    repo.write("a.md", "a")

    repo.branch("old", first)

    assert repo.get("/branches/old").json()["commit"]["id"] == first


def test_a_deleted_branch_comes_back_by_its_commit(repo: Repo) -> None:
    repo.branch("work")
    sha = repo.write("w.md", "w", "work")["commit"]["sha"]

    deleted = repo.send("DELETE", "/branches/work").status_code
    repo.branch("work", sha)

    assert (deleted, repo.get("/branches/work").json()["commit"]["id"]) == (204, sha)


def test_the_default_branch_stays(repo: Repo) -> None:
    assert repo.send("DELETE", "/branches/main").status_code == 403


def test_deleting_an_unknown_branch_answers_204_or_404(repo: Repo) -> None:
    assert repo.send("DELETE", "/branches/nothing").status_code in {204, 404}


def test_commits_are_listed_newest_first_with_counts(repo: Repo) -> None:
    repo.write("a.md", "a\n")
    repo.write("b.md", "b\n")

    answer = repo.get("/commits", limit=2)
    newest = answer.json()[0]

    assert [commit["commit"]["message"] for commit in answer.json()] == ["Add b.md\n", "Add a.md\n"]
    assert (answer.headers["x-total-count"], answer.headers["x-hasmore"]) == ("3", "true")
    assert newest["files"] == [{"filename": "b.md", "status": "added"}]
    assert newest["stats"] == {"total": 1, "additions": 1, "deletions": 0}


def test_commits_of_a_path(repo: Repo) -> None:
    repo.write("a.md", "a\n")
    repo.write("b.md", "b\n")
    repo.update("a.md", "aa\n")

    quick = {"stat": "false", "files": "false", "verification": "false"}
    found = repo.get("/commits?path=a.md", **quick).json()

    assert [commit["commit"]["message"] for commit in found] == ["Update a.md\n", "Add a.md\n"]
    assert (found[0]["stats"], found[0]["files"], found[0]["commit"]["verification"]) == (None, None, None)
    assert repo.get("/commits?path=nothing.md").status_code == 404


def test_commits_of_a_branch_without_those_of_another(repo: Repo) -> None:
    repo.branch("work")
    repo.write("w.md", "w", "work")

    found = repo.get("/commits", **{"sha": "work", "not": "main"}).json()

    assert [commit["commit"]["message"] for commit in found] == ["Add w.md\n"]


def test_one_commit_is_shown(repo: Repo) -> None:
    made = repo.write("a.md", "a")["commit"]

    shown = repo.get(f"/git/commits/{made['sha']}").json()

    assert (shown["sha"], shown["commit"]["tree"]["sha"]) == (made["sha"], made["tree"]["sha"])
    assert repo.get(f"/git/commits/{'0' * 40}").status_code == 404


def test_a_tree_is_read_whole_or_in_pages(repo: Repo) -> None:
    repo.write("docs/a.md", "abc")
    commit = repo.get("/branches/main").json()["commit"]["id"]

    whole = repo.get(f"/git/trees/{commit}", recursive="true", per_page=1000).json()
    part = repo.get(f"/git/trees/{commit}", recursive="true", per_page=1, page=2).json()

    assert [(entry["path"], entry["type"], entry["mode"]) for entry in whole["tree"]] == [
        ("README.md", "blob", "100644"),
        ("docs", "tree", "040000"),
        ("docs/a.md", "blob", "100644"),
    ]
    assert (whole["tree"][2]["size"], whole["truncated"], whole["total_count"]) == (3, False, 3)
    assert ([entry["path"] for entry in part["tree"]], part["truncated"]) == (["docs"], True)


def test_an_unknown_tree_is_a_bad_request(repo: Repo) -> None:
    answer = repo.get("/git/trees/nothing")

    assert (answer.status_code, "sha not found" in answer.json()["message"]) == (400, True)


def test_a_blob_is_read_by_its_id(repo: Repo) -> None:
    sha = repo.write("a.md", "text")["content"]["sha"]

    blob = repo.get(f"/git/blobs/{sha}").json()

    assert (blob["content"], blob["encoding"], blob["size"]) == (encoded("text"), "base64", 4)


def test_raw_files_are_cached_by_their_blob(repo: Repo) -> None:
    sha = repo.write("a.md", "text\n")["content"]["sha"]

    first = repo.get("/raw/a.md")
    second = repo.place.bot.get(f"{repo.path}/raw/a.md", headers={"If-None-Match": first.headers["etag"]})

    assert (first.content, first.headers["etag"].strip('"')) == (b"text\n", sha)
    assert (second.status_code, second.content) == (304, b"")


def test_raw_reads_the_default_branch_for_an_unknown_reference(repo: Repo) -> None:
    assert repo.get("/raw/README.md", ref="nothing").status_code == 200
    assert repo.get("/contents/README.md", ref="nothing").status_code == 404


def test_compare_lists_commits_only(repo: Repo) -> None:
    repo.branch("work")
    repo.write("w.md", "w", "work")

    answer = repo.get("/compare/main...work")

    assert (answer.status_code, answer.json()["total_commits"], sorted(answer.json())) == (
        200,
        1,
        ["commits", "total_commits"],
    )
