"""Whether an entry is graduating now: while it is, no pull request and no branch is begun on it (§13.5)."""

from __future__ import annotations

from services.domain.errors import Busy
from services.domain.identifiers import Slug
from services.store.queries import catalog, sagas
from services.store.work import Work

WAIT = "It takes a few seconds; the page shows when it is over."


def entry_claim(slug: Slug) -> str:
    """The name under which a graduation keeps its entry."""
    return f"entry {slug}"


async def is_graduating(work: Work, slug: Slug) -> bool:
    """Whether a graduation of the entry runs, or waits for a person."""
    return await sagas.holder_of(work, name=entry_claim(slug)) is not None


async def require_not_graduating(work: Work, slug: Slug) -> None:
    """Raise Busy, in words, while the entry graduates.

    To be called in the transaction that writes down what would be begun on it: a graduation that is started
    at the same moment waits for that, and sees it.
    """
    await work.serialize(entry_claim(slug))
    if await is_graduating(work, slug):
        row = await catalog.find(work, slug=slug)
        title = slug if row is None else row.title
        raise Busy(f"“{title}” is graduating right now, so nothing new can be begun on it.", hint=WAIT)
