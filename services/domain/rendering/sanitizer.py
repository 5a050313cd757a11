"""The second net: whatever the renderer wrote, only these elements, attributes and schemes leave it."""

from __future__ import annotations

import re

import nh3

_TAGS = frozenset({
    "a", "article", "blockquote", "br", "code", "dd", "del", "div", "dl", "dt", "em", "h1", "h2",
    "h3", "h4", "h5", "h6", "hr", "i", "img", "input", "ins", "li", "mark", "ol", "p", "pre", "s",
    "section", "span", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul",
})  # fmt: skip
_ATTRIBUTES = {
    "*": {
        "id", "class", "data-line", "data-old-line", "data-chg", "data-kind", "data-side",
        "aria-label", "aria-hidden",
    },
    "a": {"href", "title", "rel"},
    "img": {"src", "alt", "title", "loading", "referrerpolicy"},
    "input": {"type", "checked", "disabled"},
    "ol": {"start"},
    "pre": {"data-mermaid", "data-lang", "data-change"},
    "span": {"data-change"},
}  # fmt: skip

_CLEANER = nh3.Cleaner(
    tags=set(_TAGS),
    attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
    url_schemes={"http", "https", "mailto"},
    link_rel=None,
    strip_comments=True,
)


_LONG_TEXT = re.compile(r">([^<]{8000,})(?=<)")
_STRETCH = re.compile(r"(?:&[#\w]{1,12};|.){1,6000}", re.DOTALL)


def sanitized(html: str) -> str:
    """The HTML with everything taken out that the renderer would not write."""
    return _CLEANER.clean(_LONG_TEXT.sub(_in_stretches, html))


def _in_stretches(match: re.Match[str]) -> str:
    """One long text as several: the HTML parser takes quadratic time for the entities of one text."""
    return ">" + "<span></span>".join(_STRETCH.findall(match[1]))
