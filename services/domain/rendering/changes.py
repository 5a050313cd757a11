"""Renders the difference of two versions as one document (see `tracked`)."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape

from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from services.domain.rendering.bounds import TooMuchWork
from services.domain.rendering.former import former_tree
from services.domain.rendering.headings import Heading, number_headings
from services.domain.rendering.html import DocumentHtml
from services.domain.rendering.links import LinkBase
from services.domain.rendering.markdown import (
    LONGEST_FORMATTED,
    document_parser,
    parse_document,
    render_document,
)
from services.domain.rendering.sanitizer import sanitized
from services.domain.rendering.tracked import Attribute, Tracking, code_lines, nobody
from services.domain.rendering.tree import flatten, grow

Env = MutableMapping[str, object]


@dataclass(frozen=True, slots=True)
class RenderedChanges:
    """The newer version with what changed marked in it; `limited` when it is shown without marks."""

    html: str
    headings: tuple[Heading, ...]
    marks: int
    limited: bool = False


def render_changes(
    before: str, after: str, *, base: LinkBase, title: str = "", attribute: Attribute = nobody
) -> RenderedChanges:
    """Show `after` with its difference from `before`; texts too large for that come without marks, and say so."""
    if before == after or max(len(before), len(after)) > LONGEST_FORMATTED:
        return _unmarked(after, base, title, limited=before != after)
    try:
        old = former_tree(before, base=base, title=title)
        new, env = parse_document(after, base)
    except TooMuchWork:
        return _unmarked(after, base, title, limited=True)
    headings = number_headings(new, title=title)
    tracking = Tracking(attribute)
    tokens = list(flatten(tracking.merge(old, grow(new))))
    html = str(_renderer().render(tokens, document_parser().options, env))
    return RenderedChanges(sanitized(html), headings, tracking.marks)


def _unmarked(text: str, base: LinkBase, title: str, *, limited: bool) -> RenderedChanges:
    document = render_document(text, base=base, title=title)
    return RenderedChanges(document.html, document.headings, 0, limited=limited)


@cache
def _renderer() -> TrackedHtml:
    return TrackedHtml(document_parser())


class TrackedHtml(DocumentHtml):
    """A document with marks: real `ins` and `del`, each change in a span that names its card."""

    def mark_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:
        """One change, which may have words struck and words put in."""
        return f'<span class="r-mark"{_change(tokens[idx])}>'

    def mark_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:
        """The end of one change."""
        return "</span>"

    def tracked_code(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:
        """A block of code that changed: by lines, without colours."""
        token = tokens[idx]
        parts = (
            escape(text, quote=False) if kind == "same" else f"<{kind}>{escape(text, quote=False)}</{kind}>"
            for kind, text in code_lines(token.meta["old"], token.meta["new"])
        )
        return f'<pre class="r-mark"{self._line(token)}{_change(token)}><code>{"".join(parts)}</code></pre>\n'


def _change(token: Token) -> str:
    change = token.meta.get("change")
    return f' data-change="{escape(str(change))}"' if change else ""
