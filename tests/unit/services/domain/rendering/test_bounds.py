"""Hostile documents end quickly, with all their text, as the same HTML every time."""

from __future__ import annotations

import gc
import os
import time
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from services.domain.rendering.markdown import LinkBase, RenderedDocument, render_document, render_message

BASE = LinkBase(app_url="https://rfc.example")
LONGEST = 3.0
"""Seconds of the thread's own time: what has no bound takes minutes, and a busy machine may take its time."""
ROOT = Path(__file__).resolve().parents[5]
CORPUS = Path(os.environ.get("RFC_UI_CORPUS") or ROOT.parent / "shared" / "corpus") / "rust-rfcs" / "text"


def filled(piece: str, size: int) -> str:
    return piece * (size // len(piece))


LINES = {
    "words": "word and word ",
    "open emphasis": "*a **b ",
    "mixed emphasis": "a**b*c_d_",
    "brackets": "[",
    "links": "[a](b)",
    "half links": "[a](",
    "images": "![",
    "images in links": "[![a](b)](c) ",
    "addresses": "https://a.b/ ",
    "angles": "<",
    "autolinks": "<http://a>",
    "ampersands": "&",
    "entities": "&amp;",
    "code": "`a``b```",
    "strikes": "~~a ",
    "footnotes": "[^",
    "NUL bytes": "\0",
    "comments": "<!--",
    "pipes": "|",
    "quotations": ">",
    "lists": "- ",
    "spaces": " ",
    "mentions": "@a ",
}
BLOCKS = {
    "short lines": "a\n",
    "paragraphs": "a *b* c\n\n",
    "items": "- a\n",
    "headings": "# a b c d\n\n",
    "definitions": "a\n: b\n\n",
    "rules": "- - - a\n",
    "open references": "[a\n",
    "table rows": "a|b\n",
    "quoted lines": "> > > > > > > > > a\n",
    "code blocks": '```rust\nfn a("x") { 1 }\n```\n',
    "indented": "\ta\n",
}
DEEP = {
    "lazy quotation": "> " * 50 + "a\n" + filled("b\n", 200_000),
    "lazy list": "- " * 50 + "a\n" + filled("b\n", 200_000),
    "nested list": "".join("  " * depth + "- a\n" for depth in range(400)),
    "nested quotation": "".join(">" * depth + " a\n\n" for depth in range(400)),
    "nested emphasis": "*a" * 5_000 + "a*" * 5_000,
    "nested brackets": "[" * 5_000 + "a" + "]()" * 5_000,
    "wide table": "|" + "a|" * 50_000 + "\n|" + "-|" * 50_000 + "\n",
    "footnotes of footnotes": "".join(f"[^{n}]: note [^{n + 1}]\n\n" for n in range(8_000)),
    "calls of one footnote": "[^1]: x\n\n" + filled("[^1]", 200_000),
    "openings of footnotes": "[^1]: x\n\n" + filled("[^", 200_000),
    "quotation marks as code": "```rust\n" + '"' * 19_000 + "\n```\n",
    "a number without end": "RFC-" + "1" * 200_000,
}
HOSTILE = (
    {f"one line of {name}": filled(piece, 200_000) for name, piece in LINES.items()}
    | {f"200 kB of {name}": filled(piece, 200_000) for name, piece in BLOCKS.items()}
    | {f"a megabyte of {name}": filled(piece, 1_000_000) for name, piece in (LINES | BLOCKS).items()}
    | DEEP
)


def timed(text: str) -> tuple[RenderedDocument, float]:
    render_document("```rust\nfn a() {}\n```", base=BASE)  # the lexer is loaded once in a process
    gc.disable()  # a test run holds far more for it to look through than a server
    try:
        begun = time.thread_time()
        rendered = render_document(text, base=BASE)
        return rendered, time.thread_time() - begun
    finally:
        gc.enable()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_document_ends_quickly(name: str) -> None:
    tries = (timed(HOSTILE[name])[1] for _ in range(3))

    assert any(seconds <= LONGEST for seconds in tries)


@pytest.mark.parametrize("name", ["lazy quotation", "nested list", "nested quotation", "wide table"])
def test_what_is_too_much_says_so_and_shows_every_word(name: str) -> None:
    rendered, _ = timed(DEEP[name])

    assert rendered.limited is True
    assert LexborHTMLParser(rendered.html).body.text().count("a") == DEEP[name].count("a")


def test_a_paragraph_with_too_much_markup_shows_its_rest_as_written() -> None:
    text = filled("*a* ", 200_000)

    rendered, _ = timed(text)

    assert rendered.limited is True
    assert rendered.html.startswith('<p data-line="1"><em>a</em> <em>a</em> ')
    assert LexborHTMLParser(rendered.html).body.text().strip().endswith(" *a* *a*")


def test_one_hostile_paragraph_leaves_the_next_alone() -> None:
    rendered = render_document(filled("*a* ", 200_000) + "\n\n*b*", base=BASE)

    assert rendered.html.endswith('<p data-line="3"><em>b</em></p>\n')


def test_the_same_text_is_always_rendered_the_same() -> None:
    assert render_document(DEEP["nested brackets"], base=BASE) == render_document(
        DEEP["nested brackets"], base=BASE
    )


def test_a_hostile_message_ends_quickly() -> None:
    text = "".join(LINES.values()) * 100

    begun = time.thread_time()
    render_message(text[:20_000])

    assert time.thread_time() - begun <= LONGEST


def test_an_endless_document_is_shown_as_written() -> None:
    rendered = render_document("*a* <b>\n" * 250_000, base=BASE)

    assert rendered.limited is True
    assert rendered.html.startswith('<pre class="r-plain" data-line="1"><code>*a* &lt;b&gt;\n')


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.is_dir(), reason=f"there is no corpus at {CORPUS}")
def test_every_real_document_is_formatted_in_full() -> None:
    limited = [
        path.name
        for path in sorted(CORPUS.glob("*.md"))
        if render_document(path.read_text(encoding="utf-8"), base=BASE).limited
    ]

    assert len(list(CORPUS.glob("*.md"))) >= 500
    assert limited == []


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.is_dir(), reason=f"there is no corpus at {CORPUS}")
def test_200_kilobytes_of_real_documents_take_a_sixth_of_a_second() -> None:
    text = "\n\n".join(path.read_text(encoding="utf-8") for path in sorted(CORPUS.glob("*.md"))[:60])[
        :200_000
    ]

    fastest = min(timed(text)[1] for _ in range(3))

    assert fastest <= 0.3  # 0.11 s on the machine of §19; the rest is for slower ones
