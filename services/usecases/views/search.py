"""What a search finds (§7.2): RFCs by their best passage, each with the passages that have the words.

Only texts on main are indexed, which everybody may read: whoever asks, the answer is the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from services.domain.entry import EntryState
from services.domain.identifiers import PullNumber, Repository, Slug
from services.domain.pull import PullKind
from services.domain.search import Fragment, Query, finder, has_hit, marked, parse_query, snippet
from services.domain.text_home import pull_path
from services.store.queries import search as index
from services.store.queries.search import Hit, SectionRow
from services.usecases.views.catalog import CatalogRow

if TYPE_CHECKING:
    from services.usecases.catalog_cache import PullTitle
    from services.usecases.context import Context

MOST_PASSAGES = 300
PULLS_SHOWN = 6
PASSAGES_SHOWN = 3
"""Passages of one RFC that are shown; the others are counted."""
GROUPS_AT_ONCE = 20
_NUMBER = re.compile(r"\s*(?:rfc[\s-]*)?0*([1-9]\d{0,8})\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPassage:
    """One section that has the words; `anchor` is empty above the first heading."""

    anchor: str
    number: str
    heading: tuple[Fragment, ...]
    snippet: tuple[Fragment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRfc:
    """One RFC; `others` is how many more of its sections have the words."""

    slug: Slug
    title: tuple[Fragment, ...]
    number: int | None
    state: EntryState
    passages: tuple[FoundPassage, ...]
    others: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPull:
    """One open pull request or idea whose title has the words; `path` is its page."""

    number: PullNumber
    title: tuple[Fragment, ...]
    rfc_title: str
    opened_by: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchView:
    """One screenful of what was found; `next_offset` is where the next one begins, if there is one.

    `within` is the one RFC that was asked for, with its title; None where all were.
    """

    text: str
    within: tuple[Slug, str] | None
    found: tuple[FoundRfc, ...]
    pulls: tuple[FoundPull, ...]
    shortened: bool
    next_offset: int | None


async def search(
    context: Context, *, text: str, slug: str = "", offset: int = 0, limit: int = GROUPS_AT_ONCE
) -> SearchView:
    """Search titles, headings and texts of every RFC; a number alone finds the RFC of that number first.

    With the slug of an RFC, all that this one has; what is no RFC's slug narrows nothing.
    """
    query = parse_query(text)
    catalog, opened = await context.catalog.with_titles(context.store)
    rows = {row.slug: row for row in catalog.rows}
    one = rows.get(Slug(slug))
    most = MOST_PASSAGES if one else PASSAGES_SHOWN
    async with context.store.read() as work:
        hits = await index.find(work, query=query, limit=MOST_PASSAGES)
        groups = _grouped(hits, {one.slug: one} if one else rows, _number_of(text))
        shown = groups[offset : offset + limit]
        ids = [hit.id for _, group in shown for hit in group[:most]]
        sections = await index.sections(work, ids=ids) if ids else {}
    more = offset + limit if len(groups) > offset + limit else None
    found = tuple(_found(rows[slug], group[:most], len(group), sections, query) for slug, group in shown)
    return SearchView(
        text=text.strip(),
        within=(one.slug, one.title) if one else None,
        found=found,
        pulls=tuple(_found_pulls(() if offset or one else opened, rows, query, context.meta)),
        shortened=query.shortened,
        next_offset=more,
    )


def _number_of(text: str) -> int | None:
    """`RFC-12`, `12` and `0012` name a number."""
    found = _NUMBER.fullmatch(text)
    return int(found[1]) if found else None


def _grouped(
    hits: Iterable[Hit], rows: dict[Slug, CatalogRow], number: int | None
) -> list[tuple[Slug, list[Hit]]]:
    """Hits by RFC, in the order of each one's best."""
    groups: dict[Slug, list[Hit]] = {
        row.slug: [] for row in rows.values() if number is not None and row.number == number
    }
    for hit in hits:
        if hit.slug in rows:
            groups.setdefault(hit.slug, []).append(hit)
    return list(groups.items())


def _found(
    row: CatalogRow, hits: Sequence[Hit], count: int, sections: dict[int, SectionRow], query: Query
) -> FoundRfc:
    shown = [_passage(sections[hit.id], query) for hit in hits if hit.id in sections]
    # A title's words count for each of its sections; those that have none themselves are no news.
    telling = [passage for passage in shown if has_hit(passage.heading) or has_hit(passage.snippet)]
    return FoundRfc(
        slug=row.slug,
        title=marked(row.title, query),
        number=row.number,
        state=row.state,
        passages=tuple(telling or shown[:1]),
        others=count - len(hits),
    )


def _passage(section: SectionRow, query: Query) -> FoundPassage:
    return FoundPassage(
        anchor=section.anchor,
        number=section.number,
        heading=marked(section.heading, query),
        snippet=snippet(section.text, query),
    )


def _found_pulls(
    opened: Iterable[PullTitle], rows: dict[Slug, CatalogRow], query: Query, meta: Repository
) -> Iterable[FoundPull]:
    """Open ones by title."""
    has_all = finder(query)
    for found in islice((one for one in opened if has_all(one.line)), PULLS_SHOWN):
        pull = found.pull
        entry = rows.get(pull.rfc_slug) if pull.rfc_slug else None
        yield FoundPull(
            number=pull.pr_number,
            title=marked(found.title, query),
            rfc_title=entry.title if entry else "",
            opened_by=pull.opened_by,
            path=f"/proposal/{pull.pr_number}"
            if pull.pr_kind is PullKind.IDEA
            else pull_path(
                pull.rfc_slug or "",
                pull.pr_number,
                meta=pull.repo.lower() == meta.lower(),
                graduated=entry is not None and entry.number is not None,
            ),
        )
