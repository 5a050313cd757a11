"""The operator's list of models (§18.2)."""

from __future__ import annotations

import pytest

from services.llm.enabled import EnabledModel, Provider, read_enabled_models


def test_models_are_read_in_order() -> None:
    assert read_enabled_models("claude=anthropic:claude-x, gpt=openai:gpt-x:free") == (
        EnabledModel("claude", Provider.ANTHROPIC, "claude-x"),
        EnabledModel("gpt", Provider.OPENAI, "gpt-x:free"),
    )


def test_names_are_what_people_read() -> None:
    assert [
        model.name for model in read_enabled_models("gpt=openai:a,claude=anthropic:b,my-llama=openai:c")
    ] == [
        "GPT",
        "Claude",
        "My llama",
    ]


@pytest.mark.parametrize(
    "value",
    [
        "claude",
        "claude=anthropic",
        "claude=:x",
        "claude=acme:x",
        "a=openai:x,a=openai:y",
        "A B=openai:x",
        "copy-editor=openai:x",
    ],
)
def test_a_malformed_list_is_refused_in_a_sentence(value: str) -> None:
    with pytest.raises(ValueError, match="ENABLED_MODELS"):
        read_enabled_models(value)
