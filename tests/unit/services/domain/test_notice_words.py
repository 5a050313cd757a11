"""What the inbox and letters say of an act (§15)."""

from __future__ import annotations

import pytest

from services.domain.events import JsonValue
from services.domain.hygiene import Step
from services.domain.notice_words import act_in_words, quote_of, quoted


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (
            "Bound four: *a guardian without one is an owner*.",
            "Bound four: a guardian without one is an owner.",
        ),
        ("See [silence](silence.md), `RFC-1`\nand **this**.", "See silence, RFC-1 and this."),
        ("@writer, 2 < 3 and snake_case stay.", "@writer, 2 < 3 and snake_case stay."),
    ],
)
def test_a_quote_is_what_a_reader_sees_of_a_message(written: str, read: str) -> None:
    assert quote_of({"quote": written}) == read


def test_a_message_of_signs_alone_is_not_quoted() -> None:
    assert quote_of({"quote": "***"}) == ""


@pytest.mark.parametrize(
    ("kind", "details", "said"),
    [
        ("resolve_pull", {"main_sha": "a", "head_sha": "b"}, "began to resolve the conflict of PR #31"),
        ("open_pull", {"title": "Say it"}, "opened PR #31: Say it"),
        (
            "open_pull",
            {"title": "Say it", "supersedes": 30},
            "opened PR #31: Say it, to take the place of #30",
        ),
    ],
)
def test_an_act_is_told_as_what_it_is(kind: str, details: dict[str, JsonValue], said: str) -> None:
    assert act_in_words(kind, "watching", title="Human", number=31, details=details) == said


def test_quotes_inside_a_quote_are_single_ones() -> None:
    assert quoted("with “to this”") == "with ‘to this’"


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (Step.CLOSE, "will soon close a branch of yours that is idle"),
        (Step.DELETE_STALE, "will soon delete a branch of yours that is closed"),
        (Step.DELETE_MERGED, "will soon delete a branch of yours whose pull request was merged"),
        (None, "will soon close or delete a branch of yours"),
    ],
)
def test_a_warning_says_what_will_happen_to_the_branch_and_why(step: Step | None, said: str) -> None:
    details = {} if step is None else {"step": step.value}

    assert act_in_words("warn_branch", "branch", title="Human", number=None, details=details) == said


def test_a_warning_says_when_it_happens_and_that_the_branch_can_be_kept() -> None:
    details: dict[str, JsonValue] = {"step": Step.CLOSE.value, "at": "2026-12-03T23:30:00-02:00"}

    assert act_in_words("warn_branch", "branch", title="Human", number=None, details=details) == (
        "will soon close a branch of yours that is idle, on 4 December 2026 unless you keep it"
    )
