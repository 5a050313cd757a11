"""From a passage that somebody selected in the rendered text to the place in its source, and back (§8.12, §8.13).

A browser and the server read a document the same way: its characters without white space, numbered from the
beginning of a block, which the browser knows by its source line. `reading_of` says where each of them is written.
"""

from services.domain.quoting.reading import Reading, reading_as_written, reading_of
from services.domain.quoting.selection import (
    Selection,
    Shown,
    locate_selection,
    shown_at,
    with_marks,
    words_at,
)

__all__ = [
    "Reading",
    "Selection",
    "Shown",
    "locate_selection",
    "reading_as_written",
    "reading_of",
    "shown_at",
    "with_marks",
    "words_at",
]
