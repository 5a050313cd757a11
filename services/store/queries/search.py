"""The search index: written with the cache it is made of, read by one query on each database (§7.2)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import TextClause, bindparam, delete, exists, select, text

from services.domain.identifiers import Slug
from services.domain.search import Query, Term, passages_of, searchable
from services.store.shape import Shape, storable, table_of
from services.store.tables import CachedRfc, SearchSection
from services.store.work import Work

search_sections = table_of(SearchSection)
cached_rfcs = table_of(CachedRfc)

MOST_LOOKED_AT = 500
"""Passages that are ranked; where more have the words, those whose title or heading has them come first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexed:
    """What the index is made of: one entry's title and text."""

    slug: Slug
    title: str
    body: str


class Hit(NamedTuple):
    """One passage that has what was asked for; the higher `rank`, the better. Its columns in the index's order."""

    id: int
    slug: Slug
    position: int
    rank: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionRow:
    """One passage with its text."""

    id: int
    slug: Slug
    position: int
    anchor: str
    number: str
    heading: str
    text: str


SECTION = Shape(SectionRow, search_sections)


async def index(work: Work, *, entries: Sequence[Indexed]) -> None:
    """Put these entries into the index, in the place of what it had of them."""
    rows = await asyncio.to_thread(lambda: [row for entry in entries for row in _rows(entry)])
    await forget(work, slugs=[entry.slug for entry in entries])
    await work.insert_many(search_sections, rows)


async def forget(work: Work, *, slugs: Iterable[Slug]) -> None:
    """Take these entries out of the index."""
    gone = delete(search_sections).where(search_sections.c.slug == bindparam("gone"))
    await work.change_many(gone, [{"gone": slug} for slug in slugs])


async def unindexed(work: Work, *, limit: int) -> list[Indexed]:
    """Cached entries that the index doesn't have."""
    known = exists().where(search_sections.c.slug == cached_rfcs.c.slug)
    columns = (cached_rfcs.c.slug, cached_rfcs.c.title, cached_rfcs.c.body)
    statement = select(*columns).where(~known).order_by(cached_rfcs.c.slug).limit(limit)
    return [Indexed(**row) for row in await work.rows(statement)]


async def find(work: Work, *, query: Query, limit: int) -> list[Hit]:
    """The best passages that have every term, best first."""
    if not query.terms:
        return []
    if work.on_postgres:
        await work.rows(_BY_INDEX)
    statement = _postgres(query) if work.on_postgres else _sqlite(query)
    found = await work.rows(statement.bindparams(limit=limit, most=MOST_LOOKED_AT))
    return [Hit(*row.values()) for row in found]


async def sections(work: Work, *, ids: Sequence[int]) -> dict[int, SectionRow]:
    """These passages with their texts."""
    statement = SECTION.select.where(search_sections.c.id.in_(list(ids)))
    return {row["id"]: SECTION.read(row) for row in await work.rows(statement)}


def _rows(entry: Indexed) -> list[dict[str, object]]:
    title_words = searchable(entry.title)
    return [
        {
            "slug": entry.slug,
            "position": position,
            "anchor": storable(passage.anchor),
            "number": passage.number,
            "heading": storable(passage.heading),
            "text": storable(passage.text),
            "title_words": title_words,
            "heading_words": searchable(passage.heading),
            "words": searchable(passage.text),
        }
        for position, passage in enumerate(passages_of(entry.body, entry.title))
    ]


# ——— SQLite: FTS5 ———

_SQLITE: TextClause = text(
    """
    SELECT s.id, s.slug, s.position, max(found.rank) AS rank FROM (
        SELECT * FROM (
            SELECT rowid AS id, -bm25(search_index, 8.0, 5.0, 1.0) AS rank
            FROM search_index WHERE search_index MATCH :titled LIMIT :most
        ) UNION ALL SELECT * FROM (
            SELECT rowid AS id, -bm25(search_index, 8.0, 5.0, 1.0) AS rank
            FROM search_index WHERE search_index MATCH :words LIMIT :most
        )
    ) AS found JOIN search_sections AS s ON s.id = found.id
    GROUP BY s.id, s.slug, s.position ORDER BY rank DESC, s.id LIMIT :limit
    """
)


def _sqlite(query: Query) -> TextClause:
    words = _match(query)
    return _SQLITE.bindparams(words=words, titled=f"{{title_words heading_words}} : ({words})")


def _match(query: Query) -> str:
    """FTS5's language: tokens hold letters and digits only, so nothing in them has a meaning there."""
    return " AND ".join(f'"{" ".join(term.tokens)}"{" *" if term.prefix else ""}' for term in query.terms)


# ——— PostgreSQL: the words of titles (a) and headings (b) have an index of their own, since a common word stands in
# very many texts and few titles. Reading the whole table is cheaper for the most common words only, and four times
# dearer where the planner's figures are old or missing, as after an import: for this transaction it isn't done ———

_BY_INDEX: TextClause = text("SELECT set_config('enable_seqscan', 'off', true)")

_POSTGRES: TextClause = text(
    """
    SELECT id, slug, position, max(rank) AS rank FROM (
        (SELECT id, slug, position, ts_rank(CAST(:weights AS real[]), vector, to_tsquery('simple', :words), 1) AS rank
        FROM search_sections WHERE ts_filter(vector, '{a,b}') @@ to_tsquery('simple', :words) LIMIT :most)
        UNION ALL
        (SELECT id, slug, position, ts_rank(CAST(:weights AS real[]), vector, to_tsquery('simple', :words), 1) AS rank
        FROM search_sections WHERE vector @@ to_tsquery('simple', :words) LIMIT :most)
    ) AS found
    GROUP BY id, slug, position ORDER BY rank DESC, id LIMIT :limit
    """
).bindparams(weights=[0.1, 0.2, 0.6, 1.0])


def _postgres(query: Query) -> TextClause:
    return _POSTGRES.bindparams(words=_tsquery(query))


def _tsquery(query: Query) -> str:
    return " & ".join(f"({' <-> '.join(_lexemes(term))})" for term in query.terms)


def _lexemes(term: Term) -> list[str]:
    lexemes = [f"'{token}'" for token in term.tokens]
    return [*lexemes[:-1], f"{lexemes[-1]}:*"] if term.prefix else lexemes
