"""Which of the two versions of a difference words stand in."""

from __future__ import annotations

from enum import StrEnum


class Side(StrEnum):
    """AFTER is the text as it stands; BEFORE is what a branch started from, where the words stand that it strikes."""

    AFTER = "after"
    BEFORE = "before"
