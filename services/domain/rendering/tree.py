"""The parser's flat list of tokens as a tree, so that two documents can be compared part by part."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from markdown_it.token import Token


@dataclass(slots=True)
class Node:
    """A block with what it contains, or a leaf: running text (`inline`), code, a rule."""

    opening: Token
    closing: Token | None = None
    children: list[Node] = field(default_factory=list)
    key: str = ""
    """Equal for parts that read and look the same."""
    words: list[str] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """What sort of part this is; only parts of one kind are compared."""
        return f"{self.opening.type}/{self.opening.tag}"

    @property
    def is_text(self) -> bool:
        """Whether this is running text."""
        return self.opening.type == "inline"


def grow(tokens: Sequence[Token]) -> list[Node]:
    """Build the tree of a whole document."""
    roots: list[Node] = []
    path: list[Node] = []
    for token in tokens:
        if token.nesting < 0 and path:
            done = path.pop()
            done.closing = token
            _describe(done)
            continue
        node = Node(token)
        (path[-1].children if path else roots).append(node)
        if token.nesting > 0:
            path.append(node)
        else:
            _describe(node)
    return roots


def flatten(nodes: Iterable[Node]) -> Iterator[Token]:
    """The tokens of these nodes, in the parser's order."""
    for node in nodes:
        yield node.opening
        yield from flatten(node.children)
        if node.closing is not None:
            yield node.closing


def leaves(node: Node) -> Iterator[Node]:
    """The nodes below (or at) `node` that contain no others."""
    if not node.children:
        yield node
    for child in node.children:
        yield from leaves(child)


def copied(node: Node) -> Node:
    """A node with what it contains, to be changed without changing the original; tokens stay the same ones."""
    return replace(node, children=[copied(child) for child in node.children])


def _describe(node: Node) -> None:
    """Fill in key and words, from the leaves up."""
    if node.children:
        node.words = [word for child in node.children for word in child.words]
        node.key = f"{node.kind}({'|'.join(child.key for child in node.children)})"
    else:
        node.words = node.opening.content.split()
        node.key = f"{node.kind}:{node.opening.info}:{_looks(node.opening)}"


def _looks(leaf: Token) -> str:
    """What a leaf shows; the same source can show differently where a link's address is given elsewhere."""
    if leaf.children is None:
        return leaf.content
    return " ".join(
        "".join(f"{child.content or child.type}{child.attrs or ''}" for child in leaf.children).split()
    )
