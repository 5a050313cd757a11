"""Opens and decides the pull requests of the demo through the real use-cases (§17); one is left in conflict."""

from __future__ import annotations

import logging

from pydantic import BaseModel, ConfigDict
from ruamel.yaml import YAML

from services.domain.errors import Conflict
from services.domain.identifiers import Slug
from services.ops.sample_calendar import Calendar
from services.ops.sample_documents import SAMPLES
from services.ops.sample_story import People, operation, unhurried
from services.usecases.context import Context
from services.usecases.contribute import start_contributing
from services.usecases.decide_pull import merge_pull, withdraw_pull
from services.usecases.open_pull import OpenedBranchPull, open_pull
from services.usecases.state_signals import tell_of_missed_states

log = logging.getLogger(__name__)


class SamplePull(BaseModel):
    """One pull request: when, whose, which passage becomes which wording, in which words, and how it ended."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    slug: str
    days_ago: float
    by: str
    passage: str
    wording: str
    title: str
    description: str
    merged_by: str = ""
    withdrawn_by: str = ""


def sample_pulls() -> tuple[SamplePull, ...]:
    """Return them in the order in which they were opened."""
    found = YAML(typ="safe").load((SAMPLES / "pulls.yaml").read_text(encoding="utf-8"))
    return tuple(SamplePull.model_validate(one) for one in found)


async def open_sample_pulls(context: Context, *, people: People, calendar: Calendar) -> None:
    """Open and decide them all. Cut off and called again, it goes on where it was."""
    context = unhurried(context)
    for number, one in enumerate(sample_pulls()):
        log.info("sample: pull request on %s", one.slug)
        calendar.turn_to(one.days_ago)
        opened = await _open(context, people, one, number)
        calendar.later()
        try:
            await _decide(context, people, one, opened)
        except Conflict as error:
            log.info("sample: #%d was decided before: %s", opened.number, error.message)
        await tell_of_missed_states(context)


async def _open(context: Context, people: People, one: SamplePull, number: int) -> OpenedBranchPull:
    actor, slug = people[one.by], Slug(one.slug)
    started = await start_contributing(
        context, actor=actor, slug=slug, op_id=operation(slug, f"pull-branch-{number}")
    )
    async with context.live_texts.editing(context, slug=slug, name=started.name) as text:
        if one.wording not in text.text:
            live = await text.go_live()
            await live.become(text.text.replace(one.passage, one.wording, 1), user_id=actor.id)
    return await open_pull(
        context,
        actor=actor,
        slug=slug,
        name=started.name,
        title=one.title,
        description=one.description,
        op_id=operation(slug, f"pull-{number}"),
    )


async def _decide(context: Context, people: People, one: SamplePull, opened: OpenedBranchPull) -> None:
    if one.merged_by:
        await merge_pull(context, actor=people[one.merged_by], slug=opened.slug, number=opened.number)
    elif one.withdrawn_by:
        await withdraw_pull(context, actor=people[one.withdrawn_by], slug=opened.slug, number=opened.number)
