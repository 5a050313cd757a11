"""`make soak`: mails whose sender is killed, then every moment of a graduation, forward and back; prints tables."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Iterator
from itertools import chain, zip_longest

from tests.soak import mails
from tests.soak.soak import BACK, FORWARD, Run, soaking

TOLD = 20
"""Runs after which it says how far it is."""


def main() -> int:
    """Run, print, and say by the exit status whether anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=25, help="runs per moment")
    parser.add_argument("--minutes", type=float, default=0.0, help="stop after so long (0: never)")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument(
        "--every", type=int, default=1, help="only every so many moments, others with each seed"
    )
    parser.add_argument("--only", choices=["mails", "graduations"], help="one of the two parts")
    chosen = parser.parse_args()
    failed = 0 if chosen.only == "graduations" else asyncio.run(mails.main())
    return failed if chosen.only == "mails" else failed | graduations(chosen)


def graduations(chosen: argparse.Namespace) -> int:
    """Kill graduations at every moment; 1 if anything was wrong."""
    began = time.monotonic()
    until = began + 60 * chosen.minutes if chosen.minutes else float("inf")
    runs: list[Run] = []
    with soaking() as soak:
        moments = {course: soak.moments(course) for course in (FORWARD, BACK)}
        for course, number, seed in plan(
            moments, range(chosen.first, chosen.first + chosen.seeds), every=chosen.every
        ):
            if time.monotonic() > until:
                break
            runs.append(soak.run(course, kill=str(number), seed=seed))
            if runs[-1].wrong:
                print(runs[-1], file=sys.stderr, flush=True)
            if len(runs) % TOLD == 0:
                print(f"{len(runs)} in {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    print(table(moments, runs))
    return 1 if any(run.wrong or run.restarts > 1 for run in runs) else 0


def plan(moments: dict[str, list[str]], seeds: range, *, every: int = 1) -> Iterator[tuple[str, int, int]]:
    """One seed at every moment, both courses in turn, then the next seed: cut short, it has been everywhere."""
    for seed in seeds:
        kills = ([(course, at) for at in _numbers(names, seed, every)] for course, names in moments.items())
        for course, number in filter(None, chain.from_iterable(zip_longest(*kills))):
            yield course, number, seed


def _numbers(names: list[str], seed: int, every: int) -> range:
    return range(1 + seed % every, len(names) + 1, every)


def table(moments: dict[str, list[str]], runs: list[Run]) -> str:
    """A line for every moment, in markdown."""
    lines = [
        "| course | moment | killed | ended in all | ended in none | restarts needed | wrong |",
        "|---|---|---|---|---|---|---|",
    ]
    for course, names in moments.items():
        for number, name in enumerate(names, 1):
            mine = [run for run in runs if (run.course, run.killed_at) == (course, str(number))]
            outcomes = [run.outcome for run in mine]
            restarts = max((run.restarts for run in mine), default=0)
            wrong = sum(bool(run.wrong) for run in mine)
            cells = (
                course,
                f"{number} {name}",
                sum(run.was_killed for run in mine),
                outcomes.count("all"),
                outcomes.count("none"),
                restarts,
                wrong,
            )
            lines.append(f"| {' | '.join(str(cell) for cell in cells)} |")
    killed = sum(run.was_killed for run in runs)
    lines.append(
        f"\n{len(runs)} graduations, {killed} of them killed, {sum(bool(run.wrong) for run in runs)} wrong."
    )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
