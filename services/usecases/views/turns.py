"""“Your turn” (§15.2): what waits for somebody to merge, decide or answer, from the state of things alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.domain.actors import Actor
from services.domain.branch import branch_address
from services.domain.entry import EntryState
from services.domain.errors import NotFound
from services.domain.hygiene import Step, Terms, told_fate
from services.domain.identifiers import Repository
from services.domain.permissions import (
    allows,
    may_decide_claim,
    may_graduate,
    may_merge_metadata,
    may_merge_pull,
    may_talk_on_branch,
)
from services.domain.pull import BODY_KINDS, PullKind, PullState
from services.domain.search import plain_text
from services.domain.text_home import pull_path
from services.store.queries import catalog, idle_branches, pulls, turns, users
from services.store.queries.catalog import RfcRow, RfcSummary
from services.store.queries.pulls import BranchPull, PullRow
from services.store.queries.turns import UnansweredThread
from services.store.work import Work
from services.usecases.authority import authority_of
from services.usecases.context import Context
from services.usecases.graduation_blockers import is_ready
from services.usecases.known_branch import find_branch
from services.usecases.meta_pulls import known_meta_pull
from services.usecases.whereabouts import Spot, pull_name, whereabouts


class TurnKind(StrEnum):
    """What kind of act is awaited."""

    MERGE = "merge"
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
        found = [
            *await _pulls(work, viewer, entries, context.meta),
            *await _cards(work, viewer, titles, context.meta),
            *await _threads(work, viewer, titles, context.meta),
            *await _ready(work, viewer, entries, context.meta),
            *await _warned(work, viewer, titles, context.hygiene),
        ]
    return tuple(sorted(found, key=lambda turn: turn.since))


async def _pulls(
    work: Work, viewer: Actor, entries: dict[str, RfcSummary], meta: Repository
) -> list[TurnView]:
    waiting = [row for row in await pulls.list_open(work) if row.rfc_slug is not None]
    return [_pull(row, entries, meta) for row in waiting if await _may_decide(work, viewer, row)]


async def _may_decide(work: Work, viewer: Actor, row: PullRow) -> bool:
    """Their own is not theirs to wait for: they know of it."""
    if row.opened_by.lower() == viewer.login.lower() or row.rfc_slug is None:
        return False
    if row.pr_kind is PullKind.META_CLAIM:
        return allows(may_decide_claim, viewer)
    entry = await catalog.find(work, slug=row.rfc_slug)
    if entry is None:
        return False
    if row.pr_kind is PullKind.META_METADATA:
        return allows(may_merge_metadata, viewer, (await known_meta_pull(work, row, entry)).standing)
    return row.pr_kind in BODY_KINDS and allows(may_merge_pull, viewer, await authority_of(work, entry))


def _pull(row: PullRow, entries: dict[str, RfcSummary], meta: Repository) -> TurnView:
    slug = str(row.rfc_slug)
    entry = entries.get(slug)
    return TurnView(
        kind=TurnKind.CLAIM if row.pr_kind is PullKind.META_CLAIM else TurnKind.MERGE,
        title=slug if entry is None else entry.title,
        text=f"PR #{row.pr_number}: {row.title}",
        who=row.opened_by,
        since=row.opened_at,
        path=pull_path(
            slug,
            row.pr_number,
            meta=row.repo.lower() == meta.lower(),
            graduated=entry is not None and entry.repo is not None,
        ),
    )


async def _cards(work: Work, viewer: Actor, titles: dict[str, str], meta: Repository) -> list[TurnView]:
    rows = await turns.list_cards(work, user_id=viewer.id)
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


async def _threads(work: Work, viewer: Actor, titles: dict[str, str], meta: Repository) -> list[TurnView]:
    unanswered = await turns.list_threads(work, user_id=viewer.id)
    spots = {row.id: Spot(row.slug, row.branch, row.id, row.since) for row in unanswered}
    around = await whereabouts(work, meta, spots.values())
    rows = [
        row
        for row in unanswered
        if not _is_decided(around.pull_of(spots[row.id])) and await _may_answer(work, viewer, row, meta)
    ]
    people = await users.find_many(work, user_ids=[row.author_user_id for row in rows])
    return [
        TurnView(
            kind=TurnKind.ANSWER,
            title=titles.get(row.slug, row.slug),
            text=plain_text(row.body)[:120],
            who=people[row.author_user_id].display_name or people[row.author_user_id].gitea_login,
            since=row.since,
            path=around.path(spots[row.id]),
        )
        for row in rows
        if row.author_user_id in people
    ]


def _is_decided(pull: BranchPull | None) -> bool:
    """What was said of a pull request that is merged is past; of one that was closed, the branch may go on."""
    return pull is not None and pull.state is PullState.MERGED


async def _may_answer(work: Work, viewer: Actor, row: UnansweredThread, meta: Repository) -> bool:
    """A branch may have been closed since, or made private: then its words are not theirs to read either (§11)."""
    if row.branch is None:
        return True
    try:
        branch = await find_branch(work, meta, slug=row.slug, name=row.branch)
    except NotFound:
        return False
    return allows(may_talk_on_branch, viewer, branch.standing)


async def _ready(
    work: Work, viewer: Actor, entries: dict[str, RfcSummary], meta: Repository
) -> list[TurnView]:
    """What may graduate: one's own each by itself, what others own as one line where it is much."""
    drafts = [row for row in entries.values() if row.state is EntryState.SUPER_DRAFT and row.owners]
    if not viewer.runs_the_app:
        drafts = [row for row in drafts if _names(row, viewer)]
    found = await catalog.rows_of(work, slugs=[row.slug for row in drafts]) if drafts else []
    ready = [
        row
        for row in found
        if allows(may_graduate, viewer, await authority_of(work, row)) and await is_ready(work, meta, row)
    ]
    own = [_graduation(row) for row in ready if _names(row, viewer)]
    others = [_graduation(row) for row in ready if not _names(row, viewer)]
    return own + (others if len(others) <= MOST_OF_OTHERS else [_graduations(others)])


def _names(row: RfcSummary | RfcRow, viewer: Actor) -> bool:
    return viewer.login.lower() in {login.lower() for login in row.owners}


def _graduation(row: RfcRow) -> TurnView:
    return TurnView(
        kind=TurnKind.GRADUATE,
        title=row.title,
        text="",
        who=", ".join(row.owners),
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


async def _warned(work: Work, viewer: Actor, titles: dict[str, str], terms: Terms) -> list[TurnView]:
    """One's branches that will soon be closed or deleted, once that was said (§12)."""
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
        for branch in await idle_branches.list_cut_by(work, user_id=viewer.id)
        if (fate := told_fate(branch.facts, terms)) is not None
    ]
