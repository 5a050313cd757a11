"""What of main's text changed since a reader's last visit (§8.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.domain.actors import Viewer
from services.domain.changed_sentences import changed_sentences
from services.domain.errors import ProductError
from services.domain.identifiers import CommitSha, Slug
from services.domain.line_ends import editor_text
from services.domain.quoting import Shown, shown_at
from services.store.queries import seen
from services.store.queries.seen import Seen
from services.usecases.context import Context
from services.usecases.texts import read_text
from services.usecases.views.entry import find_entry

MOST_SENTENCES = 500
"""More are not worth stepping through: the text is another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRead:
    """`since` is when the reader had read all of it; `sentences` changed after that. `commit_sha` is main's now."""

    since: datetime
    commit_sha: CommitSha
    sentences: tuple[Shown, ...]


async def last_read(context: Context, *, viewer: Viewer, slug: Slug) -> LastRead | None:
    """What a reader has not read yet; None for a first visit, for strangers, and where nothing changed.

    Raises NotFound. A version that can't be read any more counts as never read.
    """
    if viewer is None:
        return None
    async with context.store.read() as work:
        row = await find_entry(work, slug)
        known = await seen.find(work, user_id=viewer.id, slug=slug)
    if known is None or known.commit_sha == row.body_sha:
        return None
    present = editor_text(row.body)
    before = await _text_of(context, slug, known)
    if before is None or before == present:
        return None
    diff = await context.places.diff(before, present)
    reading = await context.places.reading(present)
    places = (shown_at(reading, span) for span in changed_sentences(diff, present)[:MOST_SENTENCES])
    sentences = tuple(place for place in places if place is not None)
    if not sentences:
        return None
    return LastRead(since=known.seen_at, commit_sha=CommitSha(row.body_sha), sentences=sentences)


async def _text_of(context: Context, slug: Slug, known: Seen) -> str | None:
    try:
        return editor_text((await read_text(context, slug=slug, ref=known.commit_sha)).text)
    except ProductError:
        return None
