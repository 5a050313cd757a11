"""How a command ends: one sentence on standard error and an exit code."""

from __future__ import annotations

WRONG_USE = 2
FAILED = 1


class CommandFailed(Exception):
    """Ends the command with this sentence; exit code 2 is wrong use, 1 a failure."""

    def __init__(self, sentence: str, *, exit_code: int = FAILED) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.exit_code = exit_code
