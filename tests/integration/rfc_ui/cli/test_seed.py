"""`rfc-ui seed` (§17): on a forge alone, with the environment of a real deployment."""

from __future__ import annotations

import base64
import os
import secrets
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.forge import ROOT
from tests.support.server import ORG, RunningServer, running_server


@pytest.fixture(scope="module")
def machine() -> Iterator[RunningServer]:
    with running_server(start=False, settings={"SITE_NAME": "Open Human Model"}) as machine:
        yield machine


@pytest.fixture
def site(machine: RunningServer) -> RunningServer:
    """A site whose meta repository does not exist yet."""
    machine.settings |= {"META_REPO": f"directory-{secrets.token_hex(4)}"}
    return machine


def seed(site: RunningServer, **changes: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "rfc_ui.cli", "seed"],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)} | site.settings | changes,
        cwd=site.folder,
        capture_output=True,
        text=True,
        check=True,
    )


def meta(site: RunningServer) -> str:
    return f"{ORG}/{site.settings['META_REPO']}"


def forge(site: RunningServer, path: str) -> Any:
    answer = site.forge.admin.get(f"/api/v1/repos/{meta(site)}{path}")
    answer.raise_for_status()
    return answer.json()


def test_seeding_makes_repository_files_and_webhook_and_may_be_repeated(site: RunningServer) -> None:
    first = seed(site).stdout
    first_hooks = forge(site, "/hooks")
    head = forge(site, "/branches/main")["commit"]["id"]
    second = seed(site).stdout

    assert first.splitlines()[:2] == [
        f"Meta repository {meta(site)}: created.",
        "Files written: README.md, CONTRIBUTING.md.",
    ]
    assert second.splitlines()[:2] == [
        f"Meta repository {meta(site)}: was there.",
        "Files written: none, all were there.",
    ]
    assert forge(site, "/branches/main")["commit"]["id"] == head
    assert [hook["config"]["url"] for hook in first_hooks] == [f"{site.url}/api/webhooks/gitea"]
    assert len(forge(site, "/hooks")) == 1


def test_the_files_name_the_site(site: RunningServer) -> None:
    seed(site)

    readme = base64.b64decode(forge(site, "/contents/README.md")["content"]).decode()

    assert readme.splitlines()[0] == "# Open Human Model"
    assert f"**{site.url}**" in readme.splitlines()


def test_a_hook_that_an_earlier_seed_made_for_another_address_goes_and_others_stay(
    site: RunningServer,
) -> None:
    seed(site, APP_URL="http://127.0.0.1:4")
    others = {"type": "gitea", "active": True, "events": ["push"]}
    for url in ("http://127.0.0.1:5/api/webhooks/gitea", "http://127.0.0.1:6/build"):
        config = {"url": url, "content_type": "json"}
        answer = site.forge.admin.post(f"/api/v1/repos/{meta(site)}/hooks", json=others | {"config": config})
        assert answer.status_code == 201

    seed(site)

    assert sorted(hook["config"]["url"] for hook in forge(site, "/hooks")) == sorted(
        [
            "http://127.0.0.1:5/api/webhooks/gitea",
            "http://127.0.0.1:6/build",
            f"{site.url}/api/webhooks/gitea",
        ]
    )


def test_a_changed_secret_replaces_the_hook(site: RunningServer) -> None:
    seed(site)
    before = [hook["id"] for hook in forge(site, "/hooks")]

    seed(site, GITEA_WEBHOOK_SECRET="another-long-and-winding-word-9271")

    after = [hook["id"] for hook in forge(site, "/hooks")]
    assert (len(before), len(after), set(before) & set(after)) == (1, 1, set())


def test_what_people_wrote_stays(site: RunningServer) -> None:
    seed(site)
    path = f"/api/v1/repos/{meta(site)}/contents/CONTRIBUTING.md"
    present = forge(site, "/contents/CONTRIBUTING.md")
    body = {"content": base64.b64encode(b"Ours.\n").decode(), "sha": present["sha"], "message": "Ours"}
    site.forge.admin.put(path, json=body).raise_for_status()

    seed(site)

    assert base64.b64decode(forge(site, "/contents/CONTRIBUTING.md")["content"]) == b"Ours.\n"


def test_each_seeding_is_on_record_without_an_actor(site: RunningServer) -> None:
    seed(site)

    with sqlite3.connect(site.database) as database:
        rows = database.execute(
            "SELECT DISTINCT action_kind, actor_user_id, on_behalf_of FROM actions"
        ).fetchall()
    assert sorted(rows) == [
        ("seed_meta_repository", None, "rfc-bot"),
        ("seed_webhook", None, "rfc-bot"),
    ]
