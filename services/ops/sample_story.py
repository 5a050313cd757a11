"""Tells the sample story through the real use-cases, as its people would: nothing is written to tables (§17)."""

from __future__ import annotations

import dataclasses
import hashlib
import logging
from collections.abc import Mapping, Sequence

from services.domain.actors import Actor, Role
from services.domain.errors import Conflict
from services.domain.identifiers import OperationId, PullNumber, Slug
from services.domain.proposal import check_proposal
from services.ops.sample_calendar import Calendar
from services.ops.sample_documents import Remark, SampleIdea, sample_ideas
from services.ops.sample_front_matter import name_owners, retire
from services.usecases.accounts import GiteaProfile, sign_in, sign_out
from services.usecases.context import Context
from services.usecases.converse import post_to_entry, post_to_idea
from services.usecases.decide_idea import decline, merge, withdraw
from services.usecases.propose import propose
from services.usecases.rate_limits import Limited, RateLimits
from services.usecases.rights import set_role
from services.usecases.state_signals import tell_of_missed_states

log = logging.getLogger(__name__)

People = Mapping[str, Actor]


async def welcome_people(
    context: Context, *, profiles: Sequence[GiteaProfile], admins: frozenset[str]
) -> People:
    """Sign everybody in once, the owner first, give `admins` their role, and return who they are."""
    context = unhurried(context)
    people: dict[str, Actor] = {}
    for profile in sorted(profiles, key=lambda one: one.login != context.owner_login):
        signed_in = await sign_in(context, profile=profile)
        await sign_out(context, token=signed_in.token)
        people[profile.login] = signed_in.actor
    owner = people[context.owner_login]
    for login in sorted(admins):
        if people[login].role is Role.CONTRIBUTOR:
            await set_role(context, actor=owner, subject_id=people[login].id, role=Role.ADMIN)
    return people


async def tell_sample_story(context: Context, *, people: People, calendar: Calendar) -> None:
    """Propose, discuss and decide every sample idea. Cut off and called again, it goes on where it was."""
    context = unhurried(context)
    for idea in sample_ideas():
        log.info("sample: %s", idea.slug)
        calendar.turn_to(idea.days_ago)
        await _live_through(context, people, idea, calendar)
        await context.refresher.nudge(context.meta)
        await tell_of_missed_states(context)  # what is told of on another day is no news any more


async def _live_through(context: Context, people: People, idea: SampleIdea, calendar: Calendar) -> None:
    proposal = check_proposal(
        title=idea.title, slug=idea.slug, pitch=idea.body, tags_text=", ".join(idea.tags)
    )
    opened = await propose(
        context, actor=people[idea.proposed_by], proposal=proposal, op_id=operation(idea.slug, "propose")
    )
    await _discuss(context, people, idea, opened.number, calendar)
    calendar.later()
    try:
        await _decide(context, people, idea, opened.number)
    except Conflict as error:
        log.info("sample: %s was decided before: %s", idea.slug, error.message)
    if idea.merged_by and idea.owners:
        await name_owners(context, people[context.owner_login], idea)
    for number, remark in enumerate(idea.later_remarks):
        calendar.later()
        await post_to_entry(
            context,
            actor=people[remark.login],
            slug=Slug(idea.slug),
            text=remark.text,
            op_id=operation(idea.slug, f"later-{number}"),
        )
    if idea.retired_by:
        calendar.later()
        await retire(context, people[idea.retired_by], idea)


async def _discuss(
    context: Context, people: People, idea: SampleIdea, number: PullNumber, calendar: Calendar
) -> None:
    for position, remark in enumerate(idea.remarks):
        calendar.later()
        await _say(context, people, remark, number, operation(idea.slug, f"remark-{position}"))


async def _say(
    context: Context, people: People, remark: Remark, number: PullNumber, op_id: OperationId
) -> None:
    await post_to_idea(context, actor=people[remark.login], number=number, text=remark.text, op_id=op_id)


async def _decide(context: Context, people: People, idea: SampleIdea, number: PullNumber) -> None:
    if idea.merged_by:
        await merge(context, actor=people[idea.merged_by], number=number)
    elif idea.declined_by:
        await decline(context, actor=people[idea.declined_by], number=number, comment=idea.decline_comment)
    elif idea.withdrawn_by:
        await withdraw(context, actor=people[idea.withdrawn_by], number=number)


def operation(slug: str, step: str) -> OperationId:
    """The same step of the story always has the same id, so that doing it twice does it once."""
    return OperationId(hashlib.sha256(f"sample story\0{slug}\0{step}".encode()).hexdigest()[:32])


def unhurried(context: Context) -> Context:
    """The same context with limits that a story told in seconds does not reach."""
    generous = dict.fromkeys(Limited, "100000 per minute")
    return dataclasses.replace(context, limits=RateLimits(generous))
