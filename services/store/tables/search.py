"""What the search reads: `search_sections`, made of `cached_rfcs` alone (§7.2).

The full-text index itself is the database's own and stands in the migration: an FTS5 table on SQLite, a generated
`tsvector` column on PostgreSQL; both follow this table by themselves.
"""

from __future__ import annotations

from sqlmodel import Field

from services.store.tables.columns import StoredTable


class SearchSection(StoredTable, table=True):
    """One passage of one entry's text on main, with its words folded for comparing."""

    __tablename__ = "search_sections"

    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(index=True, max_length=80)
    position: int
    anchor: str = ""
    number: str = ""
    heading: str = ""
    text: str = ""
    title_words: str = ""
    heading_words: str = ""
    words: str = ""
