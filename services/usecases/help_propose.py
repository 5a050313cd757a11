"""A model's help with a proposal that is being written (§9.2): tags, and a sharper pitch. It only suggests."""

from __future__ import annotations

import asyncio

from services.domain.actors import Actor
from services.domain.change_protocol import Reach
from services.domain.errors import Conflict, Invalid
from services.domain.permissions import may_ask_ai, may_propose
from services.domain.proposal import MAX_PITCH, MAX_TITLE, parse_tags
from services.domain.proposal_help import pitch_of_answer, tags_of_answer
from services.llm.port import ModelFailed, Question, Trouble
from services.usecases.context import Context
from services.usecases.draft_pull import words_said
from services.usecases.models import ModelChoice
from services.usecases.people import entitled
from services.usecases.rate_limits import Limited
from services.usecases.rfc_models import offer_of_none, operators_participant

ACT = "ask for help with a proposal"
LONGEST_SECONDS = 60
"""How long somebody is kept waiting for a model; they write on meanwhile."""
TAGS_TOLD = 60
"""Tags in use that a model is told, the most used ones."""
TAGS = (
    "Suggest up to five tags for this proposal, each one or two words in lower case. Prefer tags that are in use: "
    "{in_use}. Do not repeat those it has. Write the tags alone, separated by commas, and propose no changes."
)
PITCH = (
    "Write this pitch again so that it says in as few words as it needs what the proposal is to settle and why now. "
    "Keep its meaning, its language, its markdown, names and links, and add no facts. "
    "Write the new pitch alone, without a word about it, and propose no changes."
)


def helper(context: Context) -> ModelChoice | None:
    """The model that helps: the operator's first one that writes. None where no such model is on."""
    return offer_of_none(context).writer


async def suggest_tags(
    context: Context, *, actor: Actor | None, title: str, pitch: str, tags: str
) -> tuple[str, ...]:
    """Tags to choose from, none that `tags` (comma-separated) has; empty where the model had none.

    Raises NotSignedIn, Muted, RateLimited, Invalid, ModelFailed, and Conflict where no model is on.
    """
    rows = (await context.catalog.view(context.store)).rows
    counts: dict[str, int] = {}
    for row in rows:
        for tag in row.tags:
            counts[tag] = counts.get(tag, 0) + 1
    in_use = sorted(counts, key=lambda tag: (-counts[tag], tag))[:TAGS_TOLD]
    present = parse_tags(tags)
    request = TAGS.format(in_use=", ".join(in_use) or "none yet")
    quotes = (f"It has these tags: {', '.join(present)}",) if present else ()
    answer = await _ask(context, actor, title, pitch, request, quotes)
    return tags_of_answer(answer, present=present, in_use=in_use)


async def sharpen_pitch(context: Context, *, actor: Actor | None, title: str, pitch: str) -> str | None:
    """The pitch as a model would put it, for the proposer to take or leave; None where it has nothing better.

    Raises NotSignedIn, Muted, RateLimited, Invalid, ModelFailed, and Conflict where no model is on.
    """
    if not pitch.strip():
        raise Invalid("Write a few words first; they can be sharpened then.", field="pitch")
    return pitch_of_answer(await _ask(context, actor, title, pitch, PITCH, ()), before=pitch)


async def _ask(
    context: Context, actor: Actor | None, title: str, pitch: str, request: str, quotes: tuple[str, ...]
) -> str:
    async with context.store.read() as work:
        person = await entitled(work, may_propose & may_ask_ai, actor, act=ACT)
    choice = helper(context)
    if choice is None:
        raise Conflict("No model is on here.", hint="Propose it as it is.")
    if not title.strip() and not pitch.strip():
        raise Invalid("Write a title or a pitch first.", field="title")
    if len(title) > MAX_TITLE or len(pitch) > MAX_PITCH:
        raise Invalid("This is too long to be proposed. Shorten it first.", field="pitch")
    context.limits.count(Limited.ASK, person.login)
    question = Question(
        title=title.strip(), text=pitch, reach=Reach.document(pitch), request=request, quotes=quotes
    )
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            return await words_said(operators_participant(context, choice.key), question)
    except TimeoutError:
        raise ModelFailed(choice.name, Trouble.TIMED_OUT) from None
