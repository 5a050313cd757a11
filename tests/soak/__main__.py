"""`make soak`: mails whose sender is killed, then every moment of a graduation, forward and back; prints tables."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Iterator
from itertools import chain, zip_longest
from pathlib import Path

from tests.soak import mails
from tests.soak.results import Results
from tests.soak.soak import BACK, FORWARD, Soak, soaking

TOLD = 100
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
    parser.add_argument(
        "--resume", type=Path, metavar="FILE", help="go on from what FILE holds, and add to it"
    )
    parser.add_argument("--only", choices=["mails", "graduations"], help="one of the two parts")
    chosen = parser.parse_args()
    failed = 0 if chosen.only == "graduations" else asyncio.run(mails.main())
    return failed if chosen.only == "mails" else failed | graduations(chosen)


def graduations(chosen: argparse.Namespace) -> int:
    """Kill graduations at every moment; 1 if anything was wrong."""
    began = time.monotonic()
    until = began + 60 * chosen.minutes if chosen.minutes else float("inf")
    results, runs = Results(chosen.resume), 0
    with soaking() as soak:
        for seed, course, number in plan(soak, results, chosen):
            if time.monotonic() > until:
                break
            run = soak.run(course, kill=str(number), seed=seed)
            results.add(run)
            runs += 1
            if run.wrong:
                print(run, file=sys.stderr, flush=True)
            if runs % TOLD == 0:
                print(f"{runs} in {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    print(results.table())
    return 1 if results.wrong else 0


def plan(soak: Soak, results: Results, chosen: argparse.Namespace) -> Iterator[tuple[int, str, int]]:
    """What is left to do: every moment of a seed, both courses in turn, then the next seed."""
    for seed in range(chosen.first, chosen.first + chosen.seeds):
        left = []
        for course in (FORWARD, BACK):
            if (course, seed) not in results.moments:
                results.add_moments(course, seed, soak.moments(course, seed=seed))
            count = len(results.moments[course, seed])
            numbers = range(1 + seed % chosen.every, count + 1, chosen.every)
            left.append([(course, number) for number in numbers if not results.has(course, seed, number)])
        for course, number in filter(None, chain.from_iterable(zip_longest(*left))):
            yield seed, course, number


if __name__ == "__main__":
    sys.exit(main())
