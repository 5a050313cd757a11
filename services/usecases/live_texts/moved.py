"""A branch that moved on Gitea under its live text: merged three ways by sentence, and nothing is lost (§8.10)."""

from __future__ import annotations

from services.domain.line_ends import editor_text
from services.domain.merge import Choice, Merged, merge
from services.usecases.live_texts.live_text import LiveText
from services.usecases.texts import TextAt


async def catch_up(text: LiveText, head: TextAt) -> Merged | None:
    """Bring what was committed elsewhere into the live text; where both clash the typed wording is kept in it."""
    state = text.state
    if head.commit_sha == state.base_sha:
        return None
    theirs = editor_text(head.text)
    merged = merge(state.base_text, text.text, theirs)
    await text.become(merged.text([Choice.MINE] * len(merged.clashes)), user_id=None)
    text.rebased_on(head.commit_sha, theirs)
    return merged
