"""A running embedded forge for tests: a process of its own, so that it can be killed and restarted."""

from __future__ import annotations

import itertools
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.support.nursery import Birth, Forked, nursery

ROOT = Path(__file__).resolve().parents[2]
ADMIN_USER, ADMIN_PASSWORD = "root", "root-password"
PATIENCE = 60.0


def _ports() -> Iterator[int]:
    """Ports below those that the system gives by itself, others for each process of a run, begun at any of them."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 10
    first, many = 10_000 + 2_000 * worker, 2_000
    begin = secrets.randbelow(many)
    for number in itertools.count(begin):
        yield first + number % many


_PORTS = _ports()


def free_port() -> int:
    """A port nobody listens on at the moment, and that nobody else gets while its server is being started."""
    for port in itertools.islice(_PORTS, 2_000):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")


def wait_until(condition: Any, *, seconds: float = PATIENCE, what: str = "the expected state") -> Any:
    """Ask again until the answer is true, more rarely the longer it takes; answers it."""
    began = time.monotonic()
    while (waited := time.monotonic() - began) < seconds:
        answer = condition()
        if answer:
            return answer
        time.sleep(min(max(0.01, waited / 20), 0.2))
    raise AssertionError(f"waited {seconds} s in vain for {what}")


class FaultPanel:
    """Makes the forge misbehave."""

    def __init__(self, admin: httpx.Client) -> None:
        self._admin = admin
        self._behaves = True

    def set(self, *rules: dict[str, Any]) -> None:
        """Add rules: `path` (regex), `action`, and as needed `method`, `seconds`, `status`, `body`, `times`."""
        self._behaves = False
        self._admin.post("/api/forge/faults", json=list(rules)).raise_for_status()

    def switch(self, **switches: Any) -> None:
        """Set switches: `mergeability` (seconds or "never"), `webhooks_lost`, `racing_writes_fail`, `version` …"""
        self._behaves = False
        self._admin.put("/api/forge/switches", json=switches).raise_for_status()

    def rules(self) -> list[dict[str, Any]]:
        """The rules with their `hits` and how many requests they hold (`waiting`)."""
        answer = self._admin.get("/api/forge/faults").raise_for_status()
        return list(answer.json())

    def wait_hit(self, index: int = 0, hits: int = 1) -> None:
        """Wait until a rule was hit that often."""
        wait_until(lambda: self.rules()[index]["hits"] >= hits, what="a spoiled request")

    def wait_held(self, index: int = 0) -> None:
        """Wait until a rule holds a request (with `delay_after`: its effect is done)."""
        wait_until(lambda: self.rules()[index]["waiting"] > 0, what="a held request")

    def release(self) -> None:
        """Let held requests go on."""
        self._admin.post("/api/forge/faults/release").raise_for_status()

    def clear(self) -> None:
        """Behave again; asks only a forge that was told to misbehave, for tests clear up whatever they did."""
        if not self._behaves:
            self._admin.delete("/api/forge/faults").raise_for_status()
            self._behaves = True


@dataclass(frozen=True)
class OAuthApp:
    """A registered OAuth2 application."""

    client_id: str
    client_secret: str


class RunningForge:
    """A forge process with its address, its data and a site admin's client."""

    def __init__(self, data: Path, arguments: Sequence[str] = (), *, faults: bool = True) -> None:
        self.data = data
        self._spoils = faults
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.admin_user, self.admin_password = ADMIN_USER, ADMIN_PASSWORD
        self.admin = httpx.Client(
            base_url=self.url, auth=(ADMIN_USER, ADMIN_PASSWORD), timeout=30, trust_env=False, verify=False
        )
        self.faults = FaultPanel(self.admin)
        self._arguments = list(arguments)
        self._process: Forked | None = None
        self._held = -1

    @property
    def pid(self) -> int:
        """The process, for those who want to kill it themselves."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start the process and wait until it answers."""
        arguments = ["--data", str(self.data), "--port", str(self.port), "--exit-with-stdin"]
        arguments += ["--admin-user", ADMIN_USER, "--admin-password", ADMIN_PASSWORD]
        arguments += ["--faults"] if self._spoils else []
        birth = Birth("services.forge", (*arguments, *self._arguments), dict(os.environ), str(ROOT))
        stdin, self._held = os.pipe()
        said, stdout = os.pipe()
        with (self.data.parent / f"{self.data.name}.log").open("a") as log:
            self._process = nursery().fork(birth, stdin=stdin, stdout=stdout, stderr=log)
        os.close(stdin)
        os.close(stdout)
        with os.fdopen(said) as lines:
            line = lines.readline().strip()
        assert line == f"forge ready at {self.url}", f"{line!r}; see {self.data}.log"

    def kill(self) -> None:
        """`kill -9`."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it properly."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        os.close(self._held)

    def restart(self) -> None:
        """Start again on the same port and data, after `kill` or `stop` or from running."""
        self.stop()
        self.admin.close()
        self.admin = httpx.Client(
            base_url=self.url, auth=(ADMIN_USER, ADMIN_PASSWORD), timeout=30, trust_env=False, verify=False
        )
        self.faults = FaultPanel(self.admin)
        self.start()

    def create_user(self, login: str, password: str = "", full_name: str = "") -> dict[str, Any]:
        """A new person, whose password is their login unless another is given."""
        body = {
            "username": login,
            "email": f"{login}@example.org",
            "password": password or login,
            "full_name": full_name,
            "must_change_password": False,
        }
        answer = self.admin.post("/api/v1/admin/users", json=body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def create_token(self, user: str, password: str, scopes: Sequence[str] = ("all",)) -> str:
        """A new access token of a person."""
        body = {"name": f"token-{secrets.token_hex(4)}", "scopes": list(scopes)}
        answer = httpx.post(
            f"{self.url}/api/v1/users/{user}/tokens",
            json=body,
            auth=(user, password),
            trust_env=False,
            verify=False,
        )
        assert answer.status_code == 201, answer.text
        return str(answer.json()["sha1"])

    def create_oauth_app(
        self, name: str, redirect_uris: Sequence[str], *, confidential: bool = True
    ) -> OAuthApp:
        """A registered OAuth2 application of the site admin."""
        body = {"name": name, "redirect_uris": list(redirect_uris), "confidential_client": confidential}
        answer = self.admin.post("/api/v1/user/applications/oauth2", json=body)
        assert answer.status_code == 201, answer.text
        return OAuthApp(answer.json()["client_id"], answer.json()["client_secret"])

    def create_org(self, name: str) -> None:
        """A new organization, owned by the site admin."""
        answer = self.admin.post("/api/v1/orgs", json={"username": name})
        assert answer.status_code == 201, answer.text

    def add_to_owners(self, org: str, login: str) -> None:
        """Make somebody (the bot, say) an owner of an organization."""
        teams = self.admin.get(f"/api/v1/orgs/{org}/teams").json()
        owners = next(team["id"] for team in teams if team["name"] == "Owners")
        answer = self.admin.put(f"/api/v1/teams/{owners}/members/{login}")
        assert answer.status_code == 204, answer.text


@contextmanager
def running_forge(
    parent: Any = None, *arguments: str, data: Path | None = None, faults: bool = True
) -> Iterator[RunningForge]:
    """Run a forge for a `with` block.

    `parent` is a directory, pytest's `tmp_path_factory`, or None for a temporary directory that is removed.
    `arguments` are further options of `python -m services.forge`, e.g. `--gitea-version`, `1.21`.
    """
    temporary = None
    if data is None:
        if parent is None:
            temporary = Path(tempfile.mkdtemp(prefix="forge-"))
            folder = temporary
        elif isinstance(parent, Path):
            folder = parent
        else:
            folder = parent.mktemp("forge")
        data = folder / "forge-data"
    forge = RunningForge(data, arguments, faults=faults)
    try:
        forge.start()
        yield forge
    finally:
        forge.stop()
        forge.admin.close()
        if temporary:
            shutil.rmtree(temporary, ignore_errors=True)
