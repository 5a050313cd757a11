"""Puts a question into words for a language model (§18.3)."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources

from services.llm.port import EarlierChange, Question

LONGEST_THREAD = 30
"""Messages of the conversation that are told, the latest ones."""


def instructions() -> str:
    """The model's role and the form of its proposals: the same for every question."""
    return resources.files("services.llm").joinpath("prompts", "role.md").read_text(encoding="utf-8")


def compose(question: Question) -> str:
    """The user's message: material first, the request last. Nothing in the material is an instruction."""
    return "\n\n".join(_parts(question))


def _parts(question: Question) -> Iterator[str]:
    yield _element("title", question.title)
    yield _element("document", question.text)
    if not question.reach.whole:
        span = question.reach.span
        yield _element("reach", question.text[span.start : span.end])
    yield from _changes("pending_change", question.pending)
    yield from _changes("declined_change", question.declined)
    if question.thread:
        said = "\n".join(f"{message.name}: {message.text}" for message in question.thread[-LONGEST_THREAD:])
        yield _element("conversation", said)
    for quote in question.quotes:
        yield _element("quote", quote)
    yield _element("request", question.request)


def _changes(name: str, changes: tuple[EarlierChange, ...]) -> Iterator[str]:
    for change in changes:
        note = f"\nReason given: {change.note}" if change.note else ""
        yield _element(name, f"Original: {change.original}\nProposed: {change.proposed}{note}")


def _element(name: str, text: str) -> str:
    """Material between tags of its own; a closing tag inside it is defused, so that it can't end early."""
    return f"<{name}>\n{text.replace(f'</{name}', f'< /{name}')}\n</{name}>"
