"""The one active RFC of the demo: its owner graduates it, as people do (§13)."""

from __future__ import annotations

from services.domain.actors import Actor
from services.domain.graduation import check_plan, suggested_name
from services.domain.identifiers import Slug
from services.ops.sample_documents import sample_ideas
from services.ops.sample_story import operation
from services.usecases.context import Context
from services.usecases.graduate import start_graduation
from services.usecases.graduation import carry_on

GRADUATED = Slug("consent")
NUMBER = 1


async def graduate_sample(context: Context, actor: Actor) -> None:
    """Make `consent` active. Cut off and called again, it goes on where it was."""
    idea = next(one for one in sample_ideas() if one.slug == GRADUATED)
    plan = check_plan(
        number=str(NUMBER), repo_name=suggested_name(NUMBER, GRADUATED), owners=", ".join(idea.owners)
    )
    op_id = operation(GRADUATED, "graduate")
    await context.refresher.nudge(context.meta)
    await start_graduation(context, actor=actor, slug=GRADUATED, plan=plan, op_id=op_id)
    carry_on(context, op_id)
    await context.sagas.wait()
