"""What waits for somebody (§15.2): the inbox says each thing, the catalog counts the entries they are about (§7.1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from services.domain.actors import Actor
from services.domain.entry import EntryState
from services.domain.errors import NotFound
from services.domain.hygiene import Fate, told_fate
from services.domain.identifiers import Repository, Slug, UserId
from services.domain.permissions import (
    allows,
    app_admin,
    may_decide_claim,
    may_graduate,
    may_merge_metadata,
    may_merge_pull,
    may_talk_on_branch,
    unmuted,
)
from services.domain.pull import BODY_KINDS, PullKind, PullState, conflict_key, superseded_number
from services.domain.routing import PULL_CONFLICTING
from services.store.queries import catalog, idle_branches, mutes, pulls, sagas, turns, users
from services.store.queries.catalog import RfcRow
from services.store.queries.idle_branches import IdleBranch
from services.store.queries.operations import OperationState
from services.store.queries.pulls import BranchPull, UndecidedPull
from services.store.queries.turns import UnansweredThread, WaitingCards
from services.store.work import Work
from services.usecases.authority import authority_of
from services.usecases.context import Context
from services.usecases.known_branch import find_branch
from services.usecases.meta_pulls import known_meta_pull
from services.usecases.record import told_states
from services.usecases.whereabouts import Spot, Whereabouts, whereabouts


class Listed(Protocol):
    """An entry as lists know it."""

    @property
    def slug(self) -> Slug: ...
    @property
    def state(self) -> EntryState: ...
    @property
    def owners(self) -> tuple[str, ...]: ...
    @property
    def arbiters(self) -> tuple[str, ...]: ...


Entries = Mapping[str, Listed]


@dataclass(frozen=True, slots=True)
class WaitingPull:
    """A pull request to decide on, or one in conflict: `own` ones only its opener can be asked to resolve."""

    row: UndecidedPull
    own: bool
    conflicts: bool


async def unheard_by(work: Work, viewer: Actor) -> frozenset[UserId]:
    """Whom this person mutes now: their cards and words wait for nobody in particular; what is to be decided does."""
    return frozenset(row.muted_user_id for row in await mutes.list_for_user(work, user_id=viewer.id))


async def waiting_slugs(work: Work, context: Context, viewer: Actor, entries: Entries) -> frozenset[str]:
    """The entries about which something waits for them; of those that may graduate only their own."""
    unheard = await unheard_by(work, viewer)
    threads, _ = await waiting_threads(work, viewer, context.meta, unheard)
    found = [
        *[pull.row.rfc_slug for pull in await waiting_pulls(work, viewer, entries)],
        *[cards.slug for cards in await waiting_cards(work, viewer, unheard)],
        *[thread.slug for thread in threads],
        *await _unblocked(work, viewer, entries, context.meta, all_of_them=False),
        *[branch.slug for branch, _ in await warned_branches(work, viewer, context)],
    ]
    return frozenset(found)


async def waiting_pulls(work: Work, viewer: Actor, entries: Entries) -> tuple[WaitingPull, ...]:
    """Those this person may decide on, and their own ones that contradict main; not those being replaced."""
    rows = await pulls.list_undecided(work)
    replaced = {(row.repo, superseded_number(row.body)) for row in rows}
    rows = [row for row in rows if (row.repo, row.pr_number) not in replaced]
    keys = {conflict_key(row.repo, row.pr_number, row.head_sha) for row in rows if row.pr_kind in BODY_KINDS}
    conflicting = await told_states(work, kind=PULL_CONFLICTING, keys=keys)
    logins = await users.logins_of(work, user_id=viewer.id) | {viewer.login.lower()}
    found = []
    for row in rows:
        conflicts = conflict_key(row.repo, row.pr_number, row.head_sha) in conflicting
        own = row.opened_by.lower() == viewer.login.lower()
        if (own and conflicts and not viewer.muted) or (
            not own and await _may_decide(work, viewer, row, entries, logins)
        ):
            found.append(WaitingPull(row, own=own, conflicts=conflicts))
    return tuple(found)


async def _may_decide(
    work: Work, viewer: Actor, row: UndecidedPull, entries: Entries, logins: frozenset[str]
) -> bool:
    """Whoever runs the app may decide on all of them; others are asked about only where a list names them."""
    listed = entries.get(row.rfc_slug)
    if row.pr_kind is PullKind.META_CLAIM:
        return allows(may_decide_claim, viewer)
    if listed is None or row.pr_kind not in BODY_KINDS | {PullKind.META_METADATA}:
        return False
    if allows(app_admin & unmuted, viewer):
        return True
    if logins.isdisjoint(_lower(listed.owners, listed.arbiters)):
        return False
    entry = await catalog.find(work, slug=row.rfc_slug)
    if entry is None or row.pr_kind in BODY_KINDS:
        return entry is not None and allows(may_merge_pull, viewer, await authority_of(work, entry))
    pull = await pulls.find(work, repo=row.repo, number=row.pr_number)
    return pull is not None and allows(
        may_merge_metadata, viewer, (await known_meta_pull(work, pull, entry)).standing
    )


async def waiting_cards(work: Work, viewer: Actor, unheard: frozenset[UserId]) -> list[WaitingCards]:
    """Others' cards on their branches, the longest wait first; whoever may not write decides on none."""
    return [] if viewer.muted else await turns.list_cards(work, user_id=viewer.id, besides=unheard)


async def waiting_threads(
    work: Work, viewer: Actor, meta: Repository, unheard: frozenset[UserId]
) -> tuple[list[UnansweredThread], Whereabouts]:
    """Threads in which others had the last word, and where they are; what was said of a merged PR is past."""
    rows = await turns.list_threads(work, user_id=viewer.id)
    around = await whereabouts(work, meta, [spot_of(row) for row in rows])
    waiting = [
        row
        for row in rows
        if row.author_user_id not in unheard
        and not _is_merged(around.pull_of(spot_of(row)))
        and await _may_answer(work, viewer, row, meta)
    ]
    return waiting, around


def spot_of(row: UnansweredThread) -> Spot:
    """Where a thread is."""
    return Spot(row.slug, row.branch, row.id, row.since)


def _is_merged(pull: BranchPull | None) -> bool:
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


async def ready_drafts(
    work: Work, viewer: Actor, entries: Entries, meta: Repository, *, all_of_them: bool
) -> list[RfcRow]:
    """What this person owns and may graduate now; `all_of_them`: or what others own."""
    slugs = await _unblocked(work, viewer, entries, meta, all_of_them=all_of_them)
    found = await catalog.rows_of(work, slugs=slugs) if slugs else []
    return [row for row in found if allows(may_graduate, viewer, await authority_of(work, row))]


async def _unblocked(
    work: Work, viewer: Actor, entries: Entries, meta: Repository, *, all_of_them: bool
) -> list[Slug]:
    """The owned super-drafts that nothing keeps from graduating (`is_ready`), asked once for all of them."""
    drafts = [row for row in entries.values() if row.state is EntryState.SUPER_DRAFT and row.owners]
    if not all_of_them:
        drafts = [row for row in drafts if names(row, viewer)]
    if not drafts:
        return []
    running = await sagas.list_in_states(work, states=(OperationState.PENDING, OperationState.PARKED))
    blocked = {row.rfc_slug for row in running} | {
        row.rfc_slug
        for row in await pulls.list_undecided(work)
        if row.repo == meta and row.pr_kind is PullKind.META_BODY_EDIT
    }
    return [row.slug for row in drafts if row.slug not in blocked]


def names(row: Listed | RfcRow, viewer: Actor) -> bool:
    """Whether they are among its owners."""
    return viewer.login.lower() in _lower(row.owners)


async def warned_branches(work: Work, viewer: Actor, context: Context) -> list[tuple[IdleBranch, Fate]]:
    """Their branches that will soon be closed or deleted, once that was said (§12)."""
    return [
        (branch, fate)
        for branch in await idle_branches.list_cut_by(work, user_id=viewer.id)
        if (fate := told_fate(branch.facts, context.hygiene)) is not None
    ]


def _lower(*logins: Iterable[str]) -> set[str]:
    return {login.lower() for some in logins for login in some}
