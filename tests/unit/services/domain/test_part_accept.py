"""A change sentence by sentence (§8.7)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.domain.part_accept import joined, sentences_of

WORDS = st.text(alphabet="ab. \n", max_size=60)


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


@given(WORDS, WORDS)
def test_none_gives_the_original_and_all_the_proposal(original: str, proposed: str) -> None:
    numbers = {part.number for part in sentences_of(original, proposed) if part.number}

    assert "".join(joined(original, proposed, numbers).split()) == "".join(proposed.split())
    assert "".join(joined(original, proposed, set()).split()) == "".join(original.split())
