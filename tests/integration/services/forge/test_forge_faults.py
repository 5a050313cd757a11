"""The forge misbehaves when told to, and only then."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.support.forge import RunningForge, running_forge, wait_until
from tests.support.forge_repository import ForgeRepository, encoded


def test_an_answer_is_held_after_its_effect(repo: ForgeRepository, forge: RunningForge) -> None:
    forge.faults.set({"method": "POST", "path": "/contents/a.md", "action": "delay_after"})

    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(repo.send, "POST", "/contents/a.md", {"content": encoded("x")})
        forge.faults.wait_held()
        there = repo.get("/contents/a.md").status_code
        done_early = answer.done()
        forge.faults.release()

    assert (there, done_early, answer.result().status_code) == (200, False, 201)


def test_a_request_is_held_before_its_effect(repo: ForgeRepository, forge: RunningForge) -> None:
    forge.faults.set({"method": "POST", "path": "/contents/a.md", "action": "delay_before"})

    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(repo.send, "POST", "/contents/a.md", {"content": encoded("x")})
        forge.faults.wait_held()
        there = repo.get("/contents/a.md").status_code
        forge.faults.clear()

    assert (there, answer.result().status_code) == (404, 201)


def test_a_status_is_answered_as_often_as_asked(repo: ForgeRepository, forge: RunningForge) -> None:
    rule = {
        "path": "/branches",
        "action": "status",
        "status": 503,
        "body": '{"message": "later"}',
        "times": 2,
    }
    forge.faults.set(rule)

    statuses = [repo.get("/branches").status_code for _ in range(3)]

    assert (statuses, forge.faults.rules()[0]["hits"]) == ([503, 503, 200], 2)


def test_a_proxy_page_comes_instead_of_json(repo: ForgeRepository, forge: RunningForge) -> None:
    forge.faults.set({"path": "/branches", "action": "html", "times": 1})

    answer = repo.get("/branches")

    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html; charset=utf-8")


@pytest.mark.parametrize(("action", "there"), [("drop", 404), ("drop_after", 200)])
def test_a_connection_is_cut(repo: ForgeRepository, forge: RunningForge, action: str, there: int) -> None:
    forge.faults.set({"method": "POST", "path": "/contents/a.md", "action": action, "times": 1})

    with pytest.raises(httpx.TransportError):
        repo.send("POST", "/contents/a.md", {"content": encoded("x")})

    assert repo.get("/contents/a.md").status_code == there


def test_an_error_is_answered_although_the_effect_happened(
    repo: ForgeRepository, forge: RunningForge
) -> None:
    forge.faults.set({"method": "POST", "path": "/contents/a.md", "action": "status_after", "times": 1})

    answer = repo.send("POST", "/contents/a.md", {"content": encoded("x")})

    assert (answer.status_code, repo.get("/contents/a.md").status_code) == (500, 200)


def test_mergeability_may_never_be_known(repo: ForgeRepository, forge: RunningForge) -> None:
    forge.faults.switch(mergeability="never")
    number = repo.pull()

    unknown = repo.get(f"/pulls/{number}").json()["mergeable"]
    refused = repo.send("POST", f"/pulls/{number}/merge", {"Do": "merge"})
    forge.faults.clear()
    repo.settled(number)

    assert (unknown, refused.status_code, refused.json()["message"]) == (False, 405, "Please try again later")


def test_mergeability_may_take_its_time(repo: ForgeRepository, forge: RunningForge) -> None:
    forge.faults.switch(mergeability=0.5)
    begun = time.monotonic()

    number = repo.pull()
    repo.settled(number)

    assert time.monotonic() - begun > 0.5


def test_racing_writes_may_fail(repo: ForgeRepository, forge: RunningForge) -> None:
    forge.faults.switch(racing_writes_fail=True)

    def write(number: int) -> int:
        body = {"content": encoded("x")}
        with httpx.Client(
            base_url=forge.url, auth=forge.admin.auth, trust_env=False, timeout=30, verify=False
        ) as client:
            return client.post(f"{repo.path}/contents/f{number}.md", json=body).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(write, range(32)))

    there = [entry["name"] for entry in repo.get("/contents").json()]
    assert set(statuses) <= {201, 500}
    assert len(there) == 1 + statuses.count(201)


def deliveries(repo: ForgeRepository, hook: int) -> list[dict[str, Any]]:
    return [each for each in repo.get(f"/hooks/{hook}/deliveries").json() if each["state"] != "pending"]


def hook(repo: ForgeRepository, url: str) -> int:
    config = {"url": url, "content_type": "json", "secret": "s"}
    made = repo.send(
        "POST", "/hooks", {"type": "gitea", "active": True, "events": ["push"], "config": config}
    )
    return int(made.json()["id"])


def test_webhooks_may_be_lost(repo: ForgeRepository, forge: RunningForge) -> None:
    number = hook(repo, f"{forge.url}/nowhere")
    forge.faults.switch(webhooks_lost=True)
    repo.write("a.md", "x")
    forge.faults.clear()
    kept = repo.write("b.md", "x")

    wait_until(lambda: deliveries(repo, number), what="the second webhook")

    assert [kept in each["payload"] for each in deliveries(repo, number)] == [True]


@pytest.mark.parametrize(("switch", "hits"), [("webhooks_duplicated", 2), ("webhooks_reordered", 1)])
def test_webhooks_may_come_twice_or_late(
    repo: ForgeRepository, forge: RunningForge, switch: str, hits: int
) -> None:
    forge.faults.switch(**{switch: True})
    forge.faults.set({"path": "^/listener$", "action": "status", "status": 200})
    number = hook(repo, f"{forge.url}/listener")
    repo.write("a.md", "x")

    forge.faults.wait_hit(0, hits)
    wait_until(lambda: deliveries(repo, number), what="the delivery's record")

    assert [(each["state"], each["status"]) for each in deliveries(repo, number)] == [("succeeded", 200)]


def test_a_failed_webhook_is_not_tried_again(repo: ForgeRepository, forge: RunningForge) -> None:
    forge.faults.set({"path": "^/listener$", "action": "status", "status": 500})
    number = hook(repo, f"{forge.url}/listener")
    repo.write("a.md", "x")
    repo.write("b.md", "x")

    wait_until(lambda: len(deliveries(repo, number)) == 2, what="two tries")

    assert forge.faults.rules()[0]["hits"] == 2
    assert [each["state"] for each in deliveries(repo, number)] == ["failed", "failed"]


def test_only_site_admins_pull_the_strings(forge: RunningForge) -> None:
    forge.create_user("nosy")

    answer = httpx.post(
        f"{forge.url}/api/forge/faults", json=[], auth=("nosy", "nosy"), trust_env=False, timeout=30
    )

    assert (
        answer.status_code,
        httpx.get(f"{forge.url}/api/forge/faults", trust_env=False, timeout=30).status_code,
    ) == (
        403,
        403,
    )


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("1.21", {"put": 422, "delete": 400, "errors": True, "compare": 404, "branches": []}),
        ("1.25", {"put": 422, "delete": 422, "errors": True, "compare": 200, "branches": []}),
        ("1.27", {"put": 201, "delete": 422, "errors": False, "compare": 200, "branches": None}),
    ],
)
def test_versions_differ_where_gitea_does(
    repo: ForgeRepository, forge: RunningForge, version: str, expected: dict[str, Any]
) -> None:
    empty = forge.admin.post("/api/v1/orgs/acme/repos", json={"name": f"empty-{repo.name}"}).json()[
        "full_name"
    ]
    forge.faults.switch(version=version)

    found = {
        "put": repo.send("PUT", "/contents/new.md", {"content": encoded("x")}).status_code,
        "delete": repo.send("DELETE", "/contents/README.md", {"sha": "1" * 40}).status_code,
        "errors": "errors" in repo.get("/branches/nothing").json(),
        "compare": repo.get("/compare/main...main").status_code,
        "branches": forge.admin.get(f"/api/v1/repos/{empty}/branches").json(),
    }

    assert found == expected
    assert forge.admin.get("/api/v1/version").json()["version"].startswith(version)


def test_a_newer_gitea_moves_a_branch_by_compare_and_swap(repo: ForgeRepository, forge: RunningForge) -> None:
    forge.faults.switch(version="1.27")
    old = repo.tip()
    new = repo.write("a.md", "x")
    repo.send("POST", "/branches", {"new_branch_name": "work", "old_ref_name": old})
    body = {"new_commit_id": new, "old_commit_id": old}

    moved, again = (repo.send("PUT", "/branches/work", body).status_code for _ in range(2))

    assert (moved, again, repo.tip("work")) == (204, 409, new)


def test_a_newer_gitea_asks_for_both_scopes(forge: RunningForge, repo: ForgeRepository) -> None:
    token = forge.create_token(forge.admin_user, forge.admin_password, ["write:organization"])
    headers = {"Authorization": f"token {token}"}
    address = f"{forge.url}/api/v1/orgs/acme/repos"
    statuses = []
    for version in ("1.25", "1.27"):
        forge.faults.switch(version=version)
        body = {"name": f"v{version}-{repo.name}"}
        statuses.append(
            httpx.post(address, json=body, headers=headers, trust_env=False, timeout=30).status_code
        )

    assert statuses == [201, 403]


def test_faults_are_off_unless_asked_for(tmp_path_factory: pytest.TempPathFactory) -> None:
    with running_forge(tmp_path_factory, faults=False) as plain:
        assert plain.admin.get("/api/forge/faults").status_code == 404
