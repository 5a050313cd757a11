"""The former version of a text as a tree, kept while the newer one is being written: it is compared again and again."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Final

from services.domain.rendering.headings import number_headings
from services.domain.rendering.links import LinkBase
from services.domain.rendering.markdown import parse_document
from services.domain.rendering.tree import Node, grow

MOST_KEPT: Final = 600_000
"""Characters of all texts that are kept; a tree takes some forty times as much memory."""

_Key = tuple[str, LinkBase, str]
_kept: OrderedDict[_Key, list[Node]] = OrderedDict()
_lock = Lock()


def former_tree(text: str, *, base: LinkBase, title: str) -> list[Node]:
    """The tree of a text, with its headings numbered; shared with others, so not to be changed. Raises TooMuchWork."""
    key = (text, base, title)
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    tokens, _ = parse_document(text, base)
    number_headings(tokens, title=title)
    tree = grow(tokens)
    if len(text) <= MOST_KEPT:
        _keep(key, tree)
    return tree


def _keep(key: _Key, tree: list[Node]) -> None:
    with _lock:
        _kept[key] = tree
        size = sum(len(text) for text, _, _ in _kept)
        while size > MOST_KEPT:
            (oldest, _, _), _ = _kept.popitem(last=False)
            size -= len(oldest)
