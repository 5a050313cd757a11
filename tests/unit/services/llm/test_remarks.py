"""What the copy-editor leaves alone, and how it words a change (§18.2)."""

from __future__ import annotations

import pytest

from services.domain.prose_diff import Span
from services.llm.copy_editor.remarks import MOST_CARDS, Remark, choose_remarks, corrected


def remark(text: str, wrong: str, right: str = "x", *, kind: str = "Spelling", action: int = 0) -> Remark:
    start = text.index(wrong)
    return Remark(start, start + len(wrong), right, action, kind, "because")


@pytest.mark.parametrize(
    "text",
    [
        "---\ntitle: wrng\n---\nText.\n",
        "Text.\n\n```\nwrng\n```\n",
        "Call `wrng` here.\n",
        "> A quoted wrng line.\n",
        "They said “a wrng word” there.\n",
        "See https://example.org/wrng for it.\n",
        "A [link](wrng.md) to it.\n",
    ],
)
def test_code_front_matter_quotations_and_addresses_are_left_alone(text: str) -> None:
    assert choose_remarks(text, (remark(text, "wrng"),)) == ()


def test_the_surest_kinds_come_first_and_ten_are_enough() -> None:
    text = " ".join(f"word{index}" for index in range(30))
    remarks = tuple(remark(text, f"word{index} ", kind="Spelling") for index in range(20))
    sure = remark(text, "word25", kind="Agreement")
    chosen = choose_remarks(text, (*remarks, sure))
    assert (len(chosen), chosen[0]) == (MOST_CARDS, sure)


def test_of_two_remarks_on_one_passage_the_surer_stands() -> None:
    text = "an test here"
    sure, other = remark(text, "an", kind="Agreement"), remark(text, "an test", kind="Style")
    assert choose_remarks(text, (other, sure)) == (sure,)


@pytest.mark.parametrize(
    ("wrong", "right", "action", "expected"),
    [
        ("teh", "the", 0, ("teh", "the")),
        (" end", "", 1, ("teh end", "teh")),
        ("middle", ",", 2, ("middle", "middle,")),
    ],
)
def test_a_correction_takes_whole_words(
    wrong: str, right: str, action: int, expected: tuple[str, str]
) -> None:
    text = "in middle of teh end"
    assert corrected(text, remark(text, wrong, right, action=action), Span(0, len(text))) == expected


def test_a_passage_grows_until_it_stands_only_once() -> None:
    text = "one teh dog\nand teh cat"
    second = Remark(text.rindex("teh"), text.rindex("teh") + 3, "the", 0, "Typo", "because")
    original, proposed = corrected(text, second, Span(0, len(text)))
    assert (text.count(original), proposed) == (1, original.replace("teh", "the"))


def test_a_passage_never_grows_out_of_the_reach() -> None:
    text = "teh teh teh"
    assert corrected(text, Remark(4, 7, "the", 0, "Typo", ""), Span(4, 7)) == ("teh", "the")
