"""Blocks of an answer that is still being given (§8.4)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.domain.markdown_blocks import BlockCutter


def cut(*chunks: str) -> tuple[list[str], str]:
    cutter = BlockCutter()
    return [block for chunk in chunks for block in cutter.feed(chunk)], cutter.tail


def test_a_paragraph_is_complete_when_the_next_one_begins() -> None:
    assert cut("One.", "\n", "\n") == ([], "One.\n\n")
    assert cut("One.\n\n", "T", "wo.") == (["One.\n\n"], "Two.")


def test_what_is_indented_stays_with_the_list_before_it() -> None:
    assert cut("- one\n\n  more\n\nNext") == (["- one\n\n  more\n\n"], "Next")


def test_code_is_not_cut_at_its_blank_lines() -> None:
    assert cut("```py\na\n\nb\n```\n\nAfter") == (["```py\na\n\nb\n```\n\n"], "After")
    assert cut("~~~\na\n\n```\n\nb") == ([], "~~~\na\n\n```\n\nb")


@given(st.lists(st.sampled_from(["a", "\n", "\n\n", "```", "  ", "- b", "~~~~", "😀"])))
def test_nothing_is_lost_however_it_arrives(chunks: list[str]) -> None:
    blocks, tail = cut(*chunks)

    assert "".join(blocks) + tail == "".join(chunks)
