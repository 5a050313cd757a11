"""Drafting the words of a pull request (§10.2): by a model, and in plain words without one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.domain.errors import Forbidden
from services.llm.port import ModelFailed, Trouble
from services.usecases.draft_pull import PullDraft, draft_pull
from services.usecases.models import Models
from tests.support.branches import HUMAN, super_draft
from tests.support.models import Scripted
from tests.support.pulls import TEXT, changed_branch
from tests.support.world import World

PLAIN = PullDraft(title="Change the opening of Human", description="Changes:\n\n- Opening: one passage")


async def drafted(world: World, *models: Scripted) -> PullDraft:
    await super_draft(world, body=TEXT)
    name = await changed_branch(world, world, TEXT.replace("who", "person"))
    context = replace(world.context, models=Models(besides=models))
    return await draft_pull(context, actor=world.writer, slug=HUMAN, name=name)


async def test_the_rfcs_model_drafts_from_the_difference_and_proposes_nothing(world: World) -> None:
    model = Scripted()
    model.says("Say person\n\nWho asks", " a question.\n<change>\n<original>It</original>\n", "<proposed>She")

    draft = await drafted(world, model)

    assert draft == PullDraft(title="Say person", description="Who asks a question.", by="Claude")
    (question,) = model.asked
    assert (question.text, question.quotes) == (TEXT.replace("who", "person"), (TEXT,))


@pytest.mark.parametrize("words", [[], [ModelFailed("Claude", Trouble.REFUSED)], ["WIP\n\nLater."]])
async def test_a_model_that_fails_is_done_without(world: World, words: list[str | Exception]) -> None:
    model = Scripted()
    model.says(*words)
    assert await drafted(world, model) == PLAIN


async def test_the_copy_editor_does_not_write(world: World) -> None:
    assert await drafted(world) == PLAIN


async def test_only_whoever_may_open_it_has_it_drafted(world: World) -> None:
    await super_draft(world, body=TEXT)
    name = await changed_branch(world, world, TEXT + "More.\n")
    with pytest.raises(Forbidden):
        await draft_pull(world.context, actor=world.reader, slug=HUMAN, name=name)
