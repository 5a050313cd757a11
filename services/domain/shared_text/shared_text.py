"""The authority for one co-edited text: every accepted update raises its version by one.

Pure and without locks: called from one thread, nothing comes between the version check and the change. The caller
stores each accepted update before announcing it (§8.9).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from services.domain.shared_text.change_set import ChangeJson, ChangeSet, InvalidChange
from services.domain.shared_text.utf16 import from_units, to_units

LONGEST_LOG = 5_000
"""Updates kept for editors that were away; a longer absence starts again from the text."""


class VersionTooOld(LookupError):
    """The log no longer reaches back to the version asked for."""


@dataclass(frozen=True, slots=True)
class Update:
    """One accepted change and the editor it came from."""

    client_id: str
    changes: ChangeSet


@dataclass(frozen=True, slots=True)
class Pushed:
    """What became of a push: the accepted updates as applied, and the given positions in the new text."""

    version: int
    updates: tuple[Update, ...]
    positions: tuple[int, ...]


class SharedText:
    """The text, its version, and the recent updates. Line ends are LF; offsets are UTF-16 units."""

    def __init__(self, text: str, *, version: int = 0, log: Iterable[Update] = ()) -> None:
        if "\r" in text:
            raise ValueError("a shared text has LF line ends")
        self._units = to_units(text)
        self.version = version
        self._log: deque[Update] = deque(log, maxlen=LONGEST_LOG)

    @property
    def text(self) -> str:
        """The text as the editors show it."""
        return from_units(self._units)

    def __len__(self) -> int:
        return len(self._units)

    def updates_since(self, version: int) -> tuple[Update, ...]:
        """All updates after `version`; VersionTooOld when the log doesn't reach back, InvalidChange if it never was."""
        if not 0 <= version <= self.version:
            raise InvalidChange(f"there is no version {version}")
        oldest = self.version - len(self._log)
        if version < oldest:
            raise VersionTooOld(version)
        return tuple(islice(self._log, version - oldest, None))

    def push(
        self, version: int, changes: Sequence[ChangeSet], client_id: str, *, positions: Iterable[int] = ()
    ) -> Pushed:
        """Apply a client's changes, made on `version`, all or none; late ones are moved over the newer updates.

        Changes that had been accepted already (the client missed the answer and sends them again) are recognised
        by its id and dropped. `positions` count in the client's text after its changes.
        """
        mine, moved = list(changes), list(positions)
        for update in self.updates_since(version):
            if update.client_id == client_id:
                del mine[:1]
                continue
            moved = _rebase(mine, moved, update.changes)
        units = self._units
        for change in mine:
            units = change.apply(units)
        accepted = tuple(Update(client_id, change) for change in mine)
        self._units = units
        self._log.extend(accepted)
        self.version += len(accepted)
        return Pushed(self.version, accepted, tuple(min(max(at, 0), len(units)) for at in moved))

    def replace(self, start: int, end: int, text: str, client_id: str) -> Pushed:
        """Replace code points `start` to `end` of the present text, as an update of its own."""
        units = (len(to_units(self.text[:start])), len(to_units(self.text[:end])))
        change = ChangeSet.replace(len(self._units), *units, text)
        return self.push(self.version, [change], client_id)

    def map_position(self, position: int, version: int, assoc: int = -1) -> int:
        """Where an offset reported at `version` is now."""
        for update in self.updates_since(version):
            position = update.changes.map_position(position, assoc)
        return min(max(position, 0), len(self._units))

    def heading_at(self, offset: int) -> str | None:
        """The markdown heading that a UTF-16 offset stands under or in, without its marks."""
        end = self._units.find("\n", offset)
        end = len(self._units) if end < 0 else end
        start = 0 if self._units.startswith("#") else -1
        if (found := self._units.rfind("\n#", 0, end)) >= 0:
            start = found + 1
        if start < 0:
            return None
        line = self._units[start : end if (stop := self._units.find("\n", start)) < 0 else stop]
        return from_units(line).lstrip("# ").strip()


def _rebase(mine: list[ChangeSet], positions: list[int], theirs: ChangeSet) -> list[int]:
    """Move `mine` over one update, in place; one at a time, as the browser does, so that both agree exactly."""
    for index, change in enumerate(mine):
        mine[index] = change.map(theirs)
        theirs = theirs.map(change, before=True)
    return [theirs.map_position(at, 1) for at in positions]


def read_changes(data: object) -> list[ChangeSet]:
    """Read a list of change sets as the browser sends them; InvalidChange for anything else."""
    if not isinstance(data, list):
        raise InvalidChange("changes come as a list")
    return [ChangeSet.from_json(item) for item in data]


__all__ = ["ChangeJson", "Pushed", "SharedText", "Update", "VersionTooOld", "read_changes"]
