"""One text that several people type into at once (§8.9): the authority's half of CodeMirror's collab protocol."""

from services.domain.shared_text.change_set import ChangeJson, ChangeSet, InvalidChange
from services.domain.shared_text.shared_text import SharedText, Update, VersionTooOld
from services.domain.shared_text.utf16 import from_units, to_units

__all__ = [
    "ChangeJson",
    "ChangeSet",
    "InvalidChange",
    "SharedText",
    "Update",
    "VersionTooOld",
    "from_units",
    "to_units",
]
