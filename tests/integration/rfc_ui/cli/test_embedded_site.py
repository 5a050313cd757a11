"""`rfc-ui serve` with `FORGE=embedded`, and `rfc-ui forge` alone (§17)."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.support import http
from tests.support.forge import ROOT, free_port, wait_until

START_SECONDS = 60.0


@contextmanager
def command(
    *arguments: str, folder: Path, settings: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    with (folder / "said.log").open("w") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "rfc_ui.cli", *arguments],
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)} | dict(settings or {}),
            cwd=folder,
            stdout=said,
            stderr=subprocess.STDOUT,
            text=True,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def status(url: str) -> int:
    try:
        return http.get(url).status_code
    except httpx.TransportError:
        return 0


def embedded_settings(folder: Path, port: int) -> dict[str, str]:
    return {
        "FORGE": "embedded",
        "GITEA_URL": f"http://127.0.0.1:{free_port()}",
        "APP_URL": f"http://127.0.0.1:{port}",
        "SECRET_KEY": "q7Zr9vKx2LmN4pT8wYb3cD6fGhJ1sA5e",
        "OWNER_GITEA_LOGIN": "ada",
        "DATABASE_PATH": str(folder / "data" / "rfc.db"),
    }


def test_an_embedded_site_serves_seeds_and_is_sound(tmp_path: Path) -> None:
    port = free_port()
    settings = embedded_settings(tmp_path, port)

    with command("serve", "--port", str(port), folder=tmp_path, settings=settings) as served:
        wait_until(
            lambda: status(f"http://127.0.0.1:{port}/healthz") == 200, seconds=START_SECONDS, what="the app"
        )
        outcomes = {}
        for name in ("seed", "doctor"):
            with command(name, folder=tmp_path, settings=settings) as process:
                outcomes[name] = (process.wait(60), (tmp_path / "said.log").read_text())
        owner = httpx.get(
            f"{settings['GITEA_URL']}/api/v1/user",
            auth=("ada", (tmp_path / "data" / "forge-owner-password").read_text().strip()),
            trust_env=False,
            timeout=30,
        )
    wait_until(lambda: status(f"{settings['GITEA_URL']}/api/v1/version") == 0, what="the forge's end")

    assert {name: code for name, (code, _) in outcomes.items()} == {"seed": 0, "doctor": 0}, outcomes
    assert (owner.status_code, served.returncode) == (200, 0)


def test_an_embedded_site_still_names_what_is_missing(tmp_path: Path) -> None:
    settings = embedded_settings(tmp_path, free_port())
    del settings["SECRET_KEY"]

    with command("serve", folder=tmp_path, settings=settings) as process:
        code = process.wait(30)

    said = (tmp_path / "said.log").read_text()
    assert (code, said) == (2, "RuntimeError: Required environment variable SECRET_KEY is not set\n")


def test_an_embedded_site_needs_a_place_for_its_forge(tmp_path: Path) -> None:
    settings = embedded_settings(tmp_path, free_port())
    del settings["DATABASE_PATH"]
    settings["DATABASE_URL"] = "postgresql://nobody@127.0.0.1:1/none"

    with command("serve", folder=tmp_path, settings=settings) as process:
        code = process.wait(30)

    said = (tmp_path / "said.log").read_text()
    assert (code, said) == (2, "RuntimeError: Required environment variable DATABASE_PATH is not set\n")


def test_a_backup_of_a_running_site_makes_the_same_site_elsewhere(tmp_path: Path) -> None:
    port, copy = free_port(), tmp_path / "copy"
    settings = embedded_settings(tmp_path, port)
    with command("serve", "--port", str(port), folder=tmp_path, settings=settings):
        wait_until(
            lambda: status(f"http://127.0.0.1:{port}/healthz") == 200, seconds=START_SECONDS, what="the app"
        )
        outcomes = {}
        for name, *arguments in (("seed",), ("backup", str(copy)), ("restore", str(copy))):
            with command(name, *arguments, folder=tmp_path, settings=settings) as process:
                outcomes[name] = (process.wait(60), (tmp_path / "said.log").read_text().splitlines()[-1])

    assert {name: code for name, (code, _) in outcomes.items()} == {"seed": 0, "backup": 0, "restore": 1}
    assert "stop it before you restore a backup" in outcomes["restore"][1]

    other = tmp_path / "other"
    other.mkdir()
    elsewhere = embedded_settings(other, free_port()) | {"GITEA_URL": f"http://127.0.0.1:{free_port()}"}
    with command("restore", str(copy), folder=other, settings=elsewhere) as process:
        assert process.wait(60) == 0, (other / "said.log").read_text()
    port = int(elsewhere["APP_URL"].rpartition(":")[2])
    with command("serve", "--port", str(port), folder=other, settings=elsewhere):
        wait_until(
            lambda: status(f"http://127.0.0.1:{port}/healthz") == 200, seconds=START_SECONDS, what="the app"
        )
        for name in ("seed", "doctor"):  # the hook is to call the new address
            with command(name, folder=other, settings=elsewhere) as process:
                assert process.wait(60) == 0, (other / "said.log").read_text()
        meta = http.get(f"{elsewhere['GITEA_URL']}/api/v1/repos/community/meta/contents/README.md")

    assert meta.status_code == 200
    for name in ("embedded.env", "forge-owner-password"):
        assert stat.S_IMODE((other / "data" / name).stat().st_mode) == 0o600
    password = "forge-owner-password"
    assert (other / "data" / password).read_text() == (tmp_path / "data" / password).read_text()


def run(*arguments: str, folder: Path, settings: Mapping[str, str]) -> tuple[int, str]:
    with command(*arguments, folder=folder, settings=settings) as process:
        return process.wait(60), (folder / "said.log").read_text()


def kept_files(home: Path) -> dict[str, bytes]:
    """What a start may have written, but for the databases, which a running site goes on writing."""
    return {
        str(path.relative_to(home)): path.read_bytes()
        for path in sorted(home.rglob("*"))
        if path.is_file() and ".db" not in path.name and path.suffix != ".lock"
    }


def test_a_second_server_is_refused_before_it_changes_anything(tmp_path: Path) -> None:
    port, beside = free_port(), tmp_path / "beside"
    beside.mkdir()
    settings = embedded_settings(tmp_path, port)
    other = settings | {"GITEA_URL": f"http://127.0.0.1:{free_port()}", "APP_URL": "http://127.0.0.1:1"}
    with command("serve", "--port", str(port), folder=tmp_path, settings=settings):
        wait_until(
            lambda: status(f"http://127.0.0.1:{port}/healthz") == 200, seconds=START_SECONDS, what="the app"
        )
        before = kept_files(tmp_path / "data")
        outcomes = [
            run("serve", "--port", str(free_port()), folder=beside, settings=other),
            run(
                "forge",
                "--data",
                str(tmp_path / "data"),
                "--port",
                str(free_port()),
                folder=beside,
                settings={},
            ),
        ]
        after = kept_files(tmp_path / "data")
        modes = {
            path.name: stat.S_IMODE(path.stat().st_mode) & 0o077
            for path in ((tmp_path / "data"), *(tmp_path / "data").iterdir())
        }

    assert outcomes == [
        (1, "Another server runs on this SQLite file; it takes one. Stop that one first.\n"),
        (
            2,
            f"The forge did not start: Another forge runs on {tmp_path / 'data' / 'forge'}; stop that one first.\n",
        ),
    ]
    assert after == before
    assert set(modes.values()) == {0}, modes  # §17: the tests' umask is not 077


def test_a_taken_port_or_a_wrong_setting_ends_the_start_before_anything_is_written(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        settings = embedded_settings(tmp_path, free_port())
        outcomes = [
            run("forge", "--port", port, folder=tmp_path, settings={}),
            run("serve", "--port", port, folder=tmp_path, settings=settings),
            run(
                *("serve", "--port", str(free_port())),
                folder=tmp_path,
                settings=settings | {"GITEA_URL": f"http://127.0.0.1:{port}"},
            ),
            run("serve", folder=tmp_path, settings=settings | {"SMTP_PORT": "many"}),
        ]

    assert [code for code, _ in outcomes] == [2, 2, 2, 2]
    assert [said.count("\n") for _, said in outcomes] == [1, 1, 1, 1], outcomes
    assert "SMTP_PORT is malformed" in outcomes[-1][1]
    written = {path.name for path in tmp_path.rglob("*") if path.is_file()} - {"said.log"}
    assert {name for name in written if not name.endswith(".lock")} == set()


def test_a_half_restored_site_is_named_by_the_doctor_and_refused_by_commands(tmp_path: Path) -> None:
    settings = embedded_settings(tmp_path, free_port())
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "restore-unfinished").touch()
    made = {
        "GITEA_BOT_USER": "bot",
        "GITEA_BOT_TOKEN": "5f3e9a7c1b2d4e6f8a0b1c2d3e4f5a6b7c8d9e0f",
        "GITEA_ORG": "community",
        "META_REPO": "meta",
        "OAUTH_CLIENT_ID": "one",
        "OAUTH_CLIENT_SECRET": "9d8c7b6a5f4e3d2c1b0a9f8e7d6c5b4a",
        "GITEA_WEBHOOK_SECRET": "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
    }

    for given in (settings, settings | made):
        for words in (
            ("serve", "--port", str(free_port())),
            ("backup", "copy"),
            ("migrate",),
            ("users", "list"),
            ("branches", "list"),
            ("seed",),
            ("reconcile",),
        ):
            code, said = run(*words, folder=tmp_path, settings=given)
            assert code == 1, (words, said)
            assert said.endswith("did not reach its end; run `rfc-ui restore FILE` again.\n"), (words, said)
        code, said = run("doctor", folder=tmp_path, settings=given)
        failures = [line for line in said.splitlines() if line.startswith("FAIL")]
        assert code == 1
        assert failures[0].split()[1] == "restore"


def test_the_forge_alone_lets_its_admin_in(tmp_path: Path) -> None:
    port = free_port()

    with command("forge", "--port", str(port), folder=tmp_path):
        wait_until(lambda: status(f"http://127.0.0.1:{port}/api/v1/version") == 200, what="the forge")
        password = (tmp_path / "forge-data" / "forge-admin-password").read_text().strip()
        answer = httpx.get(
            f"http://127.0.0.1:{port}/api/v1/user", auth=("root", password), trust_env=False, timeout=30
        )

    assert (answer.status_code, answer.json()["login"]) == (200, "root")
    assert password not in (tmp_path / "said.log").read_text()
