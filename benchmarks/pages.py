"""Server time of pages and addresses, on a site of many generated documents."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

import httpx

from benchmarks.figure import Figure, milliseconds
from benchmarks.site import LONG_SLUG, running_site, write_corpus

ROUNDS = 30
PAGES = (
    ("catalog page, server time", "/catalog", 60),
    ("catalog data, server time", "/api/catalog", 60),
    ("RFC page of a 170 kB document, server time (warm)", f"/rfc/{LONG_SLUG}", 100),
    ("raw text of a 170 kB document", f"/api/rfcs/{LONG_SLUG}/raw", 100),
)
"""What, where, and the target in milliseconds."""


def measure(entries: int) -> list[Figure]:
    """Import that many documents, then ask for each page 30 times; the median counts."""
    with tempfile.TemporaryDirectory(prefix="rfc-bench-") as name:
        corpus = Path(name, "corpus")
        corpus.mkdir()
        write_corpus(corpus, entries=entries)
        began = time.perf_counter()
        with running_site(Path(name, "data"), corpus) as url:
            started = Figure(f"{entries} documents imported and served", time.perf_counter() - began, "s")
            with httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
                return [started, *(_figure(client, *page) for page in PAGES)]


def _figure(client: httpx.Client, what: str, path: str, target: float) -> Figure:
    times = [milliseconds(lambda: client.get(path).raise_for_status()) for _ in range(ROUNDS)]
    return Figure(what, statistics.median(times), "ms", target, f"slowest {max(times):.1f}")
