"""What a benchmark gives: figures with their targets, one line each."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measured value; smaller is better unless `at_least`. A figure without a target is told for comparison."""

    what: str
    value: float
    unit: str
    target: float | None = None
    detail: str = ""
    at_least: bool = False

    @property
    def missed(self) -> bool:
        """Whether the value is on the wrong side of its target."""
        if self.target is None:
            return False
        return self.value < self.target if self.at_least else self.value > self.target

    def line(self) -> str:
        """How it is printed."""
        verdict = "" if self.target is None else "MISSED" if self.missed else "ok"
        sign = "≥" if self.at_least else "≤"
        target = "" if self.target is None else f"  target {sign} {self.target:g} {self.unit}"
        detail = f"  ({self.detail})" if self.detail else ""
        return f"{verdict:<7}{self.value:10.2f} {self.unit:<6} {self.what}{target}{detail}"


def percentile(values: Sequence[float], part: float) -> float:
    """The value that `part` (0 to 1) of all values do not exceed; at least one value is needed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(part * len(ordered)) - 1)]


def milliseconds(act: Callable[[], object]) -> float:
    """How long one call takes."""
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


def processor_milliseconds(act: Callable[[], object]) -> float:
    """The processor time of one call that waits for nothing: what it takes where nobody else is computing."""
    began = time.thread_time()
    act()
    return (time.thread_time() - began) * 1000
