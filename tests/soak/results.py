"""What came of the graduations that were killed: kept in a file, so that a later run goes on, and summed up in a table."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from tests.soak.soak import BACK, FORWARD, Run
from tests.soak.words import AFTER, BEFORE

HEAD = "| around | forward: kills → all, none | back: kills → none | wrong |\n|---|---|---|---|"
COMMIT = "commits to the database"


class Results:
    """Moments that were found and graduations that were killed; each stands in the file as soon as it is known."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.moments: dict[tuple[str, int], list[str]] = {}
        self.runs: dict[tuple[str, int, str], Run] = {}
        if path is not None and path.exists():
            for line in path.read_text().splitlines():
                self._take(json.loads(line))

    def add_moments(self, course: str, seed: int, names: list[str]) -> None:
        """What there is to be killed at."""
        self._write({"course": course, "seed": seed, "moments": names})

    def add(self, run: Run) -> None:
        """One graduation."""
        self._write(asdict(run))

    def has(self, course: str, seed: int, number: int) -> bool:
        """Whether it was killed there already."""
        return (course, seed, str(number)) in self.runs

    @property
    def wrong(self) -> list[Run]:
        """Those where something was not as it has to be."""
        return [run for run in self.runs.values() if run.wrong or run.restarts > 1]

    def table(self) -> str:
        """A line for each kind of request, and sums for each seed, in markdown."""
        return "\n".join([HEAD, *self._lines(), "", *self._sums()])

    def _write(self, line: dict[str, object]) -> None:
        self._take(line)
        if self._path is not None:
            with self._path.open("a") as file:
                file.write(f"{json.dumps(line)}\n")

    def _take(self, line: dict[str, object]) -> None:
        course, seed = str(line["course"]), int(str(line["seed"]))
        if "moments" in line:
            self.moments[course, seed] = list(line["moments"])  # type: ignore[call-overload]
        else:
            run = Run(**(line | {"wrong": tuple(line["wrong"])}))  # type: ignore[arg-type]
            self.runs[course, seed, run.killed_at] = run

    def _lines(self) -> Iterator[str]:
        places = dict.fromkeys(place(run.moment) for run in self.runs.values() if run.was_killed)
        for name in places:
            runs = [run for run in self.runs.values() if run.was_killed and place(run.moment) == name]
            ahead, back = ([run for run in runs if run.course == course] for course in (FORWARD, BACK))
            outcomes = Counter(run.outcome for run in ahead)
            forward = f"{len(ahead)} → {outcomes['all']}, {outcomes['none']}" if ahead else "–"
            undone = f"{len(back)} → {sum(run.outcome == 'none' for run in back)}" if back else "–"
            yield f"| {name} | {forward} | {undone} | {sum(bool(run.wrong) for run in runs)} |"

    def _sums(self) -> Iterator[str]:
        for seed in sorted({seed for _, seed in self.moments}):
            told = [self._sum(course, seed) for course in (FORWARD, BACK) if (course, seed) in self.moments]
            yield f"seed {seed}: {', '.join(told)}"
        runs = self.runs.values()
        killed = sum(run.was_killed for run in runs)
        most = max((run.restarts for run in runs), default=0)
        yield (
            f"\n{len(runs)} graduations, {killed} of them killed, at most {most} starts needed, "
            f"{len(self.wrong)} wrong."
        )

    def _sum(self, course: str, seed: int) -> str:
        runs = [run for run in self.runs.values() if (run.course, run.seed) == (course, seed)]
        killed = sum(run.was_killed for run in runs)
        ended = "" if killed == len(runs) else f", {len(runs) - killed} over before"
        return f"{course} {killed} killed at {len(self.moments[course, seed])} moments{ended}"


def place(moment: str) -> str:
    """A moment's request, or what commits have in common."""
    request = re.sub(f"^({BEFORE}|{AFTER})", "", moment).partition("?")[0]
    return COMMIT if request == "commit" else f"`{request}`"
