"""`cached_rfcs`, `cached_prs`, `sync_states` and `webhook_deliveries` on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Connection, event

from services.domain.entry import EntryState
from services.domain.identifiers import CommitSha, PullNumber, Repository, Slug
from services.domain.pull import PullKind, PullState
from services.store.queries import cache, catalog, deliveries, pulls, sync
from services.store.queries.catalog import RfcRow, RfcSummary
from services.store.queries.pulls import PullRow
from services.store.queries.sync import Problem, SyncRow
from services.store.unit_of_work import Store
from tests.support.people import NOON, person

META = Repository("ohm/meta")
HUMAN = RfcRow(
    slug=Slug("human"),
    title="Human",
    state=EntryState.ACTIVE,
    rfc_id="RFC-0001",
    number=1,
    repo="ohm/rfc-0001-human",
    proposed_by="writer",
    proposed_at="2026-04-01",
    graduated_by="owner",
    graduated_at="2026-04-20",
    owners=("writer", "owner"),
    arbiters=("owner",),
    tags=("core",),
    models=(),
    funder="reader",
    body="# Human\n\nÄ 🜂 being.\n",
    blob_sha="b" * 40,
    body_sha="c" * 40,
    last_activity_at=NOON,
)
ANIMAL = RfcRow(slug=Slug("animal"), title="Animal", state=EntryState.SUPER_DRAFT, last_activity_at=NOON)
IDEA = PullRow(
    repo=META,
    pr_number=PullNumber(3),
    pr_kind=PullKind.IDEA,
    state=PullState.OPEN,
    rfc_slug=Slug("human"),
    title="Propose Human",
    body="A pitch.",
    opened_by="writer",
    head_branch="idea-human-0a1b2c",
    head_sha="d" * 40,
    entry_title="Human",
    entry_tags=("core", "first"),
    entry_body="# Human\n",
    opened_at=NOON,
    updated_at=NOON,
)


@asynccontextmanager
async def statements(store: Store) -> AsyncIterator[list[str]]:
    """The first words of what the writing connection is sent."""
    sent: list[str] = []

    def note(_connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement.split(maxsplit=1)[0])

    engine = store._engines.write.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


async def upsert_entries(store: Store, *rows: RfcRow) -> list[Slug]:
    async with store.write() as work:
        return await catalog.upsert_many(work, rows=rows)


async def entry(store: Store, slug: Slug) -> RfcRow | None:
    async with store.read() as work:
        return await catalog.find(work, slug=slug)


async def upsert_pulls(store: Store, *rows: PullRow) -> list[tuple[Repository, PullNumber]]:
    async with store.write() as work:
        return await pulls.upsert_many(work, rows=rows)


async def test_an_entry_comes_back_as_it_was_stored(store: Store) -> None:
    assert await upsert_entries(store, HUMAN, ANIMAL) == ["human", "animal"]

    assert [await entry(store, Slug(name)) for name in ("human", "animal", "ghost")] == [HUMAN, ANIMAL, None]


async def test_a_second_reading_of_the_same_world_writes_nothing(store: Store) -> None:
    await upsert_entries(store, HUMAN, ANIMAL)
    await upsert_pulls(store, IDEA)

    async with statements(store) as sent:
        assert (await upsert_entries(store, HUMAN, ANIMAL), await upsert_pulls(store, IDEA)) == ([], [])

    assert set(sent) <= {"SELECT", "BEGIN"}


async def test_only_what_differs_is_written(store: Store) -> None:
    await upsert_entries(store, HUMAN, ANIMAL)
    changed = replace(ANIMAL, models=("claude",), last_activity_at=NOON + timedelta(seconds=1))

    async with store.write() as work:
        told = [
            await catalog.upsert(work, row=HUMAN),
            await catalog.upsert(work, row=changed),
            await catalog.upsert(work, row=changed),
        ]

    assert told == [False, True, False]
    assert await entry(store, Slug("animal")) == changed


async def test_no_models_and_no_list_of_models_are_two_things(store: Store) -> None:
    await upsert_entries(store, replace(HUMAN, models=None), replace(ANIMAL, models=()))

    rows = [await entry(store, Slug("human")), await entry(store, Slug("animal"))]
    assert [row.models if row else "missing" for row in rows] == [None, ()]


async def test_lists_carry_no_text_and_go_by_slug(store: Store) -> None:
    await upsert_entries(store, HUMAN, ANIMAL)

    async with store.read() as work:
        listed = await catalog.list_rows(work)
        shas = await catalog.blob_shas(work)
        texts = [row.body for row in await catalog.rows_of(work, slugs=[Slug("human"), Slug("ghost")])]
    assert [row.slug for row in listed] == ["animal", "human"]
    assert listed[1] == RfcSummary(**{name: getattr(HUMAN, name) for name in RfcSummary.__dataclass_fields__})
    assert shas == {"animal": "", "human": "b" * 40}
    assert texts == [HUMAN.body]


async def test_thousands_of_entries_are_stored_in_one_go(store: Store) -> None:
    rows = [replace(ANIMAL, slug=Slug(f"entry-{number:04}")) for number in range(2500)]
    await upsert_entries(store, *rows)

    changed = await upsert_entries(store, *rows[:-1], replace(rows[-1], title="New"))

    async with store.read() as work:
        listed = [row.slug for row in await catalog.list_rows(work)]
    assert (changed, listed) == (["entry-2499"], [row.slug for row in rows])


async def test_an_entry_that_is_gone_is_forgotten(store: Store) -> None:
    await upsert_entries(store, HUMAN)

    async with store.write() as work:
        removed = [await catalog.remove(work, slug=HUMAN.slug), await catalog.remove(work, slug=HUMAN.slug)]

    assert (removed, await entry(store, HUMAN.slug)) == ([True, False], None)


async def test_characters_a_database_cannot_store_are_replaced_and_still_compare_equal(store: Store) -> None:
    odd = replace(HUMAN, title="a\0b\ud800c\U0001f702", tags=("x\0",))

    twice = [await upsert_entries(store, odd), await upsert_entries(store, odd)]

    stored = await entry(store, HUMAN.slug)
    assert twice == [["human"], []]
    assert stored == replace(odd, title="a\ufffdb\ufffdc\U0001f702", tags=("x\ufffd",))


async def test_a_pull_request_comes_back_as_it_was_stored(store: Store) -> None:
    await upsert_pulls(store, IDEA)

    async with store.write() as work:
        told = [await pulls.upsert(work, row=IDEA), await pulls.upsert(work, row=replace(IDEA, body="B"))]
        found = await pulls.find(work, repo=META, number=PullNumber(3))
        nothing = await pulls.find(work, repo=Repository("ohm/other"), number=PullNumber(3))
    assert (told, found, nothing) == ([False, True], replace(IDEA, body="B"), None)


async def test_the_same_number_in_two_repositories_is_two_pull_requests(store: Store) -> None:
    other = replace(IDEA, repo=Repository("ohm/other"))

    assert await upsert_pulls(store, IDEA, other) == [(META, 3), ("ohm/other", 3)]
    async with store.write() as work:
        assert await pulls.remove(work, repo=META, number=PullNumber(3)) is True
        assert await pulls.list_all(work, repo=META) == []
        assert await pulls.list_all(work, repo=Repository("ohm/other")) == [other]


async def test_open_pull_requests_are_listed_newest_first_and_counted_by_entry(store: Store) -> None:
    older = replace(IDEA, pr_number=PullNumber(2), opened_at=NOON - timedelta(days=1))
    closed = replace(IDEA, pr_number=PullNumber(4), state=PullState.CLOSED)
    edits = [
        replace(IDEA, pr_number=PullNumber(number), pr_kind=PullKind.META_BODY_EDIT, rfc_slug=Slug("animal"))
        for number in (5, 6)
    ]
    stray = replace(edits[0], pr_number=PullNumber(7), rfc_slug=None)
    await upsert_pulls(store, IDEA, older, closed, *edits, stray)

    async with store.read() as work:
        ideas = [row.pr_number for row in await pulls.list_open(work, kind=PullKind.IDEA)]
        everything = [row.pr_number for row in await pulls.list_open(work)]
        counts = await pulls.count_open_by_slug(work)
        of_human = [row.pr_number for row in await pulls.list_for_slug(work, slug=Slug("human"))]
    assert (ideas, everything, counts) == ([3, 2], [7, 6, 5, 3, 2], {"animal": 2})
    assert of_human == [4, 3, 2]


async def test_dropping_the_cache_drops_nothing_else(store: Store) -> None:
    user_id = await person(store)
    await upsert_entries(store, HUMAN)
    await upsert_pulls(store, IDEA)
    async with store.write() as work:
        await sync.record_read(work, repo=META, commit_sha=CommitSha("e" * 40), reason="sweep", at=NOON)
        await cache.drop_everything(work)

    async with store.read() as work:
        left = (
            await catalog.list_rows(work),
            await pulls.list_all(work, repo=META),
            [row.repo for row in await sync.list_all(work)],
        )
    assert left == ([], [], [META])
    assert user_id == 1


async def test_the_sync_report_tells_the_last_reading(store: Store) -> None:
    sha = CommitSha("e" * 40)
    async with store.write() as work:
        told = [
            await sync.record_read(work, repo=META, commit_sha=sha, reason="sweep", full=True, at=NOON),
            await sync.record_read(
                work, repo=META, commit_sha=sha, reason="nudge", at=NOON + timedelta(minutes=1)
            ),
        ]

    async with store.read() as work:
        report = await sync.list_all(work)
    assert told == [True, False]
    assert report == [
        SyncRow(
            repo=META,
            last_read_at=NOON + timedelta(minutes=1),
            last_full_read_at=NOON,
            last_commit_sha=sha,
            last_reason="nudge",
            last_error=None,
            last_error_at=None,
            problems=(),
        )
    ]


async def test_an_error_stands_until_the_next_reading(store: Store) -> None:
    sha = CommitSha("e" * 40)
    async with store.write() as work:
        told = [
            await sync.record_error(work, repo=META, error="No answer.", at=NOON),
            await sync.record_error(work, repo=META, error="No answer.", at=NOON + timedelta(minutes=5)),
        ]
        failing = await sync.find(work, repo=META)
        told.append(await sync.record_read(work, repo=META, commit_sha=sha, reason="sweep", at=NOON))
        well = await sync.find(work, repo=META)

    assert told == [True, False, True]
    assert failing is not None
    assert well is not None
    assert (failing.last_error, failing.last_error_at) == ("No answer.", NOON + timedelta(minutes=5))
    assert (well.last_error, well.last_error_at, well.last_commit_sha) == (None, None, sha)


async def test_problems_are_written_only_when_they_change(store: Store) -> None:
    broken = [Problem("rfcs/a.md", "It has no front matter."), Problem("rfcs/b.md", "It is not text.")]
    async with store.write() as work:
        told = [
            await sync.record_problems(work, repo=META, problems=[]),
            await sync.record_problems(work, repo=META, problems=broken),
            await sync.record_problems(work, repo=META, problems=broken),
        ]
        report = await sync.find(work, repo=META)
        gone = [await sync.remove(work, repo=META), await sync.remove(work, repo=META)]

    assert report is not None
    assert (told, report.problems, gone) == ([False, True, False], tuple(broken), [True, False])


async def test_a_delivery_is_new_once_until_it_is_purged(store: Store) -> None:
    async def remember(delivery: str, minutes: int) -> bool:
        async with store.write() as work:
            at = NOON + timedelta(minutes=minutes)
            return await deliveries.remember(work, delivery_id=delivery, event="push", repo="o/r", at=at)

    first = [await remember("d1", 0), await remember("d1", 1), await remember("d2", 2)]
    async with store.write() as work:
        purged = await deliveries.purge(work, before=NOON + timedelta(minutes=1))

    assert (first, purged, await remember("d1", 3)) == ([True, False, True], 1, True)
