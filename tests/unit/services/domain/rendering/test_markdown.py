"""What markdown becomes: the constructs of §8.2, as HTML."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.domain.rendering.headings import Heading
from services.domain.rendering.links import named_entries
from services.domain.rendering.markdown import (
    LinkBase,
    mentioned_numbers,
    render_document,
    render_inline,
    render_line,
    render_message,
)

BASE = LinkBase(
    app_url="https://rfc.example",
    gitea_url="https://git.example",
    repo="ohm/meta",
    path="rfcs/human.md",
    numbers=((12, "consent"),),
)
ELSEWHERE = 'rel="noopener noreferrer nofollow"'


def document(text: str, title: str = "") -> str:
    return render_document(text, base=BASE, title=title).html.strip()


def inside(text: str) -> str:
    """The HTML of a one-paragraph document, without the paragraph."""
    return document(text).removeprefix('<p data-line="1">').removesuffix("</p>")


def test_every_block_knows_the_line_it_begins_on() -> None:
    assert document("one\n\ntwo\nlines\n\n> three") == (
        '<p data-line="1">one</p>\n<p data-line="3">two\nlines</p>\n'
        '<blockquote data-line="6">\n<p data-line="6">three</p>\n</blockquote>'
    )


def test_windows_line_ends_count_as_one() -> None:
    assert document("one\r\n\r\ntwo") == '<p data-line="1">one</p>\n<p data-line="3">two</p>'


def test_a_table_stands_in_a_box_that_scrolls_and_keeps_its_alignment() -> None:
    assert document("| a | b |\n|:-:|--:|\n| 1 | 2 |") == (
        '<div class="r-wide"><table data-line="1">\n<thead data-line="1">\n<tr data-line="1">\n'
        '<th class="r-center">a</th>\n<th class="r-right">b</th>\n</tr>\n</thead>\n<tbody data-line="3">\n<tr data-line="3">\n'
        '<td class="r-center">1</td>\n<td class="r-right">2</td>\n</tr>\n</tbody>\n</table></div>'
    )


def test_a_list_item_with_a_box_is_a_task() -> None:
    assert document("- [ ] open\n- [x] *done*\n- plain") == (
        '<ul data-line="1">\n<li class="r-task" data-line="1"><input type="checkbox" aria-label="to do" disabled="">open</li>\n'
        '<li class="r-task" data-line="2"><input type="checkbox" aria-label="done" disabled="" checked=""><em>done</em></li>\n'
        '<li data-line="3">plain</li>\n</ul>'
    )


def test_a_footnote_leads_down_and_back_from_each_call() -> None:
    assert document("a[^n] b[^n]\n\n[^n]: note") == (
        '<p data-line="1">a<sup><a id="doc-fnref-1" href="#fn-1" aria-label="Footnote 1">1</a></sup> '
        'b<sup><a id="doc-fnref-1-2" href="#fn-1" aria-label="Footnote 1">1</a></sup></p>\n'
        '<section class="r-footnotes" aria-label="Footnotes"><ol>\n<li id="doc-fn-1"><p data-line="3">note '
        '<a href="#fnref-1" aria-label="Back to the text">↩</a> <a href="#fnref-1-2" aria-label="Back to the text">↩</a></p>\n'
        "</li>\n</ol></section>"
    )


def test_a_footnote_nobody_defined_stays_text() -> None:
    assert inside("a[^n]") == "a[^n]"


def test_terms_have_definitions() -> None:
    assert document("Human\n: somebody") == (
        '<dl data-line="1">\n<dt data-line="1">Human</dt>\n<dd data-line="2">somebody</dd>\n</dl>'
    )


def test_struck_text_is_struck() -> None:
    assert inside("~~no~~") == "<s>no</s>"


def test_code_has_the_colours_of_the_design() -> None:
    assert document('```rust,ignore\nlet a = "b"; // c\n```') == (
        '<pre data-line="1" data-lang="rust"><code><span class="k">let</span> a = <span class="s">"b"</span>; '
        '<span class="c">// c\n</span></code></pre>'
    )


def test_code_without_a_known_language_stays_as_it_is() -> None:
    assert document("```\na < b\n```\n\n```klingon\nqapla\n```") == (
        '<pre data-line="1"><code>a &lt; b\n</code></pre>\n<pre data-line="5" data-lang="klingon"><code>qapla\n</code></pre>'
    )


def test_a_mermaid_diagram_is_marked_for_the_page() -> None:
    assert document("```mermaid\ngraph TD\n```") == (
        '<pre data-line="1" data-lang="mermaid" data-mermaid=""><code>graph TD\n</code></pre>'
    )


def test_what_is_not_markdown_is_text() -> None:
    assert inside("a\0b \ud800 <i>") == "a\ufffdb \ufffd &lt;i&gt;"


# headings


def test_headings_have_levels_numbers_and_anchors_like_githubs() -> None:
    text = "## Why `it` is\n\n### What's new?\n\n## Why it is\n\n##### Déjà vu_2 – x\n"

    assert render_document(text, base=BASE).headings == (
        Heading(1, "1", "Why it is", "why-it-is"),
        Heading(2, "1.1", "What's new?", "whats-new"),
        Heading(1, "2", "Why it is", "why-it-is-1"),
        Heading(4, "2.1", "Déjà vu_2 – x", "déjà-vu_2--x"),
    )


def test_the_number_of_a_heading_hangs_before_it_and_is_the_link() -> None:
    assert document("# Why") == (
        '<h2 id="doc-why" data-line="1"><a class="r-secno" href="#why" aria-label="Link to section 1">1</a>Why</h2>'
    )


def test_an_anchor_is_never_given_twice() -> None:
    headings = render_document("# a\n\n# a\n\n# a-1\n\n# a\n\n# ?\n", base=BASE).headings

    assert [heading.anchor for heading in headings] == ["a", "a-1", "a-1-1", "a-2", "section"]


def test_a_first_heading_that_repeats_the_title_is_left_out() -> None:
    assert document("# The  Human\n\ntext", title="the human") == '<p data-line="3">text</p>'


def test_a_first_heading_with_others_of_its_level_stays() -> None:
    headings = render_document("# Human\n\n# Other", base=BASE, title="Human").headings

    assert [heading.text for heading in headings] == ["Human", "Other"]


def test_headings_that_bring_their_own_numbers_get_no_others() -> None:
    rendered = render_document("# 1. One\n\n# 2. Two", base=BASE)

    assert [heading.number for heading in rendered.headings] == ["", ""]
    assert '<a class="r-secno" href="#1-one" aria-label="Link to this section">#</a>' in rendered.html


def test_a_later_higher_heading_goes_on_counting() -> None:
    headings = render_document("## a\n\n### b\n\n# c\n\n## d", base=BASE).headings

    assert [heading.number for heading in headings] == ["1", "1.1", "2", "2.1"]


def test_a_heading_in_a_quotation_is_not_in_the_outline() -> None:
    rendered = render_document("# a\n\n> # b", base=BASE)

    assert [heading.text for heading in rendered.headings] == ["a"]


# links and images


@pytest.mark.parametrize(
    ("address", "href"),
    [
        ("#part", "#part"),
        ("other.md", "/rfc/other"),
        ("./other.md#part", "/rfc/other#part"),
        ("../rfcs/0042-Some_Name.md", "/rfc/0042-some-name"),
        ("human.md#part", "#part"),
        ("/rfc/other", "/rfc/other"),
        ("https://rfc.example/rfc/other", "/rfc/other"),
        ("mailto:a@b.example", "mailto:a@b.example"),
    ],
)
def test_a_link_inside_leads_to_the_page(address: str, href: str) -> None:
    rel = f" {ELSEWHERE}" if href.startswith("mailto") else ""

    assert inside(f"[x]({address})") == f'<a href="{href}"{rel}>x</a>'


@pytest.mark.parametrize(
    ("address", "href"),
    [
        ("other.md", "/rfc/other"),
        ("./Other.md#part", "/rfc/other#part"),
        ("notes.md", "https://git.example/ohm/rfc-0007-human/src/branch/main/notes.md"),
        ("img/other.md", "https://git.example/ohm/rfc-0007-human/src/branch/main/img/other.md"),
    ],
)
def test_a_text_that_graduated_still_links_to_the_entries_it_stood_beside(address: str, href: str) -> None:
    text = f"[x]({address})"
    base = replace(
        BASE, repo="ohm/rfc-0007-human", path="RFC.md", entries=named_entries(text) & {"other", "consent"}
    )
    rel = "" if href.startswith("/") else f" {ELSEWHERE}"

    assert f'<a href="{href}"{rel}>x</a>' in render_document(text, base=base).html


def test_a_message_links_to_the_entry_it_names() -> None:
    base = LinkBase(app_url="https://rfc.example", entries=frozenset({"other"}))

    assert '<a href="/rfc/other">x</a>' in render_message("[x](other.md)", base=base)
    assert '<a href="/rfc/other"' not in render_message("[x](img/other.md)", base=base)


@pytest.mark.parametrize(
    ("address", "href"),
    [
        ("https://example.org/a", "https://example.org/a"),
        ("//example.org/a", "https://example.org/a"),
        ("https://rfc.example.evil/", "https://rfc.example.evil/"),
        ("img/a.txt", "https://git.example/ohm/meta/src/branch/main/rfcs/img/a.txt"),
        ("../../../../x", "https://git.example/ohm/meta/src/branch/main/x"),
        ("../README.md", "https://git.example/ohm/meta/src/branch/main/README.md"),
    ],
)
def test_a_link_outside_tells_the_other_side_nothing(address: str, href: str) -> None:
    assert inside(f"[x]({address})") == f'<a href="{href}" {ELSEWHERE}>x</a>'


def test_a_bare_address_is_a_link_without_the_punctuation_around_it() -> None:
    assert inside("(see https://example.org/a_(b)).") == (
        f'(see <a href="https://example.org/a_(b)" {ELSEWHERE}>https://example.org/a_(b)</a>).'
    )


def test_a_number_is_a_link_where_there_is_such_an_rfc() -> None:
    assert inside("RFC-12, RFC-0012, RFC-2119, XRFC-12, `RFC-12`") == (
        '<a href="/rfc/consent">RFC-12</a>, <a href="/rfc/consent">RFC-0012</a>, RFC-2119, XRFC-12, <code>RFC-12</code>'
    )


def test_the_numbers_that_a_text_mentions_are_found() -> None:
    assert mentioned_numbers("RFC-12 and RFC-0003, not RFC-1234567") == frozenset({12, 3})


@pytest.mark.parametrize(
    ("branch", "query"), [("", ""), ("a/b c&d", "?branch=a%2Fb%20c%26d")], ids=["main", "branch"]
)
@pytest.mark.parametrize("address", ["img/a.png", "../rfcs/img/a.png", "../../../rfcs/img/a.png?x=1#y"])
def test_relative_images_come_through_the_app_from_the_branch_shown(
    address: str, branch: str, query: str
) -> None:
    base = replace(BASE, files="/api/rfcs/human/files", branch=branch)

    html = render_document(f"![a]({address})", base=base).html

    assert f'src="/api/rfcs/human/files/rfcs/img/a.png{query}"' in html


def test_images_come_from_gitea_and_the_app() -> None:
    picture = 'loading="lazy" referrerpolicy="no-referrer"'

    assert inside("![a](img/a.png)") == (
        f'<img src="https://git.example/ohm/meta/raw/branch/main/rfcs/img/a.png" alt="a" {picture}>'
    )
    assert inside("![a](https://git.example/ohm/x/raw/branch/main/a.png)") == (
        f'<img src="https://git.example/ohm/x/raw/branch/main/a.png" alt="a" {picture}>'
    )


@pytest.mark.parametrize("address", ["https://example.org/a.png", "https://git.example/user/logout?a.png"])
def test_any_other_image_becomes_a_link(address: str) -> None:
    assert inside(f"![a]({address})") == f'<a class="r-alt" href="{address}" {ELSEWHERE}>a (image)</a>'


def test_an_image_that_signs_in_or_out_is_no_image() -> None:
    assert inside("![a](/auth/login)") == '<a class="r-alt" href="/auth/login">a (image)</a>'


def test_a_link_around_a_foreign_image_stays_one_link() -> None:
    assert inside("[![a](https://example.org/a.png)](other.md)") == (
        '<a href="/rfc/other"><span class="r-alt">a</span></a>'
    )


# messages and lines


def test_a_message_keeps_its_line_ends_and_marks_who_is_spoken_to() -> None:
    assert render_message("# Hi @ana!\none\ntwo a@b.example") == (
        '<p><strong>Hi <span class="r-at">@ana</span>!</strong></p>\n<p>one<br>\ntwo a@b.example</p>\n'
    )


def test_a_line_has_emphasis_and_code_and_nothing_else() -> None:
    assert render_inline("# a `b` *c*\n[x](y) <i>") == "# a <code>b</code> <em>c</em> [x](y) &lt;i&gt;"


def test_a_line_of_the_app_itself_may_link_inside_the_app() -> None:
    assert render_line("W started [`a/b`](/rfc/human/branch/a/b)\n<i>") == (
        'W started <a href="/rfc/human/branch/a/b"><code>a/b</code></a> &lt;i&gt;'
    )
