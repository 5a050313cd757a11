"""Searching every text on main, on both databases (§7.2)."""

from __future__ import annotations

from components.search import search_html
from services.domain.search import Fragment, parse_query
from services.store.queries import cache, catalog, search
from services.store.unit_of_work import Store
from services.usecases.decide_idea import decline, merge
from services.usecases.search_index import index_missing
from services.usecases.views.search import search as look_for
from tests.support.factories import rfc_row
from tests.support.world import World

TEXT = "Before it all.\n\n## Guardians\n\nA guardian speaks for someone.\n\n## Others\n\nA guardian too.\n"


async def found(store: Store, text: str) -> list[tuple[str, int]]:
    async with store.read() as work:
        hits = await search.find(work, query=parse_query(text), limit=50)
    return [(hit.slug, hit.position) for hit in hits]


async def stored(store: Store, **rows: str) -> None:
    entries = [rfc_row(slug=slug, title=slug.capitalize(), body=body) for slug, body in rows.items()]
    async with store.write() as work:
        await catalog.upsert_many(work, rows=entries)


async def test_a_heading_ranks_before_the_text_and_every_word_must_be_there(store: Store) -> None:
    await stored(store, human=TEXT, guest="Nothing of the kind.\n")

    assert await found(store, "guard") == [("human", 1), ("human", 2)]
    assert await found(store, "guardian speaks") == [("human", 1)]
    assert await found(store, '"speaks guardian"') == []
    assert await found(store, "human too") == [("human", 2)]


async def test_words_of_any_script_are_found(store: Store) -> None:
    await stored(
        store, words="全人類の記憶。ひとびと。 Un café; слово. 한국어는 1e5 v2.0 snake_case\n", other="else\n"
    )

    for query in ("人類", "ひと", "café", "CAFE", "слово", "한국", "1e5", "v2.0", "snake_case"):
        assert (query, await found(store, query)) == (query, [("words", 0)])


async def test_nothing_that_is_typed_breaks_it(store: Store) -> None:
    await stored(store, human=TEXT)

    for query in (
        "",
        '"',
        "' OR 1=1 --",
        "q:* & | !",
        "NEAR(q r)",
        "*",
        "\\",
        "q\0r",
        "\ud800",
        "w" * 10_000,
    ):
        assert (query, await found(store, query)) == (query, [])


async def test_the_index_follows_the_cache(store: Store) -> None:
    await stored(store, human=TEXT, guest="A guest.\n")
    await stored(store, human="Rewritten.\n")
    async with store.write() as work:
        await catalog.remove(work, slug=rfc_row(slug="guest").slug)

    assert [await found(store, word) for word in ("guardian", "guest", "rewritten")] == [
        [],
        [],
        [("human", 0)],
    ]

    async with store.write() as work:
        await cache.drop_everything(work)
    assert await found(store, "rewritten") == []


async def test_very_many_at_once_are_found_after_the_sweep(store: Store) -> None:
    await stored(
        store, **{f"entry{index}": f"Number {index}.\n" for index in range(catalog.INDEXED_AT_ONCE + 1)}
    )
    assert await found(store, "number") == []

    assert await index_missing(store) == catalog.INDEXED_AT_ONCE + 1

    assert len(await found(store, "number")) == 50
    assert await index_missing(store) == 0


async def test_hits_are_grouped_by_rfc_and_open_at_their_heading(world: World) -> None:
    await stored(world.store, human=TEXT, guest="Who comes. A guardian may come along.\n")

    view = await look_for(world.context, text="guardian")

    assert [(group.slug, [hit.anchor for hit in group.passages]) for group in view.found] == [
        ("human", ["guardians", "others"]),
        ("guest", [""]),
    ]
    assert view.found[0].passages[0].heading == (Fragment("Guardians", hit=True),)
    assert view.next_offset is None


async def test_the_sections_that_were_only_counted_are_shown_for_one_rfc(world: World) -> None:
    many = "".join(f"## Part {number}\n\nA guardian again.\n\n" for number in range(9))
    await stored(world.store, human=many, guest="A guardian may come along.\n")

    view = await look_for(world.context, text="guardian")
    human = next(group for group in view.found if group.slug == "human")
    assert (len(human.passages), human.others, view.within) == (3, 6, None)
    assert "/search?q=guardian&amp;rfc=human" in search_html(view)

    view = await look_for(world.context, text="guardian", slug="human")
    assert [(group.slug, len(group.passages), group.others) for group in view.found] == [("human", 9, 0)]
    assert view.within == ("human", "Human")
    assert "Search all RFCs" in search_html(view)

    assert len((await look_for(world.context, text="guardian", slug="nobody")).found) == 2


async def test_a_number_finds_its_rfc_first(world: World) -> None:
    async with world.store.write() as work:
        rows = [
            rfc_row(slug="human", title="Human", number=12, rfc_id="RFC-0012"),
            rfc_row(slug="dozen", title="Dozen", body="12 of them.\n"),
        ]
        await catalog.upsert_many(work, rows=rows)

    for text in ("RFC-12", "12", "0012", "rfc 12"):
        assert (await look_for(world.context, text=text)).found[0].slug == "human"


async def test_ideas_and_pulls_are_found_by_title(world: World) -> None:
    idea = await world.propose(slug="guardian", title="The guardian")

    view = await look_for(world.context, text="guardian")

    assert [(pull.number, pull.path) for pull in view.pulls] == [(idea.number, f"/proposal/{idea.number}")]
    assert view.found == ()


async def test_what_is_decided_meanwhile_is_no_open_pull_any_more(world: World) -> None:
    idea = await world.propose(slug="guardian", title="The guardian")
    second = await world.propose(slug="guardians", title="Guardians of others")
    assert len((await look_for(world.context, text="guardian")).pulls) == 2

    await decline(world.context, actor=world.owner, number=second.number, comment="One is enough.")
    await merge(world.context, actor=world.owner, number=idea.number)

    view = await look_for(world.context, text="guardian")
    assert view.pulls == ()
    assert [found.slug for found in view.found] == ["guardian"]
