"""`python -m benchmarks [--entries 5000]`: one line for each figure, with its target."""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.site import LONG_SLUG, running_site, write_corpus

ROUNDS = 30


@dataclass(frozen=True)
class Figure:
    """One figure of §19; times are in milliseconds, the median and the slowest of 30 answers."""

    what: str
    path: str
    target: float


FIGURES = (
    Figure("catalog page, server time", "/catalog", 60),
    Figure("catalog data, server time", "/api/catalog", 60),
    Figure("RFC page of a 170 kB document, server time (warm)", f"/rfc/{LONG_SLUG}", 100),
    Figure("raw text of a 170 kB document", f"/api/rfcs/{LONG_SLUG}/raw", 100),
)


def main() -> int:
    """Measure all figures; exit 1 if one misses its target."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--entries", type=int, default=5_000)
    entries = parser.parse_args().entries
    with tempfile.TemporaryDirectory(prefix="rfc-bench-") as name:
        corpus = Path(name, "corpus")
        corpus.mkdir()
        write_corpus(corpus, entries=entries)
        began = time.perf_counter()
        with running_site(Path(name, "data"), corpus) as url:
            print(f"{entries} documents imported and served after {time.perf_counter() - began:.1f} s")
            return _measure(url)


def _measure(url: str) -> int:
    missed = 0
    with httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
        for figure in FIGURES:
            times = sorted(_milliseconds(client, figure.path) for _ in range(ROUNDS))
            median = statistics.median(times)
            missed += median > figure.target
            verdict = "ok" if median <= figure.target else "MISSED"
            print(
                f"{verdict:<7}{median:8.1f} ms  slowest {times[-1]:8.1f}  target {figure.target:g}  {figure.what}"
            )
    return 1 if missed else 0


def _milliseconds(client: httpx.Client, path: str) -> float:
    began = time.perf_counter()
    client.get(path).raise_for_status()
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    sys.exit(main())
