"""Runs in a process of its own: the linter reads about 30 kB a second and would hold up everybody else."""

from __future__ import annotations

import multiprocessing
import os
import threading
from functools import cache
from typing import TYPE_CHECKING

from services.llm.copy_editor.remarks import Remark, choose_remarks

if TYPE_CHECKING:
    from harper import Linter

SWITCHED_OFF = ("UseTitleCase", "Spaces", "FrenchSpaces", "LongSentences", "Dashes")
"""Rules of taste: how headings are cased and how dashes are typed is for the community to say."""


def read(text: str, start: int, end: int, known_words: frozenset[str]) -> tuple[Remark, ...]:
    """The remarks worth a card on `text[start:end]`, the surest first."""
    linter = _linter()
    linter.clear_words()
    linter.import_words(sorted(known_words))
    found = (
        Remark(
            lint.span.start,
            lint.span.end,
            lint.suggestions[0].replacement_text,
            int(lint.suggestions[0].kind),
            lint.lint_kind,
            lint.message,
        )
        for lint in linter.lint(text)
        if lint.suggestions and start <= lint.span.start and lint.span.end <= end
    )
    return choose_remarks(text, tuple(found))


def warm_up() -> None:
    """Load the dictionary before the first question, and end with the server, however that ends.

    A worker waits for its next question on a pipe that it holds open itself, so it would outlive a killed server.
    """
    threading.Thread(target=_end_with_the_server, daemon=True).start()
    _linter()


def _end_with_the_server() -> None:
    server = multiprocessing.parent_process()
    if server is not None:
        server.join()
        os._exit(1)


@cache
def _linter() -> Linter:
    from harper import Linter

    linter = Linter()
    config = linter.get_lint_config()
    linter.set_lint_config(config | {rule: False for rule in SWITCHED_OFF if rule in config})
    return linter
