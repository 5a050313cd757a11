"""Drafting a pull request's title and description (§10.2): by the RFC's default model, else in plain words."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from services.domain.actors import Actor
from services.domain.change import ChangeState
from services.domain.change_protocol import AnswerParser, AnswerText, Reach
from services.domain.errors import ProductError
from services.domain.identifiers import Slug
from services.domain.permissions import may_edit_branch
from services.domain.pull_draft import PullWords, plain_words, words_of_answer
from services.llm.port import Participant, Question
from services.store.queries import changes, threads
from services.store.work import Work
from services.usecases.context import Context
from services.usecases.known_branch import KnownBranch, readable_branch
from services.usecases.models import ModelChoice
from services.usecases.open_pull import ACT
from services.usecases.people import entitled
from services.usecases.questions import Asking, Wanted, question_of
from services.usecases.rate_limits import Limited
from services.usecases.rfc_models import offer_of, participant_of
from services.usecases.shown_text import ShownText, shown_text

log = logging.getLogger(__name__)

LONGEST_SECONDS = 30
"""How long somebody who wants to open a pull request is kept waiting for a model."""
REQUEST = (
    "Write the title and the description of a pull request that brings this document in place of the one quoted, "
    "which is what main says now. Say what changes for a reader and why, from the difference and the conversation. "
    "The first line is the title alone, at most 70 characters, without markdown. Then an empty line, then the "
    "description in markdown, at most 150 words. Propose no changes, and write nothing else."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PullDraft:
    """Words to begin with; `by` is the name of the model that wrote them, None for plain ones."""

    title: str
    description: str
    by: str | None = None


@dataclass(frozen=True, slots=True)
class _Material:
    """What a draft is made from."""

    branch: KnownBranch
    person: Actor
    text: str
    reasons: tuple[str, ...]


async def draft_pull(context: Context, *, actor: Actor | None, slug: Slug, name: str) -> PullDraft:
    """Words for the pull request of a branch as it is typed now.

    Raises NotFound, NotSignedIn, Muted, Forbidden, UnreadableText and Upstream; a model that fails is done without.
    """
    text = (await _shown(context, actor, slug, name)).text
    async with context.store.read() as work:
        branch = await readable_branch(work, context.meta, slug=slug, name=name, viewer=actor)
        person = await entitled(work, may_edit_branch, actor, branch.standing, act=ACT)
        cards = await changes.list_for_branch(work, key=branch.key, states=(ChangeState.ACCEPTED,))
        choice = (await offer_of(work, context, branch.entry)).writer
    material = _Material(branch, person, text, tuple(card.reason for card in cards))
    if choice is not None:
        words = await _by_model(context, material, choice)
        if words is not None:
            return PullDraft(title=words.title, description=words.description, by=choice.name)
    plain = await asyncio.to_thread(
        plain_words,
        title=branch.entry.title,
        before=branch.entry.body,
        after=text,
        reasons=material.reasons,
    )
    return PullDraft(title=plain.title, description=plain.description)


async def _shown(context: Context, actor: Actor | None, slug: Slug, name: str) -> ShownText:
    async with context.store.read() as work:
        await readable_branch(work, context.meta, slug=slug, name=name, viewer=actor)
    return await shown_text(context, slug=slug, branch=name)


async def _by_model(context: Context, material: _Material, choice: ModelChoice) -> PullWords | None:
    """What the model writes; None when it fails, takes too long, or was asked too often."""
    try:
        context.limits.count(Limited.ASK, material.person.login)
        async with context.store.read() as work:
            question = await _question(work, material)
        async with asyncio.timeout(LONGEST_SECONDS):
            return words_of_answer(
                await answer_in_words(context, material.branch.entry.slug, choice, question)
            )
    except (ProductError, TimeoutError) as error:
        log.warning("%s drafted no pull request: %s", choice.key, error)
        return None


async def _question(work: Work, material: _Material) -> Question:
    branch, entry = material.branch, material.branch.entry
    thread = await threads.find_for_slug(work, slug=entry.slug, branch=branch.key.name)
    wanted = Wanted(request=REQUEST, quotes=(entry.body,))
    if thread is None:
        reach = Reach.document(material.text)
        return Question(
            title=entry.title, text=material.text, reach=reach, request=REQUEST, quotes=wanted.quotes
        )
    asking = Asking(
        slug=entry.slug,
        branch=branch.key.name,
        repo=branch.key.repo,
        title=entry.title,
        thread_id=thread.id,
    )
    return await question_of(work, asking, wanted, text=material.text, reach=Reach.document(material.text))


async def answer_in_words(context: Context, slug: Slug, choice: ModelChoice, question: Question) -> str:
    """What a model of an RFC says; raises ModelFailed."""
    return await words_said(await participant_of(context, slug=slug, key=choice.key), question)


async def words_said(participant: Participant, question: Question) -> str:
    """What a model says, without the changes that it proposes all the same; raises ModelFailed."""
    parser = AnswerParser()
    said: list[str] = []
    async for word in participant.answer(question):
        said += [part.text for part in parser.feed(word) if isinstance(part, AnswerText)]
    said += [part.text for part in parser.finish() if isinstance(part, AnswerText)]
    return "".join(said)
