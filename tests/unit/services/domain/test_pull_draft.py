"""Words for a pull request without a model, and out of a model's answer (§10.2)."""

from __future__ import annotations

import pytest

from services.domain.pull_draft import PullWords, plain_words, words_of_answer

BEFORE = "# Human\n\nA who.\n\n## Voice\n\nIt speaks.\n\n## Ears\n\nIt listens.\n"


def test_plain_words_name_the_sections_that_change_and_the_reasons_given() -> None:
    after = BEFORE.replace("speaks", "sings").replace("It listens.", "It listens well.\n\nAlways.")

    words = plain_words(title="Human", before=BEFORE, after=after, reasons=["Clearer.", " ", "Clearer."])

    assert words == PullWords(
        "Change 2 sections of Human",
        "Changes:\n\n- Voice: one passage\n- Ears: 2 passages\n\n"
        "Reasons given with the accepted changes:\n\n- Clearer.",
    )


def test_plain_words_are_always_the_same_and_never_too_long() -> None:
    after = BEFORE.replace("## Voice", "## " + "V" * 300)
    one, other = (plain_words(title="Human", before=BEFORE, after=after) for _ in range(2))
    assert one == other
    assert len(one.title) <= 200


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("# Say person\n\nBecause.\n", PullWords("Say person", "Because.")),
        ('Title: "Say person"\nDescription: Because.', PullWords("Say person", "Because.")),
        ("WIP: later\n\nBecause.", None),
        ("\n\n", None),
        ("x" * 300, None),
    ],
)
def test_a_models_answer_is_a_title_and_a_description_or_of_no_use(
    answer: str, words: PullWords | None
) -> None:
    assert words_of_answer(answer) == words
