"""The YAML head of an entry: read without ever expanding it, changed without touching the rest of it (§2).

Nothing is constructed from the YAML: values are taken from the composed nodes, so aliases cost nothing, tags do
nothing, and dates and numbers stay as they are written. A change replaces the lines of its own key only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.composer import MaxDepthExceededError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from services.domain.yaml_text import flow_list, scalar

Value: TypeAlias = str | tuple[str, ...] | None
"""What a key of ours can hold."""

# Composing takes half a second at this size in the worst case.
MAX_FRONT_MATTER = 32 * 1024
# Thousands of open brackets would take ten times that.
_DEEPEST = 50
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_HEAD = re.compile(r"\ufeff?---[ \t]*(\r?\n)")
_CLOSING = re.compile(r"^---[ \t]*(?:\r?\n|\Z)", re.MULTILINE)
_COLON = re.compile(r"[ \t]*:")
_BLANK_LINE = re.compile(r"\r?\n")


class BrokenEntry(Exception):
    """A file that is not a valid entry; `reason` is a sentence for the sync report."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Document:
    """A file cut in pieces that, joined, are the file again."""

    opening: str
    yaml: str
    closing: str
    separator: str
    body: str
    newline: str

    @property
    def text(self) -> str:
        """The whole file."""
        return self.opening + self.yaml + self.closing + self.separator + self.body


def split_document(text: str) -> Document:
    """Cut a file into front matter and body; the blank line between them belongs to neither."""
    head = _HEAD.match(text)
    if head is None:
        raise BrokenEntry("The file does not begin with front matter (a line of three hyphens).")
    closing = _CLOSING.search(text, head.end(), head.end() + MAX_FRONT_MATTER)
    if closing is None:
        raise BrokenEntry("The front matter is not closed by a line of three hyphens, or is over 32 kB.")
    blank = _BLANK_LINE.match(text, closing.end())
    body_at = blank.end() if blank else closing.end()
    return Document(
        opening=head[0],
        yaml=text[head.end() : closing.start()],
        closing=closing[0],
        separator=blank[0] if blank else "",
        body=text[body_at:],
        newline=head[1],
    )


def replace_body(text: str, body: str) -> str:
    """The file with another body; what stands before it stays byte for byte."""
    document = split_document(text)
    closing, separator = document.closing, document.separator
    if body and not closing.endswith("\n"):
        closing += document.newline
    if not separator and (_BLANK_LINE.match(body) or closing != document.closing):
        separator = document.newline
    return replace(document, closing=closing, separator=separator, body=body).text


class FrontMatter:
    """The composed YAML of one entry, by key."""

    def __init__(self, yaml: str) -> None:
        self.yaml = yaml
        self.root = _compose(yaml)
        self.nodes: dict[str, Node] = {}
        self.keys: dict[str, Node] = {}
        for key, node in self.root.value:
            if not isinstance(key, ScalarNode):
                raise BrokenEntry("A key of the front matter is not plain text.")
            if key.value in self.nodes:
                raise BrokenEntry(f"The key `{key.value}` stands twice in the front matter.")
            self.nodes[key.value], self.keys[key.value] = node, key

    def text(self, key: str) -> str | None:
        """The value of a key as text, None if it is absent or null; raises BrokenEntry if it is a collection."""
        node = self.nodes.get(key)
        if node is None or _is_null(node):
            return None
        if not isinstance(node, ScalarNode):
            raise BrokenEntry(f"`{key}` must be text.")
        return str(node.value)

    def texts(self, key: str) -> tuple[str, ...] | None:
        """The value of a key as a list of texts, None if it is absent or null; raises BrokenEntry otherwise."""
        node = self.nodes.get(key)
        if node is None or _is_null(node):
            return None
        if not isinstance(node, SequenceNode):
            raise BrokenEntry(f"`{key}` must be a list.")
        return tuple(_item(key, item) for item in node.value)

    def source(self, key: str) -> str:
        """The characters of the file that make a key's value."""
        node = self.nodes[key]
        return self.yaml[node.start_mark.index : node.end_mark.index]

    def holds(self, key: str, value: Value) -> bool:
        """Whether the key has this value already; null and absent are the same."""
        try:
            return (self.texts(key) if isinstance(value, tuple) else self.text(key)) == value
        except BrokenEntry:
            return False


def changed(yaml: str, changes: Mapping[str, Value], *, newline: str, removable: frozenset[str]) -> str:
    """The YAML with other values for some keys; a removable key disappears when it becomes None."""
    result = yaml
    for key, value in changes.items():
        front = FrontMatter(result)
        if not front.holds(key, value):
            result = _with_value(front, key, value, newline=newline, remove=key in removable)
    _verify(FrontMatter(yaml), FrontMatter(result), changes)
    return result


def _compose(yaml: str) -> MappingNode:
    parser = YAML(typ="rt", pure=True)
    parser.composer.warn_double_anchors = False
    parser.max_depth = _DEEPEST
    try:
        root = parser.compose(yaml)
    except MaxDepthExceededError as error:
        raise BrokenEntry(f"The front matter has values inside values, more than {_DEEPEST} deep.") from error
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 1
        raise BrokenEntry(f"The front matter is not valid YAML: {error.problem} (line {line}).") from error
    except (YAMLError, RecursionError, OverflowError, ValueError) as error:
        raise BrokenEntry("The front matter is not valid YAML.") from error
    if not isinstance(root, MappingNode):
        raise BrokenEntry("The front matter has no keys.")
    return root


def _is_null(node: Node) -> bool:
    return isinstance(node, ScalarNode) and not node.style and node.value in _NULLS


def _item(key: str, node: Node) -> str:
    if not isinstance(node, ScalarNode) or _is_null(node):
        raise BrokenEntry(f"Everything in `{key}` must be text.")
    return str(node.value)


def _verify(before: FrontMatter, after: FrontMatter, changes: Mapping[str, Value]) -> None:
    """Anchors and unusual layouts could make a change reach further than its key: then refuse it."""
    for key, value in changes.items():
        if not after.holds(key, value):
            raise BrokenEntry(f"`{key}` can't be changed in place; edit the file by hand.")
    untouched = [key for key in before.nodes if key not in changes]
    if untouched != [key for key in after.nodes if key not in changes]:
        raise BrokenEntry("The front matter can't be changed in place; edit the file by hand.")
    for key in untouched:
        if before.source(key) != after.source(key):
            raise BrokenEntry(f"`{key}` depends on what would change; edit the file by hand.")


def _with_value(front: FrontMatter, key: str, value: Value, *, newline: str, remove: bool) -> str:
    yaml, node = front.yaml, front.nodes.get(key)
    if front.root.flow_style:
        raise BrokenEntry("Front matter in braces can't be changed in place; edit the file by hand.")
    if node is None:
        indent = " " * front.root.start_mark.column
        return f"{yaml}{indent}{key}: {_written(value)}{newline}"
    if node.start_mark.index < front.keys[key].end_mark.index:
        raise BrokenEntry(f"`{key}` is an alias of another value; edit the file by hand.")
    if value is None and remove:
        return yaml[: _line_start(yaml, front.keys[key].start_mark.index)] + yaml[_value_end(yaml, node) :]
    if isinstance(node, SequenceNode) and not node.flow_style:
        return _with_block_list(front, key, node, value, newline)
    return _with_inline(front, key, node, value, newline)


def _with_inline(front: FrontMatter, key: str, node: Node, value: Value, newline: str) -> str:
    yaml, start, end = front.yaml, node.start_mark.index, node.end_mark.index
    written = _written(value, style=node.style if isinstance(node, ScalarNode) else None)
    if start == end:
        start = end = _after_colon(front, key)
        written = f" {written}"
    elif yaml[start:end].endswith("\n"):
        written += newline
    return yaml[:start] + written + yaml[end:]


def _with_block_list(front: FrontMatter, key: str, node: SequenceNode, value: Value, newline: str) -> str:
    yaml = front.yaml
    start, end = _line_start(yaml, node.start_mark.index), _value_end(yaml, node)
    if not value or not isinstance(value, tuple):
        colon = _after_colon(front, key)
        return f"{yaml[:colon]} {_written(value)}{yaml[colon:start]}{yaml[end:]}"
    indent = " " * node.start_mark.column
    lines = dict(zip((str(item.value) for item in node.value), _item_lines(yaml, node), strict=True))
    written = (lines.get(text) or f"{indent}- {scalar(text)}{newline}" for text in value)
    return yaml[:start] + "".join(written) + yaml[end:]


def _item_lines(yaml: str, node: SequenceNode) -> Iterator[str]:
    """The lines of each item, with the comments that follow it."""
    starts = [_line_start(yaml, item.start_mark.index) for item in node.value]
    for start, end in zip(starts, [*starts[1:], _value_end(yaml, node)], strict=True):
        yield yaml[start:end]


def _value_end(yaml: str, node: Node) -> int:
    """Where the line on which a value ends is over; a block list ends with its last item."""
    if isinstance(node, SequenceNode | MappingNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _value_end(yaml, last[1] if isinstance(last, tuple) else last)
    end = int(node.end_mark.index)
    if yaml[:end].endswith("\n"):
        return end
    line_end = yaml.find("\n", end)
    return len(yaml) if line_end < 0 else line_end + 1


def _after_colon(front: FrontMatter, key: str) -> int:
    colon = _COLON.match(front.yaml, front.keys[key].end_mark.index)
    if colon is None:
        raise BrokenEntry(f"`{key}` can't be changed in place; edit the file by hand.")
    return colon.end()


def _line_start(yaml: str, index: int) -> int:
    return yaml.rfind("\n", 0, index) + 1


def _written(value: Value, *, style: str | None = None) -> str:
    if value is None:
        return "null"
    return scalar(value, style=style) if isinstance(value, str) else flow_list(value)
