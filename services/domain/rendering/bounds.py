"""Bounded work: hostile markdown ends as plain text, never as a stopped server.

Every rule of the parser is preceded by one that counts. A paragraph that needs too many steps shows its rest as
it was written; a document that does is shown as it was written altogether. Counting is deterministic, so that the
same text always renders the same way, however busy the machine is.
"""

from __future__ import annotations

from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline

BLOCK_STEPS = 64_000
"""Lines and blocks looked at: some 4 µs each. A megabyte of real documents needs 50,000."""
INLINE_STEPS = 120_000
PARAGRAPH_STEPS = 12_000
"""Runs of text and pieces of markup: a real paragraph has fewer than a thousand."""
LONG_PARAGRAPH = 50_000
"""From here on, in characters, a paragraph gets fewer steps the longer it is: some rules copy its rest."""
DEEPEST = 24
"""Lists and quotations in each other; what is deeper is shown as written."""
MOST_COLUMNS = 100
BUDGET = "budget"

_ENDS_BLOCKS = ["paragraph", "reference", "blockquote", "list", "table"]


class TooMuchWork(Exception):
    """The block structure alone is more work than any document is worth; the caller shows plain text."""


@dataclass(slots=True)
class Budget:
    """What is left of the work that one rendering may cost."""

    block_steps: int = BLOCK_STEPS
    inline_steps: int = INLINE_STEPS
    paragraph_steps: int = 0
    limited: bool = False

    def begin_paragraph(self, length: int) -> None:
        """Every paragraph has its own share, so that one hostile line does not use up the document's."""
        self.inline_steps += self.paragraph_steps
        share = PARAGRAPH_STEPS * LONG_PARAGRAPH // max(length, LONG_PARAGRAPH)
        self.paragraph_steps = min(share, self.inline_steps)
        self.inline_steps -= self.paragraph_steps


def bound_work(md: MarkdownIt) -> None:
    """Put the counting rules in front of the others."""
    md.block.ruler.before("table", "bounds", _count_block, {"alt": _ENDS_BLOCKS})
    md.inline.ruler.before("text", "bounds", _count_inline)
    md.core.ruler.at("inline", _inline_within_budget)


def _budget(env: object) -> Budget:
    budget = env[BUDGET] if isinstance(env, dict) else None
    assert isinstance(budget, Budget)  # noqa: S101  # every entry point of this package sets it
    return budget


def _count_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    budget = _budget(state.env)
    budget.block_steps -= 1 if silent else 4
    if budget.block_steps < 0:
        raise TooMuchWork
    if silent:
        return False
    if state.level >= DEEPEST:
        budget.limited = True
        return _take_as_written(state, start, end)
    return _is_absurd_table(state, start, end) and _take_paragraph(state, start, end)


def _take_as_written(state: StateBlock, start: int, end: int) -> bool:
    line = start
    while line < end and (state.isEmpty(line) or state.sCount[line] >= state.blkIndent):
        line += 1
    token = state.push("code_block", "code", 0)
    token.content = state.getLines(start, line, state.blkIndent, False)
    token.map = [start, line]
    state.line = line
    return True


def _is_absurd_table(state: StateBlock, start: int, end: int) -> bool:
    if start + 1 >= end:
        return False
    first = state.src[state.bMarks[start] : state.eMarks[start]]
    return first.count("|") > MOST_COLUMNS


def _take_paragraph(state: StateBlock, start: int, end: int) -> bool:
    """Show the lines up to the next empty one as written, instead of as a table nobody could read."""
    _budget(state.env).limited = True
    line = start
    while line < end and not state.isEmpty(line) and state.sCount[line] >= state.blkIndent:
        line += 1
    return _take_as_written(state, start, max(line, start + 1))


def _count_inline(state: StateInline, silent: bool) -> bool:
    budget = _budget(state.env)
    budget.paragraph_steps -= 1
    if budget.paragraph_steps >= 0:
        return False
    budget.limited = True
    if not silent:
        state.pending += state.src[state.pos : state.posMax]
    state.pos = state.posMax
    return True


def _inline_within_budget(state: StateCore) -> None:
    budget = _budget(state.env)
    for token in state.tokens:
        if token.type == "inline":
            budget.begin_paragraph(len(token.content))
            token.children = []
            state.md.inline.parse(token.content, state.md, state.env, token.children)
