"""Webhooks (FACTS A.5, §0.5 to §0.9)."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import pytest

from tests.contract.conftest import Place, Receiver, Repo, encoded, hook_body, unique

ZERO = "0" * 40


def hook(repo: Repo, receiver: Receiver, **options: Any) -> dict[str, Any]:
    made = repo.send("POST", "/hooks", hook_body(receiver.url, **options))
    assert made.status_code == 201, made.text
    return dict(made.json())


def test_a_hook_never_shows_its_secret(repo: Repo, receiver: Receiver) -> None:
    made = hook(repo, receiver)

    assert made["config"] == {"url": receiver.url, "content_type": "json"}
    assert repo.get(f"/hooks/{made['id']}").json()["config"] == made["config"]


@pytest.mark.parametrize(
    "change",
    [
        {"type": "nonsense"},
        {"config": {"content_type": "json"}},
        {"config": {"url": "http://127.0.0.1/x", "content_type": "xml"}},
    ],
)
def test_a_bad_hook_is_refused(repo: Repo, change: dict[str, Any]) -> None:
    answer = repo.send("POST", "/hooks", hook_body("http://127.0.0.1/x") | change)

    assert answer.status_code == 422


def test_a_hook_without_active_is_off(repo: Repo, receiver: Receiver) -> None:
    body = hook_body(receiver.url)
    del body["active"]

    assert repo.send("POST", "/hooks", body).json()["active"] is False


def test_a_push_arrives_signed_over_its_bytes(repo: Repo, receiver: Receiver, place: Place) -> None:
    hook(repo, receiver, events=["push"], secret="hush")
    made = repo.write("docs/a.md", "x")["commit"]

    push = receiver.wait_for("push")

    expected = hmac.new(b"hush", push.body, hashlib.sha256).hexdigest()
    document = push.document
    assert push.headers["x-gitea-signature"] == expected
    assert push.headers["x-hub-signature-256"] == f"sha256={expected}"
    assert (push.headers["content-type"], len(push.headers["x-gitea-delivery"])) == ("application/json", 36)
    assert push.body.startswith(b'{\n  "')
    assert (document["ref"], document["after"], document["total_commits"]) == (
        "refs/heads/main",
        made["sha"],
        1,
    )
    assert [commit["added"] for commit in document["commits"]] == [["docs/a.md"]]
    assert (document["pusher"]["login"], document["sender"]["login"]) == (place.bot_login, place.bot_login)
    assert document["repository"]["full_name"] == f"{place.org}/{repo.name}"


def test_without_a_secret_the_signature_is_empty(repo: Repo, receiver: Receiver) -> None:
    hook(repo, receiver, events=["push"], secret="")
    repo.write("a.md", "x")

    assert receiver.wait_for("push").headers["x-gitea-signature"] == ""


def test_a_push_shows_five_commits_and_counts_all(repo: Repo, receiver: Receiver) -> None:
    repo.branch("work")
    for number in range(7):
        repo.write(f"f{number}.md", "x", "work")
    hook(repo, receiver, events=["push"])
    repo.send("POST", "/pulls", {"head": "work", "base": "main", "title": "T"})
    repo.merge(1)

    document = receiver.wait_for("push").document

    assert (len(document["commits"]), document["total_commits"]) == (5, 8)
    assert document["head_commit"]["id"] == document["after"]


def test_a_new_branch_sends_create_then_push(repo: Repo, receiver: Receiver) -> None:
    for number in range(12):
        repo.write(f"f{number}.md", "x")
    hook(repo, receiver)
    repo.branch("feature/x")

    create, push = receiver.wait_for("create").document, receiver.wait_for("push").document

    assert (create["ref"], create["ref_type"], create["sha"]) == ("feature/x", "branch", push["after"])
    assert (push["before"], push["ref"], push["total_commits"]) == (ZERO, "refs/heads/feature/x", 10)


def test_a_deleted_branch_sends_delete_alone(repo: Repo, receiver: Receiver) -> None:
    repo.branch("work")
    hook(repo, receiver)
    repo.send("DELETE", "/branches/work")
    repo.write("after.md", "x")  # its push arrives last, so nothing else was sent between

    deleted = receiver.wait_for("delete").document
    receiver.wait_for("push")

    assert (deleted["ref"], deleted["ref_type"], deleted["pusher_type"]) == ("work", "branch", "user")
    assert [each.event for each in receiver.received] == ["delete", "push"]


def test_the_life_of_a_pull_request_is_told(repo: Repo, receiver: Receiver) -> None:
    hook(repo, receiver, events=["pull_request"])
    repo.pull()
    repo.send("PATCH", "/pulls/1", {"title": "New"})
    repo.send("PATCH", "/pulls/1", {"state": "closed"})
    repo.send("PATCH", "/pulls/1", {"state": "open"})
    second = repo.write("second.md", "x", "change")["commit"]["sha"]

    told = {
        action: receiver.wait_for("pull_request", action)
        for action in ("opened", "edited", "closed", "reopened", "synchronized")
    }

    assert (told["opened"].document["number"], told["opened"].document["pull_request"]["title"]) == (
        1,
        "Add change",
    )
    assert told["edited"].document["changes"] == {"title": {"from": "Add change"}}
    assert told["closed"].document["pull_request"]["merged"] is False
    assert told["synchronized"].headers["x-gitea-event-type"] == "pull_request_sync"
    assert told["synchronized"].document["pull_request"]["head"]["sha"] == second


def test_a_merge_is_closed_with_merged_true(repo: Repo, receiver: Receiver) -> None:
    repo.pull()
    hook(repo, receiver)
    repo.merge(1)

    closed, push = receiver.wait_for("pull_request", "closed").document, receiver.wait_for("push").document

    assert (closed["pull_request"]["merged"], push["ref"]) == (True, "refs/heads/main")
    assert closed["pull_request"]["merge_commit_sha"] == push["after"]


def test_an_organization_hears_of_its_repositories(place: Place, receiver: Receiver) -> None:
    made = place.bot.post(f"/orgs/{place.org}/hooks", json=hook_body(receiver.url, events=["repository"]))
    repo = place.repository()
    repo.send("DELETE", "")

    created = receiver.wait_for("repository", "created").document
    deleted = receiver.wait_for("repository", "deleted").document
    place.bot.delete(f"/orgs/{place.org}/hooks/{made.json()['id']}")

    assert made.status_code == 201
    assert (created["repository"]["name"], created["organization"]["username"]) == (repo.name, place.org)
    assert deleted["repository"]["name"] == repo.name


def test_a_hooks_secret_cannot_be_changed(repo: Repo, receiver: Receiver) -> None:
    number = hook(repo, receiver, events=["push"], secret="old")["id"]
    config = {"url": receiver.url, "content_type": "json", "secret": "new"}
    changed = repo.send("PATCH", f"/hooks/{number}", {"config": config, "events": ["push"]})
    repo.write("a.md", "x")

    push = receiver.wait_for("push")

    signed = hmac.new(b"old", push.body, hashlib.sha256).hexdigest()
    assert (changed.status_code, push.headers["x-gitea-signature"]) == (200, signed)


def test_an_edit_without_events_leaves_push_only(repo: Repo, receiver: Receiver) -> None:
    number = hook(repo, receiver, branch_filter="main")["id"]

    changed = repo.send("PATCH", f"/hooks/{number}", {"active": True}).json()

    assert (changed["events"], changed["branch_filter"]) == (["push"], "")


def test_a_test_sends_a_push_that_moved_nothing(repo: Repo, receiver: Receiver) -> None:
    number = hook(repo, receiver, events=["push"])["id"]

    answer = repo.send("POST", f"/hooks/{number}/tests")
    document = receiver.wait_for("push").document

    assert (answer.status_code, document["before"]) == (204, document["after"])


def test_a_test_without_the_push_event_sends_nothing(repo: Repo, receiver: Receiver) -> None:
    silent = hook(repo, receiver, events=["delete"])["id"]
    loud = hook(repo, receiver, events=["push"])["id"]

    answers = [repo.send("POST", f"/hooks/{number}/tests").status_code for number in (silent, loud)]
    receiver.wait(1)

    assert (answers, len(receiver.received)) == ([204, 204], 1)


def test_a_branch_filter_keeps_others_out(repo: Repo, receiver: Receiver) -> None:
    hook(repo, receiver, events=["push"], branch_filter="topic*")
    repo.branch("other")
    repo.branch("topic/1")
    repo.write("o.md", "x", "other")
    repo.write("w.md", "x", "topic/1")

    receiver.wait(2)

    assert {each.document["ref"] for each in receiver.received} == {"refs/heads/topic/1"}


def test_hooks_are_listed_and_removed(repo: Repo, receiver: Receiver) -> None:
    number = hook(repo, receiver)["id"]

    listed = [each["id"] for each in repo.get("/hooks").json()]
    removed = repo.send("DELETE", f"/hooks/{number}").status_code

    assert (listed, removed, repo.get(f"/hooks/{number}").status_code) == ([number], 204, 404)


def test_a_direct_commit_by_a_person_is_told_under_their_name(
    repo: Repo, receiver: Receiver, place: Place
) -> None:
    hook(repo, receiver, events=["push"])
    body = {"content": encoded("x"), "author": {"name": "Ann", "email": f"{unique('ann')}@example.org"}}
    repo.send("POST", "/contents/a.md", body)

    commit = receiver.wait_for("push").document["commits"][0]

    assert (commit["author"]["name"], commit["author"]["username"]) == ("Ann", "")
