"""How a command ends: one sentence on standard error and an exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.domain.errors import ProductError

WRONG_USE = 2
FAILED = 1
FOR_OPERATORS = "`rfc-ui doctor` names the cause and what to do."


class CommandFailed(Exception):
    """Ends the command with this sentence; exit code 2 is wrong use, 1 a failure."""

    def __init__(self, sentence: str, *, exit_code: int = FAILED) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.exit_code = exit_code


def words_for_operators(error: ProductError) -> str:
    """What happened and what to do; the general hints are meant for people on the pages, who can ask an admin."""
    from services.domain.errors import Forbidden, ProductError, StorageUnavailable, Upstream

    for_people = {kind.hint for kind in (ProductError, Forbidden, StorageUnavailable, Upstream)}
    hint = FOR_OPERATORS if error.hint in for_people else error.hint
    return f"{error.message} {hint}".rstrip()
