"""Proposing (§9.1): the slug is kept in the database before the bot opens the idea's PR."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from services.domain.actors import Actor
from services.domain.audit import ActionKind
from services.domain.clock import now
from services.domain.entry import Entry, EntryState
from services.domain.errors import Busy, Invalid, SlugTaken
from services.domain.events import PullChanged
from services.domain.identifiers import OperationId, PullNumber, Slug
from services.domain.permissions import may_propose
from services.domain.proposal import Proposal
from services.domain.pull import PullKind
from services.domain.slug import check_slug
from services.domain.trailers import Credit, new_operation_id
from services.gitea.outcomes import NameTaken
from services.store.queries import catalog, events, operations, pulls, slugs, users, watches
from services.store.queries.operations import OperationRow, OperationState
from services.store.work import Work
from services.usecases.bot_writes import BotWrite, Intent, Written, begin, carry_out
from services.usecases.context import Context
from services.usecases.people import entitled
from services.usecases.rate_limits import Limited
from services.usecases.record import record_action


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedIdea:
    """The idea's PR in the meta repository, and its slug."""

    number: PullNumber
    slug: Slug


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeIntent(Intent):
    """Everything the idea's PR is made of; the branch name is how recovery recognises it."""

    proposed_by: str
    proposed_at: str
    title: str
    slug: Slug
    pitch: str
    tags: tuple[str, ...]
    branch: str


class ProposeWrite(BotWrite[ProposeIntent, OpenedIdea]):
    """Open the idea's PR."""

    kind: ClassVar[ActionKind] = ActionKind.PROPOSE_IDEA
    patience: ClassVar[timedelta] = timedelta(days=1)
    intent_type = ProposeIntent
    effect_type = OpenedIdea

    async def act(
        self, context: Context, credit: Credit, intent: ProposeIntent, *, again: bool
    ) -> OpenedIdea:
        """Branch, file and PR; each step finds what an earlier try of this operation did."""
        opened = await context.bot.open_idea(
            credit=credit, entry=_entry(intent), pitch=intent.pitch, branch=intent.branch, again=again
        )
        return OpenedIdea(number=opened.number, slug=intent.slug)

    async def record(self, work: Work, context: Context, written: Written[ProposeIntent, OpenedIdea]) -> None:
        """The audit row, the PR the slug is kept for, and that the proposer watches it."""
        effect = written.effect
        await record_action(
            work,
            context,
            actor_user_id=written.actor_id,
            on_behalf_of=written.login,
            kind=self.kind,
            op_id=written.op_id,
            slug=effect.slug,
            branch=written.intent.branch,
            repo=context.meta,
            pr_number=effect.number,
            details={"title": written.intent.title},
        )
        await slugs.attach(work, slug=effect.slug, pr_number=effect.number)
        if written.actor_id is not None:
            await watches.set_watching(work, user_id=written.actor_id, slug=effect.slug, at=now())
        await events.append(work, PullChanged(context.meta, effect.number, effect.slug))

    def pull_number(self, intent: ProposeIntent, effect: OpenedIdea) -> PullNumber:
        """The new PR."""
        return effect.number

    async def give_up(self, work: Work, op_id: OperationId, intent: ProposeIntent) -> None:
        """Free the slug, if it is still kept for this operation."""
        held = await slugs.holder(work, slug=intent.slug)
        if held is not None and held.op_id == op_id:
            await slugs.release(work, slug=intent.slug)


PROPOSE = ProposeWrite()


async def propose(
    context: Context, *, actor: Actor | None, proposal: Proposal, op_id: OperationId | None = None
) -> OpenedIdea:
    """Open an idea PR. The same `op_id` again gives the same idea.

    Raises NotSignedIn, Muted, RateLimited, SlugTaken, Busy and Upstream; see `carry_out` for what is kept.
    """
    op_id = op_id or new_operation_id()
    async with context.store.write() as work:
        person = await entitled(work, may_propose, actor, act="propose an RFC")
        earlier = await operations.find(work, id=op_id)
        if earlier is None:
            await _keep_slug(context, work, person, proposal.slug, op_id)
            intent = _intent(person, proposal, op_id)
            await begin(work, PROPOSE, op_id=op_id, actor_id=person.id, login=person.login, intent=intent)
    if earlier is not None:
        return await _repeat(context, person, proposal, earlier)
    return await _open(context, proposal, op_id)


async def slug_problem(context: Context, *, slug: str) -> str | None:
    """Why a new idea can't have this slug, as a sentence, or `None` when it can (checked as one types)."""
    try:
        checked = check_slug(slug)
        async with context.store.read() as work:
            await _require_free(work, checked)
    except (Invalid, SlugTaken) as error:
        return error.message
    return None


async def _repeat(context: Context, person: Actor, proposal: Proposal, earlier: OperationRow) -> OpenedIdea:
    """The same form sent twice: the outcome of the first, or another go if that one came to nothing."""
    if earlier.actor_user_id != person.id or earlier.state is OperationState.FAILED:
        return await propose(context, actor=person, proposal=proposal)
    if earlier.state is OperationState.DONE:
        return PROPOSE.effect_of(earlier)
    if earlier.id in context.in_flight:
        raise Busy("This idea is being opened right now.")
    return await _open(context, proposal, earlier.id, again=True)


async def _open(
    context: Context, proposal: Proposal, op_id: OperationId, *, again: bool = False
) -> OpenedIdea:
    try:
        return await carry_out(context, PROPOSE, op_id, again=again)
    except NameTaken as error:
        # Somebody committed that very file on Gitea, and the cache does not know it yet.
        await context.refresher.nudge(context.meta)
        raise SlugTaken(proposal.slug, "an RFC on Gitea") from error


async def _keep_slug(context: Context, work: Work, person: Actor, slug: Slug, op_id: OperationId) -> None:
    await _require_free(work, slug)
    context.limits.count(Limited.PROPOSE, person.login)
    if not await slugs.reserve(work, slug=slug, op_id=op_id, user_id=person.id):
        raise SlugTaken(slug, "another idea that is being opened right now")


async def _require_free(work: Work, slug: Slug) -> None:
    """Raise SlugTaken for the slug of an entry, of an open idea (of Gitea's too), or of one being opened."""
    entry = await catalog.find(work, slug=slug)
    if entry is not None:
        raise SlugTaken(slug, f"the RFC “{entry.title}”")
    for pull in await pulls.list_open(work, kind=PullKind.IDEA):
        if pull.rfc_slug == slug:
            raise SlugTaken(slug, f"the open idea #{pull.pr_number}")
    held = await slugs.holder(work, slug=slug)
    if held is not None:
        raise SlugTaken(slug, await _whose(work, held))


async def _whose(work: Work, held: slugs.SlugReservationRow) -> str:
    if held.pr_number is not None:
        return f"the idea #{held.pr_number}"
    person = await users.find(work, user_id=held.user_id)
    return f"an idea that {person.display_name or person.gitea_login if person else 'somebody'} is opening"


def _intent(person: Actor, proposal: Proposal, op_id: OperationId) -> ProposeIntent:
    return ProposeIntent(
        display_name=person.display_name,
        proposed_by=person.login,
        proposed_at=now().date().isoformat(),
        title=proposal.title,
        slug=proposal.slug,
        pitch=proposal.pitch,
        tags=proposal.tags,
        branch=f"idea-{proposal.slug}-{op_id[:6]}",
    )


def _entry(intent: ProposeIntent) -> Entry:
    return Entry(
        slug=intent.slug,
        title=intent.title,
        state=EntryState.SUPER_DRAFT,
        proposed_by=intent.proposed_by,
        proposed_at=intent.proposed_at,
        tags=intent.tags,
        body=intent.pitch,
    )
