"""Carrying a branch over a graduation (§13.2): what it changed goes to a new branch of the RFC's own repository."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from services.domain.actors import Actor
from services.domain.branch import MAIN, BranchState, Visibility
from services.domain.carrying import Carried, carry, carry_operation
from services.domain.entry import EntryState
from services.domain.errors import Busy, Conflict, NotFound
from services.domain.identifiers import CommitSha, OperationId, Slug
from services.domain.permissions import may_start_contributing
from services.domain.text_home import RFC_FILE, meta_home
from services.store.queries import branch_settings, operations
from services.store.queries.operations import OperationRow, OperationState
from services.store.work import Work
from services.usecases.bot_writes import begin, carry_out
from services.usecases.branch_access import is_typed_on
from services.usecases.carry_writes import CARRY, CarryIntent
from services.usecases.commits import MOST_COMMITS, CommitView, commits_between
from services.usecases.context import Context
from services.usecases.contribute import StartedBranch, free_branch
from services.usecases.known_branch import KnownBranch, readable_branch
from services.usecases.live_texts.flush import FlushReason
from services.usecases.people import entitled
from services.usecases.rate_limits import Limited
from services.usecases.texts import TextAt, head_of, head_of_known, home_of_entry, text_at
from services.usecases.views.entry import WITHDRAWN

NOT_GRADUATED = "This RFC has not graduated: the branch can be worked on where it is."
NOT_EARLIER = "This branch is one of the RFC's own repository, where it can be worked on."
NOTHING = "Main says all of this branch already, so there is nothing to carry."
NO_TEXT = "The text of this branch is no longer on Gitea."
NO_MAIN = f"There is no {RFC_FILE} on main, so there is nothing to carry this to."
NO_BASE = "Nobody knows any more what this branch was made from, so its changes can't be told from main's."
BEING_MADE = "The new branch is being made right now."
PARKED = "The new branch was being made when a backup was restored: an admin has to let that go on."


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be committed on which commit of main, whose commits those were, and where they end."""

    main: TextAt
    source_sha: CommitSha
    carried: Carried
    commits: tuple[CommitView, ...]


async def carry_branch(context: Context, *, actor: Actor | None, slug: Slug, name: str) -> StartedBranch:
    """Bring what a branch of the time before the graduation changed onto a new branch, cut from main as it is now.

    Where main changed the same sentences, main's wording stands and the branch's waits as a change card. A second
    time it is the branch of the first. A private branch's goes to a private one.
    Raises NotFound, NotSignedIn, Muted, RateLimited, Busy, UnreadableText, Upstream, and Conflict where there is
    nothing to carry or nowhere to.
    """
    async with context.store.read() as work:
        person, source = await _carrier(work, context, actor, slug, name)
        _, earlier = await _operation(work, source, person)
        typed = await is_typed_on(work, context, source.key)
    if earlier is not None:
        return await _first(context, earlier)
    if typed and source.state is not BranchState.DELETED:
        async with context.live_texts.editing(context, slug=slug, name=name) as edited:
            await edited.flush(FlushReason.CARRY)
    plan = await _plan(context, source)
    async with context.store.write() as work:
        person, source = await _carrier(work, context, actor, slug, name)
        op_id, earlier = await _operation(work, source, person)
        if earlier is None:
            context.limits.count(Limited.CONTRIBUTE, person.login)
            intent = await _intent(work, context, person, source, plan, op_id)
            await begin(work, CARRY, op_id=op_id, actor_id=person.id, login=person.login, intent=intent)
    if earlier is not None:
        return await _first(context, earlier)
    await carry_out(context, CARRY, op_id)
    return StartedBranch(slug=slug, name=intent.name)


async def _carrier(
    work: Work, context: Context, actor: Actor | None, slug: Slug, name: str
) -> tuple[Actor, KnownBranch]:
    """Who carries which branch, if they may read it and contribute, and there is somewhere to carry it to."""
    source = await readable_branch(work, context.meta, slug=slug, name=name, viewer=actor)
    person = await entitled(work, may_start_contributing, actor, act="carry this branch to a new one")
    if source.entry.state is EntryState.WITHDRAWN:
        raise Conflict(WITHDRAWN)
    if source.entry.repo is None:
        raise Conflict(NOT_GRADUATED)
    if source.key.repo != context.meta:
        raise Conflict(NOT_EARLIER)
    return person, source


async def _operation(
    work: Work, source: KnownBranch, person: Actor
) -> tuple[OperationId, OperationRow | None]:
    """The operation in which somebody carries a branch, and how it stands if it was begun before.

    It is begun anew where it failed, or where the branch that came of it was deleted.
    """
    for turn in itertools.count():
        op_id = carry_operation(source.key, person.id, turn)
        earlier = await operations.find(work, id=op_id)
        if earlier is None or not await _came_to_nothing(work, earlier):
            return op_id, earlier
    raise AssertionError("unreachable")


async def _came_to_nothing(work: Work, earlier: OperationRow) -> bool:
    if earlier.state is not OperationState.DONE:
        return earlier.state is OperationState.FAILED
    made = await branch_settings.find(work, key=CARRY.intent_of(earlier).key)
    return made is None or made.deleted_at is not None


async def _first(context: Context, earlier: OperationRow) -> StartedBranch:
    """The branch that the person's first press made, or is still to make."""
    if earlier.id in context.in_flight:
        raise Busy(BEING_MADE)
    if earlier.state is OperationState.PARKED:
        raise Busy(PARKED)
    if earlier.state is OperationState.PENDING:
        await carry_out(context, CARRY, earlier.id, again=True)
    intent = CARRY.intent_of(earlier)
    return StartedBranch(slug=intent.slug, name=intent.name)


async def _plan(context: Context, source: KnownBranch) -> _Plan:
    earlier, own = meta_home(context.meta, source.entry.slug), home_of_entry(context.meta, source.entry)
    head = await _head(context, source)
    commits = await commits_between(
        context, earlier.repo, head=head, behind=await head_of(context, earlier, MAIN)
    )
    base = await text_at(context, earlier, _base_of(source, head, commits))
    mine = await _text_at(context, source, head)
    try:
        main = await text_at(context, own, await head_of(context, own, MAIN))
    except NotFound as error:
        raise Conflict(NO_MAIN) from error
    carried = await asyncio.to_thread(carry, base.text, mine.text, main.text)
    if carried.content == main.text and not carried.disputed:
        raise Conflict(NOTHING)
    return _Plan(main, head, carried, commits)


async def _head(context: Context, source: KnownBranch) -> CommitSha:
    """Where the branch is on Gitea, or was when it was deleted."""
    if source.state is not BranchState.DELETED:
        return await head_of_known(context, meta_home(context.meta, source.entry.slug), source.key.name)
    if source.setting is None or not source.setting.deleted_sha:
        raise Conflict(NO_TEXT)
    return source.setting.deleted_sha


async def _text_at(context: Context, source: KnownBranch, head: CommitSha) -> TextAt:
    try:
        return await text_at(context, meta_home(context.meta, source.entry.slug), head)
    except NotFound as error:
        raise Conflict(NO_TEXT) from error


def _base_of(source: KnownBranch, head: CommitSha, commits: Sequence[CommitView]) -> CommitSha:
    """The last commit of main that the branch has: what all of its own commits stand on, else where it was cut."""
    own = {commit.sha for commit in commits}
    below = {parent for commit in commits for parent in commit.parents} - own
    if not own:
        return head
    if len(below) == 1 and len(own) < MOST_COMMITS:
        return below.pop()
    if source.setting is None or not source.setting.base_sha:
        raise Conflict(NO_BASE)
    return CommitSha(source.setting.base_sha)


async def _intent(
    work: Work, context: Context, person: Actor, source: KnownBranch, plan: _Plan, op_id: OperationId
) -> CarryIntent:
    standing, carried = source.standing, plan.carried
    key = await free_branch(work, context, person, source.entry, op_id)
    known = {row.id for row in (*source.granted, *([source.creator] if source.creator else []))}
    return CarryIntent(
        display_name=person.display_name,
        person=person.id,
        slug=source.entry.slug,
        repo=key.repo,
        name=key.name,
        main_sha=plan.main.commit_sha,
        blob_sha=plan.main.blob_sha,
        content=carried.content,
        adds=carried.content != plan.main.text,
        message=_message(source, plan.commits),
        co_authors=_co_authors(person, plan.commits),
        disputed=carried.disputed,
        source=source.key.name,
        source_repo=source.key.repo,
        source_sha=plan.source_sha,
        wrote=source.creator.id if source.creator else None,
        visibility=Visibility.PRIVATE if standing.branch_private else Visibility.PUBLIC,
        edit_access=standing.branch_access,
        grants=tuple(sorted(known - {person.id})),
    )


def _message(source: KnownBranch, commits: Sequence[CommitView]) -> str:
    """What the commit says: where its changes are from, and by whom, also those whom only Git knows."""
    authors = ", ".join(dict.fromkeys(commit.author for commit in commits))
    lead = f"Carry {source.key.name} over the graduation of {source.entry.slug}"
    return f"{lead}\n\nWhat that branch of {source.key.repo} changed, as one commit. Its commits are by {authors}."


def _co_authors(person: Actor, commits: Sequence[CommitView]) -> tuple[tuple[str, str], ...]:
    """Login and name of everybody else who had a part in its commits, in their order."""
    people: dict[str, str] = {}
    for commit in commits:
        if commit.login is not None:
            people.setdefault(commit.login, commit.author)
        for other in commit.co_authors:
            people.setdefault(other.login, other.display_name)
    return tuple((login, name) for login, name in people.items() if login != person.login)
