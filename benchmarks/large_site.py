"""A large site's database: search over many RFCs, the audit page over a million rows, a tick over 10,000 branches."""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import create_engine, insert

from benchmarks.figure import Figure, percentile
from benchmarks.site import WORDS, long_text
from components.admin.record import audit_html
from services.domain.actors import Actor, Role
from services.domain.audit import ActionKind
from services.domain.clock import now
from services.domain.entry import EntryState
from services.domain.identifiers import Login, Repository, Slug
from services.gitea.bot import Bot
from services.gitea.client import GiteaClient
from services.store.migrate import migrate
from services.store.queries import catalog, users
from services.store.queries.catalog import RfcRow
from services.store.shape import table_of
from services.store.tables import Action, BranchSetting, CachedBranch, CachedPr
from services.store.unit_of_work import Store
from services.usecases.assemble import close_context, open_context
from services.usecases.context import Context
from services.usecases.hygiene import tidy
from services.usecases.views.admin import Wanted, audit_view
from services.usecases.views.search import search

ACTS, BRANCHES, PULLS = 1_000_000, 10_000, 4_000
ROUNDS = 40
META = Repository("bench/meta")
NOWHERE = "http://127.0.0.1:9"
AT_ONCE = 5_000


def measure(entries: int) -> list[Figure]:
    """Fill a SQLite file and measure on it; what is filled in is not counted."""
    with tempfile.TemporaryDirectory(prefix="rfc-bench-") as folder:
        path = Path(folder, "rfc.db")
        migrate(f"sqlite+aiosqlite:///{path}", backup_dir=Path(folder))
        return asyncio.run(_measured(path, entries))


async def _measured(path: Path, entries: int) -> list[Figure]:
    async with _context(path) as context:
        owner = await _owner(context)
        await _fill_catalog(context, entries)
        await asyncio.to_thread(_fill_tables, path, owner)
        return [
            await _figure(f"search over {entries:,} RFCs", 30, _searches(context)),
            await _figure(f"audit page over {ACTS:,} rows", 100, _pages_of_the_record(context, owner)),
            await _tick(context),
        ]


@asynccontextmanager
async def _context(path: Path) -> AsyncIterator[Context]:
    store = await Store.open(f"sqlite+aiosqlite:///{path}")
    client = GiteaClient(NOWHERE, "none")
    bot = Bot(client, org="bench", meta=META, gitea_url=NOWHERE, bot_login="bot")
    context = await open_context(
        store=store,
        gitea=client,
        bot=bot,
        org="bench",
        meta=META,
        owner_login="owner",
        gitea_url=NOWHERE,
        app_url=NOWHERE,
    )
    yield context
    await close_context(context)


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


async def _fill_catalog(context: Context, entries: int) -> None:
    text = long_text(2_000_000)
    dice = random.Random(7)
    rows = []
    for number in range(entries):
        at = dice.randrange(len(text) - 3_000)
        rows.append(
            RfcRow(
                slug=Slug(f"entry-{number:05}"),
                title=" ".join(dice.choices(WORDS, k=3)).capitalize(),
                state=EntryState.SUPER_DRAFT,
                body=text[at : at + 3_000],
                blob_sha=f"{number:040x}",
                body_sha=f"{number:040x}",
                last_activity_at=now(),
            )
        )
    for begin in range(0, entries, 250):
        async with context.store.write() as work:
            await catalog.upsert_many(work, rows=rows[begin : begin + 250])


def _fill_tables(path: Path, owner: Actor) -> None:
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        for table, rows in (
            (Action, _acts(owner)),
            (CachedBranch, _branches()),
            (BranchSetting, _settings(owner)),
            (CachedPr, _pulls()),
        ):
            batch: list[dict[str, object]] = []
            for row in rows:
                batch.append(row)
                if len(batch) == AT_ONCE:
                    connection.execute(insert(table_of(table)), batch)
                    batch = []
            if batch:
                connection.execute(insert(table_of(table)), batch)
    engine.dispose()


def _acts(owner: Actor) -> Iterator[dict[str, object]]:
    began, kinds = now() - timedelta(days=900), list(ActionKind)
    for number in range(ACTS):
        yield {
            "actor_user_id": owner.id if number % 5 else None,
            "on_behalf_of": "owner",
            "action_kind": kinds[number % len(kinds)].value,
            "rfc_slug": f"entry-{number % 5_000:05}",
            "repo": META,
            "pr_number": number % 900,
            "details": {"n": number},
            "op_id": f"{number:032x}",
            "created_at": began + timedelta(minutes=number),
        }


def _branches() -> Iterator[dict[str, object]]:
    for number in range(BRANCHES):
        yield {
            "repo": META,
            "name": f"edit-{number}",
            "rfc_slug": f"entry-{number % 5_000:05}",
            "head_sha": f"{number:040x}",
            "state": "open",
            "pinned": False,
            "last_commit_at": now() - timedelta(days=number % 20),
        }


def _settings(owner: Actor) -> Iterator[dict[str, object]]:
    for number in range(BRANCHES):
        yield {
            "repo": META,
            "branch_name": f"edit-{number}",
            "rfc_slug": f"entry-{number % 5_000:05}",
            "created_by": owner.id,
            "created_at": now() - timedelta(days=20),
        }


def _pulls() -> Iterator[dict[str, object]]:
    for number in range(PULLS):
        yield {
            "repo": META,
            "pr_number": number + 1,
            "pr_kind": "meta_body_edit",
            "state": "open",
            "rfc_slug": f"entry-{number % 5_000:05}",
            "head_branch": f"edit-{number}",
            "opened_at": now(),
            "updated_at": now(),
        }


def _searches(context: Context) -> Iterator[Callable[[], Awaitable[object]]]:
    dice = random.Random(3)
    for number in range(ROUNDS):
        words = " ".join(dice.sample(WORDS, k=1 + number % 3))
        yield partial(search, context, text=words)


def _pages_of_the_record(context: Context, owner: Actor) -> Iterator[Callable[[], Awaitable[object]]]:
    dice = random.Random(4)
    filters: tuple[tuple[Wanted, int | None], ...] = (
        (Wanted(), None),
        (Wanted(), ACTS // 2),
        (Wanted(kind=ActionKind.MERGE_PULL), None),
        (Wanted(who="owner"), None),
        (Wanted(who="-"), None),
        (Wanted(slug=f"entry-{dice.randrange(5_000):05}"), None),
        (Wanted(since=now() - timedelta(days=300), until=now() - timedelta(days=299)), None),
        (Wanted(who="owner", kind=ActionKind.MERGE_PULL, since=now() - timedelta(days=30)), None),
    )

    async def page(wanted: Wanted, before_id: int | None) -> str:
        view = await audit_view(context, viewer=owner, wanted=wanted, before_id=before_id)
        return audit_html(view, {})

    for number in range(ROUNDS):
        yield partial(page, *filters[number % len(filters)])


async def _figure(what: str, target: float, acts: Iterator[Callable[[], Awaitable[object]]]) -> Figure:
    took = []
    for act in acts:
        began = time.perf_counter()
        await act()
        took.append((time.perf_counter() - began) * 1000)
    return Figure(f"{what}, p95", percentile(took, 0.95), "ms", target, f"p50 {percentile(took, 0.5):.1f}")


async def _tick(context: Context) -> Figure:
    began = time.perf_counter()
    done = await tidy(context)
    return Figure(
        f"hygiene tick over {BRANCHES:,} branches",
        time.perf_counter() - began,
        "s",
        2,
        f"{done.waiting} wait",
    )
