"""A model's help with a proposal (§9.2): it suggests, and whoever proposes decides."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.domain.errors import Conflict, Invalid, Muted, NotSignedIn
from services.llm.port import ModelFailed, Trouble
from services.usecases.context import Context
from services.usecases.help_propose import helper, sharpen_pitch, suggest_tags
from services.usecases.models import Models
from services.usecases.rights import set_muted
from tests.support.models import Scripted
from tests.support.world import World


def with_model(world: World, model: Scripted) -> Context:
    return replace(world.context, models=Models(besides=[model]))


async def test_tags_are_new_ones_and_those_in_use_are_told_to_the_model(world: World) -> None:
    world.write_entry("human", tags=("Ethics", "law"))
    await world.context.refresher.sweep()
    model = Scripted()
    model.says("Tags: ethics, ", "silence, law")

    tags = await suggest_tags(
        with_model(world, model), actor=world.writer, title="Silence", pitch="Why not speak?", tags="law, "
    )

    assert tags == ("Ethics", "silence")
    (question,) = model.asked
    assert (question.title, question.text) == ("Silence", "Why not speak?")
    assert "Ethics, law" in question.request
    assert question.quotes == ("It has these tags: law",)


async def test_a_pitch_comes_back_sharper_and_without_changes_of_a_document(world: World) -> None:
    model = Scripted()
    model.says("Speak less.", "<change>\n<original>Why</original>\n<proposed>x</proposed>\n</change>")

    pitch = await sharpen_pitch(
        with_model(world, model), actor=world.writer, title="", pitch="Why not be silent?"
    )

    assert pitch == "Speak less."


async def test_a_model_with_nothing_better_says_nothing(world: World) -> None:
    model = Scripted()
    model.says("Why not\nbe silent?")
    context = with_model(world, model)

    assert await sharpen_pitch(context, actor=world.writer, title="", pitch="Why not be silent?") is None


async def test_without_a_model_that_writes_nobody_helps(world: World) -> None:
    assert helper(world.context) is None
    with pytest.raises(Conflict, match="No model is on"):
        await sharpen_pitch(world.context, actor=world.writer, title="Silence", pitch="Why?")


async def test_trouble_of_a_model_is_told_as_what_it_is(world: World) -> None:
    model = Scripted()
    model.says("Half", ModelFailed("Claude", Trouble.RATE_LIMITED))

    with pytest.raises(ModelFailed, match="asked too often"):
        await sharpen_pitch(with_model(world, model), actor=world.writer, title="", pitch="Why?")


async def test_nothing_and_too_much_are_not_sent_to_a_model(world: World) -> None:
    model = Scripted()
    context = with_model(world, model)

    with pytest.raises(Invalid):
        await sharpen_pitch(context, actor=world.writer, title="Silence", pitch=" \n")
    with pytest.raises(Invalid):
        await suggest_tags(context, actor=world.writer, title=" ", pitch="", tags="")
    with pytest.raises(Invalid):
        await sharpen_pitch(context, actor=world.writer, title="Silence", pitch="x" * 100_001)

    assert model.asked == []


async def test_only_who_may_propose_is_helped(world: World) -> None:
    model = Scripted()
    context = with_model(world, model)
    await set_muted(world.context, actor=world.owner, subject_id=world.writer.id, muted=True, reason="Rest.")

    with pytest.raises(Muted):
        await suggest_tags(context, actor=world.writer, title="Silence", pitch="Why?", tags="")
    with pytest.raises(NotSignedIn):
        await suggest_tags(context, actor=None, title="Silence", pitch="Why?", tags="")

    assert model.asked == []
