"""Fields that a metadata PR and main both changed, and what may be made of them (§9.6, §10.9)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from services.domain.merge import Choice
from services.domain.metadata import LISTS, Described, FieldChange, Words, words_of
from services.domain.permissions import MetadataField


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldClash:
    """One field: what it held when the PR was made, what the PR wants, and what main holds by now."""

    field: MetadataField
    before: Words
    mine: Words
    theirs: Words

    @property
    def both(self) -> Words:
        """For a list, what is left of both: main's, without what the PR took out, with what it put in."""
        if self.field not in LISTS or self.mine is None or self.theirs is None:
            return None
        before = self.before or ()
        kept = tuple(one for one in self.theirs if one in self.mine or one not in before)
        return kept + tuple(one for one in self.mine if one not in before and one not in self.theirs)

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What can be chosen: both only where that is something else than either."""
        apart = self.both is not None and self.both not in (self.mine, self.theirs)
        return (Choice.THEIRS, Choice.MINE, Choice.BOTH) if apart else (Choice.THEIRS, Choice.MINE)

    def chosen(self, choice: Choice) -> Words:
        """What the field is to hold."""
        return {Choice.THEIRS: self.theirs, Choice.MINE: self.mine, Choice.BOTH: self.both}[choice]


def clashes_of(entry: Described, changes: Iterable[FieldChange]) -> tuple[FieldClash, ...]:
    """The fields that hold something else by now than before the PR, and something else than it wants."""
    found = (
        FieldClash(
            field=change.field, before=change.before, mine=change.after, theirs=words_of(entry, change.field)
        )
        for change in changes
    )
    return tuple(clash for clash in found if clash.theirs not in (clash.before, clash.mine))
