"""Two parsed documents become one tree in which every change has an id, a kind and a side.

Adds to `Tracking` what a review needs: moves, formatting-only changes, ids that follow from what changed, and the
source lines of both versions on every block.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import groupby

from markdown_it.token import Token

from services.domain.diff_views.model import ChangeKind
from services.domain.prose_diff.alignment import MOST_CELLS, Pair, align
from services.domain.prose_diff.words import likeness
from services.domain.rendering.phrasing import Phrasing, StandIns
from services.domain.rendering.tracked import BLOCKS_ALIKE, Mark, Tracking, code_lines
from services.domain.rendering.tree import Node, flatten

OLD_LINE = "data-old-line"
SIDE = "data-side"
CHANGE = "data-chg"
KIND = "data-kind"
SHORTEST_MOVE = 6
"""Words a block needs to be called moved, as in the source: short ones recur by chance."""
_ALWAYS = ("thead_open", "tbody_open")
_LISTS = ("bullet_list_open", "ordered_list_open")


@dataclass(slots=True)
class Noted:
    """What is known of one change before its section is."""

    kind: ChangeKind
    gained: int = 0
    lost: int = 0


@dataclass(slots=True)
class Move:
    """A block that left one place and came to another."""

    gone: Node
    come: Node
    change: str


@dataclass
class Merging(Tracking):
    """Merges two trees for review; `settle()` when the merged nodes are complete."""

    noted: dict[str, Noted] = field(default_factory=dict)
    moves: list[Move] = field(default_factory=list)
    coarse: bool = False
    _alone: list[tuple[Node, str]] = field(default_factory=list)
    _ids: Counter[str] = field(default_factory=Counter)
    _current: str = ""

    def merge(self, old: list[Node], new: list[Node]) -> Iterator[Node]:
        """The merged nodes in reading order; what only one version has is marked by `settle`."""
        if [node.is_text for node in old] == [node.is_text for node in new] == [True]:
            # The words of one cell, however little of them is left: a row is paired cell by cell.
            yield self._both(old[0], new[0])
            return
        pairs = _pairs(old, new)
        self.coarse = self.coarse or _is_coarse(pairs)
        for before, after in pairs:
            if before is not None and after is not None:
                yield self._both(old[before], new[after])
            elif before is not None:
                self._alone.append((old[before], "del"))
                yield old[before]
            elif after is not None:
                self._alone.append((new[after], "ins"))
                yield new[after]

    def settle(self) -> None:
        """Find the moves among the blocks without a partner, and mark the others as a whole."""
        gone = {node.key: node for node, tag in self._alone if tag == "del" and _may_move(node)}
        come = {node.key: node for node, tag in self._alone if tag == "ins" and _may_move(node)}
        often = Counter(node.key for node, _ in self._alone)
        moved = {key for key in gone.keys() & come.keys() if often[key] == 2}
        for key in (node.key for node, tag in self._alone if tag == "del" and node.key in moved):
            self.moves.append(self._move(gone[key], come[key]))
        for node, tag in self._alone:
            if node.key not in moved:
                self._whole(node, tag)

    def _both(self, old: Node, new: Node) -> Node:
        if old.key == new.key:
            _remember_lines(old, new)
            return new
        same = _content(old) == _content(new)
        merged = self._changed_format(old, new) if same else super()._both(old, new)
        _remember_line(old.opening, merged.opening)
        return merged

    def _changed_format(self, old: Node, new: Node) -> Node:
        """The words are equal: another kind of list, another level of heading, another language of code."""
        self._begin(f"format:{old.key}:{new.key}", ChangeKind.FORMAT)
        _remember_lines(old, new)
        new.opening.attrSet(CHANGE, self._current)
        new.opening.attrSet(KIND, ChangeKind.FORMAT)
        return new

    def _text(self, old: Node, new: Node) -> Node:
        stand_ins = StandIns()
        before = Phrasing(old.opening.children or (), stand_ins)
        after = Phrasing(new.opening.children or (), stand_ins)
        if " ".join(before.text.split()) == " ".join(after.text.split()):
            if _looks(before) == _looks(after):
                return new  # only reflowed
            return self._formatted(old, new)
        self._begin(f"text:{before.text}:{after.text}", ChangeKind.WORDS)
        return super()._text(old, new)

    def _formatted(self, old: Node, new: Node) -> Node:
        """Equal words that look otherwise, or lead elsewhere."""
        were, are = _addresses(old), _addresses(new)
        kind = ChangeKind.FORMAT if were == are else ChangeKind.LINK
        self._begin(f"{kind}:{old.key}:{new.key}", kind)
        opening = Token(
            "format_open", "span", 1, meta={"chg": self._current, "kind": kind, "were": were, "are": are}
        )
        children = [opening, *(new.opening.children or ()), Token("format_close", "span", -1)]
        return replace(new, opening=new.opening.copy(children=children))

    def _code(self, old: Token, new: Token) -> Node:
        self._begin(f"code:{old.content}:{new.content}", ChangeKind.WORDS)
        return Node(self._code_token(new, old.content, new.content))

    def _code_token(self, token: Token, old: str, new: str) -> Token:
        made = super()._code_token(token, old, new)
        for kind, text in code_lines(old, new):
            self._tell(Mark(text if kind == "del" else "", text if kind == "ins" else "", (0, 0)))
        made.meta["chg"] = self._current
        return made

    def _whole(self, node: Node, tag: str) -> Node:
        kind = ChangeKind.DELETED if tag == "del" else ChangeKind.INSERTED
        self._begin(f"{kind}:{node.key}", kind)
        side = "before" if tag == "del" else "after"
        for token in _openings(node):
            if tag == "del" and token.map:
                token.attrSet(OLD_LINE, str(token.map[0] + 1))
        meta = node.opening.meta
        super()._whole(node, tag)
        _put_on(node, side, self._current, kind)
        if tag == "del" and node.opening.type == "heading_open":
            node.opening.meta["old_number"] = meta.get("number", "")
        return node

    def _move(self, gone: Node, come: Node) -> Move:
        self._begin(f"moved:{gone.key}", ChangeKind.MOVED)
        for token in _openings(gone):
            if token.map:
                token.attrSet(OLD_LINE, str(token.map[0] + 1))
            token.map = None
            token.attrs.pop("id", None)
        for node, side in ((gone, "before"), (come, "after")):
            _put_on(node, side, self._current, ChangeKind.MOVED)
        return Move(gone, come, self._current)

    def _mark_open(self, mark: Mark) -> Iterator[Token]:
        self.marks += 1
        self._tell(mark)
        yield Token("mark_open", "span", 1, meta={"chg": self._current})

    def _begin(self, what: str, kind: ChangeKind) -> None:
        digest = sha256(what.encode("utf-8", "replace")).hexdigest()[:10]
        self._ids[digest] += 1
        again = self._ids[digest]
        self._current = digest if again == 1 else f"{digest}-{again}"
        self.noted[self._current] = Noted(kind)

    def _tell(self, mark: Mark) -> None:
        noted = self.noted[self._current]
        noted.gained += len(mark.inserted.split())
        noted.lost += len(mark.struck.split())


def changes_in(nodes: Sequence[Node]) -> list[str]:
    """The ids of the changes in these nodes, in reading order."""
    found: dict[str, None] = {}
    for token in flatten(nodes):
        for one in (token, *(token.children or ())):
            change = one.attrs.get(CHANGE) or one.meta.get("chg")
            if change:
                found[str(change)] = None
    return list(found)


def side_of(node: Node) -> str:
    """`before` or `after` when only that version has this block; else nothing."""
    return str(node.opening.meta.get("side", ""))


def without(children: Iterable[Token], tag: str) -> Iterator[Token]:
    """Running text without what stands between `<tag>` and `</tag>`."""
    inside = False
    for token in children:
        if token.type == f"{tag}_open":
            inside = True
        elif token.type == f"{tag}_close":
            inside = False
        elif not inside:
            yield token


def _pairs(old: list[Node], new: list[Node]) -> list[Pair]:
    def alike(one: Node, other: Node) -> float:
        if _sort(one) != _sort(other):
            return 0.0
        if one.opening.type in _ALWAYS or not (one.words or other.words):
            return 1.0
        if 2 * min(len(one.words), len(other.words)) < BLOCKS_ALIKE * (len(one.words) + len(other.words)):
            return 0.0  # even if all words of the shorter one were in the longer one
        return likeness(one.words, other.words)

    return align(old, new, key=lambda node: node.key, alike=alike, least=BLOCKS_ALIKE)


def _sort(node: Node) -> str:
    """Headings of any level, and lists of any kind, can be compared with each other."""
    kind = node.opening.type
    return "list" if kind in _LISTS else kind


def _is_coarse(pairs: Sequence[Pair]) -> bool:
    """Whether a stretch was too large to be aligned."""
    for paired, run in groupby(pairs, key=lambda pair: None not in pair):
        if not paired:
            sides = list(run)
            gone = sum(after is None for _, after in sides)
            if gone * (len(sides) - gone) > MOST_CELLS:
                return True
    return False


def _may_move(node: Node) -> bool:
    return len(node.words) >= SHORTEST_MOVE and not node.is_text


def _content(node: Node) -> list[str]:
    """What a block holds, without its own kind."""
    if node.children:
        return [child.key for child in node.children]
    if node.opening.type == "fence":
        return [node.opening.content]
    return [node.key]


def _looks(phrasing: Phrasing) -> list[tuple[list[str], tuple[str, ...]]]:
    """The words with their formats, wherever the lines are broken."""
    joined: list[tuple[str, tuple[str, ...]]] = []
    for text, formats in phrasing.looks():
        if joined and joined[-1][1] == formats:
            joined[-1] = (joined[-1][0] + text, formats)
        else:
            joined.append((text, formats))
    return [(text.split(), formats) for text, formats in joined]


def _addresses(node: Node) -> list[str]:
    tokens = node.opening.children or ()
    return [str(token.attrs.get("href", "")) for token in tokens if token.type == "link_open"]


def _openings(node: Node) -> Iterator[Token]:
    yield node.opening
    for child in node.children:
        yield from _openings(child)


def _remember_lines(old: Node, new: Node) -> None:
    """Note on every block of the newer version where it stood in the older."""
    _remember_line(old.opening, new.opening)
    for one, other in zip(old.children, new.children, strict=False):
        _remember_lines(one, other)


def _remember_line(old: Token, new: Token) -> None:
    if old.map:
        new.attrSet(OLD_LINE, str(old.map[0] + 1))
    if old.type == "heading_open":
        new.meta = {**new.meta, "old_number": old.meta.get("number", "")}


def _put_on(node: Node, side: str, change: str, kind: ChangeKind) -> None:
    node.opening = node.opening.copy(meta={**node.opening.meta, "side": side})
    node.opening.attrSet(CHANGE, change)
    node.opening.attrSet(KIND, kind)
    if kind is ChangeKind.MOVED:
        node.opening.attrSet(SIDE, side)
