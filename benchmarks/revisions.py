"""Pairs of texts before and after a real revision: a file of JSON lines with `before` and `after`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Revision:
    """One document before and after."""

    path: str
    before: str
    after: str

    @property
    def size(self) -> int:
        """Characters of both texts."""
        return len(self.before) + len(self.after)


def read_revisions(file: Path) -> tuple[Revision, ...]:
    """All pairs of the file."""
    rows = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    return tuple(Revision(row["path"], row["before"], row["after"]) for row in rows)
