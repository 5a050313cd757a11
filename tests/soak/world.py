"""Where graduations are killed: a forge and a server with entries to graduate, prepared once and copied for each start."""

from __future__ import annotations

import base64
import json
import shutil
import socket
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import httpx

from tests.soak.words import READY
from tests.support.forge import RunningForge
from tests.support.server import META, ORG, OWNER, RunningServer, running_server

ENTRIES = 20
"""As many graduations as a copy of the world is good for."""
SECONDS = 60.0


class DyingServer(RunningServer):
    """The real server, which says what happens in a graduation, and takes the order to die."""

    module = "tests.soak.dying"

    def __init__(self, forge: RunningForge, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        super().__init__(forge, folder, settings)
        self._line: socket.socket | None = None
        self._told: TextIOWrapper | None = None

    def start(self, *, wait: bool = True) -> None:
        """Start it; with `wait`, until it has done everything that it does at its start."""
        self._hang_up()
        self._line, theirs = socket.socketpair()
        self._line.settimeout(SECONDS)
        self._told = self._line.makefile("r")
        with theirs:
            self.fork(theirs)
        if wait:
            words = list(self.words(until=READY))
            assert words[-1:] == [READY], f"{words}: {self.log.read_text()[-3000:]}"

    def order(self, **order: str) -> None:
        """What to graduate, and when to die."""
        assert self._line is not None
        self._line.sendall(json.dumps(order).encode() + b"\n")

    def words(self, *, until: str) -> Iterator[str]:
        """What it says, up to a word or its death; waits for it."""
        assert self._told is not None
        for line in self._told:
            yield line.strip()
            if line.strip() == until:
                return

    def await_death(self) -> int:
        """How the process ended."""
        assert self.process is not None
        return self.process.wait(SECONDS)

    def stop(self) -> int:
        """SIGTERM; returns the exit status."""
        ended = super().stop()
        self._hang_up()
        return ended

    def _hang_up(self) -> None:
        for one in (self._told, self._line):
            if one is not None:
                one.close()
        self._told = self._line = None


class World:
    """A running forge and server, and what is in them."""

    def __init__(self, server: DyingServer) -> None:
        self.server = server
        self._left: list[str] = []
        self._kept = server.folder.with_name(f"{server.folder.name}-kept")
        self._app = httpx.Client(base_url=server.url, trust_env=False, verify=False, timeout=30)

    def next_entry(self) -> str:
        """The slug of an entry nobody has graduated yet; begins with a new copy of the world when there is none."""
        if not self._left:
            self._renew() if self._kept.exists() else self._prepare()
            self._left = [f"soak-{number}" for number in range(ENTRIES, 0, -1)]
        return self._left.pop()

    def close(self) -> None:
        """Nothing is left of it."""
        self._app.close()
        shutil.rmtree(self._kept, ignore_errors=True)

    def _prepare(self) -> None:
        """Entries on main, read by the server, and then everything stopped and kept."""
        files = [
            {"operation": "create", "path": f"rfcs/soak-{number}.md", "content": _entry(number)}
            for number in range(1, ENTRIES + 1)
        ]
        body = {"files": files, "branch": "main", "message": "Add entries"}
        self.server.forge.admin.post(f"/api/v1/repos/{ORG}/{META}/contents", json=body).raise_for_status()
        self.server.start()
        assert all(self.entry(f"soak-{number}") for number in range(1, ENTRIES + 1))
        self._stop()
        shutil.copytree(self.server.folder, self._kept)
        self._start()

    def _renew(self) -> None:
        self._stop()
        shutil.rmtree(self.server.folder)
        shutil.copytree(self._kept, self.server.folder)
        self._start()

    def _stop(self) -> None:
        self.server.stop()
        self.server.forge.stop()

    def _start(self) -> None:
        self.server.forge.restart()
        self.server.start()

    def entry(self, slug: str) -> dict[str, Any]:
        """An entry as the app shows it to everybody."""
        return dict(self._app.get(f"/api/rfcs/{slug}").raise_for_status().json())

    def has_repository(self, name: str) -> bool:
        """Whether Gitea has it."""
        return self.server.forge.admin.get(f"/api/v1/repos/{ORG}/{name}").is_success

    def list(self, path: str) -> list[Any]:
        """What Gitea lists."""
        return self.server.forge.admin.get(f"/api/v1/repos/{ORG}/{path}").raise_for_status().json() or []

    def rows(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        """Rows of the app's database."""
        with closing(sqlite3.connect(f"file:{self.server.database}?mode=ro", uri=True)) as database:
            return database.execute(query, values).fetchall()


def _entry(number: int) -> str:
    slug = f"soak-{number}"
    front = f"slug: {slug}\ntitle: The {slug}\nstate: super-draft\nproposed_by: {OWNER}"
    text = f"---\n{front}\n---\n# {slug}\n\n{'A sentence of it. ' * number}\n"
    return base64.b64encode(text.encode()).decode()


@contextmanager
def world() -> Iterator[World]:
    """A world for a `with` block."""
    with running_server(start=False, kind=DyingServer) as server:
        made = World(server)
        try:
            yield made
        finally:
            made.close()
