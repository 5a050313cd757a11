"""The catalog kept in the process: read once, then brought up to date by the events (§7, §19)."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.domain.events import CatalogChanged, IdeasChanged, PullChanged
from services.domain.identifiers import Slug
from services.domain.pull import PullKind
from services.domain.search import searchable
from services.store.queries import catalog, events, pulls
from services.store.queries.catalog import RfcRow, RfcSummary
from services.store.queries.events import StoredEvent
from services.store.queries.pulls import OpenPull, PullRow
from services.store.unit_of_work import Store
from services.store.work import Work
from services.usecases.views.catalog import CatalogChanges, CatalogRow, CatalogView, IdeaRow

EVENTS_AT_ONCE = 1000
SLUGS_AT_ONCE = 100
"""More changed entries than this are read as the whole catalog."""
STEPS_KEPT = 1000
TRUSTED_SECONDS = 3600.0
"""After so long without anybody looking, events may have been purged: read everything."""


@dataclass(frozen=True, slots=True)
class _Step:
    """What changed up to event `version`."""

    version: int
    slugs: frozenset[Slug]
    ideas: bool
    pulls: bool


@dataclass(frozen=True, slots=True)
class PullTitle:
    """An open pull request by what it is called; `line` is what a search compares with."""

    pull: OpenPull
    title: str
    line: str


class CatalogCache:
    """The newest catalog and how it came about."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._view: CatalogView | None = None
        self._looked_at = 0.0
        self._complete_since = 0
        self._steps: deque[_Step] = deque()
        self._titles: tuple[PullTitle, ...] | None = None

    async def view(self, store: Store) -> CatalogView:
        """The catalog with everything that is committed."""
        async with self._lock, store.read() as work:
            return await self._brought_up(work)

    async def with_titles(self, store: Store) -> tuple[CatalogView, tuple[PullTitle, ...]]:
        """The same with every open pull request and idea, newest first."""
        async with self._lock, store.read() as work:
            view = await self._brought_up(work)
            if self._titles is None:
                self._titles = tuple(map(_titled, await pulls.list_titles(work)))
            return view, self._titles

    async def changes(self, store: Store, *, since: int) -> CatalogChanges:
        """What turns the catalog of event `since` into the newest one."""
        view = await self.view(store)
        if not self._complete_since <= since <= view.version:
            return CatalogChanges(
                version=view.version, complete=True, rows=view.rows, removed=(), ideas=view.ideas
            )
        steps = [step for step in self._steps if step.version > since]
        slugs = frozenset(slug for step in steps for slug in step.slugs)
        rows = tuple(row for row in view.rows if row.slug in slugs)
        return CatalogChanges(
            version=view.version,
            complete=False,
            rows=rows,
            removed=tuple(sorted(slugs - {row.slug for row in rows})),
            ideas=view.ideas if any(step.ideas for step in steps) else None,
        )

    async def _brought_up(self, work: Work) -> CatalogView:
        self._view = await self._current(work)
        self._looked_at = time.monotonic()
        return self._view

    async def _current(self, work: Work) -> CatalogView:
        view = self._view
        if view is None or time.monotonic() - self._looked_at > TRUSTED_SECONDS:
            return await self._read_all(work)
        happened = await events.after(work, id=view.version, limit=EVENTS_AT_ONCE)
        if not happened:
            return view
        step = _step(happened)
        if step.pulls:
            self._titles = None
        if len(happened) == EVENTS_AT_ONCE or len(step.slugs) > SLUGS_AT_ONCE:
            return await self._read_all(work)
        self._remember(step)
        return await _patched(work, view, step)

    async def _read_all(self, work: Work) -> CatalogView:
        version = await events.last_id(work)
        self._complete_since = version
        self._steps.clear()
        self._titles = None
        counts = await pulls.count_open_by_slug(work)
        rows = [_row(found, counts) for found in await catalog.list_rows(work)]
        return CatalogView(version=version, rows=_sorted(rows), ideas=await _ideas(work))

    def _remember(self, step: _Step) -> None:
        self._steps.append(step)
        if len(self._steps) > STEPS_KEPT:
            self._complete_since = self._steps.popleft().version


def _step(happened: Sequence[StoredEvent]) -> _Step:
    told = [row.event for row in happened]
    slugs = frozenset(slug for event in told if isinstance(event, CatalogChanged) for slug in event.slugs)
    ideas = any(isinstance(event, IdeasChanged) for event in told)
    return _Step(happened[-1].id, slugs, ideas, any(isinstance(event, PullChanged) for event in told))


async def _patched(work: Work, view: CatalogView, step: _Step) -> CatalogView:
    rows, ideas = view.rows, view.ideas
    if step.slugs:
        counts = await pulls.count_open_by_slug(work)
        fresh = [_row(found, counts) for found in await catalog.rows_of(work, slugs=step.slugs)]
        rows = _sorted([*(row for row in rows if row.slug not in step.slugs), *fresh])
    if step.ideas:
        ideas = await _ideas(work)
    return CatalogView(version=step.version, rows=rows, ideas=ideas)


def _row(found: RfcRow | RfcSummary, counts: dict[Slug, int]) -> CatalogRow:
    return CatalogRow(
        slug=found.slug,
        number=found.number,
        title=found.title,
        state=found.state,
        tags=found.tags,
        last_activity_at=found.last_activity_at,
        open_pulls=counts.get(found.slug, 0),
        owners=found.owners,
        arbiters=found.arbiters,
        proposed_by=found.proposed_by,
        proposed_at=found.proposed_at,
        commit_sha=found.body_sha,
    )


def _sorted(rows: Iterable[CatalogRow]) -> tuple[CatalogRow, ...]:
    """Most recently active first; by slug where that is the same moment."""
    return tuple(sorted(rows, key=lambda row: (-row.last_activity_at.timestamp(), row.slug)))


def _titled(pull: OpenPull) -> PullTitle:
    """Of an idea, its entry's title is meant. `#12` and `PR 12` are words like others."""
    title = (pull.entry_title if pull.pr_kind is PullKind.IDEA else None) or pull.title
    return PullTitle(pull, title, f" {searchable(f'PR {pull.pr_number} {title}')} ")


async def _ideas(work: Work) -> tuple[IdeaRow, ...]:
    return tuple(idea_row(pull) for pull in await pulls.list_open(work, kind=PullKind.IDEA))


def idea_row(pull: PullRow) -> IdeaRow:
    """An open idea PR as the catalog lists it."""
    return IdeaRow(
        number=pull.pr_number,
        slug=pull.rfc_slug or "",
        title=pull.entry_title or pull.title,
        tags=pull.entry_tags,
        proposed_by=pull.opened_by,
        opened_at=pull.opened_at,
    )
