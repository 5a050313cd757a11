"""Kills graduations of the real server process, starts it again, and looks at what is left (§13.5)."""

from __future__ import annotations

import json
import random
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import httpx

from services.domain.trailers import operation_of
from tests.soak.dying import MOMENTS, ORDER
from tests.support.forge import wait_until
from tests.support.meta_files import write_file
from tests.support.server import META, ORG, OWNER, RunningServer, running_server

COMMAND = (sys.executable, "-m", "tests.soak.dying")
FORWARD, BACK = "forward", "back"
NEW = rf"^/api/v1/repos/{ORG}/rfc-[^/]+"
WRITES = (
    rf"^/api/v1/orgs/{ORG}/repos$",
    rf"{NEW}/contents$",
    rf"{NEW}/hooks$",
    f"/{META}/contents$",
    f"/{META}/pulls$",
    "/merge$",
)
REFUSED = {"path": "/merge$", "method": "POST", "action": "status", "status": 403}
ALL_ROWS = (
    "start",
    "create_repository",
    "seed_repository",
    "open_pull",
    "merge_pull",
    "announce",
    "complete",
)
UNDONE_ROWS = ("failed", "undone")
SECONDS = 60.0
LATE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Run:
    """One graduation: which way it was meant to end, where it was killed, and what was found wrong."""

    course: str
    killed_at: str
    seed: int
    was_killed: bool
    restarts: int
    outcome: str
    wrong: tuple[str, ...]


class Soak:
    """A server that dies on request, and everything that is asked of it."""

    def __init__(self, server: RunningServer) -> None:
        self._server = server
        self._numbers = iter(range(1, 1_000_000))

    def moments(self, course: str) -> list[str]:
        """All moments of a graduation that nobody kills, in order."""
        (self._server.folder / MOMENTS).unlink(missing_ok=True)
        run = self.run(course, kill="", seed=0)
        assert run.wrong == (), run
        return (self._server.folder / MOMENTS).read_text().splitlines()

    def run(self, course: str, *, kill: str, seed: int) -> Run:
        """One graduation, killed at a moment (its number or name), started again, and looked at."""
        slug = f"soak-{next(self._numbers)}"
        self._write_entry(slug, seed)
        self._spoil(course, seed)
        order = {"slug": slug, "number": slug.removeprefix("soak-"), "by": OWNER, "kill": kill}
        draft = self._server.folder / f"{ORDER}.new"
        draft.write_text(json.dumps(order))
        draft.rename(self._server.folder / ORDER)
        killed, restarts = self._wait(slug, is_to_die=bool(kill))
        self._server.forge.faults.clear()
        outcome, wrong = self._judge(slug)
        return Run(course, kill, seed, killed, restarts, outcome, tuple(wrong))

    def _write_entry(self, slug: str, seed: int) -> None:
        text = f"# {slug}\n\n" + "A sentence of it. " * (1 + seed)
        front = f"slug: {slug}\ntitle: The {slug}\nstate: super-draft\nproposed_by: {OWNER}"
        write_file(self._server, f"rfcs/{slug}.md", f"---\n{front}\n---\n{text}\n")
        wait_until(lambda: self._is_known(slug), seconds=SECONDS, what=slug)

    def _is_known(self, slug: str) -> bool:
        return httpx.get(f"{self._server.url}/api/rfcs/{slug}", trust_env=False, timeout=30).is_success

    def _spoil(self, course: str, seed: int) -> None:
        """Each seed has its own trouble besides the kill: none, a slow Gitea, a lost answer, an error."""
        faults, chance = self._server.forge.faults, random.Random(seed)
        if course == BACK:
            faults.set(REFUSED)
        match seed % 4:
            case 1:
                faults.switch(mergeability=chance.choice([0.05, 0.2, 0.5]))
            case 2:
                faults.set(
                    {
                        "path": chance.choice(WRITES),
                        "method": "POST",
                        "action": "status_after",
                        "status": 504,
                        "times": 1,
                    }
                )
            case 3:
                faults.set(
                    {
                        "path": chance.choice(WRITES),
                        "method": "POST",
                        "action": "status",
                        "status": 500,
                        "times": 1,
                    }
                )

    def _wait(self, slug: str, *, is_to_die: bool) -> tuple[bool, int]:
        """Until it is over, with a new start whenever the process is gone; whether it was killed, and the starts."""
        restarts = 0

        def is_over() -> bool:
            nonlocal restarts
            if not self._server.is_alive():
                restarts += 1
                self._server.start()
                if not self._rows("SELECT op_id FROM sagas WHERE rfc_slug = ?", slug):
                    return True
            return bool(self._rows(f"{STATES} AND o.state != 'pending'", slug))

        wait_until(is_over, seconds=SECONDS, what=f"the end of the graduation of {slug}")
        if is_to_die and not restarts:
            self._await_late_death()
            wait_until(is_over, seconds=SECONDS, what=f"the end of the graduation of {slug}")
        return restarts > 0, restarts

    def _await_late_death(self) -> None:
        """The last moments come after the commit that says how it ended."""
        with suppress(AssertionError):
            wait_until(lambda: not self._server.is_alive(), seconds=LATE_SECONDS, what="a late death")

    def _judge(self, slug: str) -> tuple[str, list[str]]:
        """`all`, `none` or `not begun`, and everything that does not fit."""
        found = self._rows(STATES, slug)
        state, op_id = found[0] if found else ("not begun", "")
        entry = httpx.get(f"{self._server.url}/api/rfcs/{slug}", trust_env=False, timeout=30).json()
        kinds = sorted(kind for (kind,) in self._rows(KINDS, slug))
        here = self._repository(slug)
        pulls = [
            one
            for one in self._get(f"repos/{ORG}/{META}/pulls?state=all&limit=50")
            if operation_of(one["body"]) == op_id
        ]
        branches = [
            one["name"]
            for one in self._get(f"repos/{ORG}/{META}/branches?limit=50")
            if one["name"].startswith(f"graduate-{slug}-")
        ]
        claims = self._rows("SELECT name FROM saga_claims WHERE op_id = ?", op_id)
        wrong = [f"claims are left: {claims}"] if claims else []
        if state == "done":
            expected = sorted(f"graduate_{kind}" for kind in ALL_ROWS)
            wrong += _differs("audit", [kind for kind in kinds if kind != "graduate_failed"], expected)
            wrong += _differs("state", entry["state"], "active")
            wrong += self._founded_once(slug, op_id) if here else ["no repository"]
            wrong += _differs("pulls", [one["merged"] for one in pulls], [True])
            return "all", wrong
        wrong += _differs("repository", here, False) + _differs("branches", branches, [])
        wrong += _differs("open pulls", [one["number"] for one in pulls if one["state"] == "open"], [])
        wrong += _differs("state", entry["state"], "super-draft")
        if state == "failed":
            wrong += [kind for kind in UNDONE_ROWS if f"graduate_{kind}" not in kinds]
            return "none", wrong
        return ("none", wrong) if state == "not begun" else (state, [*wrong, f"it ended {state}"])

    def _founded_once(self, slug: str, op_id: str) -> list[str]:
        commits = self._get(f"repos/{ORG}/rfc-{slug}/commits")
        hooks = self._get(f"repos/{ORG}/rfc-{slug}/hooks")
        operations = [operation_of(one["commit"]["message"]) for one in commits]
        return _differs("commits", operations, [op_id]) + _differs("hooks", len(hooks), 1)

    def _repository(self, slug: str) -> bool:
        return self._server.forge.admin.get(f"/api/v1/repos/{ORG}/rfc-{slug}").is_success

    def _get(self, path: str) -> list[Any]:
        return self._server.forge.admin.get(f"/api/v1/{path}").raise_for_status().json() or []

    def _rows(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(f"file:{self._server.database}?mode=ro", uri=True)) as database:
            return database.execute(query, values).fetchall()


STATES = "SELECT o.state, o.id FROM sagas s JOIN operations o ON o.id = s.op_id WHERE s.rfc_slug = ?"
KINDS = "SELECT action_kind FROM actions WHERE action_kind LIKE 'graduate_%' AND rfc_slug = ?"


def _differs(what: str, found: object, expected: object) -> list[str]:
    return [] if found == expected else [f"{what}: {found}, expected {expected}"]


@contextmanager
def soaking() -> Iterator[Soak]:
    """A server that can be told when to die."""
    with running_server(command=COMMAND) as server:
        yield Soak(server)
