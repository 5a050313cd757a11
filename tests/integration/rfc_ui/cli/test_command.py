"""The command `rfc-ui` as a process: wrong use is one sentence and exit 2, secrets stay hidden."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import pytest

from services.store.locks import serving

SETTINGS = {
    "GITEA_URL": "http://127.0.0.1:9",
    "GITEA_BOT_USER": "rfc-bot",
    "GITEA_BOT_TOKEN": "5f1d7a84db00d2fce00b31a7fc73224f12313456",
    "GITEA_ORG": "ohm",
    "META_REPO": "meta",
    "OAUTH_CLIENT_ID": "9cf64a5b-5f4e-4f9a-a0b1-0d6d3e1a1a11",
    "OAUTH_CLIENT_SECRET": "gto_kx83hf7sk2j4hf8sk2j4hf8sk2j4h",
    "APP_URL": "http://127.0.0.1:8000",
    "SECRET_KEY": "q7Zr9vKx2LmN4pT8wYb3cD6fGhJ1sA5e",
    "OWNER_GITEA_LOGIN": "ada",
    "GITEA_WEBHOOK_SECRET": "e5A1sJhGf6Dc3bYw8Tp4NmL2xKv9rZ7q",
    "DATABASE_PATH": "rfc.db",
}


def rfc_ui(
    *arguments: str, folder: Path, settings: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "rfc_ui.cli", *arguments],
        cwd=folder,
        env=kept | dict(settings or {}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_version_says_the_packages_version(tmp_path: Path) -> None:
    done = rfc_ui("--version", folder=tmp_path)

    assert (done.returncode, done.stdout, done.stderr) == (0, f"rfc-ui {version('rfc-ui')}\n", "")


def test_version_imports_next_to_nothing(tmp_path: Path) -> None:
    code = (
        "import sys; sys.argv[1:] = ['--version']; from rfc_ui.cli import main; main();"
        "print(sorted(m for m in sys.modules if m in {'typer', 'nicegui', 'pydantic', 'sqlalchemy'}))"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("sereve",),
        ("serve", "--prot", "1"),
        ("serve", "--port", "many"),
        ("serve", "--port", "70000"),
        ("demo", "extra"),
        ("demo", "--corpus", "no-such-folder"),
        ("demo", "--port", "3000", "--forge-port", "3000"),
        ("users",),
        ("users", "role", "ada"),
        ("users", "role", "ada", "king"),
        ("healthcheck", "--port", "0"),
        ("config", "--env-file", "no-such-file"),
        ("serve",),
    ],
    ids=" ".join,
)
def test_wrong_use_is_one_sentence_and_exit_2(arguments: tuple[str, ...], tmp_path: Path) -> None:
    done = rfc_ui(*arguments, folder=tmp_path)

    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("command", ["serve", "seed", "migrate", "reconcile", "config"])
def test_a_missing_setting_stops_every_command_with_its_name(command: str, tmp_path: Path) -> None:
    settings = {name: value for name, value in SETTINGS.items() if name != "GITEA_ORG"}

    done = rfc_ui(command, folder=tmp_path, settings=settings)

    assert done.returncode == 2
    assert done.stderr == "RuntimeError: Required environment variable GITEA_ORG is not set\n"


def test_the_doctor_names_a_missing_setting_and_fails(tmp_path: Path) -> None:
    settings = {name: value for name, value in SETTINGS.items() if name != "SECRET_KEY"}

    done = rfc_ui("doctor", folder=tmp_path, settings=settings)

    assert done.returncode == 1
    assert "Required environment variable SECRET_KEY is not set" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [("serve", "--port", "{}"), ("demo", "--port", "{}"), ("demo", "--forge-port", "{}")],
    ids=str,
)
def test_a_taken_port_is_a_sentence_and_exit_2(arguments: tuple[str, ...], tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = rfc_ui(*(part.format(port) for part in arguments), folder=tmp_path, settings=SETTINGS)

    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert port in done.stderr


def test_a_start_on_an_unusable_database_ends_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings = SETTINGS | {"DATABASE_PATH": "file/rfc.db"}

    done = rfc_ui("serve", "--port", "0", folder=tmp_path, settings=settings)

    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("The database's folder file can't be written: ")


def test_config_shows_settings_and_hides_secrets(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SITE_NAME=Here\n")

    done = rfc_ui("config", folder=tmp_path, settings=SETTINGS)

    lines = {line.split()[0]: " ".join(line.split()[1:]) for line in done.stdout.splitlines()}
    assert done.returncode == 0
    assert lines["SITE_NAME"] == "Here [.env]"
    assert lines["SECRET_KEY"] == "(hidden) [environment]"
    assert [
        name for name in SETTINGS if "SECRET" in name and SETTINGS[name] in done.stdout + done.stderr
    ] == []


def test_config_points_out_a_name_that_means_nothing(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("RECONSILE_SECONDS=1\n")

    done = rfc_ui("config", folder=tmp_path, settings=SETTINGS)

    line = next(line for line in done.stdout.splitlines() if line.startswith("RECONSILE_SECONDS"))
    assert line.endswith("is no setting of this version: a slip of the pen?")


def test_healthcheck_fails_where_nothing_listens(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    done = rfc_ui("healthcheck", "--port", str(port), folder=tmp_path)

    assert done.returncode == 1
    assert done.stderr.startswith(f"No healthy answer from http://127.0.0.1:{port}/healthz")


def test_migrate_makes_the_database_and_then_has_nothing_to_do(tmp_path: Path) -> None:
    first = rfc_ui("migrate", folder=tmp_path, settings=SETTINGS)
    second = rfc_ui("migrate", folder=tmp_path, settings=SETTINGS)

    assert (first.returncode, first.stdout.startswith("Applied: ")) == (0, True)
    assert (second.returncode, second.stdout) == (0, "Nothing to do: the database is at this version.\n")


@pytest.mark.parametrize("arguments", [("users", "list"), ("reconcile", "--dry-run")], ids=str)
def test_no_command_migrates_the_database_under_a_running_server(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'rfc.db'}"

    with serving(url):
        done = rfc_ui(*arguments, folder=tmp_path, settings=SETTINGS)

    assert done.returncode == 1
    said = "The server is running on this database; stop it before you run commands of a newer version.\n"
    assert done.stderr == said
    assert not (tmp_path / "rfc.db").exists()


def test_a_failure_is_told_in_words_for_whoever_runs_the_machine(tmp_path: Path) -> None:
    nowhere = {"DATABASE_PATH": "", "DATABASE_URL": "postgresql+psycopg://nobody:x@127.0.0.1:1/none"}

    done = rfc_ui("users", "list", folder=tmp_path, settings=SETTINGS | nowhere)

    last = done.stderr.splitlines()[-1]
    assert done.returncode == 1
    assert last.endswith("`rfc-ui doctor` names the cause and what to do.")
    assert "admin" not in last


def test_users_of_a_new_database_are_nobody(tmp_path: Path) -> None:
    listed = rfc_ui("users", "list", folder=tmp_path, settings=SETTINGS)
    named = rfc_ui("users", "mute", "ada", folder=tmp_path, settings=SETTINGS)

    assert (listed.returncode, listed.stdout) == (0, "")
    assert (named.returncode, named.stderr.split(".")[0]) == (1, "Nobody called ada has signed in here")


def test_a_demo_does_not_empty_a_folder_that_no_demo_made(tmp_path: Path) -> None:
    precious = tmp_path / "data" / "letters.txt"
    precious.parent.mkdir()
    precious.write_text("dear …")
    ports = ("--port", "18471", "--forge-port", "18472")

    done = rfc_ui("demo", "--data", "data", "--fresh", *ports, folder=tmp_path)

    assert (done.returncode, precious.read_text()) == (2, "dear …")
