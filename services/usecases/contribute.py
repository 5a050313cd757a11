"""Start contributing (§8.3): the bot cuts a branch, and the person's waiting cards move to it (§8.8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from services.domain.actors import Actor
from services.domain.audit import ActionKind
from services.domain.branch import BranchKey, branch_address, draft_branch_name, edit_branch_name
from services.domain.clock import now
from services.domain.entry import EntryState
from services.domain.errors import Busy, Conflict, GiteaNotFound
from services.domain.events import BranchCut
from services.domain.identifiers import CommitSha, OperationId, Repository, Slug, UserId
from services.domain.permissions import may_start_contributing
from services.domain.text_home import TextHome
from services.domain.trailers import Credit, new_operation_id
from services.gitea.meta_reading import read_head
from services.store.queries import (
    branch_settings,
    branches,
    changes,
    events,
    operations,
    threads,
    watches,
)
from services.store.queries.catalog import RfcRow
from services.store.queries.operations import OperationRow, OperationState
from services.store.work import Work
from services.usecases.bot_writes import BotWrite, Intent, Written, begin, carry_out
from services.usecases.context import Context
from services.usecases.graduating import require_not_graduating
from services.usecases.people import entitled
from services.usecases.rate_limits import Limited
from services.usecases.record import record_action
from services.usecases.system_lines import say_system_line
from services.usecases.texts import home_of_entry
from services.usecases.views.entry import WITHDRAWN, find_entry


@dataclass(frozen=True, slots=True, kw_only=True)
class StartedBranch:
    """The new branch of an entry."""

    slug: Slug
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContributeIntent(Intent):
    """Which branch is to be cut; its name, made of the operation's id, is how recovery recognises it."""

    slug: Slug
    repo: Repository
    name: str

    @property
    def key(self) -> BranchKey:
        """The branch."""
        return BranchKey(self.repo, self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """The commit of main it was cut from."""

    base_sha: CommitSha


class ContributeWrite(BotWrite[ContributeIntent, Cut]):
    """Cut a branch for somebody."""

    kind: ClassVar[ActionKind] = ActionKind.START_CONTRIBUTING
    patience: ClassVar[timedelta] = timedelta(minutes=10)
    intent_type = ContributeIntent
    effect_type = Cut

    async def act(self, context: Context, credit: Credit, intent: ContributeIntent, *, again: bool) -> Cut:
        """The branch of that name at the present head of main, or where an earlier try cut it."""
        head = await read_head(context.gitea, intent.repo)
        if head is None:
            raise GiteaNotFound(f"The repository {intent.repo} has no commits.")
        base = await context.bot.cut_branch(repo=intent.repo, name=intent.name, from_sha=head, credit=credit)
        return Cut(base_sha=base)

    async def record(self, work: Work, context: Context, written: Written[ContributeIntent, Cut]) -> None:
        """Settings, the audit row, the chat with the cards that waited, and that the person watches the entry."""
        intent, person = written.intent, written.actor_id
        await branch_settings.insert(
            work,
            key=intent.key,
            slug=intent.slug,
            created_by=person,
            base_sha=written.effect.base_sha,
        )
        await record_action(
            work,
            context,
            actor_user_id=person,
            on_behalf_of=written.login,
            kind=self.kind,
            op_id=written.op_id,
            slug=intent.slug,
            branch=intent.name,
            details={"repo": intent.repo, "base_sha": written.effect.base_sha},
        )
        moved = 0 if person is None else await _move_cards(work, person, intent)
        await _say(work, intent, person, moved)
        if person is not None:
            await watches.set_watching(work, user_id=person, slug=intent.slug, at=now())
        await events.append(work, BranchCut(intent.slug, intent.name))

    async def look(self, context: Context, intent: ContributeIntent, effect: Cut) -> None:
        """The new branch."""
        await context.refresher.nudge_branch(intent.key)


CONTRIBUTE = ContributeWrite()


async def start_contributing(
    context: Context, *, actor: Actor | None, slug: Slug, op_id: OperationId | None = None
) -> StartedBranch:
    """Cut a branch of an entry for the actor. The same `op_id` again gives the same branch.

    Raises NotFound, NotSignedIn, Muted, RateLimited, Busy, Conflict for a withdrawn RFC, and Upstream; see
    `carry_out` for what is kept.
    """
    op_id = op_id or new_operation_id()
    async with context.store.write() as work:
        person = await entitled(work, may_start_contributing, actor, act="start contributing")
        entry = await find_entry(work, slug)
        earlier = await operations.find(work, id=op_id)
        if earlier is None:
            if entry.state is EntryState.WITHDRAWN:
                raise Conflict(WITHDRAWN)
            await require_not_graduating(work, slug)
            context.limits.count(Limited.CONTRIBUTE, person.login)
            intent = await _intent(work, context, person, entry, op_id)
            await begin(work, CONTRIBUTE, op_id=op_id, actor_id=person.id, login=person.login, intent=intent)
    if earlier is not None:
        return await _repeat(context, person, slug, earlier)
    await carry_out(context, CONTRIBUTE, op_id)
    return StartedBranch(slug=slug, name=intent.name)


async def _repeat(context: Context, person: Actor, slug: Slug, earlier: OperationRow) -> StartedBranch:
    """The same click sent twice: the branch of the first, or another go if that one came to nothing."""
    is_same = earlier.kind == CONTRIBUTE.kind and earlier.actor_user_id == person.id
    if not is_same or earlier.state is OperationState.FAILED:
        return await start_contributing(context, actor=person, slug=slug)
    if earlier.id in context.in_flight:
        raise Busy("Your branch is being made right now.")
    if earlier.state is not OperationState.DONE:
        await carry_out(context, CONTRIBUTE, earlier.id, again=True)
    intent = CONTRIBUTE.intent_of(earlier)
    return StartedBranch(slug=intent.slug, name=intent.name)


async def _intent(
    work: Work, context: Context, person: Actor, entry: RfcRow, op_id: OperationId
) -> ContributeIntent:
    key = await free_branch(work, context, person, entry, op_id)
    return ContributeIntent(display_name=person.display_name, slug=entry.slug, repo=key.repo, name=key.name)


async def free_branch(
    work: Work, context: Context, person: Actor, entry: RfcRow, op_id: OperationId
) -> BranchKey:
    """Where an entry's next branch goes and what it is called, for whoever begins it in this operation (§8.3)."""
    home = home_of_entry(context.meta, entry)
    key = BranchKey(home.repo, _name(home, person, op_id))
    while await _is_taken(work, key):
        # Six digits of two operations can be the same; a deleted branch's name is not used again either.
        key = BranchKey(home.repo, _name(home, person, new_operation_id()))
    return key


async def _is_taken(work: Work, key: BranchKey) -> bool:
    known = await branch_settings.find(work, key=key) or await branches.find(work, key=key)
    return known is not None


def _name(home: TextHome, person: Actor, marker: OperationId) -> str:
    if home.has_front_matter:
        return edit_branch_name(home.slug, marker)
    return draft_branch_name(person.login, marker)


async def _move_cards(work: Work, person: UserId, intent: ContributeIntent) -> int:
    """How many of the person's own cards waited on main; they go with them, once."""
    chat = await threads.open(work, created_by=person, slug=intent.slug, branch=intent.name)
    moved = await changes.move_buffer(work, slug=intent.slug, asked_by=person, key=intent.key, thread_id=chat)
    return len(moved)


async def _say(work: Work, intent: ContributeIntent, person: UserId | None, moved: int) -> None:
    """A line in the branch's chat, and one in main's that leads to it."""
    link = f"[{intent.name}]({branch_address(intent.slug, intent.name)})"
    cards = {0: "", 1: " One change card moved there."}.get(moved, f" {moved} change cards moved there.")
    who = intent.display_name
    await say_system_line(
        work,
        slug=intent.slug,
        branch=None,
        text=f"{who} started contributing on {link}.{cards}",
        begun_by=person,
    )
    here = cards.replace("there", "here from main")
    await say_system_line(
        work, slug=intent.slug, branch=intent.name, text=f"{who} started this branch.{here}", begun_by=person
    )
