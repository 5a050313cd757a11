"""`python -m benchmarks [NAME…] [--entries 5000] [--corpus DIR]`: one line for each figure, with its target."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks import (
    accepting,
    anchors,
    answering,
    catalogs,
    diff_views,
    fan_out,
    keystroke,
    large_site,
    live_typing,
    merging,
    pages,
    prose_diff,
    recording,
    review_page,
    starting,
)
from benchmarks.figure import Figure
from benchmarks.revisions import read_revisions

REVISIONS = "revisions.jsonl"


def main() -> int:
    """Measure what is named, or all; exit 1 if a figure misses its target."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("names", nargs="*", metavar="NAME", help="which benchmarks; all without one")
    parser.add_argument(
        "--entries", type=int, default=5_000, help="documents of the site that pages are read from"
    )
    parser.add_argument(
        "--corpus",
        type=Path,
        help=f"a folder of real texts with {REVISIONS}: what they were before and after",
    )
    arguments = parser.parse_args()
    measures = _measures(arguments.entries, arguments.corpus)
    unknown = set(arguments.names) - measures.keys()
    if unknown:
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(measures)}")
    missed = 0
    for name in arguments.names or measures:
        for figure in measures[name]():
            missed += figure.missed
            print(figure.line(), flush=True)
    return 1 if missed else 0


def _measures(entries: int, corpus: Path | None) -> dict[str, Callable[[], list[Figure]]]:
    measures: dict[str, Callable[[], list[Figure]]] = {
        "starting": starting.measure,
        "catalogs": catalogs.measure,
        "pages": lambda: pages.measure(entries),
        "keystroke": keystroke.measure,
        "live_typing": live_typing.measure,
        "accepting": accepting.measure,
        "answering": answering.measure,
        "merging": merging.measure,
        "review_page": review_page.measure,
        "fan_out": fan_out.measure,
        "recording": recording.measure,
        "large_site": lambda: large_site.measure(entries, corpus),
    }
    if corpus is not None:
        revisions = read_revisions(corpus / REVISIONS)
        measures["prose_diff"] = lambda: prose_diff.measure(revisions)
        measures["diff_views"] = lambda: diff_views.measure(revisions)
        measures["anchors"] = lambda: anchors.measure(revisions)
    return measures


if __name__ == "__main__":
    sys.exit(main())
