"""The forge after `kill -9`: nothing confirmed is lost, nothing is half done."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from services.forge.accounts import ensure_admin, find_user
from services.forge.git_refs import HEADS, branch_tip, compare_and_swap, delete_ref
from services.forge.merging import MergeRequest, MergeStyle, merge_pull
from services.forge.organizations import NewOrganization, create_organization
from services.forge.pulls import create_pull, pull_request
from services.forge.records import Pull, Repository, User
from services.forge.recovery import recover
from services.forge.repositories import NewRepository, create_repository, find_repository
from services.forge.settings import ForgeSettings
from services.forge.state import Forge
from tests.support.forge import ADMIN_PASSWORD, ROOT, RunningForge, free_port, wait_until
from tests.support.forge_repository import ForgeRepository, encoded


def test_everything_confirmed_is_there_after_a_kill(repo: ForgeRepository, forge: RunningForge) -> None:
    number = repo.pull()
    repo.send("POST", f"/issues/{number}/comments", {"body": "Said."})
    token = forge.create_token(forge.admin_user, forge.admin_password, ["all"])
    tip = repo.write("last.md", "x")

    forge.kill()
    forge.restart()

    headers = {"Authorization": f"token {token}"}
    assert (
        httpx.get(f"{forge.url}/api/v1/user", headers=headers, trust_env=False, timeout=30).status_code == 200
    )
    assert repo.tip() == tip
    assert [each["body"] for each in repo.get(f"/issues/{number}/comments").json()] == ["Said."]
    repo.settled(number)


@pytest.mark.parametrize("act", ["write", "merge"])
def test_an_unheard_answer_has_its_effect_once(repo: ForgeRepository, forge: RunningForge, act: str) -> None:
    number = repo.pull()
    repo.settled(number)
    path, body = {
        "write": ("/contents/a.md", {"content": encoded("x")}),
        "merge": (f"/pulls/{number}/merge", {"Do": "merge"}),
    }[act]
    forge.faults.set({"method": "POST", "path": path, "action": "delay_after"})

    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(repo.send, "POST", path, body)
        forge.faults.wait_held()
        forge.kill()
        with pytest.raises(httpx.TransportError):
            answer.result()
    forge.restart()

    again = repo.send("POST", path, body).status_code
    messages = [commit["commit"]["message"].split("\n")[0] for commit in repo.get("/commits").json()]
    expected = {
        "write": (422, "Add a.md"),
        "merge": (405, f"Merge pull request 'Add change' (#{number}) from change into main"),
    }
    assert (again, messages.count(expected[act][1])) == (expected[act][0], 1)


def test_webhooks_not_yet_tried_are_sent_after_a_restart(repo: ForgeRepository, forge: RunningForge) -> None:
    config = {"url": f"{forge.url}/listener", "content_type": "json", "secret": "s"}
    hook = repo.send(
        "POST", "/hooks", {"type": "gitea", "active": True, "events": ["push"], "config": config}
    )
    forge.faults.switch(webhooks_delay=60)
    repo.write("a.md", "x")
    forge.kill()
    forge.restart()

    def tried() -> list[str]:
        listed = repo.get(f"/hooks/{hook.json()['id']}/deliveries").json()
        return [each["state"] for each in listed if each["state"] != "pending"]

    wait_until(tried, what="the delivery")

    assert tried() == ["failed"]  # tried: the forge has no such page


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Forge]:
    """A forge without a server."""
    made = Forge(ForgeSettings(data=tmp_path, root_url="http://127.0.0.1:1", admin_password=ADMIN_PASSWORD))
    ensure_admin(made)
    yield made
    made.database.close()


@pytest.fixture
def opened(state: Forge) -> tuple[Repository, User, Pull]:
    """A repository with an open pull request from `work`."""
    admin = find_user(state, "root")
    assert admin is not None
    org = create_organization(state, admin, NewOrganization(name="acme"))
    repository = create_repository(state, org, admin, NewRepository(name="repo", auto_init=True))
    git = state.git(repository)
    main = branch_tip(git, "main")
    assert main is not None
    signer = git[main].author
    work = str(git.create_commit(None, signer, signer, "Work", git[main].tree_id, [git[main].id]))
    compare_and_swap(state.store.path("acme", "repo"), HEADS + "work", work, "0" * 40)
    return (
        repository,
        admin,
        create_pull(state, repository, admin, head="work", base="main", title="T", body=""),
    )


def test_a_merge_that_reached_the_branch_only_is_completed(
    state: Forge, opened: tuple[Repository, User, Pull]
) -> None:
    repository, admin, pull = opened
    merge_pull(state, repository, admin, pull.number, MergeRequest(style=MergeStyle.MERGE))
    commit = branch_tip(state.git(repository), "main") or ""
    state.database.execute(
        "UPDATE pulls SET state = 'open', merged_at = NULL, closed_at = NULL, merged_by = NULL, merge_commit = '',"
        " merging_commit = ?, merging_by = ?",
        *(commit, admin.id),
    )

    recover(state)

    merged = pull_request(state, repository, pull.number)
    assert (merged.is_merged, merged.merge_commit, merged.merged_by) == (True, commit, admin.id)


def test_a_merge_that_did_not_reach_the_branch_never_happened(
    state: Forge, opened: tuple[Repository, User, Pull]
) -> None:
    repository, admin, pull = opened
    state.database.execute("UPDATE pulls SET merging_commit = ?, merging_by = ?", "1" * 40, admin.id)

    recover(state)

    left = pull_request(state, repository, pull.number)
    assert (left.is_open, left.is_merged, left.merging_commit) == (True, False, "")


def test_a_pull_request_whose_branch_went_is_closed(
    state: Forge, opened: tuple[Repository, User, Pull]
) -> None:
    repository, _, pull = opened
    delete_ref(state.store.path("acme", "repo"), HEADS + "work", pull.head_sha)

    recover(state)

    assert pull_request(state, repository, pull.number).state == "closed"


@pytest.mark.parametrize("moved", [True, False])
def test_a_rename_is_finished_or_forgotten(
    state: Forge, opened: tuple[Repository, User, Pull], *, moved: bool
) -> None:
    repository = opened[0]
    state.database.execute("UPDATE repositories SET renaming_to = 'new' WHERE id = ?", repository.id)
    if moved:
        state.store.path("acme", "repo").rename(state.store.path("acme", "new"))

    recover(state)

    names = [name for name in ("repo", "new") if find_repository(state, "acme", name)]
    assert names == (["new"] if moved else ["repo"])


def test_locks_and_drafts_of_a_killed_process_are_removed(
    state: Forge, opened: tuple[Repository, User, Pull]
) -> None:
    path = state.store.path("acme", "repo")
    lock, draft = path / "refs/heads/main.lock", path.with_name("draft.git.new")
    lock.touch()
    draft.mkdir()

    recover(state)

    assert (lock.exists(), draft.exists()) == (False, False)


def command(data: Path, port: int) -> list[str]:
    arguments = ["--data", str(data), "--port", str(port), "--admin-password", ADMIN_PASSWORD]
    return [sys.executable, "-m", "services.forge", *arguments]


def test_a_taken_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(command(tmp_path, port), cwd=ROOT, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        f"forge: 127.0.0.1:{port} is taken by another program\n",
    )


def test_it_ends_with_its_parents_pipe(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*command(tmp_path, free_port()), "--exit-with-stdin"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        ready = process.stdout.readline()
        process.stdin.close()

        assert (ready.startswith("forge ready at http://127.0.0.1:"), process.wait(20)) == (True, 0)
