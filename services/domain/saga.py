"""Sagas: acts of several steps that end whole or not at all (§13.5). Their states, and what follows from them."""

from __future__ import annotations

from enum import StrEnum


class Course(StrEnum):
    """Which way a saga goes."""

    FORWARD = "forward"
    BACK = "back"


class StepState(StrEnum):
    """How a step stands; `doing` and `undoing` are stored before it acts, the others after."""

    WAITING = "waiting"
    DOING = "doing"
    DONE = "done"
    UNDOING = "undoing"
    UNDONE = "undone"


LEFT_BEHIND = frozenset({StepState.DOING, StepState.DONE, StepState.UNDOING})
"""States in which a step may have left something that undoing has to look for."""
