"""Words that the copy-editor takes for right in one RFC: `rfc_words` (§18.2)."""

from __future__ import annotations

from sqlalchemy import select

from services.domain.clock import now
from services.domain.identifiers import Slug, UserId
from services.store.shape import storable, table_of
from services.store.tables import RfcWord
from services.store.work import Work

rfc_words = table_of(RfcWord)


async def add(work: Work, *, slug: Slug, word: str, added_by: UserId) -> bool:
    """Add a word (at most 80 characters); False when it is there already."""
    values = {"rfc_slug": slug, "word": storable(word), "added_by": added_by, "created_at": now()}
    return await work.insert_unless_there(rfc_words, values)


async def remove(work: Work, *, slug: Slug, word: str) -> bool:
    """Take a word out again; whether it was there."""
    own = (rfc_words.c.rfc_slug == slug) & (rfc_words.c.word == word)
    return await work.change(rfc_words.delete().where(own)) == 1


async def list_for_slug(work: Work, *, slug: Slug) -> tuple[str, ...]:
    """An RFC's words, in alphabetical order."""
    found = await work.rows(select(rfc_words.c.word).where(rfc_words.c.rfc_slug == slug))
    return tuple(sorted(row["word"] for row in found))
