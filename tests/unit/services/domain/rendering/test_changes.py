"""The rendered difference of two versions: nothing lost, nothing invented, always a document (§8.11, §10.3)."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.domain.rendering.changes import render_changes
from services.domain.rendering.links import LinkBase
from services.domain.rendering.markdown import render_document
from services.domain.rendering.tracked import Mark
from tests.support.rendered import characters_without

CORPUS = Path(os.environ.get("RFC_UI_CORPUS", Path(__file__).parents[6] / "shared" / "corpus")) / "rust-rfcs"
BASE = LinkBase()
BLOCKS = [
    "# Head\n\n",
    "One two three. Four *five* six.\n\n",
    "One **two** three. Four five seven.\n\n",
    "- a `b` c\n- d\n",
    "- a c\n- d [e](https://example.org)\n",
    "1. x\n\n   y\n",
    "> quoted words here\n\n",
    "```py\na = 1\nb = 2\n```\n\n",
    "```py\na = 1\nb = 3\n```\n\n",
    "| a | b |\n|---|---|\n| c | d |\n\n",
    "| a | b |\n|---|---|\n| c | e |\n| f | g |\n\n",
    "日本語の文。次の文。\n\n",
    "<b>html</b> & more\n\n",
]
TEXTS = st.lists(st.sampled_from(BLOCKS), max_size=6).map("".join)


def reads(html: str, *, without: str = "none") -> str:
    """The characters a reader sees, without those inside `without`, section numbers and spaces."""
    return characters_without(html, f"a.r-secno, {without}")


def assert_nothing_lost(before: str, after: str) -> None:
    html = render_changes(before, after, base=BASE).html
    assert reads(html, without="del") == reads(render_document(after, base=BASE).html)
    assert reads(html, without="ins") == reads(render_document(before, base=BASE).html)


def shown(before: str, after: str) -> str:
    return render_changes(before, after, base=BASE).html


@settings(max_examples=250, deadline=None)
@given(TEXTS, TEXTS)
def test_both_versions_can_be_read_from_it(before: str, after: str) -> None:
    assert_nothing_lost(before, after)


@settings(max_examples=60, deadline=None)
@given(TEXTS)
def test_a_version_has_no_difference_from_itself(text: str) -> None:
    assert render_changes(text, text + "\n\n", base=BASE).marks == 0


def test_a_changed_word_is_struck_and_put_in() -> None:
    assert shown("A living person speaks here.\n", "A living human speaks here.\n") == (
        '<p data-line="1">A living <span class="r-mark"><del>person</del><ins>human</ins></span> speaks here.</p>\n'
    )


def test_marks_stand_inside_and_around_formats() -> None:
    assert "<del><strong>three</strong></del><ins><strong>four</strong></ins>" in shown(
        "One two **three** five six.\n", "One two **four** five six.\n"
    )


def test_a_new_list_item_is_an_item() -> None:
    html = shown("- one thing\n- two things\n", "- one thing\n- something new\n- two things\n")
    assert '<li data-line="2"><span class="r-mark"><ins>something new</ins></span></li>' in html.replace(
        "\n", ""
    )


def test_a_changed_cell_leaves_the_table_a_table() -> None:
    html = shown("| a | b |\n|---|---|\n| old | d |\n", "| a | b |\n|---|---|\n| new | d |\n")
    assert '<td><span class="r-mark">' in html
    assert html.count("<tr") == 2


def test_code_is_compared_by_lines() -> None:
    html = shown("```\na = 1\nb = 2\n```\n", "```\na = 1\nb = 3\n```\n")
    assert "<code>a = 1\n<del>b = 2\n</del><ins>b = 3\n</ins></code>" in html


def test_a_struck_heading_has_no_anchor() -> None:
    html = shown("# Old head\n\nText stays.\n", "Text stays.\n")
    assert 'id="doc-old-head"' not in html
    assert "<del>Old head</del>" in html


@given(before=TEXTS, between=TEXTS, after=TEXTS)
def test_what_a_text_was_compared_with_before_changes_nothing(before: str, between: str, after: str) -> None:
    first = shown(before, after)
    shown(before, between)

    assert shown(before, after) == first


def test_each_mark_is_asked_whose_it_is() -> None:
    asked: list[Mark] = []

    def card(mark: Mark) -> str | None:
        asked.append(mark)
        return "c7"

    html = render_changes(
        "One.\n\nA living person.\n", "One.\n\nA living human.\n", base=BASE, attribute=card
    ).html
    assert asked == [Mark("person", "human", (2, 3))]
    assert '<span class="r-mark" data-change="c7">' in html


def test_hostile_text_is_text_on_both_sides() -> None:
    html = shown("<script>a()</script>\n", "<img src=x onerror=b()>\n")
    assert "<script" not in html
    assert "<img" not in html


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.exists(), reason="the real revisions are not beside this project")
def test_real_revisions_lose_and_invent_no_word() -> None:
    pairs = [json.loads(line) for line in (CORPUS / "revisions.jsonl").read_text().splitlines()]
    for pair in pairs:
        assert_nothing_lost(pair["before"], pair["after"])
    assert len(pairs) == 121
