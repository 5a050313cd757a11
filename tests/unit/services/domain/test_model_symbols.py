"""Models are told apart by two letters (design §9)."""

from __future__ import annotations

from services.domain.model_symbols import ModelSign, sign_of, signs_of


def test_known_families_have_their_letters_and_colours() -> None:
    assert signs_of(["claude", "gpt", "gemini", "copy-editor"]) == {
        "claude": ModelSign("Cl", "claude"),
        "gpt": ModelSign("Gp", "gpt"),
        "gemini": ModelSign("Ge", "gemini"),
        "copy-editor": ModelSign("Ed", "copy-editor"),
    }


def test_other_models_take_their_first_letters() -> None:
    assert sign_of("mistral") == ModelSign("Mi", "other")


def test_a_taken_pair_gives_way_to_the_next_letter_that_differs() -> None:
    assert [sign.symbol for sign in signs_of(["llama", "llava", "claude", "claude-small"]).values()] == [
        "Ll",
        "La",
        "Cl",
        "Ca",
    ]
