"""A change must fit the text exactly once, inside what was asked about (§8.6)."""

from __future__ import annotations

import pytest

from services.domain.change_protocol import (
    Located,
    ProposedChange,
    Reach,
    Refusal,
    RefusedBecause,
    locate,
    standing_once,
)
from services.domain.prose_diff import Span

TEXT = "# Human\n\nA human is a “living” member of\nthe species.\n\nEach role leaves out somebody. Each role is a role.\n"


def judged(
    original: str, proposed: str, *, text: str = TEXT, reach: Reach | None = None
) -> Located | RefusedBecause:
    result = locate(ProposedChange(original, proposed, ""), text, reach or Reach.document(text))
    return result.because if isinstance(result, Refusal) else result


def test_a_passage_that_stands_once_is_located() -> None:
    assert judged("Each role leaves out", "No role leaves out") == Located(
        Span(55, 75), "Each role leaves out", "No role leaves out"
    )


@pytest.mark.parametrize(
    "original",
    [
        "a “living” member of the species.",
        'a "living" member of the species.',
        "\n  a “living”  member\nof the species.  \n",
        "> a “living” member of\n> the species.",
        "```\na “living” member of\nthe species.\n```",
        '"a “living” member of the species."',
    ],
)
def test_white_space_quotation_marks_and_wrapping_may_differ(original: str) -> None:
    located = judged(original, "one of us.")
    assert isinstance(located, Located)
    assert located.original == "a “living” member of\nthe species."


@pytest.mark.parametrize(
    ("original", "proposed", "because"),
    [
        ("", "words", RefusedBecause.EMPTY),
        (" \n", "words", RefusedBecause.EMPTY),
        ("never written", "words", RefusedBecause.NOT_FOUND),
        ("Each role", "No role", RefusedBecause.AMBIGUOUS),
        ("the species.", "the  species.", RefusedBecause.UNCHANGED),
        ("x" * 60_000, "y", RefusedBecause.TOO_LARGE),
    ],
)
def test_a_change_that_does_not_fit_is_refused(original: str, proposed: str, because: RefusedBecause) -> None:
    assert judged(original, proposed) is because


def test_a_passage_outside_the_reach_is_refused() -> None:
    reach = Reach(Span(0, 20), whole=False)
    assert judged("leaves out somebody", "leaves nobody out", reach=reach) is RefusedBecause.OUTSIDE


def test_the_reach_decides_between_two_equal_passages() -> None:
    second = TEXT.rindex("Each role")
    located = judged("Each role", "No role", reach=Reach(Span(second, len(TEXT)), whole=False))
    assert isinstance(located, Located)
    assert located.span.start == second


def test_most_of_a_document_is_not_rewritten_by_one_change() -> None:
    text = "\n\n".join(f"Paragraph {index} of a longer document." for index in range(100))
    assert judged(text[: len(text) * 2 // 3], "Short.", text=text) is RefusedBecause.TOO_LARGE


def test_characters_of_a_pattern_are_only_characters() -> None:
    assert isinstance(judged("(a+)+$ [x] \\d", "b", text="Say (a+)+$ [x] \\d here."), Located)


@pytest.mark.parametrize(
    ("original", "wider"),
    [
        ("leaves out somebody", "leaves out somebody"),
        ("Each role", "species.\n\nEach role leaves"),
        ("role.", "role."),
    ],
)
def test_a_passage_is_widened_by_words_until_it_stands_once(original: str, wider: str) -> None:
    start = TEXT.index(original)
    found = standing_once(Located(Span(start, start + len(original)), original, "No role"), TEXT)

    assert isinstance(found, Located)
    assert (found.original, found.replacement) == (wider, wider.replace(original, "No role"))
    assert TEXT[found.span.start : found.span.end] == wider


def test_a_passage_that_can_not_be_told_from_its_lookalikes_is_ambiguous() -> None:
    text = "again and " * 2_000
    found = standing_once(Located(Span(9_000, 9_005), "again", "once"), text)

    assert isinstance(found, Refusal)
    assert found.because is RefusedBecause.AMBIGUOUS
