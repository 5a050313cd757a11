"""Taking over into the cache what was read of a repository's pull requests: only differences (§4.1)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.domain.events import CatalogChanged, IdeasChanged, PullChanged
from services.domain.identifiers import PullNumber, Repository, Slug
from services.domain.pull import PullKind, PullState, superseded_number
from services.gitea.snapshot import PullSnapshot
from services.store.queries import events, pulls, slugs, threads
from services.store.queries.pulls import PullRow
from services.store.work import Work
from services.usecases.cached_rows import pull_row


@dataclass(frozen=True, slots=True, kw_only=True)
class PullReading:
    """Pull requests of a repository as they were read: every one there is, if `complete`.

    `slug` is whose repository it is; those of the meta repository say themselves which entry they are about.
    """

    repo: Repository
    found: tuple[PullSnapshot, ...] = ()
    complete: bool = False
    slug: Slug | None = None


async def pulls_are_news(work: Work, reading: PullReading) -> bool:
    """Whether there is anything to write down."""
    known = await _known(work, reading.repo)
    fresh = await _fresh_rows(work, reading, known)
    gone = _gone(reading, known)
    return bool(gone) or any(known.get(row.pr_number) != row for row in fresh)


async def take_over_pulls(work: Work, reading: PullReading) -> list[PullRow]:
    """Write what differs from the cache, and what follows from it; the rows that changed or are gone."""
    known = await _known(work, reading.repo)
    names = await pulls.upsert_many(work, rows=(rows := await _fresh_rows(work, reading, known)))
    changed = [row for row in rows if (row.repo, row.pr_number) in names]
    for row in changed:
        await _follow_up(work, row)
    gone = _gone(reading, known)
    for row in gone:
        await pulls.remove(work, repo=reading.repo, number=row.pr_number)
    return [*changed, *gone, *_former(known, changed)]


async def announce_pulls(work: Work, changed: Sequence[PullRow]) -> frozenset[Slug]:
    """Say in events what changed; the entries whose count of open pull requests may be another."""
    for row in changed:
        await events.append(work, PullChanged(row.repo, row.pr_number, row.rfc_slug))
    ideas = tuple(row.pr_number for row in changed if row.pr_kind is PullKind.IDEA)
    if ideas:
        await events.append(work, IdeasChanged(ideas))
    return frozenset(row.rfc_slug for row in changed if row.pr_kind is not PullKind.IDEA and row.rfc_slug)


async def announce_catalog(work: Work, changed: Iterable[Slug]) -> None:
    """Say that rows of the catalog changed, if any did."""
    listed = tuple(sorted(set(changed)))
    if listed:
        await events.append(work, CatalogChanged(listed))


async def _known(work: Work, repo: Repository) -> dict[PullNumber, PullRow]:
    return {row.pr_number: row for row in await pulls.list_all(work, repo=repo)}


async def _fresh_rows(work: Work, reading: PullReading, known: Mapping[PullNumber, PullRow]) -> list[PullRow]:
    """The rows of what was read, and of others that these replace or no longer do."""
    read = {found.number: await pull_row(work, found, slug=reading.slug) for found in reading.found}
    present = {**known, **read}
    replaced = _replaced(present.values())
    fresh = {
        number: dataclasses.replace(row, superseded_by_pr_number=replaced.get(number))
        for number, row in present.items()
        if number in read or row.superseded_by_pr_number != replaced.get(number)
    }
    return [fresh[number] for number in sorted(fresh)]


def _replaced(rows: Iterable[PullRow]) -> dict[PullNumber, PullNumber]:
    """Which merged pull request replaces which one, by its `Supersedes:` line (§10.9).

    What replaces one that was replaced itself replaces both.
    """
    named = sorted(
        (row.pr_number, old, row.state is PullState.MERGED)
        for row in rows
        if row.pr_kind is not PullKind.IDEA and "supersedes" in row.body.lower()
        if (old := superseded_number(row.body)) is not None
    )
    replaced: dict[PullNumber, PullNumber] = {}
    # The newest first: whatever replaces one has a higher number.
    for number, old, is_merged in reversed(named):
        end = number if is_merged else replaced.get(number)
        if end is not None and old < number:
            replaced.setdefault(old, end)
    return replaced


def _gone(reading: PullReading, known: Mapping[PullNumber, PullRow]) -> list[PullRow]:
    """After a complete reading: those that are no longer there at all (a repository made anew)."""
    if not reading.complete:
        return []
    there = {found.number for found in reading.found}
    return [row for number, row in known.items() if number not in there]


def _former(before: Mapping[PullNumber, PullRow], changed: Sequence[PullRow]) -> list[PullRow]:
    """Earlier selves under another slug: what showed them there changed too."""
    earlier = [before[row.pr_number] for row in changed if row.pr_number in before]
    present = {(row.pr_number, row.rfc_slug) for row in changed}
    return [row for row in earlier if (row.pr_number, row.rfc_slug) not in present]


async def _follow_up(work: Work, row: PullRow) -> None:
    """Threads get their slug with an idea's merge, and a slug is free again when its idea closes (§9.1)."""
    if row.pr_kind is not PullKind.IDEA:
        return
    if row.state is PullState.MERGED and row.rfc_slug is not None:
        await threads.give_slug(work, repo=row.repo, number=row.pr_number, slug=row.rfc_slug)
    if row.state in (PullState.CLOSED, PullState.WITHDRAWN):
        await slugs.release_for_pull(work, pr_number=row.pr_number)
