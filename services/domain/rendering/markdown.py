"""Markdown to safe HTML for the three places text is shown: a document, a message, a line (§8.2, §8.4).

Raw HTML is shown as text: the parser never lets it through, and a sanitizer stands behind the renderer. Work is
bounded: what would take too long is shown as it was written, and `limited` says so. Pure and thread-safe.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from html import escape
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin

from services.domain.rendering.bounds import BUDGET, Budget, TooMuchWork, bound_work
from services.domain.rendering.decorations import (
    Finder,
    addresses,
    decorate,
    mark_tasks,
    mentioned_numbers,
    names,
    numbers,
)
from services.domain.rendering.headings import Heading, number_headings
from services.domain.rendering.html import BASE, DocumentHtml, MessageHtml
from services.domain.rendering.links import LinkBase, may_link
from services.domain.rendering.sanitizer import sanitized

__all__ = [
    "Heading",
    "LinkBase",
    "RenderedDocument",
    "mentioned_numbers",
    "render_document",
    "render_inline",
    "render_message",
]

LONGEST_FORMATTED = 1_500_000
"""Longer texts are shown as written, in characters."""
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_FOOTNOTE = re.compile(r"\[\^([^\s\[\]]{1,100})\]")
_FINDERS = "finders"
_DOCUMENT_FINDERS: tuple[Finder, ...] = (addresses, numbers)
_MESSAGE_FINDERS: tuple[Finder, ...] = (addresses, numbers, names)


@dataclass(frozen=True, slots=True)
class RenderedDocument:
    """A document ready to show; `limited` when some of it had to be shown as it was written."""

    html: str
    headings: tuple[Heading, ...] = ()
    limited: bool = False


def render_document(text: str, *, base: LinkBase, title: str = "") -> RenderedDocument:
    """A whole document; a first heading that only repeats `title` is left out. Takes some 0.5 ms per kB."""
    text = _readable(text)
    if len(text) > LONGEST_FORMATTED:
        return RenderedDocument(_as_written(text), limited=True)
    try:
        tokens, env = parse_document(text, base)
    except TooMuchWork:
        return RenderedDocument(_as_written(text), limited=True)
    headings = number_headings(tokens, title=title)
    parser = document_parser()
    html = parser.renderer.render(tokens, parser.options, env)
    return RenderedDocument(sanitized(str(html)), headings, limited=_is_limited(env))


def parse_document(text: str, base: LinkBase) -> tuple[list[Token], dict[str, object]]:
    """The parser's tokens of a document and what the renderer needs beside them; raises TooMuchWork."""
    env = _environment(base, _DOCUMENT_FINDERS)
    return document_parser().parse(_readable(text), env), env


def parse_headings(text: str) -> list[Token]:
    """A document's blocks, of whose words only those of headings are parsed: much quicker; raises TooMuchWork."""
    parser, env = document_parser(), _environment(LinkBase(), ())
    tokens: list[Token] = []
    parser.block.parse(_readable(text), parser, env, tokens)
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            env[BUDGET] = budget = Budget()
            budget.begin_paragraph(len(inline.content))
            inline.children = []
            parser.inline.parse(inline.content, parser, env, inline.children)
    return tokens


def render_message(text: str, *, base: LinkBase | None = None) -> str:
    """A message: single line ends count, `@login` is marked, headings are only strong words."""
    text = _readable(text)
    env = _environment(base or LinkBase(), _MESSAGE_FINDERS)
    try:
        return sanitized(str(_message_parser().render(text, env)))
    except TooMuchWork:
        return _as_written(text)


def render_inline(text: str) -> str:
    """One line, like a title: emphasis and code, no links and no blocks."""
    env = _environment(LinkBase(), ())
    return sanitized(str(_line_parser().renderInline(" ".join(_readable(text).split()), env)))


def render_line(text: str) -> str:
    """One line that the app itself says: emphasis, code and links to its own pages, no blocks."""
    env = _environment(LinkBase(), ())
    return sanitized(str(_linking_line_parser().renderInline(" ".join(_readable(text).split()), env)))


def _environment(base: LinkBase, finders: tuple[Finder, ...]) -> dict[str, object]:
    return {BUDGET: Budget(), BASE: base, _FINDERS: finders}


def _is_limited(env: dict[str, object]) -> bool:
    budget = env[BUDGET]
    return isinstance(budget, Budget) and budget.limited


def _readable(text: str) -> str:
    return _SURROGATES.sub("\ufffd", text).replace("\0", "\ufffd")


def _as_written(text: str) -> str:
    return f'<pre class="r-plain" data-line="1"><code>{escape(text, quote=False)}</code></pre>'


@cache
def document_parser() -> MarkdownIt:
    """The parser of documents, made once."""
    md = _parser(DocumentHtml)
    md.use(footnote_plugin, inline=False).use(deflist_plugin)
    # The plugin's rule looks for the closing bracket up to the end of the paragraph, from every opening one.
    md.inline.ruler.at("footnote_ref", _footnote_ref)
    # The plugin put its own HTML over ours.
    md.renderer = DocumentHtml(md)
    return md


@cache
def _message_parser() -> MarkdownIt:
    return _parser(MessageHtml, breaks=True)


@cache
def _line_parser() -> MarkdownIt:
    md = _parser(MessageHtml)
    md.disable(["link", "image", "autolink"])
    return md


@cache
def _linking_line_parser() -> MarkdownIt:
    md = _parser(MessageHtml, kind=_OwnPages)
    md.disable(["image", "autolink"])
    return md


class _Markdown(MarkdownIt):
    def validateLink(self, url: str) -> bool:  # noqa: N802  # the library's name
        return may_link(url)


class _OwnPages(_Markdown):
    def validateLink(self, url: str) -> bool:  # noqa: N802  # the library's name
        return super().validateLink(url) and url.startswith("/") and not url.startswith(("//", "/\\"))


def _parser(
    renderer: type[DocumentHtml], *, breaks: bool = False, kind: type[_Markdown] = _Markdown
) -> MarkdownIt:
    options = {"html": False, "breaks": breaks, "maxNesting": 60}
    md = kind("commonmark", options, renderer_cls=renderer).enable(["table", "strikethrough"])
    md.disable(["html_inline", "html_block"])
    bound_work(md)
    md.core.ruler.push("decorations", _decorate)
    return md


def _decorate(state: StateCore) -> None:
    finders, base = state.env[_FINDERS], state.env[BASE]
    mark_tasks(state.tokens)
    for token in state.tokens:
        if token.type == "inline" and token.children:
            token.children = decorate(token.children, base, finders)


def _footnote_ref(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "[" or "footnotes" not in state.env:
        return False
    match = _FOOTNOTE.match(state.src, state.pos, state.posMax)
    notes = state.env["footnotes"]
    key = f":{match[1]}" if match else ""
    if match is None or key not in notes["refs"]:
        return False
    if not silent:
        if notes["refs"][key] < 0:
            notes["refs"][key] = len(notes["list"])
            notes["list"][notes["refs"][key]] = {"label": match[1], "count": 0}
        note = notes["list"][notes["refs"][key]]
        token = state.push("footnote_ref", "", 0)
        token.meta = {"id": notes["refs"][key], "subId": note["count"], "label": match[1]}
        note["count"] += 1
    state.pos = match.end()
    return True
