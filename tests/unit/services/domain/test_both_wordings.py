"""Two wordings of one passage stand one after the other, and the document stays what it is (§8.10)."""

from __future__ import annotations

import re

import pytest

from services.domain.both_wordings import both_of
from services.domain.rendering.links import LinkBase
from services.domain.rendering.markdown import render_document

TABLE = "| A | B |\n|---|---|\n"


@pytest.mark.parametrize(
    ("before", "first", "second", "after", "both"),
    [
        ("A being. ", "It thinks.", "It sings.", "\n\nEnd.\n", "It thinks. It sings."),
        ("", "It thinks.", "It sings.", " Also x.\n", "It thinks. It sings."),
        ("Intro.\n\n", "It thinks.", "It sings.", "\n\nEnd.\n", "It thinks.\n\nIt sings."),
        ("# Title\n", "It thinks.", "It sings.", "\n\nEnd.\n", "It thinks.\n\nIt sings."),
        ("Intro.\n", "It thinks.", "It sings.", "\nEnd.\n", "It thinks.\nIt sings."),
        ("人は。", "考える。", "歌う。", "\n", "考える。歌う。"),
        ("A being. ", "It thinks.\n\nNew.", "It sings.", "\n\nEnd.\n", "It thinks.\n\nNew.\n\nIt sings."),
        ("- a\n", "- thinks", "- sings", "\n- c\n", "- thinks\n- sings"),
        ("- a\n", "- thinks", "- sings", "", "- thinks\n- sings"),
        ("- a\n", "- [x] thinks", "- [ ] sings", "\n", "- [x] thinks\n- [ ] sings"),
        ("1. a\n", "2. thinks", "2. sings", "\n3. c\n", "2. thinks\n2. sings"),
        ("- a\n", "- It thinks.", "- It sings.", " And more.\n- c\n", "- It thinks. It sings."),
        ("- A being. ", "It thinks.", "It sings.", "\n- c\n", "It thinks. It sings."),
        ("Intro.\n\n", "- thinks", "It sings.", "\n\nEnd\n", "- thinks\n\nIt sings."),
        ("", "# Mine", "# Theirs", "\n\nText.\n", "# Mine\n\n# Theirs"),
        ("", "## Mine.", "## Theirs.", " Rest\n\nText.\n", "## Mine. Theirs."),
        (TABLE, "| 1 | 2 |", "| 1 | 3 |", "\n| 4 | 5 |\n", "| 1 | 2 |\n| 1 | 3 |"),
        (TABLE + "| It is. ", "So | 2 |", "No | 3 |", "\n| 4 | 5 |\n", "So | 2 |\n| It is. No | 3 |"),
        (TABLE + "| ", "It is.", "It was.", " So | 2 |\n", "It is. So | 2 |\n| It was."),
        ("", "| A | B |", "| A | C |", "\n|---|---|\n| 4 | 5 |\n", "| A | B / C |"),
        ("", "| A |\n|---|\n| 1 |", "| B |\n|---|\n| 2 |", "\n", "| A |\n|---|\n| 1 |\n\n| B |\n|---|\n| 2 |"),
        ("> a\n", "> thinks", "> sings", "\n> c\n", "> thinks\n> sings"),
        ("Intro.\n\n", "> thinks", "> sings", "\n\nEnd\n", "> thinks\n>\n> sings"),
        ("```py\n", "x = 1", "x = 2", "\ny\n```\n", "x = 1\nx = 2"),
        ("", "```py\nx\n```", "```py\ny\n```", "\n\nEnd\n", "```py\nx\n```\n\n```py\ny\n```"),
        ("Intro.[^1]\n\n", "[^1]: thinks", "[^1]: sings", "\n", "[^1]: thinks sings"),
        ("", "It thinks.", "It sings.\n", "", "It thinks.\n\nIt sings.\n"),
    ],
)  # fmt: skip
def test_both_wordings_stand_one_after_the_other(
    before: str, first: str, second: str, after: str, both: str
) -> None:
    assert both_of(before, first, second, after) == both


@pytest.mark.parametrize(
    ("before", "first", "second", "after"),
    [
        ("A being. ", "", "It sings.", "\n"),
        ("A being. ", "It thinks.", " ", "\n"),
        ("", "| A | B |", "| A | C | D |", "\n|---|---|\n| 4 | 5 |\n"),
        ("| A | B |\n", "|---|---|", "|:-:|---|", "\n| 4 | 5 |\n"),
        ("", "| A |\n|---|", "| B |", "\n| 4 |\n"),
        ("", "```py", "```js", "\ny\n```\n\nEnd.\n"),
        ("```py\nx\n", "```", "````", "\n\nEnd.\n"),
    ],
)
def test_where_they_can_not_nothing_is_made_up(before: str, first: str, second: str, after: str) -> None:
    assert both_of(before, first, second, after) is None


@pytest.mark.parametrize(
    ("before", "first", "second", "after", "tag", "more"),
    [
        ("- a\n", "- thinks", "- sings", "\n- c\n", "<li", 1),
        (TABLE, "| 1 | 2 |", "| 1 | 3 |", "\n| 4 | 5 |\n", "<tr", 1),
        (TABLE + "| ", "It is.", "It was.", " So | 2 |\n", "<tr", 1),
        ("", "| A | B |", "| A | C |", "\n|---|---|\n| 4 | 5 |\n", "<tr", 0),
        ("", "# Mine", "# Theirs", "\n\nText.\n", "<h2", 1),
        ("Intro.\n\n", "It thinks.", "It sings.", "\n\nEnd.\n", "<p[ >]", 1),
        ("A being. ", "It thinks.", "It sings.", "\n\nEnd.\n", "<p[ >]", 0),
        ("> a\n", "> thinks", "> sings", "\n> c\n", "<blockquote", 0),
    ],
)
def test_the_document_has_one_block_more_or_none(
    before: str, first: str, second: str, after: str, tag: str, more: int
) -> None:
    both = both_of(before, first, second, after)

    assert both is not None
    alone, together = (
        render_document(before + words + after, base=LinkBase()).html for words in (first, both)
    )
    assert len(re.findall(tag, together)) == len(re.findall(tag, alone)) + more
