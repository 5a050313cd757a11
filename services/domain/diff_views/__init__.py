"""The three views of one difference that a review page shows: rendered, side by side, source (§10.3).

`show_difference(before, after)` compares once; each view is one string of safe HTML, the same for every reader.
"""

from services.domain.diff_views.model import Change, ChangeKind, DiffViews, Limit, SectionChanges
from services.domain.diff_views.views import change_ids, show_difference

__all__ = [
    "Change",
    "ChangeKind",
    "DiffViews",
    "Limit",
    "SectionChanges",
    "change_ids",
    "show_difference",
]
