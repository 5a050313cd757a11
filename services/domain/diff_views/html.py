"""How merged blocks are written: both versions in one, or only the older or the newer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from html import escape

from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from services.domain.diff_views.merging import CHANGE, KIND, OLD_LINE, SIDE, side_of, without
from services.domain.rendering.html import DocumentHtml, Env
from services.domain.rendering.markdown import document_parser
from services.domain.rendering.sanitizer import sanitized
from services.domain.rendering.tracked import code_lines
from services.domain.rendering.tree import Node, flatten

BEFORE, AFTER = "before", "after"
_STRUCK = {BEFORE: "ins", AFTER: "del"}
_ID = re.compile(r'(<[a-z][^<>]*?) id="[^"]*"')
_LINE = re.compile(r'(<[a-z][^<>]*?) data-line="\d+"')
_OWN = (OLD_LINE, CHANGE, KIND, SIDE)


class ReviewHtml(DocumentHtml):
    """A document with its changes marked: real `ins` and `del`, each change with its id."""

    def heading_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:
        """A heading; one of the older version can't be linked to, and still says its number."""
        meta, opening = tokens[idx].meta, super().heading_open(tokens, idx, options, env)
        if meta.get("anchor") is not None or not meta.get("number"):
            return opening
        return f'{opening}<span class="r-secno">{escape(str(meta["number"]))}</span>'

    def mark_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:
        """Words struck and words put in."""
        return f'<span class="r-chg" data-chg="{tokens[idx].meta["chg"]}">'

    def mark_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:
        """The end of them."""
        return "</span>"

    def format_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:
        """Words that only look otherwise now, or lead elsewhere."""
        meta = tokens[idx].meta
        return f'<span class="r-chg" data-chg="{meta["chg"]}" data-kind="{meta["kind"]}">{_led(meta)}'

    def format_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:
        """The end of them."""
        return "</span>"

    def tracked_code(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:
        """A block of code that changed: by lines, without colours."""
        token = tokens[idx]
        skipped = token.meta.get("skip", "")
        parts = (
            escape(text, quote=False) if kind == "same" else f"<{kind}>{escape(text, quote=False)}</{kind}>"
            for kind, text in code_lines(token.meta["old"], token.meta["new"])
            if kind != skipped
        )
        opening = f'<pre class="r-chg"{self._line(token)}{_attributes(token)} data-chg="{token.meta["chg"]}">'
        return f"{opening}<code>{''.join(parts)}</code></pre>\n"

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:
        """A block of code; a diagram stays as it is written, since its words are what is reviewed."""
        html = super().fence(tokens, idx, options, env).replace(' data-mermaid=""', "", 1)
        return html.replace("<pre", f"<pre{_attributes(tokens[idx])}", 1)

    def code_block(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:
        """Indented code."""
        html = super().code_block(tokens, idx, options, env)
        return html.replace("<pre", f"<pre{_attributes(tokens[idx])}", 1)

    def caption(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:
        """Where a moved item of a list came from or went."""
        return f'<p class="r-cap r-aside">{escape(tokens[idx].content)}</p>'


@dataclass(slots=True)
class Writer:
    """Writes the blocks of one document; what did not change is written once, for all views."""

    env: Env
    _written: dict[int, tuple[Node, str]] = field(default_factory=dict)

    def both(self, node: Node) -> str:
        """The safe HTML of a block with what both versions have in it."""
        if id(node) not in self._written:
            # The node is kept, so that no other one can get its id.
            self._written[id(node)] = (node, self._write([node]))
        return self._written[id(node)][1]

    def one_side(self, node: Node, side: str, *, same: bool) -> str:
        """The block without the words and the ids of the other version; `same`: nothing in it changed."""
        if same and node.opening.type != "heading_open":
            html = self.both(node)
            return _LINE.sub(r"\1", _ID.sub(r"\1", html)) if side == BEFORE else html
        html = self._write(list(_one_side(node, side)))
        return _ID.sub(r"\1", html) if side == BEFORE else html

    def _write(self, nodes: Sequence[Node]) -> str:
        return sanitized(str(_renderer().render(list(flatten(nodes)), document_parser().options, self.env)))


@cache
def _renderer() -> ReviewHtml:
    return ReviewHtml(document_parser())


def _attributes(token: Token) -> str:
    shown = ((name, token.attrs[name]) for name in _OWN if name in token.attrs)
    return "".join(f' {name}="{escape(str(value))}"' for name, value in shown)


def _one_side(node: Node, side: str) -> Iterator[Node]:
    if side_of(node) not in ("", side):
        return
    opening = node.opening.copy()
    if side == BEFORE:
        opening.map = None
        opening.attrs = {name: value for name, value in opening.attrs.items() if name != "data-line"}
        if opening.type == "heading_open":
            opening.meta = {**opening.meta, "anchor": None, "number": opening.meta.get("old_number", "")}
    else:
        opening.attrs = {name: value for name, value in opening.attrs.items() if name != OLD_LINE}
    if opening.type == "tracked_code":
        opening.meta = {**opening.meta, "skip": _STRUCK[side]}
    if opening.children is not None:
        opening.children = list(without(opening.children, _STRUCK[side]))
    children = [one for child in node.children for one in _one_side(child, side)]
    yield Node(opening, node.closing, children)


def _led(meta: dict[str, object]) -> str:
    """Says where a link leads now, where that changed."""
    were, are = meta["were"], meta["are"]
    if not isinstance(were, list) or not isinstance(are, list) or were == are:
        return ""
    now = ", ".join(str(one) for one in are if one not in were)
    once = ", ".join(str(one) for one in were if one not in are)
    words = f"leads to {now}" if now else "leads nowhere now"
    return f'<span class="r-aside r-led">{escape(f"{words}, before to {once}" if once else words)}</span>'
