"""Code in the design's four colours: `k` keywords and names that matter, `s` strings, `n` numbers, `c` comments."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from html import escape
from itertools import groupby
from typing import Protocol

from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Generic, Keyword, Literal, Name, Number, Operator, String, _TokenType
from pygments.util import ClassNotFound


class Lexer(Protocol):
    """What is used of a Pygments lexer, whose own functions have no types."""

    def get_tokens_unprocessed(self, text: str) -> Iterable[tuple[int, _TokenType, str]]:
        """Place, kind and text of every token, in order; together they are the code."""


LONGEST_BLOCK = 20_000
"""Longer blocks stay plain, in characters."""

_LANGUAGES = frozenset({
    "bash", "c", "clojure", "console", "cpp", "csharp", "css", "diff", "docker", "elixir", "erlang",
    "go", "graphql", "haskell", "html", "http", "ini", "java", "javascript", "js", "json", "json5",
    "jsx", "julia", "kotlin", "latex", "lean", "llvm", "lua", "make", "makefile", "markdown", "md",
    "nasm", "nix", "objc", "ocaml", "perl", "php", "postgresql", "powershell", "proto", "protobuf",
    "py", "python", "r", "rb", "rs", "ruby", "rust", "scala", "scheme", "sh", "shell", "sql",
    "swift", "tex", "toml", "ts", "tsx", "typescript", "vim", "wasm", "xml", "yaml", "yml", "zig",
    "zsh",
})  # fmt: skip
_CLASSES: tuple[tuple[_TokenType, str], ...] = (
    (Comment, "c"),
    (Keyword, "k"),
    (Operator.Word, "k"),
    (Name.Tag, "k"),
    (Name.Decorator, "k"),
    (Generic.Heading, "k"),
    (Number, "n"),
    (String, "s"),
    (Generic.Inserted, "s"),
    (Generic.Deleted, "n"),
    (Literal, "n"),
)


def language_of(info: str) -> str:
    """The language a fence names: `rust,ignore` and `{.rust}` are `rust`; empty if none."""
    words = info.replace(",", " ").replace("{", " ").replace("}", " ").split()
    return words[0].lstrip(".").lower() if words else ""


def highlighted(code: str, language: str) -> str | None:
    """The code as HTML with classes, or None when it has no colours to show."""
    lexer = _lexer(language) if language in _LANGUAGES and len(code) <= LONGEST_BLOCK else None
    if lexer is None:
        return None
    coloured = ((_class_of(kind), text) for _, kind, text in lexer.get_tokens_unprocessed(code))
    return "".join(_spans(coloured))


def _spans(coloured: Iterable[tuple[str, str]]) -> Iterable[str]:
    for name, group in groupby(coloured, key=lambda pair: pair[0]):
        text = escape("".join(text for _, text in group), quote=False)
        yield f'<span class="{name}">{text}</span>' if name else text


@lru_cache(maxsize=128)
def _lexer(language: str) -> Lexer | None:
    try:
        lexer: Lexer = get_lexer_by_name(language)  # type: ignore[no-untyped-call]
    except ClassNotFound:
        return None
    return lexer


@lru_cache(maxsize=512)
def _class_of(kind: _TokenType) -> str:
    return next((name for family, name in _CLASSES if kind in family), "")
