"""“Your turn” (§15.2): what waits for somebody to merge, decide or answer, from the state of things alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.domain.actors import Actor
from services.domain.branch import branch_address
from services.domain.hygiene import Step
from services.domain.identifiers import Repository, UserId
from services.domain.pull import PullKind
from services.domain.search import plain_text
from services.domain.text_home import pull_path
from services.store.queries import catalog, users
from services.store.queries.catalog import RfcRow, RfcSummary
from services.store.work import Work
from services.usecases.context import Context
from services.usecases.waiting import (
    WaitingPull,
    names,
    ready_drafts,
    spot_of,
    unheard_by,
    waiting_cards,
    waiting_pulls,
    waiting_threads,
    warned_branches,
)
from services.usecases.whereabouts import Spot, pull_name, whereabouts


class TurnKind(StrEnum):
    """What kind of act is awaited."""

    MERGE = "merge"
    CONFLICT = "conflict"
    """Nothing can be merged before it is resolved; `who` is empty where the viewer opened it."""
    CLAIM = "claim"
    CARDS = "cards"
    ANSWER = "answer"
    GRADUATE = "graduate"
    WARNED = "warned"


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnView:
    """One thing that waits: `who` asks or offers it, `title` is the entry's, `text` the PR's title or their words."""

    kind: TurnKind
    title: str
    text: str
    who: str
    since: datetime
    path: str
    count: int = 1
    until: datetime | None = None
    """When it happens by itself."""
    fate: Step | None = None
    """What happens to a branch by itself then."""


MOST_OF_OTHERS = 3
"""Graduations of other people's RFCs that an admin sees one by one."""


async def turns_view(context: Context, *, viewer: Actor) -> tuple[TurnView, ...]:
    """Everything that waits for this person besides ideas, the longest wait first."""
    async with context.store.read() as work:
        entries = {str(row.slug): row for row in await catalog.list_rows(work)}
        titles = {slug: row.title for slug, row in entries.items()}
        unheard = await unheard_by(work, viewer)
        found = [
            *await _pulls(work, viewer, entries, context.meta),
            *await _cards(work, viewer, titles, context.meta, unheard),
            *await _threads(work, viewer, titles, context.meta, unheard),
            *await _ready(work, viewer, entries, context.meta),
            *await _warned(work, viewer, titles, context),
        ]
    return tuple(sorted(found, key=lambda turn: turn.since))


async def called(context: Context, *, logins: Iterable[str]) -> Mapping[str, str]:
    """What people are called, by login; who never signed in goes by the login."""
    async with context.store.read() as work:
        return await _called(work, logins)


async def _called(work: Work, logins: Iterable[str]) -> dict[str, str]:
    asked = set(logins)
    known = await users.names_of(work, logins=asked) if asked else {}
    return {login: (known[login].display_name if login in known else "") or login for login in asked}


async def _pulls(
    work: Work, viewer: Actor, entries: Mapping[str, RfcSummary], meta: Repository
) -> list[TurnView]:
    waiting = await waiting_pulls(work, viewer, entries)
    people = await _called(work, [pull.row.opened_by for pull in waiting])
    return [_pull(pull, people[pull.row.opened_by], entries, meta) for pull in waiting]


def _pull(pull: WaitingPull, who: str, entries: Mapping[str, RfcSummary], meta: Repository) -> TurnView:
    row, entry = pull.row, entries.get(pull.row.rfc_slug)
    other = TurnKind.CLAIM if row.pr_kind is PullKind.META_CLAIM else TurnKind.MERGE
    return TurnView(
        kind=TurnKind.CONFLICT if pull.conflicts else other,
        title=row.rfc_slug if entry is None else entry.title,
        text=f"PR #{row.pr_number}: {row.title}",
        who="" if pull.own else who,
        since=row.opened_at,
        path=pull_path(
            row.rfc_slug,
            row.pr_number,
            meta=row.repo.lower() == meta.lower(),
            graduated=entry is not None and entry.repo is not None,
        ),
    )


async def _cards(
    work: Work, viewer: Actor, titles: Mapping[str, str], meta: Repository, unheard: frozenset[UserId]
) -> list[TurnView]:
    rows = await waiting_cards(work, viewer, unheard)
    spots = [Spot(row.slug, row.branch, None, row.since) for row in rows]
    around = await whereabouts(work, meta, spots)
    return [
        TurnView(
            kind=TurnKind.CARDS,
            title=titles.get(row.slug, row.slug),
            text=f"your branch {row.branch}" if (pull := around.pull_of(spot)) is None else pull_name(pull),
            who="",
            since=row.since,
            path=around.path(spot),
            count=row.count,
        )
        for row, spot in zip(rows, spots, strict=True)
    ]


async def _threads(
    work: Work, viewer: Actor, titles: Mapping[str, str], meta: Repository, unheard: frozenset[UserId]
) -> list[TurnView]:
    rows, around = await waiting_threads(work, viewer, meta, unheard)
    people = await users.find_many(work, user_ids=[row.author_user_id for row in rows])
    return [
        TurnView(
            kind=TurnKind.ANSWER,
            title=titles.get(row.slug, row.slug),
            text=plain_text(row.body)[:120],
            who=people[row.author_user_id].display_name or people[row.author_user_id].gitea_login,
            since=row.since,
            path=around.path(spot_of(row)),
        )
        for row in rows
        if row.author_user_id in people
    ]


async def _ready(
    work: Work, viewer: Actor, entries: Mapping[str, RfcSummary], meta: Repository
) -> list[TurnView]:
    """What may graduate: one's own each by itself, what others own as one line where it is much."""
    ready = await ready_drafts(work, viewer, entries, meta, all_of_them=viewer.runs_the_app)
    people = await _called(work, {login for row in ready for login in row.owners})
    own = [_graduation(row, people) for row in ready if names(row, viewer)]
    others = [_graduation(row, people) for row in ready if not names(row, viewer)]
    return own + (others if len(others) <= MOST_OF_OTHERS else [_graduations(others)])


def _graduation(row: RfcRow, people: Mapping[str, str]) -> TurnView:
    return TurnView(
        kind=TurnKind.GRADUATE,
        title=row.title,
        text="",
        who=", ".join(people[login] for login in row.owners),
        since=row.last_activity_at,
        path=f"/rfc/{row.slug}",
    )


def _graduations(turns: list[TurnView]) -> TurnView:
    return TurnView(
        kind=TurnKind.GRADUATE,
        title="",
        text="",
        who="",
        since=min(turn.since for turn in turns),
        path="/admin/graduation",
        count=len(turns),
    )


async def _warned(work: Work, viewer: Actor, titles: Mapping[str, str], context: Context) -> list[TurnView]:
    return [
        TurnView(
            kind=TurnKind.WARNED,
            title=titles.get(branch.slug, branch.slug),
            text=branch.key.name,
            who="closes" if fate.step is Step.CLOSE else "is deleted",
            since=branch.facts.warned_at or fate.at,
            path=branch_address(branch.slug, branch.key.name),
            until=fate.at,
            fate=fate.step,
        )
        for branch, fate in await warned_branches(work, viewer, context)
    ]
