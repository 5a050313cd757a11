"""Kills graduations of the real server process, starts it again, and looks at what is left (§13.5)."""

from __future__ import annotations

import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from services.domain.trailers import new_operation_id, operation_of
from tests.soak.words import READY, is_moment, over
from tests.soak.world import World, world
from tests.support.server import META, ORG, OWNER

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


@dataclass(frozen=True, slots=True)
class Run:
    """One graduation: which way it was meant to end, where it was killed, and what was found wrong.

    `moment` is the last that the killed server passed, by name; empty when it was not killed.
    """

    course: str
    killed_at: str
    seed: int
    moment: str
    restarts: int
    outcome: str
    wrong: tuple[str, ...]

    @property
    def was_killed(self) -> bool:
        """Whether the chosen moment came."""
        return self.moment != ""


class Soak:
    """A server that dies on request, and everything that is asked of it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._server = world.server
        self._passed: list[str] = []

    def moments(self, course: str, *, seed: int) -> list[str]:
        """All moments of a graduation that nobody kills, in order."""
        run = self.run(course, kill="", seed=seed)
        assert (run.wrong, run.moment) == ((), ""), run
        return self._passed

    def run(self, course: str, *, kill: str, seed: int) -> Run:
        """One graduation, killed at a moment (its number or name), started again, and looked at."""
        slug = self._world.next_entry()
        self._spoil(course, seed)
        op_id, number = new_operation_id(), slug.removeprefix("soak-")
        self._server.order(op_id=op_id, slug=slug, number=number, by=OWNER, kill=kill)
        words = list(self._server.words(until=over(op_id)))
        self._passed = [word for word in words if is_moment(word)]
        died = words[-1:] != [over(op_id)]
        moment = self._passed[-1] if died else ""
        restarts = self._start_again(op_id) if died else 0
        self._server.forge.faults.clear()
        outcome, wrong = self._judge(slug, op_id)
        return Run(course, kill, seed, moment, restarts, outcome, tuple(wrong))

    def _spoil(self, course: str, seed: int) -> None:
        """Each seed has its own trouble besides the kill: none, a slow Gitea, a lost answer, an error."""
        faults, chance = self._server.forge.faults, random.Random(seed)
        if course == BACK:
            faults.set(REFUSED)
        once = {"path": chance.choice(WRITES), "method": "POST", "times": 1}
        match seed % 4:
            case 1:
                faults.switch(mergeability=chance.choice([0.05, 0.2, 0.5]))
            case 2:
                faults.set(once | {"action": "status_after", "status": 504})
            case 3:
                faults.set(once | {"action": "status", "status": 500})

    def _start_again(self, op_id: str) -> int:
        """Until the graduation is over, with a new start whenever the process is gone; how many it took."""
        ended, starts = self._server.await_death(), 0
        assert ended == -signal.SIGKILL, f"the app ended with {ended}: {self._server.log.read_text()[-3000:]}"
        while True:
            starts += 1
            self._server.start(wait=False)
            words = list(self._server.words(until=READY))
            if self._state(op_id) != "pending":
                return starts
            if over(op_id) in words or over(op_id) in self._server.words(until=over(op_id)):
                return starts

    def _state(self, op_id: str) -> str:
        found = self._world.rows("SELECT state FROM operations WHERE id = ?", op_id)
        return str(found[0][0]) if found else "not begun"

    def _judge(self, slug: str, op_id: str) -> tuple[str, list[str]]:
        """`all`, `none` or how else it stands, and everything that does not fit."""
        state = self._state(op_id)
        kinds = sorted(kind for (kind,) in self._world.rows(KINDS, slug))
        pulls = [
            one
            for one in self._world.list(f"{META}/pulls?state=all&limit=50")
            if operation_of(one["body"]) == op_id
        ]
        claims = self._world.rows("SELECT name FROM saga_claims WHERE op_id = ?", op_id)
        wrong = [f"claims are left: {claims}"] if claims else []
        if state == "done":
            return "all", wrong + self._judge_all(slug, op_id, kinds, pulls)
        wrong += self._judge_none(slug, pulls)
        if state == "failed":
            return "none", wrong + [kind for kind in UNDONE_ROWS if f"graduate_{kind}" not in kinds]
        return ("none", wrong) if state == "not begun" else (state, [*wrong, f"it ended {state}"])

    def _judge_all(
        self, slug: str, op_id: str, kinds: list[str], pulls: list[dict[str, object]]
    ) -> list[str]:
        expected = sorted(f"graduate_{kind}" for kind in ALL_ROWS)
        wrong = _differs("audit", [kind for kind in kinds if kind != "graduate_failed"], expected)
        wrong += _differs("state", self._world.entry(slug)["state"], "active")
        wrong += _differs("pulls", [one["merged"] for one in pulls], [True])
        if not self._world.has_repository(f"rfc-{slug}"):
            return [*wrong, "no repository"]
        commits = [operation_of(one["commit"]["message"]) for one in self._world.list(f"rfc-{slug}/commits")]
        hooks = self._world.list(f"rfc-{slug}/hooks")
        return wrong + _differs("commits", commits, [op_id]) + _differs("hooks", len(hooks), 1)

    def _judge_none(self, slug: str, pulls: list[dict[str, object]]) -> list[str]:
        names = [one["name"] for one in self._world.list(f"{META}/branches?limit=50")]
        return (
            _differs("repository", self._world.has_repository(f"rfc-{slug}"), False)
            + _differs("branches", [name for name in names if name.startswith(f"graduate-{slug}-")], [])
            + _differs("open pulls", [one["number"] for one in pulls if one["state"] == "open"], [])
            + _differs("state", self._world.entry(slug)["state"], "super-draft")
        )


KINDS = "SELECT action_kind FROM actions WHERE action_kind LIKE 'graduate_%' AND rfc_slug = ?"


def _differs(what: str, found: object, expected: object) -> list[str]:
    return [] if found == expected else [f"{what}: {found}, expected {expected}"]


@contextmanager
def soaking() -> Iterator[Soak]:
    """A server that can be told when to die."""
    with world() as made:
        yield Soak(made)
