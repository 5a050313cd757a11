"""No payload of the list becomes anything live, wherever it is shown; judged by a real HTML parser."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from selectolax.lexbor import LexborHTMLParser

from services.domain.rendering.markdown import (
    LinkBase,
    render_document,
    render_inline,
    render_line,
    render_message,
)
from tests.unit.services.domain.rendering import payloads

BASE = LinkBase(
    app_url="https://rfc.example",
    gitea_url="https://git.example",
    repo="ohm/meta",
    path="rfcs/human.md",
    numbers=((1, "human"),),
)
TAGS = frozenset(
    [
        "html",
        "head",
        "body",
        "a",
        "blockquote",
        "br",
        "code",
        "dd",
        "del",
        "div",
        "dl",
        "dt",
        "em",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "img",
        "input",
        "li",
        "ol",
        "p",
        "pre",
        "s",
        "section",
        "span",
        "strong",
        "sup",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
        "ul",
    ]
)
ATTRIBUTES = frozenset(
    [
        "id",
        "class",
        "data-line",
        "data-lang",
        "data-mermaid",
        "aria-label",
        "href",
        "title",
        "rel",
        "src",
        "alt",
        "loading",
        "referrerpolicy",
        "type",
        "checked",
        "disabled",
        "start",
    ]
)
HREF = re.compile(r"(?:https?://|mailto:|/(?!/)|#|\?|[\w./%-]*$)", re.IGNORECASE)

SINKS: dict[str, Callable[[str], str]] = {
    "document": lambda text: render_document(text, base=BASE, title="Human").html,
    "message": lambda text: render_message(text, base=BASE),
    "title": render_inline,
    "system line": render_line,
}


def complaints(html: str) -> list[str]:
    """Everything in the HTML that no renderer of ours may write."""
    found = []
    for node in LexborHTMLParser(html).root.traverse(include_text=False):
        if node.tag not in TAGS:
            found.append(f"<{node.tag}>")
        for name, value in node.attributes.items():
            if name not in ATTRIBUTES:
                found.append(f"{node.tag}[{name}]")
            if name == "href" and not HREF.match(value or ""):
                found.append(f"href={value}")
            if name == "src" and not (value or "").startswith(
                ("/static/", "/api/rfcs/", "https://git.example/")
            ):
                found.append(f"src={value}")
            if name == "id" and not (value or "").startswith("doc-"):
                found.append(f"id={value}")
            if name == "type" and value != "checkbox":
                found.append(f"type={value}")
    return found


def test_the_list_of_attacks_is_long_enough() -> None:
    assert len(payloads.ALL) == len(payloads.HTML) + len(payloads.ATTRIBUTES) + 7 * len(payloads.ADDRESSES)
    assert len(set(payloads.ALL)) >= 300


@pytest.mark.parametrize("sink", SINKS)
@pytest.mark.parametrize("payload", payloads.ALL)
def test_no_attack_becomes_live(sink: str, payload: str) -> None:
    html = SINKS[sink](payload)

    assert complaints(html) == []


@pytest.mark.parametrize("sink", SINKS)
def test_no_attack_becomes_live_among_all_the_others(sink: str) -> None:
    html = SINKS[sink]("\n\n".join(payloads.ALL))

    assert complaints(html) == []


@pytest.mark.parametrize(
    "payload", ["<script>alert(1)</script>", "<b>bold</b>", "<!-- note -->", "<br/>", "a < b > c"]
)
def test_raw_html_is_shown_as_the_text_it_is(payload: str) -> None:
    html = render_document(f"before {payload} after", base=BASE).html

    assert LexborHTMLParser(html).body.text().strip() == f"before {payload} after"
