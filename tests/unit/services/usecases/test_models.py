"""What an RFC's `models` line means (§6.6)."""

from __future__ import annotations

import pytest

from services.domain.errors import Invalid
from services.llm.enabled import read_enabled_models
from services.llm.providers import Keys
from services.usecases.models import Models, Offer

ENABLED = read_enabled_models("claude=anthropic:a,gpt=openai:b,gemini=google:c")


def models() -> Models:
    return Models(ENABLED, Keys(anthropic="k", openai="k", google="k"))


def offered(offer: Offer) -> list[str]:
    return [choice.key for choice in offer.choices]


def test_no_line_offers_everything_and_the_first_enabled_is_the_default() -> None:
    offer = models().offer(None)
    assert (offered(offer), offer.default) == (["claude", "gpt", "gemini", "copy-editor"], "claude")


def test_a_list_offers_those_of_it_that_are_enabled_and_its_first_is_the_default() -> None:
    offer = models().offer(["gemini", "llama", "claude", "gemini"])
    assert (offered(offer), offer.default) == (["gemini", "claude", "copy-editor"], "gemini")


def test_an_empty_list_turns_every_model_off_the_copy_editor_too() -> None:
    offer = models().offer([])
    assert (offered(offer), offer.default) == ([], None)
    assert offer.why_none == "This RFC takes no part of models: its owners turned them off."


def test_a_list_of_unknown_names_keeps_the_copy_editor() -> None:
    assert offered(models().offer(["llama"])) == ["copy-editor"]


def test_a_model_without_a_key_is_not_offered() -> None:
    assert offered(Models(ENABLED, Keys(openai="k")).offer(None)) == ["gpt", "copy-editor"]


def test_a_server_of_ones_own_needs_no_key() -> None:
    keys = Keys(openai_base_url="http://127.0.0.1:1/v1")
    assert offered(Models(ENABLED, keys).offer(None)) == ["gpt", "copy-editor"]


def test_a_model_that_is_not_on_offer_is_refused_in_words() -> None:
    with pytest.raises(Invalid) as refused:
        models().offer(["claude"]).choice("gpt")
    assert (refused.value.field, refused.value.message) == (
        "model",
        "The model “gpt” does not take part here.",
    )


def test_a_model_has_one_sign_everywhere_also_when_it_is_no_longer_enabled() -> None:
    here = models()
    here.remember(["claude", "claude-old", "claude-older", "copy-editor"])

    alone = {key: here.signs([key])[key] for key in ("claude", "claude-old", "claude-older", "unheard-of")}
    together = here.signs(["unheard-of", "claude-older", "claude-old", "claude"])

    assert together == alone
    assert {choice.key: choice.sign for choice in here.offer(None).choices}["claude"] == alone["claude"]
    assert len({sign.symbol for sign in alone.values()}) == 4
    assert len({alone[key] for key in ("claude-old", "claude-older", "claude")}) == 3
