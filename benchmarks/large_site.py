"""A large site's database: search over many RFCs, the audit page over a million rows, a tick over 10,000 branches."""

from __future__ import annotations

import asyncio
import random
import re
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from benchmarks.figure import Figure, percentile
from benchmarks.filling import ACTS, BRANCHES, DECISIONS, IDEAS, fill, texts
from benchmarks.storage import migrated
from components.admin.models import models_html
from components.admin.record import audit_html
from services.domain.actors import Actor, Role
from services.domain.audit import ActionKind
from services.domain.clock import now
from services.domain.identifiers import Login
from services.store.queries import users
from services.usecases.context import Context
from services.usecases.hygiene import tidy
from services.usecases.views.admin import Wanted, audit_view
from services.usecases.views.model_record import Span, models_view
from services.usecases.views.search import search
from tests.support.postgres import running_cluster

ROUNDS = 80
WORD = re.compile(r"[a-z]{3,}")


def measure(entries: int, corpus: Path | None) -> list[Figure]:
    """On a SQLite file, and on PostgreSQL where it is installed; what is filled in is not counted."""
    with tempfile.TemporaryDirectory(prefix="rfc-bench-") as folder:
        here = Path(folder)
        figures = measured_on(f"sqlite+aiosqlite:///{here / 'rfc.db'}", "SQLite", entries, corpus)
    return figures + _on_postgres(entries, corpus)


def _on_postgres(entries: int, corpus: Path | None) -> list[Figure]:
    try:
        with running_cluster() as cluster:
            cluster.run("CREATE DATABASE large")
            return measured_on(cluster.url("large"), "PostgreSQL", entries, corpus)
    except pytest.skip.Exception as missing:
        return [Figure(f"PostgreSQL: {missing}", 0, "")]


def measured_on(url: str, name: str, entries: int, corpus: Path | None) -> list[Figure]:
    """Fill an empty database and measure on it."""
    return asyncio.run(_measured(url, name, entries, corpus))


async def _measured(url: str, name: str, entries: int, corpus: Path | None) -> list[Figure]:
    began = time.perf_counter()
    async with migrated(url) as context:
        owner = await _owner(context)
        await fill(context, url, owner=owner, entries=entries, corpus=corpus)
        filled = Figure(f"{name}: filling the database", time.perf_counter() - began, "s")
        return [
            filled,
            await _figure(f"{name}: search over {entries:,} RFCs", 30, _searches(context, corpus)),
            await _figure(
                f"{name}: audit page over {ACTS:,} rows", 100, _pages_of_the_record(context, owner)
            ),
            await _figure(f"{name}: models tab over {DECISIONS:,} cards", None, _records(context, owner)),
            await _tick(context, name),
        ]


async def _owner(context: Context) -> Actor:
    async with context.store.write() as work:
        key = await users.insert(
            work,
            gitea_id=1,
            login=Login("owner"),
            email="",
            display_name="Owner",
            avatar_url="",
            role=Role.OWNER,
        )
    return Actor(id=key, login=Login("owner"), display_name="Owner", role=Role.OWNER)


def _searches(context: Context, corpus: Path | None) -> Iterator[Callable[[], Awaitable[object]]]:
    """One to three words that stand together somewhere, so that there is something to find."""
    dice = random.Random(3)
    documents = [WORD.findall(body.lower()) for _, body in texts(corpus)]
    for number in range(ROUNDS):
        words = dice.choice(documents)
        at = dice.randrange(len(words) - 3)
        yield partial(search, context, text=" ".join(words[at : at + 1 + number % 3]))


def _pages_of_the_record(context: Context, owner: Actor) -> Iterator[Callable[[], Awaitable[object]]]:
    filters: tuple[tuple[Wanted, int | None], ...] = (
        (Wanted(), None),
        (Wanted(), ACTS // 2),
        (Wanted(kind=ActionKind.MERGE_PULL), None),
        (Wanted(who="owner"), None),
        (Wanted(who="-"), None),
        (Wanted(slug="entry-77"), None),
        (Wanted(since=now() - timedelta(days=300), until=now() - timedelta(days=299)), None),
        (Wanted(who="owner", kind=ActionKind.MERGE_PULL, since=now() - timedelta(days=30)), None),
    )

    async def page(wanted: Wanted, before_id: int | None) -> str:
        view = await audit_view(context, viewer=owner, wanted=wanted, before_id=before_id)
        return audit_html(view, {})

    for number in range(ROUNDS):
        yield partial(page, *filters[number % len(filters)])


def _records(context: Context, owner: Actor) -> Iterator[Callable[[], Awaitable[object]]]:
    async def tab(span: Span) -> str:
        return models_html(await models_view(context, viewer=owner, span=span), span)

    for number in range(ROUNDS // 4):
        yield partial(tab, tuple(Span)[number % len(Span)])


async def _figure(what: str, target: float | None, acts: Iterator[Callable[[], Awaitable[object]]]) -> Figure:
    """The first one warms up; processor time is this process's, in which SQLite works and PostgreSQL does not."""
    await next(acts)()
    took, worked = [], []
    for act in acts:
        began, busy = time.perf_counter(), time.process_time()
        await act()
        took.append((time.perf_counter() - began) * 1000)
        worked.append((time.process_time() - busy) * 1000)
    detail = f"p50 {percentile(took, 0.5):.1f}, processor time p95 {percentile(worked, 0.95):.1f}"
    return Figure(f"{what}, p95", percentile(took, 0.95), "ms", target, detail)


async def _tick(context: Context, name: str) -> Figure:
    began = time.perf_counter()
    await tidy(context)
    what = f"{name}: hygiene tick over {BRANCHES:,} branches and {IDEAS:,} decided ideas"
    return Figure(what, time.perf_counter() - began, "s", 2)
