"""Reading what a model suggests for a proposal (§9.2)."""

from __future__ import annotations

import pytest

from services.domain.proposal_help import pitch_of_answer, tags_of_answer


@pytest.mark.parametrize(
    ("answer", "tags"),
    [
        ("ethics, Care, new word", ("Ethics", "care", "new word")),
        ("Tags: ethics, care", ("Ethics", "care")),
        ("- ethics\n- `care`\n* #speech\n1. time", ("Ethics", "care", "speech", "time")),
        ("```\nethics, care\n```", ("Ethics", "care")),
        ("law, LAW, ethics.", ("Ethics",)),
        ("a, b, c, d, e, f, g", ("a", "b", "c", "d", "e")),
        (f"{'x' * 41}, short", ("short",)),
        ("", ()),
        ("law", ()),
    ],
)
def test_tags_are_read_however_they_are_listed(answer: str, tags: tuple[str, ...]) -> None:
    assert tags_of_answer(answer, present=["Law"], in_use=["Ethics", "care"]) == tags


@pytest.mark.parametrize(
    ("answer", "pitch"),
    [
        ("Shorter.", "Shorter."),
        ("Pitch: Shorter.\r\nAnd **now**.\n", "Shorter.\nAnd **now**."),
        ("```markdown\nShorter.\n\n```python\nx\n```\n\nEnd.\n```", "Shorter.\n\n```python\nx\n```\n\nEnd."),
        ("```python\nx = 1\n```\n\nShorter.", "```python\nx = 1\n```\n\nShorter."),
        ("The same\nas before.", None),
        ("  \n", None),
        ("x" * 100_001, None),
    ],
)
def test_a_pitch_is_the_answer_without_what_models_put_around_it(answer: str, pitch: str | None) -> None:
    assert pitch_of_answer(answer, before="The same as before.") == pitch
