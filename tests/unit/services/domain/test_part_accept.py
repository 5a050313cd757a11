"""A change sentence by sentence (§8.7)."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain.part_accept import joined, sentences_of

WORDS = st.text(alphabet="aB.。 \n", max_size=60)
PHRASES = st.lists(st.sampled_from(["It", "House", "wall", "roof", "has"]), min_size=1, max_size=4)
ENDS = st.sampled_from([". ", ".  ", ".\n", "! "])
SENTENCES = st.lists(st.builds(lambda words, end: " ".join(words) + end, PHRASES, ENDS), max_size=6).map(
    "".join
)
"""Sentences with some white space between them, and perhaps some at the end."""


def test_changed_sentences_are_numbered_and_the_others_stay() -> None:
    parts = sentences_of("One is. Two is. Three is.", "One was. Two is. Three was.")

    assert [(part.number, part.before, part.after) for part in parts] == [
        (1, "One is. ", "One was. "),
        (2, "Three is.", "Three was."),
    ]
    assert (
        joined("One is. Two is. Three is.", "One was. Two is. Three was.", {2})
        == "One is. Two is. Three was."
    )


@pytest.mark.parametrize(
    ("original", "proposed", "chosen", "result"),
    [
        ("A house has exactly one wall and a roof.\nEnd.", "A house has exactly one wall. It has a roof.\nEnd.", 1, "A house has exactly one wall.\nEnd."),
        ("A house has exactly one wall and a roof.\nEnd.", "A house has exactly one wall. It has a roof.\nEnd.", 2, "A house has exactly one wall and a roof. It has a roof.\nEnd."),
        ("A house has exactly one wall and a roof.", "A house has exactly one wall. It has a roof.", 1, "A house has exactly one wall."),
        ("A house has exactly one wall and a roof.", "A house has exactly one wall. It has a roof.", 2, "A house has exactly one wall and a roof. It has a roof."),
        ("One is. Two was here. Three is.", "One is. Three was.", 1, "One is. Three is."),
        ("One is. Two was here. Three is.", "One is. Three was.", 2, "One is. Two was here. Three was."),
        ("One is it。Two is it.", "One was it. Two was it.", 1, "One was it. Two is it."),
        ("A house is it。Nobody knows.", "A house was it.", 1, "A house was it. Nobody knows."),
        ("One is it。Two is it。", "One was it。Two was it。", 1, "One was it。Two is it。"),
    ],
)  # fmt: skip
def test_a_part_brings_no_white_space_that_neither_text_has_there(
    original: str, proposed: str, chosen: int, result: str
) -> None:
    assert joined(original, proposed, {chosen}) == result


@given(WORDS, WORDS)
def test_none_gives_the_original_and_all_the_proposal(original: str, proposed: str) -> None:
    numbers = {part.number for part in sentences_of(original, proposed) if part.number}

    assert joined(original, proposed, set()) == original
    if numbers:
        assert joined(original, proposed, numbers) == proposed


@given(SENTENCES, SENTENCES, st.data())
def test_parts_taken_one_after_the_other_end_at_the_proposal(
    original: str, proposed: str, data: st.DataObject
) -> None:
    spaces = white_space(original) | white_space(proposed)
    text = original
    for _ in range(40):
        numbers = [part.number for part in sentences_of(text, proposed) if part.number]
        if len(numbers) < 2:
            break
        text = joined(text, proposed, {data.draw(st.sampled_from(numbers))})
        assert white_space(text) <= spaces
    else:
        pytest.fail("it does not come to an end")

    assert not numbers or joined(text, proposed, set(numbers)) == proposed


def white_space(text: str) -> set[str]:
    """The stretches of white space between words, and those at the ends."""
    ends = {"start " + text[: len(text) - len(text.lstrip())], "end " + text[len(text.rstrip()) :]}
    return ends | set(re.findall(r"(?<=\S)\s+(?=\S)", text))
