"""Long lists page by page: each page begins after a key, so that the last one is as fast as the first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Row = TypeVar("Row")
Other = TypeVar("Other")
Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Paged(Generic[Row, Key]):
    """One page; `following` is the key beyond which the next one begins, None on the last."""

    rows: tuple[Row, ...]
    following: Key | None

    def read_as(self, read: Callable[[Row], Other]) -> Paged[Other, Key]:
        """The same page of what each row reads as."""
        return Paged(tuple(read(row) for row in self.rows), self.following)


def first_of(rows: Sequence[Row], *, limit: int, key: Callable[[Row], Key]) -> Paged[Row, Key]:
    """The page of so many of `rows`, of which one more than that was asked for."""
    shown = tuple(rows[:limit])
    return Paged(shown, key(shown[-1]) if len(rows) > limit else None)
