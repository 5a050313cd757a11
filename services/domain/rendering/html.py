"""How each kind of token is written as HTML, with the class names of the design."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from html import escape
from typing import ClassVar

from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from services.domain.rendering.headings import ID_PREFIX
from services.domain.rendering.highlight import highlighted, language_of
from services.domain.rendering.links import LinkBase, Target, image_source, link_target

Env = MutableMapping[str, object]

BASE = "base"
COLOURED = "coloured"
INSIDE_LINK = "inside link"
MOST_COLOURED = 80_000
"""How many characters of code one document may have in colour; the rest is plain."""
LONGEST_ATTRIBUTE = 1_000
_MOST_RETURNS = 20
_ALIGNMENTS = {"text-align:center": "r-center", "text-align:right": "r-right"}


class DocumentHtml(RendererHTML):
    """A document: headings with hung numbers, footnotes, code in colours, source lines on every block."""

    lines: ClassVar[bool] = True

    def renderToken(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:  # noqa: N802
        """Any token without a method of its own; blocks carry the source line they begin on."""
        token = tokens[idx]
        if self.lines and token.map and token.nesting >= 0 and not token.hidden:
            token.attrSet("data-line", str(token.map[0] + 1))
        return super().renderToken(tokens, idx, options, env)

    def heading_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:
        """A heading; its number in the margin is the link to it."""
        opening = self.renderToken(tokens, idx, options, env)
        anchor, number = tokens[idx].meta.get("anchor"), tokens[idx].meta.get("number")
        if anchor is None:
            return opening
        label = f"Link to section {number}" if number else "Link to this section"
        return (
            f'{opening}<a class="r-secno" href="#{escape(anchor)}" aria-label="{label}">{number or "#"}</a>'
        )

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:
        """A block of code; a Mermaid diagram is marked, so that the page can draw it."""
        token = tokens[idx]
        language = language_of(token.info)
        mark = ' data-mermaid=""' if language == "mermaid" else ""
        lang = f' data-lang="{escape(language[:40])}"' if language else ""
        return f"<pre{self._line(token)}{lang}{mark}><code>{_coloured(token.content, language, env)}</code></pre>\n"

    def code_block(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:
        """Indented code."""
        token = tokens[idx]
        return f"<pre{self._line(token)}><code>{escape(token.content, quote=False)}</code></pre>\n"

    def link_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:
        """A link, led to where it belongs; one that leaves the app tells the other side nothing."""
        token = tokens[idx]
        target = link_target(str(token.attrGet("href") or ""), _base(env))
        env[INSIDE_LINK] = True
        return f'<a href="{escape(target.href)}"{_title(token)}{_rel(target)}>'

    def link_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:
        """The end of a link; links don't nest."""
        env[INSIDE_LINK] = False
        return "</a>"

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:
        """An image of the app or of Gitea; any other becomes a link to it."""
        token = tokens[idx]
        address = str(token.attrGet("src") or "")
        alt = self.renderInlineAsText(token.children, options, env)
        source = image_source(address, _base(env))
        if source is None:
            return _image_as_link(address, alt, _base(env), linked=not env.get(INSIDE_LINK))
        label = f'alt="{escape(alt[:LONGEST_ATTRIBUTE])}"{_title(token)}'
        return f'<img src="{escape(source)}" {label} loading="lazy" referrerpolicy="no-referrer">'

    def table_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:
        """A table, inside a box that scrolls by itself where the table is wider than the column."""
        return f'<div class="r-wide">{self.renderToken(tokens, idx, options, env)}'

    def table_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:
        """The end of the table and its box."""
        return "</table></div>\n"

    def th_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:
        """A heading cell; alignment is a class, since no style attribute leaves this renderer."""
        return f"<th{_alignment(tokens[idx])}>"

    def td_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:
        """A cell."""
        return f"<td{_alignment(tokens[idx])}>"

    def task(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:
        """The tick of a task."""
        done = tokens[idx].meta["done"]
        label = "done" if done else "to do"
        return f'<input type="checkbox" aria-label="{label}" disabled{" checked" if done else ""}>'

    def mention(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:
        """Somebody spoken to by login."""
        return f'<span class="r-at">{escape(tokens[idx].content)}</span>'

    def footnote_ref(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:
        """The raised number of a footnote."""
        meta = tokens[idx].meta
        number = meta["id"] + 1
        label = f'href="#fn-{number}" aria-label="Footnote {number}"'
        return f'<sup><a id="{ID_PREFIX}{_return(meta)}" {label}>{number}</a></sup>'

    def footnote_block_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:
        """The footnotes, below the text."""
        return '<section class="r-footnotes" aria-label="Footnotes"><ol>\n'

    def footnote_block_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:
        """The end of the footnotes."""
        return "</ol></section>\n"

    def footnote_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:
        """One footnote."""
        return f'<li id="{ID_PREFIX}fn-{tokens[idx].meta["id"] + 1}">'

    def footnote_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:
        """The end of one footnote."""
        return "</li>\n"

    def footnote_anchor(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:
        """The way back from a footnote to where it was called."""
        meta = tokens[idx].meta
        if meta["subId"] >= _MOST_RETURNS:
            return ""
        return f' <a href="#{_return(meta)}" aria-label="Back to the text">↩</a>'

    def _line(self, token: Token) -> str:
        return f' data-line="{token.map[0] + 1}"' if self.lines and token.map else ""


class MessageHtml(DocumentHtml):
    """A message: no source lines, and headings are only strong words."""

    lines = False

    def heading_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:
        """A message is no place in the document's outline."""
        return "<p><strong>"

    def heading_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:
        """The end of a strong line."""
        return "</strong></p>\n"


def _base(env: Env) -> LinkBase:
    base = env.get(BASE)
    return base if isinstance(base, LinkBase) else LinkBase()


def _coloured(code: str, language: str, env: Env) -> str:
    spent = env.get(COLOURED, 0)
    total = len(code) + (spent if isinstance(spent, int) else 0)
    html = highlighted(code, language) if total <= MOST_COLOURED else None
    if html is None:
        return escape(code, quote=False)
    env[COLOURED] = total
    return html


def _image_as_link(address: str, alt: str, base: LinkBase, *, linked: bool) -> str:
    text = escape(alt or address)
    if not linked:
        return f'<span class="r-alt">{text}</span>'
    target = link_target(address, base)
    return f'<a class="r-alt" href="{escape(target.href)}"{_rel(target)}>{text} (image)</a>'


def _title(token: Token) -> str:
    title = str(token.attrGet("title") or "")[:LONGEST_ATTRIBUTE]
    return f' title="{escape(title)}"' if title else ""


def _rel(target: Target) -> str:
    return ' rel="noopener noreferrer nofollow"' if target.external else ""


def _alignment(token: Token) -> str:
    name = _ALIGNMENTS.get(str(token.attrGet("style") or ""))
    return f' class="{name}"' if name else ""


def _return(meta: dict[str, int]) -> str:
    again = f"-{meta['subId'] + 1}" if meta["subId"] else ""
    return f"fnref-{meta['id'] + 1}{again}"
