"""The text of a model's message: talk, and a line of its own for each change card it proposed (§8.6).

Such a line reads `{{change:12}}`, with the card's number. Only the app writes them: whatever a model says that looks
like one is made harmless.
"""

from __future__ import annotations

import re

from services.domain.identifiers import ChangeId

_CARD_LINE = re.compile(r"^\{\{change:(\d{1,18})\}\}[ \t]*$", re.MULTILINE)
_LOOKALIKE = re.compile(r"\{\{(?=\s*change)", re.IGNORECASE)
_GAPS = re.compile(r"\n{3,}")


def card_line(change_id: ChangeId) -> str:
    """The line that stands for a card."""
    return f"{{{{change:{change_id}}}}}"


def harmless(talk: str) -> str:
    """What a model says, without anything that could pass for a line of the app's."""
    return _LOOKALIKE.sub("{ {", talk)


def talk_of(body: str) -> str:
    """A model's message without its cards."""
    return _GAPS.sub("\n\n", _CARD_LINE.sub("", body)).strip()
