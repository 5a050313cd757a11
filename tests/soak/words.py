"""What a server that is going to be killed says on its line."""

from __future__ import annotations

READY = "ready"
"""Everything that is done at a start is done."""
BEFORE, AFTER = "before ", "after "


def over(op_id: str) -> str:
    """Nothing more happens to this graduation; said again when a job found it still under way a moment ago."""
    return f"over {op_id}"


def is_moment(word: str) -> bool:
    """Whether it is a moment at which the server could have been killed."""
    return word.startswith((BEFORE, AFTER))
