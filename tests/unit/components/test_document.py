"""The contents list, the text's frame, and that a document is rendered once for everybody."""

from __future__ import annotations

from components.document import LIMITED, body_html, contents_html, rendered
from services.domain.rendering.headings import Heading
from services.domain.rendering.links import LinkBase
from services.domain.rendering.markdown import RenderedDocument


def test_the_contents_list_has_two_levels() -> None:
    headings = [
        Heading(1, "1", "A <b>", "a-b"),
        Heading(2, "1.1", "B", "b"),
        Heading(3, "1.1.1", "C", "c"),
        Heading(1, "2", "D", "d"),
    ]

    assert contents_html(headings) == (
        '<h2 class="r-label">Contents</h2><ol>'
        '<li data-level="1"><a href="#a-b" data-anchor="a-b"><b>1</b><span>A &lt;b&gt;</span></a></li>'
        '<li data-level="2"><a href="#b" data-anchor="b"><b>1.1</b><span>B</span></a></li>'
        '<li data-level="1"><a href="#d" data-anchor="d"><b>2</b><span>D</span></a></li></ol>'
    )


def test_a_short_document_has_none() -> None:
    assert contents_html([Heading(1, "1", "A", "a"), Heading(1, "2", "B", "b")]) == ""


def test_a_text_that_could_not_be_formatted_says_so() -> None:
    assert body_html(RenderedDocument("<p>a</p>", limited=True)) == (
        f'<p class="r-note r-note--warn" role="note">{LIMITED}</p><p>a</p>'
    )


def test_an_empty_text_is_said_to_be_empty() -> None:
    assert body_html(RenderedDocument("")) == '<p class="r-muted">There is no text yet.</p>'


async def test_the_same_text_is_rendered_once() -> None:
    base = LinkBase(app_url="https://rfc.example")

    assert await rendered("*once*", base=base) is await rendered("*once*", base=base)
    assert await rendered("*once*", base=base) is not await rendered("*once*", base=LinkBase())
