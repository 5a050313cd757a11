"""`rfc-ui doctor` (§17): each thing is checked for real, here on a forge alone and an app beside it."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from services.ops.doctor.examination import examine
from services.ops.doctor.findings import Verdict
from services.ops.doctor.machine import check_database
from services.ops.doctor.patient import MailServer, Patient
from tests.support.forge import ROOT, free_port
from tests.support.server import BOT, META, ORG, RunningServer, running_server

CHECKS = [
    "env-file",
    "disk",
    "database",
    "gitea",
    "clock",
    "oauth",
    "bot-token",
    "bot-scopes",
    "org-rights",
    "meta-repository",
    "webhook",
    "webhook-round-trip",
    "smtp",
]


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with running_server() as server:
        yield server


@pytest.fixture
def patient(server: RunningServer) -> Patient:
    settings = server.settings
    return Patient(
        gitea_url=settings["GITEA_URL"],
        bot_user=BOT,
        bot_token=settings["GITEA_BOT_TOKEN"],
        org=ORG,
        meta_repo=META,
        client_id=settings["OAUTH_CLIENT_ID"],
        client_secret=settings["OAUTH_CLIENT_SECRET"],
        app_url=server.url,
        webhook_secret=server.webhook_secret,
        storage_url=f"sqlite+aiosqlite:///{server.database}",
        database_folder=server.folder,
        env_file=None,
    )


def complaints(patient: Patient) -> dict[str, str]:
    """What the doctor finds wrong: check → what was seen and the remedy."""
    return {
        finding.check: f"{finding.seen} → {finding.remedy}"
        for finding in examine(patient)
        if finding.verdict is Verdict.FAIL
    }


def test_a_sound_deployment_has_no_complaints(patient: Patient) -> None:
    findings = list(examine(patient))

    assert complaints(patient) == {}
    assert [finding.check for finding in findings] == CHECKS
    assert Verdict.SKIP not in {finding.verdict for finding in findings}


def test_every_complaint_comes_with_a_remedy(patient: Patient) -> None:
    broken = dataclasses.replace(
        patient, bot_token="0" * 40, client_secret="wrong", database_folder=Path("/nowhere/at/all")
    )

    assert [line for line in complaints(broken).values() if line.endswith("→ ")] == []


@pytest.mark.parametrize(
    ("change", "check", "words"),
    [
        (lambda one: {"gitea_url": f"http://127.0.0.1:{free_port()}"}, "gitea", "gives no answer"),
        (lambda one: {"gitea_url": one.app_url}, "gitea", "not as a Gitea would"),
        (lambda one: {"bot_token": "0" * 40}, "bot-token", "does not take GITEA_BOT_TOKEN"),
        (lambda one: {"bot_user": "somebody"}, "bot-token", f"belongs to {BOT}, not to somebody"),
        (lambda one: {"org": "elsewhere"}, "org-rights", "there is no organisation elsewhere"),
        (lambda one: {"meta_repo": "missing"}, "meta-repository", "rfc-ui seed"),
        (lambda one: {"client_id": "unknown"}, "oauth", "does not know OAUTH_CLIENT_ID"),
        (lambda one: {"client_secret": "wrong"}, "oauth", "OAUTH_CLIENT_SECRET is wrong"),
        (lambda one: {"app_url": "http://127.0.0.1:9"}, "webhook", "no hook calls"),
        (lambda one: {"webhook_secret": "another" * 5}, "webhook-round-trip", "another GITEA_WEBHOOK_SECRET"),
        (
            lambda one: {
                "mail": MailServer(host="127.0.0.1", port=9, starttls=True, user=None, password=None)
            },
            "smtp",
            "SMTP_HOST",
        ),
        (lambda one: {"database_folder": Path("/nowhere/at/all")}, "disk", "DATABASE_PATH"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_wrong_is_named(
    patient: Patient, change: Callable[[Patient], dict[str, object]], check: str, words: str
) -> None:
    found = complaints(dataclasses.replace(patient, **change(patient)))  # type: ignore[arg-type]

    assert words in found[check]


AFTER_THE_TOKEN = ["bot-scopes", "org-rights", "meta-repository", "webhook", "webhook-round-trip"]


@pytest.mark.parametrize(
    ("change", "needed", "skipped"),
    [
        (
            lambda one: {"gitea_url": f"http://127.0.0.1:{free_port()}"},
            "gitea",
            ["clock", "oauth", "bot-token", *AFTER_THE_TOKEN],
        ),
        (lambda one: {"bot_token": "0" * 40}, "bot-token", AFTER_THE_TOKEN),
        (lambda one: {"meta_repo": "missing"}, "meta-repository", ["webhook", "webhook-round-trip"]),
        (lambda one: {"app_url": "http://127.0.0.1:9"}, "webhook", ["webhook-round-trip"]),
        (
            lambda one: {"storage_url": f"sqlite+aiosqlite:///{one.database_folder}"},
            "database",
            ["webhook-round-trip"],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cant_be_checked_is_named_with_what_it_needs(
    patient: Patient, change: Callable[[Patient], dict[str, object]], needed: str, skipped: list[str]
) -> None:
    findings = list(examine(dataclasses.replace(patient, **change(patient))))  # type: ignore[arg-type]

    assert [one.check for one in findings if one.verdict is Verdict.SKIP] == skipped
    assert {one.seen for one in findings if one.verdict is Verdict.SKIP} == {f"not checked: needs {needed}"}
    assert [one.check for one in findings] == CHECKS


def test_the_rest_is_named_where_gitea_stops_answering(
    patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hang_up(*_: object) -> None:
        raise httpx.ReadTimeout("nothing came")

    monkeypatch.setattr("services.ops.doctor.examination.check_token", hang_up)

    lines = [finding.line() for finding in examine(patient)]

    assert lines[6].startswith("FAIL  gitea              stopped answering: ReadTimeout → ")
    assert lines[7:-1] == [
        f"skip  {check:<18} not checked: needs gitea" for check in ("bot-token", *AFTER_THE_TOKEN)
    ]


@pytest.mark.parametrize(
    ("scopes", "missing"),
    [
        (("write:repository", "write:issue", "read:user"), "write:organization"),
        (("write:organization", "write:issue", "read:user"), "write:repository"),
        (("write:organization", "write:repository", "read:user"), "write:issue"),
    ],
)
def test_a_missing_scope_is_named_with_what_fails_without_it(
    server: RunningServer, patient: Patient, scopes: tuple[str, ...], missing: str
) -> None:
    server.forge.create_user(name := f"bot-without-{missing.split(':')[1]}")
    server.forge.add_to_owners(ORG, name)
    token = server.forge.create_token(name, name, scopes)

    found = complaints(dataclasses.replace(patient, bot_user=name, bot_token=token))

    assert f"{missing} is missing: " in found["bot-scopes"]


def test_the_older_scopes_do_for_a_site_admin_and_what_fails_is_named(
    server: RunningServer, patient: Patient
) -> None:
    forge = server.forge
    token = forge.create_token(
        forge.admin_user, forge.admin_password, ("write:repository", "write:user", "write:admin")
    )

    found = complaints(dataclasses.replace(patient, bot_user=forge.admin_user, bot_token=token))

    assert found["bot-scopes"].startswith("write:issue is missing: comments that record decisions fail")
    assert "write:organization" not in found["bot-scopes"].split("→")[0]


def test_a_bot_that_does_not_own_the_organisation_is_named(server: RunningServer, patient: Patient) -> None:
    server.forge.create_user("newcomer")
    token = server.forge.create_token("newcomer", "newcomer")

    found = complaints(dataclasses.replace(patient, bot_user="newcomer", bot_token=token))

    assert found["org-rights"].startswith(f"newcomer does not own {ORG}")


def test_an_env_file_that_others_can_read_is_named(patient: Patient, tmp_path: Path) -> None:
    env_file = tmp_path / "site.env"
    env_file.touch(mode=0o644)

    assert f"chmod 600 {env_file}" in complaints(dataclasses.replace(patient, env_file=env_file))["env-file"]


def test_a_hook_of_a_former_address_is_noted(server: RunningServer, patient: Patient) -> None:
    url = "http://127.0.0.1:7/api/webhooks/gitea"
    hook = {
        "type": "gitea",
        "active": True,
        "events": ["push"],
        "config": {"url": url, "content_type": "json"},
    }
    hooks = f"/api/v1/repos/{ORG}/{META}/hooks"
    made = server.forge.admin.post(hooks, json=hook)
    try:
        found = {finding.check: finding for finding in examine(patient)}["webhook"]
    finally:
        server.forge.admin.delete(f"{hooks}/{made.json()['id']}").raise_for_status()

    assert found.verdict is Verdict.NOTE
    assert url in found.seen
    assert found.remedy


def test_a_folder_that_can_not_be_written_to_is_named(patient: Patient) -> None:
    found = check_database(dataclasses.replace(patient, storage_url="sqlite+aiosqlite:////proc/rfc/rfc.db"))

    assert found.verdict is Verdict.FAIL
    assert found.seen.startswith("/proc")
    assert "can't be written by this account" in found.seen
    assert "belong to the service's account" in found.remedy


def test_no_remedy_is_meant_for_people_without_the_machine(patient: Patient) -> None:
    unreachable = dataclasses.replace(patient, storage_url="postgresql+psycopg://nobody:x@127.0.0.1:1/none")

    found = check_database(unreachable)

    assert found.verdict is Verdict.FAIL
    assert "admin" not in found.remedy
    assert "DATABASE_URL" in found.remedy


def test_a_damaged_database_is_named(patient: Patient, tmp_path: Path) -> None:
    path = tmp_path / "rfc.db"
    path.write_bytes(b"SQLite format 3\0" + os.urandom(4096))

    found = complaints(dataclasses.replace(patient, storage_url=f"sqlite+aiosqlite:///{path}"))

    assert set(found) == {"database"}


def test_a_gitea_that_may_not_call_the_app_is_told_apart_from_an_app_that_is_down(
    server: RunningServer, patient: Patient
) -> None:
    server.forge.faults.switch(webhooks_lost=True)
    try:
        unreached = complaints(patient)["webhook-round-trip"]
    finally:
        server.forge.faults.switch(webhooks_lost=False)

    assert "ALLOWED_HOST_LIST" in unreached


def test_the_command_exits_1_when_something_fails_and_0_when_nothing_does(server: RunningServer) -> None:
    def doctor(**changes: str) -> subprocess.CompletedProcess[str]:
        kept = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
        return subprocess.run(
            [sys.executable, "-m", "rfc_ui.cli", "doctor"],
            env=kept | server.settings | changes,
            cwd=server.folder,
            capture_output=True,
            text=True,
            check=False,
        )

    well, ill = doctor(), doctor(OAUTH_CLIENT_SECRET="gto_not_the_right_one_at_all")
    alone = doctor(GITEA_URL=f"http://127.0.0.1:{free_port()}")

    assert (well.returncode, well.stderr) == (0, "")
    assert (ill.returncode, ill.stderr) == (1, "1 check failed.\n")
    assert (alone.returncode, alone.stderr) == (1, "1 check failed.\n")
    assert "skip  bot-token          not checked: needs gitea\n" in alone.stdout
    assert server.settings["GITEA_BOT_TOKEN"] not in well.stdout + ill.stdout
