"""Models are told apart by two letters (design §9)."""

from __future__ import annotations

from services.domain.model_symbols import ModelSign, signs_of


def test_known_families_have_their_letters_and_colours() -> None:
    assert signs_of(["claude", "gpt", "gemini", "copy-editor"]) == {
        "claude": ModelSign("Cl", "claude"),
        "gpt": ModelSign("Gp", "gpt"),
        "gemini": ModelSign("Ge", "gemini"),
        "copy-editor": ModelSign("Ed", "copy-editor"),
    }


def test_other_models_take_their_first_letters() -> None:
    assert signs_of(["mistral"]) == {"mistral": ModelSign("Mi", "other")}


def test_a_taken_pair_gives_way_to_the_next_letter_that_differs() -> None:
    assert [sign.symbol for sign in signs_of(["llama", "llava", "claude", "claude-small"]).values()] == [
        "Ll",
        "La",
        "Cl",
        "Ca",
    ]


def test_each_model_of_a_family_has_a_colour_of_its_own_while_there_are_any() -> None:
    keys = ["claude-large", "claude-small", "gpt", "copy-editor"]
    colours = {key: sign.family for key, sign in signs_of(keys).items()}

    assert colours == {
        "claude-large": "claude",
        "claude-small": "other",
        "gpt": "gpt",
        "copy-editor": "copy-editor",
    }
    assert {sign.family for sign in signs_of(["llama", "mistral", "qwen", "phi"]).values()} == {
        "other",
        "gemini",
        "gpt",
        "claude",
    }


def test_a_model_enabled_later_takes_no_colour_away() -> None:
    before = signs_of(["claude", "claude-small", "copy-editor"])

    assert signs_of(["claude", "claude-small", "gpt", "copy-editor"]).items() >= before.items()


def test_where_colours_do_not_do_each_is_shared_by_few_and_letters_tell_apart() -> None:
    keys = ["claude", "gpt", "gemini", "mistral", "llama", "qwen", "phi", "command", "copy-editor"]
    signs = signs_of(keys)

    colours = [signs[key].family for key in keys]
    assert sorted(colours) == ["claude"] * 2 + ["copy-editor"] + ["gemini"] * 2 + ["gpt"] * 2 + ["other"] * 2
    assert len({sign.symbol for sign in signs.values()}) == len(keys)


def test_a_ninth_model_changes_nothing_of_the_others() -> None:
    keys = ["claude", "gpt", "gemini", "mistral", "llama", "qwen"]

    assert signs_of([*keys, "phi"]).items() >= signs_of(keys).items()
