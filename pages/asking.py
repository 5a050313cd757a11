"""From what somebody asks in the prompt bar to the question that a model gets (§8.5)."""

from __future__ import annotations

from components.editor import Selected
from components.prompt_bar import Asked
from services.domain.actors import Viewer
from services.domain.asked_about import AskedAbout, points_before
from services.domain.identifiers import Slug
from services.usecases.ask_model import ask
from services.usecases.context import Context
from services.usecases.present_text import present_text
from services.usecases.questions import AskedReach, Passage, SectionOf


async def ask_about(
    context: Context, viewer: Viewer, *, slug: Slug, branch: str | None, asked: Asked
) -> None:
    """Ask; raises what `ask` raises, and Invalid where the passage or the section is not there any more."""
    quoted = asked.about is AskedAbout.SELECTION
    await ask(
        context,
        actor=viewer,
        slug=slug,
        branch=branch,
        text=asked.text,
        model_key=asked.model,
        reach=_reach(asked),
        quotes=(asked.quote,) if quoted else (),
        op_id=asked.operation,
    )


async def place_of_selection(
    context: Context, *, slug: Slug, branch: str | None, selected: Selected
) -> tuple[int, int]:
    """Where something selected in the editor begins and ends, in code points of the present text."""
    text = (await present_text(context, slug=slug, branch=branch)).text
    return points_before(text, selected.start), points_before(text, selected.end)


def _reach(asked: Asked) -> AskedReach:
    match asked.about:
        case AskedAbout.DOCUMENT:
            return None
        case AskedAbout.SECTION:
            return SectionOf(anchor=asked.section)
        case AskedAbout.SELECTION:
            return Passage(quote=asked.quote, start=asked.start, end=asked.end)
