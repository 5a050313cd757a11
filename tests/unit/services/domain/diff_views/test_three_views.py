"""Three views of one difference: each reads as the older and as the newer version, to the word (§10.3)."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.domain.diff_views import ChangeKind, DiffViews, Limit, change_ids, show_difference
from services.domain.rendering.links import LinkBase
from services.domain.rendering.markdown import render_document
from tests.support.rendered import characters_without

CORPUS = Path(os.environ.get("RFC_UI_CORPUS", Path(__file__).parents[6] / "shared" / "corpus")) / "rust-rfcs"
BASE = LinkBase()
ROLES = "Two documents that use different roles for the same person cannot be read together.\n\n"
BLOCKS = [
    "# Head\n\n",
    "## Head two\n\n",
    "One two three. Four *five* six.\n\n",
    "One **two** three. Four five seven.\n\n",
    "One two\nthree. Four five seven.\n\n",
    "- a `b` c\n- d\n",
    "- a c\n- d [e](https://example.org)\n- f\n",
    "1. x\n\n   y\n",
    "> quoted words here\n\n",
    "```py\na = 1\nb = 2\n```\n\n",
    "```js\na = 1\nb = 3\n```\n\n",
    "| a | b |\n|---|---|\n| c | d |\n\n",
    "| a | b |\n|---|---|\n| c | e |\n| f | g |\n\n",
    "A note[^1] here.\n\n[^1]: What it says.\n\n",
    "日本語の文。次の文。\n\n",
    "<b>html</b> & more\n\n",
    ROLES,
]
TEXTS = st.lists(st.sampled_from(BLOCKS), max_size=7).map("".join)
ASIDE = "button, sup, i, .r-aside, .r-secno, .r-alt, [aria-label='Back to the text']"
"""What the browser does not count (components/passages/shown.js)."""


def reads(html: str, side: str) -> str:
    """What the browser counts on one side, without spaces."""
    struck, other = ("ins", "after") if side == "before" else ("del", "before")
    return characters_without(html, f"{ASIDE}, {struck}, [data-side='{other}']")


def shown(before: str, after: str) -> DiffViews:
    return show_difference(before, after, base=BASE)


def assert_nothing_lost(before: str, after: str) -> None:
    views = shown(before, after)
    for side, text in (("before", before), ("after", after)):
        document = reads(render_document(text, base=BASE).html, side)
        assert (reads(views.rendered, side), reads(views.split, side)) == (document, document)
        assert reads(views.source, side) == "".join(text.split())


@settings(max_examples=150, deadline=None)
@given(TEXTS, TEXTS)
def test_every_view_reads_as_both_versions(before: str, after: str) -> None:
    assert_nothing_lost(before, after)


@settings(max_examples=60, deadline=None)
@given(TEXTS, TEXTS)
def test_every_change_of_the_list_can_be_found_in_its_view(before: str, after: str) -> None:
    views = shown(before, after)
    told = {change.id for change in views.changes if not change.id.endswith("-s")}
    assert set(re.findall(r'data-chg="([^"]+)"', views.rendered)) == told
    assert set(re.findall(r'data-chg="([^"]+)"', views.split)) == told


def test_a_moved_paragraph_is_no_change_of_words_and_names_both_places() -> None:
    before = f"## Why\n\n{ROLES}First.\n\n## Who\n\nSecond.\n"
    after = f"## Why\n\nFirst.\n\n## Who\n\nSecond.\n\n{ROLES}"
    views = shown(before, after)
    assert [change.kind for change in views.changes] == [ChangeKind.MOVED]
    assert (views.gained, views.lost) == (0, 0)
    assert "Moved to §2" in views.rendered
    assert "Moved from §1" in views.rendered
    assert not re.search("<(ins|del)>", views.rendered)


def test_reflowed_text_is_no_change() -> None:
    views = shown("One two three four.\n", "One two\nthree four.\n")
    assert views.changes == ()


def test_a_change_of_looks_is_told_apart() -> None:
    views = shown("One *two* three.\n\n## A\n\n### B\n", "One **two** three.\n\n## A\n\n## B\n")
    assert {change.kind for change in views.changes} == {ChangeKind.FORMAT}


def test_a_link_that_leads_elsewhere_says_so() -> None:
    views = shown("See [there](https://a.example).\n", "See [there](https://b.example).\n")
    assert [change.kind for change in views.changes] == [ChangeKind.LINK]
    assert "leads to https://b.example, before to https://a.example" in views.rendered


def test_words_are_marked_inside_headings_lists_tables_code_and_notes() -> None:
    before = "## Old head\n\n- an item\n\n| a | b |\n|---|---|\n| cell here | same here |\n\n```\nx = 1\n```\n\nn[^1]\n\n[^1]: a note\n"
    after = before.replace("Old", "New").replace("an item", "an entry").replace("cell", "field")
    after = after.replace("x = 1", "x = 2").replace("a note", "a remark")
    html = shown(before, after).rendered
    for gone, come in (("Old", "New"), ("item", "entry"), ("cell", "field"), ("note", "remark")):
        assert re.search(f"<del>[^<]*{gone}[^<]*</del><ins>[^<]*{come}[^<]*</ins>", html)
    assert "<del>x = 1\n</del><ins>x = 2\n</ins>" in html


def test_what_did_not_change_is_folded() -> None:
    quiet = "".join(f"Quiet {number}.\n\n" for number in range(12))
    views = shown(f"# A\n\n{quiet}One word.\n", f"# A\n\n{quiet}One wish.\n")
    assert "⋯ 11 paragraphs unchanged" in views.rendered
    assert "⋯ 11 paragraphs unchanged" in views.split


def test_a_tick_holds_until_its_own_section_changes() -> None:
    before = "## A\n\nOne word here.\n\n## B\n\nTwo words here.\n"
    once = shown(before, before.replace("One word", "One wish").replace("Two words", "Two wishes"))
    then = shown(before, before.replace("One word", "One wish").replace("Two words", "Two birds"))
    first, second = ({section.key: section.fingerprint for section in one.sections} for one in (once, then))
    assert first["a"] == second["a"]
    assert first["b"] != second["b"]


def test_a_change_keeps_its_id_when_others_come() -> None:
    before = "First words stand.\n\nSecond words stand.\n"
    once = change_ids(before, before.replace("Second words", "Second wishes"), base=BASE)
    both = "First wishes stand.\n\nSecond wishes stand.\n"
    assert once < change_ids(before, both, base=BASE)


def test_two_thousand_changes_are_all_shown() -> None:
    before = "\n\n".join(f"Paragraph {number} says one thing of many." for number in range(2_000))
    views = shown(before, before.replace("one thing", "another thing"))
    assert (len(views.changes), views.limit) == (2_000, Limit.NONE)


def test_a_diff_that_is_limited_says_so() -> None:
    large = "word " * 110_000
    assert shown(large, large + "more").limit is Limit.LARGE
    stars = "*a **b " * 20_000
    assert shown(stars, stars + "c").limit is Limit.WRITTEN


def test_markup_in_a_text_stays_text() -> None:
    views = shown("<script>1</script>\n", '<script>2</script>\n\n## <img src=x onerror="y">\n')
    for html in (views.rendered, views.split, views.source):
        assert "<script" not in html
        assert "<img" not in html


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.exists(), reason="the real revisions are not beside this project")
def test_real_revisions_lose_and_invent_no_word() -> None:
    pairs = [json.loads(line) for line in (CORPUS / "revisions.jsonl").read_text().splitlines()]
    for pair in pairs:
        assert_nothing_lost(pair["before"], pair["after"])
    assert len(pairs) == 121


def test_the_words_of_a_cell_are_one_change_however_few_are_left() -> None:
    before = "| it ends by | owed |\n|---|---|\n| becoming inconvenient at last | everything |\n"

    views = shown(before, before.replace("everything", "everything, and an apology"))

    (change,) = views.changes
    assert (change.kind, change.gained, change.lost) == (ChangeKind.WORDS, 4, 1)
    assert "<del>everything</del><ins>everything, and an apology</ins></span>" in views.rendered
