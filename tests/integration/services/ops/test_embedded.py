"""`FORGE=embedded`: a forge of our own as a child, and the values it brings (§17, decision 0004)."""

from __future__ import annotations

import dataclasses
import os
import signal
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import httpx
import pytest

from services.ops.embedded import VALUES_FILE, EmbeddedForge, EmbeddedPlan, start_embedded_forge
from services.ops.forge_process import ForgeNotStarted
from tests.support import http
from tests.support.forge import free_port, wait_until


@pytest.fixture
def plan(tmp_path: Path) -> EmbeddedPlan:
    port = free_port()
    return EmbeddedPlan(
        home=tmp_path,
        host="127.0.0.1",
        port=port,
        forge_url=f"http://127.0.0.1:{port}",
        app_url="http://127.0.0.1:8000",
        org="ohm",
        org_title="Open Human Model",
        meta_repo="meta",
    )


@pytest.fixture
def forge(plan: EmbeddedPlan) -> Iterator[EmbeddedForge]:
    forge = start_embedded_forge(plan)
    yield forge
    forge.stop()


def values(plan: EmbeddedPlan) -> dict[str, str]:
    lines = (plan.home / VALUES_FILE).read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if not line.startswith("#"))


def answers(url: str) -> bool:
    return http.answers(f"{url}/api/v1/version")


def test_the_bot_owns_the_organisation_and_its_token_works(plan: EmbeddedPlan, forge: EmbeddedForge) -> None:
    token = values(plan)["GITEA_BOT_TOKEN"]

    answer = httpx.get(
        f"{plan.forge_url}/api/v1/user/orgs",
        headers={"Authorization": f"token {token}"},
        trust_env=False,
        timeout=30,
    )

    assert [org["username"] for org in answer.json()] == ["ohm"]


def test_only_its_owner_can_read_what_was_made(plan: EmbeddedPlan, forge: EmbeddedForge) -> None:
    modes = {path.name: path.stat().st_mode & 0o777 for path in plan.home.iterdir() if path.is_file()}

    assert modes == {"embedded.env": 0o600, "forge-admin-password": 0o600, "forge-bot-password": 0o600}


def test_a_second_start_keeps_every_value(plan: EmbeddedPlan) -> None:
    start_embedded_forge(plan).stop()
    first = values(plan)

    start_embedded_forge(plan).stop()

    assert values(plan) == first


def test_a_site_that_moved_gets_an_application_for_its_new_address(plan: EmbeddedPlan) -> None:
    start_embedded_forge(plan).stop()
    first = values(plan)

    start_embedded_forge(dataclasses.replace(plan, app_url="http://127.0.0.1:9000")).stop()

    changed = {name for name, value in values(plan).items() if value != first[name]}
    assert changed == {"OAUTH_CLIENT_ID", "OAUTH_CLIENT_SECRET"}


def test_stopping_ends_the_child(plan: EmbeddedPlan) -> None:
    forge = start_embedded_forge(plan)

    forge.stop()

    assert not answers(plan.forge_url)


def test_a_forge_that_dies_is_started_again(plan: EmbeddedPlan, forge: EmbeddedForge) -> None:
    first = forge.process.pid

    os.kill(first, signal.SIGKILL)

    wait_until(lambda: forge.process.pid != first and answers(plan.forge_url), what="a new forge")


def test_a_taken_port_is_told_in_the_forges_own_words(plan: EmbeddedPlan) -> None:
    with socket.socket() as taken:
        taken.bind((plan.host, plan.port))
        taken.listen()
        with pytest.raises(ForgeNotStarted) as refused:
            start_embedded_forge(plan)

    assert str(refused.value) == f"forge: {plan.host}:{plan.port} is taken by another program"


def test_the_forges_clock_goes_as_late_as_it_is_told(plan: EmbeddedPlan, forge: EmbeddedForge) -> None:
    numbers, token = count(), values(plan)["GITEA_BOT_TOKEN"]

    def days_old() -> float:
        """By how much a repository made at this moment seems to be older."""
        made = httpx.post(
            f"{plan.forge_url}/api/v1/orgs/ohm/repos",
            json={"name": f"made-{next(numbers)}"},
            headers={"Authorization": f"token {token}"},
            trust_env=False,
            timeout=30,
        )
        age = datetime.now(UTC) - datetime.fromisoformat(made.json()["created_at"])
        return age / timedelta(days=1)

    forge.run_behind(timedelta(days=30))
    wait_until(lambda: days_old() > 29, seconds=60, what="a late clock")
    first = forge.process.pid
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: forge.process.pid != first and answers(plan.forge_url), what="another forge")
    wait_until(lambda: days_old() > 29, seconds=60, what="a late clock again")

    forge.run_behind(timedelta())
    wait_until(lambda: days_old() < 1, seconds=60, what="the right time")
