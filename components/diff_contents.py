"""What a pull request changes, section by section, beside its difference (§10.3)."""

from __future__ import annotations

from html import escape

from components.document import DEEPEST_CONTENTS, FEWEST_CONTENTS
from services.domain.diff_views import DiffViews
from services.domain.rendering.headings import Heading

IN_THIS_PR = "In this PR"


def diff_contents_html(views: DiffViews, label: str = IN_THIS_PR) -> str:
    """The document's contents with the number of changes in each section; nothing when the document is short.

    Sections deeper than contents lists go are there when something changed in them.
    """
    counts = {section.key: len(section.changes) for section in views.sections}
    listed = [one for one in views.headings if one.level <= DEEPEST_CONTENTS or one.anchor in counts]
    if len(listed) < FEWEST_CONTENTS or not counts:
        return ""
    rows = "".join(_row(heading, counts.get(heading.anchor, 0)) for heading in listed)
    return f'<h2 class="r-label">{escape(label)}</h2><ol>{rows}</ol>'


def _row(heading: Heading, count: int) -> str:
    anchor = escape(heading.anchor)
    changes = (
        f'<span class="r-muted r-tocn" title="{count} change{"" if count == 1 else "s"}">{count}</span>'
        f'<i class="{_TICK}" role="img" aria-label="Viewed" hidden></i>'
        if count
        else ""
    )
    look = "" if count else ' class="r-same"'
    return (
        f'<li data-level="{heading.level}"{look}><a href="#{anchor}" data-anchor="{anchor}"><b>{heading.number}</b>'
        f"<span>{escape(heading.text)}</span>{changes}</a></li>"
    )


_TICK = "i i-check"
