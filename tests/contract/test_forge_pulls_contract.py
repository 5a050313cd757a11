"""Pull requests, merging and conversation (FACTS A.2, A.4, §0.3, §0.4, §0.11, §0.12)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.conftest import Place, Repo, Server, encoded
from tests.support.forge import wait_until

NewUser = Callable[[str], dict[str, Any]]


def conflicting(repo: Repo) -> int:
    """The number of a pull request that conflicts with its base, once that is known."""
    repo.write("a.md", "one\n")
    repo.branch("theirs")
    repo.update("a.md", "theirs\n", "theirs")
    number = repo.send("POST", "/pulls", {"head": "theirs", "base": "main", "title": "T"}).json()["number"]
    repo.settled(number)
    repo.update("a.md", "ours\n")
    wait_until(lambda: not repo.get(f"/pulls/{number}").json()["mergeable"], what="the conflict to be seen")
    return int(number)


def test_a_pull_request_is_opened(repo: Repo, place: Place) -> None:
    pull = repo.pull("change", body="Because.")

    assert (pull["number"], pull["state"], pull["title"], pull["body"]) == (
        1,
        "open",
        "Add change",
        "Because.",
    )
    assert (pull["head"]["ref"], pull["base"]["ref"], pull["merged"]) == ("change", "main", False)
    assert (pull["user"]["login"], pull["draft"]) == (place.bot_login, False)
    assert pull["head"]["sha"] == repo.get("/branches/change").json()["commit"]["id"]


def test_it_becomes_mergeable(repo: Repo) -> None:
    assert repo.settled(repo.pull()["number"])["mergeable"] is True


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"head": "main", "base": "main", "title": "T"}, 422),
        ({"head": "nothing", "base": "main", "title": "T"}, 404),
        ({"head": "change", "base": "nothing", "title": "T"}, 404),
        ({"head": "change", "base": "main", "title": "T"}, 409),
        ({"base": "main", "title": "T"}, 422),
    ],
)
def test_a_bad_pull_request_is_refused(repo: Repo, body: dict[str, str], status: int) -> None:
    repo.pull()

    assert repo.send("POST", "/pulls", body).status_code == status


def test_pull_requests_are_listed_newest_first(repo: Repo) -> None:
    for name in ("one", "two"):
        repo.pull(name)
    repo.send("PATCH", "/pulls/1", {"state": "closed"})

    numbers = {
        state: [pull["number"] for pull in repo.get("/pulls", state=state).json()]
        for state in ("open", "closed", "all")
    }

    assert numbers == {"open": [2], "closed": [1], "all": [2, 1]}


def test_it_is_found_by_its_branches(repo: Repo) -> None:
    repo.pull("feature/one")

    assert repo.get("/pulls/main/feature/one").json()["number"] == 1
    assert repo.get("/pulls/main/other").status_code == 404


def test_an_unknown_number_is_not_found(repo: Repo) -> None:
    assert repo.get("/pulls/99").status_code == 404


def test_an_edit_answers_201(repo: Repo) -> None:
    repo.pull()

    answer = repo.send("PATCH", "/pulls/1", {"title": "New", "body": "Text"})

    assert (answer.status_code, answer.json()["title"], answer.json()["body"]) == (201, "New", "Text")


def test_it_closes_and_opens_again(repo: Repo) -> None:
    repo.pull()

    closed = repo.send("PATCH", "/pulls/1", {"state": "closed"})
    opened = repo.send("PATCH", "/pulls/1", {"state": "open"})

    assert (closed.status_code, closed.json()["state"], closed.json()["merged"]) == (201, "closed", False)
    assert (opened.status_code, opened.json()["state"], opened.json()["closed_at"]) == (201, "open", None)


def test_files_have_counts_and_no_patch(repo: Repo) -> None:
    repo.write("long.md", "".join(f"line {number}\n" for number in range(20)))
    repo.branch("change")
    sha = repo.get("/contents/long.md").json()["sha"]
    moved = "".join(f"line {number}\n" for number in range(20)) + "more\n"
    files = [
        {"operation": "create", "path": "new.md", "content": encoded("a\nb\n")},
        {
            "operation": "update",
            "path": "moved.md",
            "from_path": "long.md",
            "sha": sha,
            "content": encoded(moved),
        },
        {"operation": "delete", "path": "README.md"},
    ]
    assert repo.send("POST", "/contents", {"files": files, "branch": "change"}).status_code == 201
    repo.send("POST", "/pulls", {"head": "change", "base": "main", "title": "T"})

    answer = repo.get("/pulls/1/files")
    shown = {file["filename"]: (file["status"], file["additions"]) for file in answer.json()}
    previous = [file.get("previous_filename") for file in answer.json() if file["filename"] == "moved.md"]

    assert shown == {"new.md": ("added", 2), "moved.md": ("renamed", 1), "README.md": ("deleted", 0)}
    assert previous == ["long.md"]
    assert (answer.headers["x-total-count"], "patch" in answer.json()[0]) == ("3", False)


def test_its_commits_are_listed(repo: Repo) -> None:
    repo.pull()
    repo.write("second.md", "x", "change")

    def messages() -> list[str]:
        return [commit["commit"]["message"] for commit in repo.get("/pulls/1/commits").json()]

    wait_until(lambda: len(messages()) == 2, what="the second commit")
    assert messages() == ["Add second.md\n", "Add change.md\n"]


def test_its_text_is_a_diff_or_patches(repo: Repo) -> None:
    repo.pull()

    diff, patch = repo.get("/pulls/1.diff"), repo.get("/pulls/1.patch")

    assert (diff.status_code, diff.headers["content-type"].split(";")[0]) == (200, "text/plain")
    assert (diff.text.split("\n")[0], patch.text.split(" ")[0]) == (
        "diff --git a/change.md b/change.md",
        "From",
    )
    assert "+change" in diff.text.split("\n")


def test_a_merge_answers_nothing_and_makes_a_merge_commit(repo: Repo) -> None:
    head = repo.pull()["head"]["sha"]
    base = repo.get("/branches/main").json()["commit"]["id"]
    before = repo.get("/pulls/1/merge").status_code

    answer = repo.merge(1, MergeTitleField="Merge it", MergeMessageField="RFC-Op: 7", head_commit_id=head)

    pull = repo.get("/pulls/1").json()
    commit = repo.get(f"/git/commits/{pull['merge_commit_sha']}").json()
    assert (before, answer.status_code, answer.content) == (404, 200, b"")
    assert (pull["state"], pull["merged"], pull["head"]["sha"]) == ("closed", True, head)
    assert pull["base"]["sha"] == commit["sha"] == repo.get("/branches/main").json()["commit"]["id"]
    assert commit["commit"]["message"] == "Merge it\n\nRFC-Op: 7\n"
    assert [parent["sha"] for parent in commit["parents"]] == [base, head]
    assert repo.get("/pulls/1/merge").status_code == 204
    assert repo.get(f"/commits/{commit['sha']}/pull").json()["number"] == 1


def test_a_default_message_says_what_was_merged(repo: Repo, server: Server) -> None:
    repo.pull()
    repo.merge(1)

    message = repo.get("/commits", limit=1).json()[0]["commit"]["message"]

    assert message.split("\n")[0] == "Merge pull request 'Add change' (#1) from change into main"
    assert f"Reviewed-on: {server.url}{repo.path.removeprefix('/repos')}/pulls/1" in message.split("\n")


def test_a_squash_makes_one_commit(repo: Repo) -> None:
    repo.pull()
    repo.write("second.md", "x", "change")

    answer = repo.merge(1, Do="squash")

    newest = repo.get("/commits", limit=1).json()[0]
    assert (answer.status_code, len(newest["parents"])) == (200, 1)
    assert newest["commit"]["message"].split("\n")[0] == "Add change (#1)"


@pytest.mark.parametrize(("style", "parents"), [("rebase", 1), ("rebase-merge", 2)])
def test_a_rebase_replays_the_commits(repo: Repo, style: str, parents: int) -> None:
    repo.pull()
    repo.write("meanwhile.md", "x")

    answer = repo.merge(1, Do=style)

    newest = repo.get("/commits", limit=1).json()[0]
    assert (answer.status_code, len(newest["parents"])) == (200, parents)
    assert repo.get("/contents/change.md").status_code == 200


def test_a_merged_pull_request_is_not_merged_again(repo: Repo) -> None:
    repo.pull()
    repo.merge(1)

    answer = repo.send("POST", "/pulls/1/merge", {"Do": "merge"})

    assert (answer.status_code, answer.json()["message"]) == (405, "The PR is already merged")


def test_a_merged_pull_request_keeps_its_state(repo: Repo) -> None:
    repo.pull()
    repo.merge(1)

    assert repo.send("PATCH", "/pulls/1", {"state": "open"}).status_code == 412


def test_a_closed_pull_request_is_not_found_for_merging(repo: Repo) -> None:
    repo.pull()
    repo.settled(1)
    repo.send("PATCH", "/pulls/1", {"state": "closed"})

    assert repo.send("POST", "/pulls/1/merge", {"Do": "merge"}).status_code == 404


@pytest.mark.parametrize("title", ["WIP: Not yet", "[WIP] Not yet"])
def test_work_in_progress_is_not_merged(repo: Repo, title: str) -> None:
    repo.pull(title=title)

    answer = repo.send("POST", "/pulls/1/merge", {"Do": "merge"})

    assert (answer.status_code, answer.json()["message"]) == (405, "Work in progress PRs cannot be merged")
    assert repo.get("/pulls/1").json()["draft"] is True


def test_a_moved_head_stops_the_merge(repo: Repo) -> None:
    old = repo.pull()["head"]["sha"]
    repo.write("second.md", "x", "change")

    answer = repo.merge(1, head_commit_id=old)

    assert (answer.status_code, "head out of date" in answer.json()["message"]) == (409, True)


def test_a_conflict_says_try_again_later(repo: Repo) -> None:
    number = conflicting(repo)

    answer = repo.send("POST", f"/pulls/{number}/merge", {"Do": "merge"})

    assert (answer.status_code, answer.json()["message"]) == (405, "Please try again later")


def test_a_reader_does_not_merge(repo: Repo, new_user: NewUser, server: Server) -> None:
    repo.pull()
    repo.settled(1)
    with server.by_token(new_user("ann")["login"], ["all"]) as person:
        answer = person.post(f"{repo.path}/pulls/1/merge", json={"Do": "merge"})

    assert answer.status_code in {403, 405}


def test_an_unwanted_merge_style_is_refused(repo: Repo) -> None:
    repo.pull()
    repo.send("PATCH", "", {"allow_squash_merge": False, "allow_merge_commits": True})

    assert repo.merge(1, Do="squash").status_code == 405


def test_the_branch_goes_with_the_merge_when_asked(repo: Repo) -> None:
    head = repo.pull()["head"]["sha"]
    repo.merge(1, delete_branch_after_merge=True)

    wait_until(lambda: repo.get("/branches/change").status_code == 404, what="the branch to go")
    shown = repo.get("/pulls/1").json()["head"]

    assert (shown["ref"], shown["sha"]) == ("refs/pull/1/head", head)


def test_deleting_the_head_branch_closes_the_pull_request(repo: Repo) -> None:
    repo.pull()

    repo.send("DELETE", "/branches/change")

    wait_until(lambda: repo.get("/pulls/1").json()["state"] == "closed", what="the pull request to close")
    assert repo.get("/pulls/1").json()["merged"] is False


def test_a_push_to_the_base_leads_to_a_new_check(repo: Repo) -> None:
    repo.pull()
    base = repo.write("meanwhile.md", "x")["commit"]["sha"]

    def merges_onto_new_base() -> bool:
        shown = repo.get("/pulls/1").json()
        return bool(shown["mergeable"]) and shown["base"]["sha"] == base

    assert wait_until(merges_onto_new_base, what="the new check") is True


def test_the_base_comes_into_the_head(repo: Repo) -> None:
    repo.pull()
    repo.write("meanwhile.md", "x")

    answer = repo.send("POST", "/pulls/1/update?style=merge")

    assert (answer.status_code, repo.get("/contents/meanwhile.md", ref="change").status_code) == (200, 200)


def test_a_conflicting_update_is_409(repo: Repo) -> None:
    number = conflicting(repo)

    assert repo.send("POST", f"/pulls/{number}/update?style=merge").status_code == 409


def test_the_conversation_needs_the_issue_scope(repo: Repo, place: Place, server: Server) -> None:
    repo.pull()
    with server.by_token(place.bot_login, ["write:repository"]) as weak:
        answer = weak.post(f"{repo.path}/issues/1/comments", json={"body": "x"})

    assert answer.status_code == 403


def test_a_comment_is_kept(repo: Repo) -> None:
    repo.pull()

    made = repo.send("POST", "/issues/1/comments", {"body": "Nice."})
    listed = repo.get("/issues/1/comments").json()

    assert (made.status_code, [comment["body"] for comment in listed]) == (201, ["Nice."])
    assert repo.get("/pulls/1").json()["comments"] == 1


def test_an_empty_comment_is_refused(repo: Repo) -> None:
    repo.pull()

    assert repo.send("POST", "/issues/1/comments", {"body": ""}).status_code == 422


def test_pull_requests_are_searched_across_repositories(place: Place) -> None:
    first, second = place.repository(), place.repository()
    first.pull()
    second.pull()
    second.send("PATCH", "/pulls/1", {"state": "closed"})
    query = {"type": "pulls", "owner": place.org, "state": "all", "limit": 50}

    found = place.bot.get("/repos/issues/search", params={**query, "since": "2020-01-01T00:00:00Z"}).json()
    later = place.bot.get("/repos/issues/search", params={**query, "since": "2099-01-01T00:00:00Z"}).json()

    mine = {(each["repository"]["name"], each["state"]) for each in found}
    assert {(first.name, "open"), (second.name, "closed")} <= mine
    assert later == []
