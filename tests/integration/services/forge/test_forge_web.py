"""What people and git see of the forge: pages, clone and push."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.forge import RunningForge, wait_until
from tests.support.forge_repository import ForgeRepository, sample_repository


@pytest.fixture
def visitor(forge: RunningForge) -> Iterator[httpx.Client]:
    """A browser without a session."""
    with httpx.Client(base_url=forge.url, trust_env=False, timeout=30, verify=False) as client:
        yield client


def test_pages_show_what_there_is(repo: ForgeRepository, visitor: httpx.Client) -> None:
    sha = repo.write("docs/a.md", "<b>text</b>\n")
    number = repo.pull("feature/x")
    expected = {
        "/": repo.name,
        "/acme": repo.name,
        repo.page: "README.md",
        f"{repo.page}/src/branch/main/docs": "a.md",
        f"{repo.page}/src/branch/main/docs/a.md": "&lt;b&gt;text&lt;/b&gt;",
        f"{repo.page}/src/branch/feature/x/feature/x.md": "feature/x",
        f"{repo.page}/src/commit/{sha}/docs/a.md": "&lt;b&gt;text&lt;/b&gt;",
        f"{repo.page}/branches": "feature/x",
        f"{repo.page}/commits": sha[:10],
        f"{repo.page}/commits/branch/feature/x": sha[:10],
        f"{repo.page}/commit/{sha}": "<ins>+&lt;b&gt;text&lt;/b&gt;</ins>",
        f"{repo.page}/pulls": "Add feature/x",
        f"{repo.page}/pulls/{number}": "This can be merged.",
    }
    repo.settled(number)

    pages = {path: visitor.get(path) for path in expected}

    assert {path: page.status_code for path, page in pages.items()} == dict.fromkeys(expected, 200)
    assert [path for path, page in pages.items() if expected[path] not in page.text] == []


def test_the_first_commit_has_a_page_too(repo: ForgeRepository, visitor: httpx.Client) -> None:
    page = visitor.get(f"{repo.page}/commit/{repo.tip()}")

    assert (page.status_code, "README.md" in page.text) == (200, True)


def test_everybody_has_a_picture(forge: RunningForge, visitor: httpx.Client) -> None:
    address = forge.admin.get("/api/v1/user").json()["avatar_url"]

    answers = [visitor.get(path) for path in (address, "/favicon.ico", "/avatars/nonsense")]

    assert [answer.status_code for answer in answers] == [200, 200, 404]
    assert answers[0].headers["content-type"].startswith("image/svg+xml")


def test_an_empty_repository_says_where_to_push(forge: RunningForge, visitor: httpx.Client) -> None:
    empty = sample_repository(forge, auto_init=False)

    page = visitor.get(empty.page)

    assert (page.status_code, f"{forge.url}{empty.page}.git" in page.text) == (200, True)


def test_raw_files_never_run_in_a_browser(repo: ForgeRepository, visitor: httpx.Client) -> None:
    repo.write("page.html", "<script>alert(1)</script>")

    answer = visitor.get(f"{repo.page}/raw/branch/main/page.html")

    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert "sandbox" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    "path", ["/nobody", "/acme/nothing", "{page}/pulls/99", "{page}/src/branch/main/none", "{page}/x"]
)
def test_what_is_not_there_is_not_found(repo: ForgeRepository, visitor: httpx.Client, path: str) -> None:
    assert visitor.get(path.format(page=repo.page)).status_code == 404


def test_private_repositories_have_no_pages_for_strangers(forge: RunningForge, visitor: httpx.Client) -> None:
    private = sample_repository(forge, private=True)

    assert (visitor.get(private.page).status_code, private.name in visitor.get("/").text) == (404, False)


def test_a_form_from_another_site_signs_nobody_in(forge: RunningForge, visitor: httpx.Client) -> None:
    form = {"user_name": forge.admin_user, "password": forge.admin_password}

    foreign = visitor.post("/user/login", data=form, headers={"Origin": "http://evil.example"})
    own = visitor.post("/user/login", data=form, headers={"Origin": forge.url})

    assert (foreign.status_code, "set-cookie" in foreign.headers) == (400, False)
    assert (own.status_code, "HttpOnly" in own.headers["set-cookie"]) == (303, True)


def test_a_form_without_its_token_signs_nobody_out(forge: RunningForge, visitor: httpx.Client) -> None:
    visitor.post("/user/login", data={"user_name": forge.admin_user, "password": forge.admin_password})

    refused = visitor.post("/user/logout")

    assert (refused.status_code, "Sign out" in visitor.get("/").text) == (400, True)


def test_a_session_outlives_a_restart(forge: RunningForge, visitor: httpx.Client) -> None:
    visitor.post("/user/login", data={"user_name": forge.admin_user, "password": forge.admin_password})
    forge.kill()
    forge.restart()

    assert "Sign out" in visitor.get("/").text


def git(*arguments: str, cwd: Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    names = {
        "GIT_AUTHOR_NAME": "Ann",
        "GIT_AUTHOR_EMAIL": "a@b.c",
        "GIT_COMMITTER_NAME": "Ann",
        "GIT_COMMITTER_EMAIL": "a@b.c",
    }
    environment = os.environ | names | {"GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_GLOBAL": "/dev/null"}
    return subprocess.run(
        ["git", *arguments], cwd=cwd, env=environment, check=check, capture_output=True, text=True
    )


def address(repo: ForgeRepository, who: str = "") -> str:
    return f"{repo.forge.url.replace('://', f'://{who}')}{repo.page}.git"


def test_anybody_clones_a_public_repository(repo: ForgeRepository, tmp_path: Path) -> None:
    tip = repo.write("a.md", "text\n")

    git("clone", "-q", address(repo), "copy", cwd=tmp_path)

    assert (tmp_path / "copy/a.md").read_text() == "text\n"
    assert git("rev-parse", "HEAD", cwd=tmp_path / "copy").stdout.strip() == tip


def test_a_private_repository_asks_who_it_is(forge: RunningForge, tmp_path: Path) -> None:
    private = sample_repository(forge, private=True)
    who = f"{forge.admin_user}:{forge.admin_password}@"

    refused = git("clone", "-q", address(private), "none", cwd=tmp_path, check=False)
    taken = git("clone", "-q", address(private, who), "copy", cwd=tmp_path, check=False)

    assert (refused.returncode, taken.returncode) == (128, 0)


def test_a_push_counts_like_any_other_change(
    repo: ForgeRepository, forge: RunningForge, tmp_path: Path
) -> None:
    config = {"url": f"{forge.url}/listener", "content_type": "json"}
    body = {"type": "gitea", "active": True, "events": ["push", "create"], "config": config}
    hook = repo.send("POST", "/hooks", body).json()["id"]
    number = repo.pull("work")
    repo.settled(number)
    copy = tmp_path / "copy"
    git(
        "clone",
        "-q",
        "-b",
        "work",
        address(repo, f"{forge.admin_user}:{forge.admin_password}@"),
        "copy",
        cwd=tmp_path,
    )
    (copy / "direct.md").write_text("direct\n")
    git("add", "direct.md", cwd=copy)
    git("commit", "-q", "-m", "Directly", cwd=copy)
    git("push", "-q", "origin", "work", "work:refs/heads/other", cwd=copy)
    tip = git("rev-parse", "HEAD", cwd=copy).stdout.strip()

    def sent() -> list[tuple[str, bool]]:
        listed = repo.get(f"/hooks/{hook}/deliveries").json()
        return sorted((each["event"], each["state"] == "failed") for each in listed if tip in each["payload"])

    wait_until(lambda: sent() == [("create", True), ("push", True), ("push", True)], what="the webhooks")
    wait_until(
        lambda: repo.get(f"/pulls/{number}/commits").headers["x-total-count"] == "2", what="the new head"
    )
    repo.settled(number)
    assert (repo.tip("work"), repo.tip("other")) == (tip, tip)


def test_a_deleted_tag_sends_push_and_delete(
    repo: ForgeRepository, forge: RunningForge, tmp_path: Path
) -> None:
    git("clone", "-q", address(repo, f"{forge.admin_user}:{forge.admin_password}@"), "copy", cwd=tmp_path)
    git("push", "-q", "origin", "HEAD:refs/tags/v1", cwd=tmp_path / "copy")
    config = {"url": f"{forge.url}/listener", "content_type": "json"}
    body = {"type": "gitea", "active": True, "events": ["push", "delete"], "config": config}
    hook = repo.send("POST", "/hooks", body).json()["id"]

    git("push", "-q", "--delete", "origin", "v1", cwd=tmp_path / "copy")

    def sent() -> list[str]:
        return sorted(each["event"] for each in repo.get(f"/hooks/{hook}/deliveries").json())

    wait_until(lambda: sent() == ["delete", "push"], what="both webhooks")


def test_a_reader_does_not_push(repo: ForgeRepository, forge: RunningForge, tmp_path: Path) -> None:
    forge.create_user(f"reader-{repo.name}")
    who = f"reader-{repo.name}:reader-{repo.name}@"
    git("clone", "-q", address(repo, who), "copy", cwd=tmp_path)

    refused = git("push", "-q", "origin", "main:refs/heads/mine", cwd=tmp_path / "copy", check=False)

    assert (refused.returncode != 0, "403" in refused.stderr, repo.get("/branches/mine").status_code) == (
        True,
        True,
        404,
    )


def test_pull_request_references_are_the_forges_own(
    repo: ForgeRepository, forge: RunningForge, tmp_path: Path
) -> None:
    number = repo.pull()
    git("clone", "-q", address(repo, f"{forge.admin_user}:{forge.admin_password}@"), "copy", cwd=tmp_path)

    fetched = git("fetch", "-q", "origin", f"refs/pull/{number}/head", cwd=tmp_path / "copy", check=False)
    pushed = git("push", "-q", "origin", f"HEAD:refs/pull/{number}/head", cwd=tmp_path / "copy", check=False)

    assert (fetched.returncode, pushed.returncode != 0) == (0, True)


def test_the_first_push_names_the_default_branch(forge: RunningForge, tmp_path: Path) -> None:
    empty = sample_repository(forge, auto_init=False)
    git("init", "-q", "-b", "trunk", ".", cwd=tmp_path)
    git("commit", "-q", "--allow-empty", "-m", "First", cwd=tmp_path)
    git("push", "-q", address(empty, f"{forge.admin_user}:{forge.admin_password}@"), "trunk", cwd=tmp_path)

    assert empty.get().json()["default_branch"] == "trunk"
