"""What a model writes, in whole or in pieces, and what we make of it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.domain.change_protocol import AnswerParser, AnswerText, BrokenBlock, Fragment, ProposedChange

BLOCK = "<change>\n<original>old words</original>\n<proposed>new words</proposed>\n<reason>shorter</reason>\n</change>"
CHANGE = ProposedChange("old words", "new words", "shorter")


def read(answer: str, *, step: int | None = None) -> list[Fragment]:
    parser = AnswerParser()
    step = step or max(1, len(answer))
    fragments = [part for at in range(0, len(answer), step) for part in parser.feed(answer[at : at + step])]
    return joined(fragments + parser.finish())


def joined(fragments: list[Fragment]) -> list[Fragment]:
    """Neighbouring talk as one; how it was cut is of no interest."""
    result: list[Fragment] = []
    for fragment in fragments:
        if isinstance(fragment, AnswerText) and result and isinstance(result[-1], AnswerText):
            result[-1] = AnswerText(result[-1].text + fragment.text)
        else:
            result.append(fragment)
    return [part for part in result if not isinstance(part, AnswerText) or part.text.strip()]


def test_talk_and_a_change_come_apart() -> None:
    assert read(f"I would say:\n{BLOCK}\nThat is all.") == [
        AnswerText("I would say:\n"),
        CHANGE,
        AnswerText("\nThat is all."),
    ]


@pytest.mark.parametrize("step", [1, 2, 3, 7, 19])
def test_pieces_of_any_size_give_the_same(step: int) -> None:
    answer = f"a < b and c > d.\n{BLOCK}\nand <b>bold</b>\n{BLOCK}\nend"
    assert read(answer, step=step) == read(answer)


@pytest.mark.parametrize(
    "block",
    [
        "<Change>\n<ORIGINAL>old words</ORIGINAL><Proposed>new words</Proposed><Reason>shorter</Reason></Change>",
        '<change id="1"><original lang="en">old words</original><proposed>new words</proposed><reason>shorter</reason></change>',
        "<change><old>old words</old><new>new words</new><why>shorter</why></change>",
        "<change><reason>shorter</reason><proposed>new words</proposed><original>old words</original></change>",
        "<change><original>old words<proposed>new words<reason>shorter</change>",
        "<change><original>\nold words\n</original>\n<proposed>\nnew words\n</proposed><reason>\nshorter\n</reason></changes>",
        "&lt;change&gt;&lt;original&gt;old words&lt;/original&gt;&lt;proposed&gt;new words&lt;/proposed&gt;&lt;reason&gt;shorter&lt;/reason&gt;&lt;/change&gt;",
        f"```xml\n{BLOCK}\n```",
    ],
)
def test_small_slips_are_understood(block: str) -> None:
    assert read(block) == [CHANGE]


def test_a_block_left_open_ends_where_the_next_begins() -> None:
    assert read(BLOCK.replace("</change>", "") + BLOCK) == [CHANGE, CHANGE]


@pytest.mark.parametrize("step", [1, 2, 5, 13, 10_000])
@pytest.mark.parametrize(
    ("answer", "fragments"),
    [
        (f"<change>\n{BLOCK}\n</change>", [CHANGE]),
        (f"<changes>\n{BLOCK}\n{BLOCK}\n</changes>", [CHANGE, CHANGE]),
        (f"```xml\n<changes>\n{BLOCK}\n</changes>\n```", [CHANGE]),
        (f"<change><change>{BLOCK}</change></change>Done.", [CHANGE, AnswerText("Done.")]),
        (f"<change>Shorter is better:{BLOCK}</change>Yes.",
         [AnswerText("Shorter is better:"), CHANGE, AnswerText("Yes.")]),
        (f"<change><original>a</original><proposed>b{BLOCK}</proposed><reason>c</reason></change>Yes.",
         [ProposedChange("a", "b", ""), CHANGE, AnswerText("Yes.")]),
        (f"<change><original>{BLOCK}</original><proposed>b</proposed></change>Yes.", [CHANGE, AnswerText("Yes.")]),
        (f"Well:{BLOCK}</change>Yes.</changes>", [AnswerText("Well:"), CHANGE, AnswerText("Yes.")]),
        (f"<change>{BLOCK}</change>\n{BLOCK}", [CHANGE, CHANGE]),
        (f"<change>{BLOCK}</proposed> And so on.", [CHANGE, AnswerText(" And so on.")]),
    ],
)  # fmt: skip
def test_tags_around_a_block_and_blocks_in_a_block_are_never_talk(
    answer: str, fragments: list[Fragment], step: int
) -> None:
    assert read(answer, step=step) == fragments


def test_a_change_without_a_reason_is_a_change() -> None:
    assert read("<change><original>a</original><proposed>b</proposed></change>") == [
        ProposedChange("a", "b", "")
    ]


def test_a_deletion_has_an_empty_proposal() -> None:
    assert read("<change><original>a</original><proposed></proposed></change>") == [
        ProposedChange("a", "", "")
    ]


def test_html_in_a_passage_stays_text() -> None:
    block = "<change><original>x <script>alert(1)</script></original><proposed>x</proposed></change>"
    assert read(block) == [ProposedChange("x <script>alert(1)</script>", "x", "")]


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ("<change><original>a</original></change>", "This change has no proposed passage."),
        ("<change>just words</change>", "This change has no original and no proposed passage."),
        (
            "<change><original>a</original><original>b</original><proposed>c</proposed></change>",
            "This change has its original passage twice.",
        ),
        ("<change><original>a</original><prop", "The answer stopped in the middle of this change."),
        ("<change><original>a</original><proposed>b", "The answer stopped in the middle of this change."),
    ],
)
def test_what_can_not_be_a_change_is_reported_as_broken(answer: str, problem: str) -> None:
    fragments = read(answer)
    assert [part.problem for part in fragments if isinstance(part, BrokenBlock)] == [problem]


def test_an_answer_that_ends_after_its_last_part_still_counts() -> None:
    assert read(BLOCK.replace("\n</change>", "")) == [CHANGE]


def test_an_answer_of_nothing_is_nothing() -> None:
    assert read("") == []


def test_a_megabyte_inside_one_block_is_given_up() -> None:
    fragments = read("<change><original>" + "x" * 1_000_000, step=50_000)
    assert isinstance(fragments[0], BrokenBlock)


def test_talk_is_not_held_back() -> None:
    assert AnswerParser().feed("Hello there. ") == [AnswerText("Hello there. ")]


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "<change>",
                "</change>",
                "<original>",
                "</original>",
                "<proposed>",
                "</proposed>",
                "word ",
                "<",
                "&lt;",
                "```\n",
                "\n",
            ]
        ),
        max_size=25,
    ).map("".join),
    st.integers(1, 9),
)
def test_no_answer_breaks_the_parser_and_cuts_do_not_matter(answer: str, step: int) -> None:
    whole, pieces = read(answer), read(answer, step=step)
    assert [part for part in whole if isinstance(part, ProposedChange)] == [
        part for part in pieces if isinstance(part, ProposedChange)
    ]
