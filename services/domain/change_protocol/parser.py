"""Reads an answer as it streams in, and tells talk from change blocks.

Tolerated: other letter case, attributes, other common names for the parts, parts in another order, a part
that is not closed, a block that is not closed before the next one, a block inside another or inside an element
around all of them, a block inside a code fence, escaped tags. Tags are never talk.
Not tolerated, and reported as broken: a missing part, the same part twice, an answer that stops in a block.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

LARGEST_BLOCK = 200_000
"""Characters after which an open block is given up as broken."""
LONGEST_TAG = 80

_OPEN = re.compile(r"(?:<|&lt;)\s*change(?:\s[^<>\n]{0,60})?(?:>|&gt;)", re.IGNORECASE)
_CLOSE = re.compile(r"(?:<|&lt;)\s*/\s*changes?\s*(?:>|&gt;)", re.IGNORECASE)
_STRAY = re.compile(r"(?:<|&lt;)\s*(?:/\s*changes?|changes(?:\s[^<>\n]{0,60})?)\s*(?:>|&gt;)", re.IGNORECASE)
"""Tags that neither begin a block nor end the one that is open."""
_MAYBE_OPEN = re.compile(r"(?:<|&lt?;?)[^<>&\n]{0,70}$|&(?:l?t?;?)?$", re.IGNORECASE)
_FENCE_BEFORE = re.compile(r"(?:^|\n)[ \t]*(?:`{3,}|~{3,})[\w-]*[ \t]*\n?\s*$")
_MAYBE_FENCE = re.compile(r"(?:^|\n)[ \t]*(?:`{1,2}|~{1,2})$")
_FENCE_AFTER = re.compile(r"^\s*\n?[ \t]*(?:`{3,}|~{3,})[ \t]*(?=\n|$)")
_PART = re.compile(
    r"<\s*(?P<slash>/?)\s*(?P<name>original|old|before|find|proposed|proposal|new|after|replacement|replace"
    r"|reason|why|rationale|explanation)(?:\s[^<>\n]{0,60})?>",
    re.IGNORECASE,
)
_REST = re.compile(rf"\s*(?:{_PART.pattern}|{_CLOSE.pattern})", re.IGNORECASE)
"""How what is left of an outer block begins after the one inside it."""
_NAMES = {
    **dict.fromkeys(("original", "old", "before", "find"), "original"),
    **dict.fromkeys(("proposed", "proposal", "new", "after", "replacement", "replace"), "proposed"),
    **dict.fromkeys(("reason", "why", "rationale", "explanation"), "reason"),
}


@dataclass(frozen=True, slots=True)
class AnswerText:
    """Talk, to be shown as it comes."""

    text: str


@dataclass(frozen=True, slots=True)
class ProposedChange:
    """One complete block; not yet known to fit the text."""

    original: str
    proposed: str
    reason: str


@dataclass(frozen=True, slots=True)
class BrokenBlock:
    """Something that began as a block and can't be one; `problem` is a sentence for people."""

    problem: str
    raw: str


Fragment = AnswerText | ProposedChange | BrokenBlock


class AnswerParser:
    """Feed it what arrives; it returns the fragments that are certain by then, in order."""

    def __init__(self) -> None:
        self._buffer = ""
        self._inside = False
        self._fenced = False
        self._around = 0
        """Blocks that were not closed, and may stand around the one that was."""

    def feed(self, chunk: str) -> list[Fragment]:
        """Take the next characters of the answer."""
        self._buffer += chunk
        fragments: list[Fragment] = []
        while self._step(fragments):
            pass
        return fragments

    def finish(self) -> list[Fragment]:
        """The answer ended, or was stopped: what is left is talk or a broken block."""
        rest, self._buffer = self._buffer, ""
        if not self._inside:
            tags = _PART if self._around and _REST.match(rest) else _STRAY
            talk = _STRAY.sub("", tags.sub("", rest))
            return [AnswerText(talk)] if talk.strip() else []
        self._inside = False
        block = _read_block(rest)
        if isinstance(block, ProposedChange) and _PART.search(rest) and _ends_with_a_closed_part(rest):
            return [block]
        return [BrokenBlock("The answer stopped in the middle of this change.", rest)]

    def _step(self, fragments: list[Fragment]) -> bool:
        return self._step_inside(fragments) if self._inside else self._step_outside(fragments)

    def _step_outside(self, fragments: list[Fragment]) -> bool:
        if self._around and not self._drop_rest():
            return False
        self._drop_stray_tags()
        if self._fenced and not self._drop_closing_fence():
            return False
        opening = _OPEN.search(self._buffer)
        if opening is None:
            self._emit_certain_talk(fragments)
            return False
        talk = self._buffer[: opening.start()]
        fence = _FENCE_BEFORE.search(talk)
        self._fenced = fence is not None
        _append_talk(fragments, talk[: fence.start()] + "\n" if fence else talk)
        self._buffer = self._buffer[opening.end() :]
        self._inside = True
        return True

    def _step_inside(self, fragments: list[Fragment]) -> bool:
        closing, following = _CLOSE.search(self._buffer), _OPEN.search(self._buffer)
        if following and (closing is None or following.start() < closing.start()):
            fragments += _before_another(self._buffer[: following.start()])
            self._buffer = self._buffer[following.end() :]
            self._around += 1
            return True
        if closing:
            fragments.append(_read_block(self._buffer[: closing.start()]))
            self._buffer = self._buffer[closing.end() :]
            self._inside = False
            return True
        if len(self._buffer) > LARGEST_BLOCK:
            fragments.append(BrokenBlock("This change is too large to be one change.", self._buffer[:500]))
            self._buffer, self._inside = "", False
        return False

    def _emit_certain_talk(self, fragments: list[Fragment]) -> None:
        """Hold back only what could still become an opening tag, or a fence before one."""
        held = _MAYBE_OPEN.search(self._buffer)
        keep_from = held.start() if held else len(self._buffer)
        certain = self._buffer[:keep_from]
        fence = _FENCE_BEFORE.search(certain) or _MAYBE_FENCE.search(certain)
        keep_from = fence.start() if fence else keep_from
        _append_talk(fragments, self._buffer[:keep_from])
        self._buffer = self._buffer[keep_from:]

    def _drop_stray_tags(self) -> None:
        """Up to the next block; the tags inside that one are its own."""
        opening = _OPEN.search(self._buffer)
        end = opening.start() if opening else len(self._buffer)
        self._buffer = _STRAY.sub("", self._buffer[:end]) + self._buffer[end:]

    def _drop_rest(self) -> bool:
        """After a block inside others: drop what is left of those. False while more characters are needed to tell."""
        while self._around:
            if _only_a_tag_begun(self._buffer):
                return False
            opening, closing = _OPEN.search(self._buffer), _CLOSE.search(self._buffer)
            if not _REST.match(self._buffer) or len(self._buffer) > LARGEST_BLOCK:
                self._around = 0
            elif opening and (closing is None or opening.start() < closing.start()):
                self._buffer = self._buffer[opening.start() :]
                return True
            elif closing is None:
                return False
            else:
                self._buffer = self._buffer[closing.end() :]
                self._around -= 1
        return True

    def _drop_closing_fence(self) -> bool:
        """After a fenced block: drop the fence's end. False while more characters are needed to tell."""
        if _only_a_tag_begun(self._buffer):
            return False
        if len(self._buffer.strip()) < 3 and "\n\n\n" not in self._buffer:
            return False
        self._buffer = _FENCE_AFTER.sub("", self._buffer, count=1)
        self._fenced = False
        return True


def _only_a_tag_begun(text: str) -> bool:
    """Whether there is nothing yet but white space and what may become a tag."""
    begun = _MAYBE_OPEN.search(text)
    return not text[: begun.start() if begun else len(text)].strip()


def _before_another(raw: str) -> list[Fragment]:
    """What an open block held when another one began: a block that lacks its end, or words around the other one."""
    if _PART.search(html.unescape(raw)) is None:
        return [AnswerText(raw)] if raw.strip() else []
    return [] if not _PART.sub("", html.unescape(raw)).strip() else [_read_block(raw)]


def _append_talk(fragments: list[Fragment], talk: str) -> None:
    if talk:
        fragments.append(AnswerText(talk))


def _ends_with_a_closed_part(raw: str) -> bool:
    parts = list(_PART.finditer(raw))
    return bool(parts) and bool(parts[-1].group("slash"))


def _read_block(raw: str) -> ProposedChange | BrokenBlock:
    """Read the parts of a block; a part ends at its closing tag, else where the next one begins."""
    text = html.unescape(raw) if "&lt;" in raw and not _PART.search(raw) else raw
    parts: dict[str, str] = {}
    tags = list(_PART.finditer(text))
    for index, tag in enumerate(tags):
        if tag.group("slash"):
            continue
        name = _NAMES[tag.group("name").lower()]
        if name in parts:
            return BrokenBlock(f"This change has its {name} passage twice.", raw)
        parts[name] = text[tag.end() : _end_of_part(tags, index, len(text), text)]
    missing = [name for name in ("original", "proposed") if name not in parts]
    if missing:
        return BrokenBlock(f"This change has no {' and no '.join(missing)} passage.", raw)
    return ProposedChange(
        _inner(parts["original"]), _inner(parts["proposed"]), " ".join(parts.get("reason", "").split())
    )


def _end_of_part(tags: list[re.Match[str]], index: int, end: int, text: str) -> int:
    """The matching closing tag wins over an opening one that stands inside the quoted passage."""
    name = _NAMES[tags[index].group("name").lower()]
    for tag in tags[index + 1 :]:
        if tag.group("slash") and _NAMES[tag.group("name").lower()] == name:
            return tag.start()
        if not tag.group("slash"):
            return tag.start()
    return end


def _inner(passage: str) -> str:
    """The passage without the line breaks that only set it off from its tags."""
    return re.sub(r"^[ \t]*\n|\n[ \t]*$", "", passage)
