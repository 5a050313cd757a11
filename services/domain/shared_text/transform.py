"""Moves one change set over another, with exactly the browser's choices where both touch the same place."""

from __future__ import annotations

from services.domain.shared_text.change_set import ChangeSet, InvalidChange, Section, add_section

_KEEP = -1
_DONE = -2


class _Cursor:
    """Walks the sections of a change set piece by piece."""

    __slots__ = ("index", "insert_length", "left", "offset", "sections", "text")

    def __init__(self, changes: ChangeSet) -> None:
        self.sections = changes.sections
        self.index = 0
        self.next()

    def next(self) -> None:
        """Go to the next section."""
        self.offset = 0
        if self.index == len(self.sections):
            self.left, self.insert_length, self.text = 0, _DONE, ""
            return
        self.left, insert = self.sections[self.index]
        self.text = insert or ""
        self.insert_length = _KEEP if insert is None else len(insert)
        self.index += 1

    @property
    def done(self) -> bool:
        return self.insert_length == _DONE

    @property
    def keeps(self) -> bool:
        return self.insert_length == _KEEP

    @property
    def replaces(self) -> bool:
        return self.insert_length >= 0

    def forward(self, length: int) -> None:
        """Use up `length` units of this section."""
        if length == self.left:
            self.next()
        else:
            self.left -= length
            self.offset += length


class _Mapping:
    """One run of `map_over`: `mine` is moved over `theirs`."""

    def __init__(self, mine: ChangeSet, theirs: ChangeSet, *, before: bool) -> None:
        self.mine, self.theirs, self.before = _Cursor(mine), _Cursor(theirs), before
        self.out: list[Section] = []
        self.inserted = -1
        """Index of my section whose text was put in already."""

    def run(self) -> ChangeSet:
        mine, theirs = self.mine, self.theirs
        while not (mine.done and theirs.done):
            if (mine.done and theirs.left) or (theirs.done and mine.left):
                raise InvalidChange("the change sets are for texts of different lengths")
            if mine.keeps and theirs.keeps:
                self._both_keep()
            elif theirs.replaces and self._theirs_comes_first():
                self._skip_theirs()
            elif mine.replaces:
                self._put_mine()
            else:
                raise InvalidChange("the change sets are for texts of different lengths")
        return ChangeSet(self.out)

    def _theirs_comes_first(self) -> bool:
        mine, theirs = self.mine, self.theirs
        if not mine.replaces or self.inserted == mine.index:
            return True
        if mine.offset:
            return False
        return theirs.left < mine.left or (theirs.left == mine.left and not self.before)

    def _both_keep(self) -> None:
        length = min(self.mine.left, self.theirs.left)
        add_section(self.out, length, None)
        self.mine.forward(length)
        self.theirs.forward(length)

    def _skip_theirs(self) -> None:
        """Keep what they inserted; of mine, put in the text of every section their deletion swallows."""
        mine, length = self.mine, self.theirs.left
        add_section(self.out, self.theirs.insert_length, None)
        while length:
            piece = min(mine.left, length)
            if mine.replaces and self.inserted < mine.index and mine.left <= piece:
                add_section(self.out, 0, mine.text)
                self.inserted = mine.index
            if mine.done:
                raise InvalidChange("the change sets are for texts of different lengths")
            mine.forward(piece)
            length -= piece
        self.theirs.next()

    def _put_mine(self) -> None:
        """Replace what they left of my section, up to their next insertion."""
        mine, theirs = self.mine, self.theirs
        length, left = 0, mine.left
        while left:
            if theirs.keeps:
                piece = min(left, theirs.left)
                length += piece
                left -= piece
                theirs.forward(piece)
            elif theirs.insert_length == 0 and theirs.left < left:
                left -= theirs.left
                theirs.next()
            else:
                break
        add_section(self.out, length, mine.text if self.inserted < mine.index else "")
        self.inserted = mine.index
        mine.forward(mine.left - left)


def map_over(mine: ChangeSet, theirs: ChangeSet, *, before: bool) -> ChangeSet:
    """`mine`, moved to apply after `theirs`; InvalidChange when they are for texts of different lengths."""
    return _Mapping(mine, theirs, before=before).run()
