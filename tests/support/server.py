"""The real app as a process of its own, on a forge of its own, so that it can be killed and started again."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import httpx

from tests.support import http
from tests.support.forge import ROOT, RunningForge, free_port, running_forge, wait_until
from tests.support.nursery import Birth, Forked, Stream, nursery

ORG, META = "rfc", "meta"
OWNER, MODERATOR, WRITER, REVIEWER, READER = "owner", "moderator", "writer", "reviewer", "reader"
PEOPLE = (OWNER, MODERATOR, WRITER, REVIEWER, READER)
"""Their password is their login; `owner` becomes owner at first sign-in, the others contributors."""
BOT = "rfc-bot"
START_SECONDS = 180.0
COMMAND = (sys.executable, "-m", "rfc_ui.cli")


Server = TypeVar("Server", bound="RunningServer")


class RunningServer:
    """One app process; `url` stays the same over restarts, so do the database and the secrets."""

    module = "tests.support.unhurried"
    """What runs, as `python -m` would run it."""

    def __init__(self, forge: RunningForge, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        self.forge = forge
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "app.log"
        self.settings = _secrets() | {"DATABASE_PATH": str(folder / "app.db")} | dict(settings or {})
        self.process: Forked | None = None

    @property
    def webhook_secret(self) -> str:
        """What Gitea signs its deliveries with."""
        return self.settings["GITEA_WEBHOOK_SECRET"]

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return Path(self.settings["DATABASE_PATH"])

    @property
    def pid(self) -> int:
        """The process id."""
        assert self.process is not None
        return self.process.pid

    def start(self, *, wait: bool = True) -> None:
        """Start the process; with `wait`, until it says that it is ready."""
        with Path(os.devnull).open() as nothing:
            self.fork(nothing)
        if wait:
            wait_until(self.is_ready, seconds=START_SECONDS, what=f"the app; see {self.log}")

    def fork(self, stdin: Stream) -> None:
        """Start the process with this standard input."""
        arguments = ("serve", "--host", "127.0.0.1", "--port", str(self.port))
        birth = Birth(self.module, arguments, self.environment(), str(self.folder))
        with self.log.open("ab") as log:
            self.process = nursery().fork(birth, stdin=stdin, stdout=log, stderr=log)

    def is_ready(self) -> bool:
        """Whether `/readyz` says so; fails at once when the process has ended."""
        assert self.process is not None
        assert self.process.poll() is None, f"the app ended: {self.log.read_text()[-3000:]}"
        try:
            return http.get(f"{self.url}/readyz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """`kill -9`."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """SIGTERM; returns the exit status."""
        return self._end(signal.SIGTERM)

    def restart(self) -> None:
        """Stop properly and start again."""
        self.stop()
        self.start()

    def run_command(self, *arguments: str) -> str:
        """Run `rfc-ui` beside the server, with its settings; returns what it printed."""
        command = [*COMMAND, *arguments]
        done = subprocess.run(
            command,
            check=False,
            env=self.environment(),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=240,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def environment(self) -> dict[str, str]:
        """What a command needs to run on the server's settings."""
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "NICEGUI"))
        }
        return kept | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "default"} | self.settings

    def http(self) -> httpx.Client:
        """A client of the app without any session."""
        return httpx.Client(base_url=self.url, trust_env=False, timeout=30, verify=False)

    def _end(self, how: signal.Signals) -> int:
        process, self.process = self.process, None
        if process is None:
            return 0
        process.send_signal(how)
        try:
            return process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()


@contextmanager
def running_server(
    *,
    start: bool = True,
    settings: Mapping[str, str] | None = None,
    kind: Callable[[RunningForge, Path, Mapping[str, str] | None], Server] = RunningServer,
) -> Iterator[Server]:
    """A forge with organisation, bot, people and an empty meta repository, and the app on it."""
    folder = Path(tempfile.mkdtemp(prefix="rfc-ui-"))
    try:
        with running_forge(folder) as forge:
            server = kind(forge, folder, settings)
            provision(forge, server)
            try:
                if start:
                    server.start()
                yield server
            finally:
                server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def provision(forge: RunningForge, server: RunningServer) -> None:
    """What an operator does on Gitea before the first start, webhook included."""
    for login in PEOPLE:
        forge.create_user(login, full_name=f"{login.capitalize()} Person")
    password = secrets.token_urlsafe(12)
    forge.create_user(BOT, password)
    forge.create_org(ORG)
    forge.add_to_owners(ORG, BOT)
    application = forge.create_oauth_app("RFC UI", [f"{server.url}/auth/callback"])
    server.settings |= {
        "APP_URL": server.url,
        "GITEA_URL": forge.url,
        "GITEA_ORG": ORG,
        "META_REPO": META,
        "GITEA_BOT_USER": BOT,
        "GITEA_BOT_TOKEN": forge.create_token(BOT, password),
        "OAUTH_CLIENT_ID": application.client_id,
        "OAUTH_CLIENT_SECRET": application.client_secret,
        "OWNER_GITEA_LOGIN": OWNER,
    }
    _create_meta_repository(forge, server)


def _create_meta_repository(forge: RunningForge, server: RunningServer) -> None:
    repository = {"name": META, "auto_init": True, "default_branch": "main"}
    answer = forge.admin.post(f"/api/v1/orgs/{ORG}/repos", json=repository)
    assert answer.status_code == 201, answer.text
    config = {
        "url": f"{server.url}/api/webhooks/gitea",
        "content_type": "json",
        "secret": server.webhook_secret,
    }
    hook = {
        "type": "gitea",
        "active": True,
        "events": ["push", "pull_request", "create", "delete"],
        "config": config,
    }
    answer = forge.admin.post(f"/api/v1/repos/{ORG}/{META}/hooks", json=hook)
    assert answer.status_code == 201, answer.text


def address_of_its_own() -> str:
    """An address for one visitor, so that limits by address count each alone; loopback is a trusted proxy."""
    return f"10.{secrets.randbelow(256)}.{secrets.randbelow(256)}.{1 + secrets.randbelow(254)}"


def _secrets() -> dict[str, str]:
    return {name: secrets.token_urlsafe(32) for name in ("SECRET_KEY", "GITEA_WEBHOOK_SECRET")}
