"""A branch's live text as its pages show it: what is typed, by whom, and until when (§8.9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from services.domain.branch import BranchKey
from services.domain.clock import now
from services.store.queries import users
from services.usecases.live_texts.live_text import LiveText
from services.usecases.live_texts.sessions import Present

if TYPE_CHECKING:
    from services.usecases.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveTextView:
    """The text as it stands and at the last commit, LF line ends; both the same when everything is committed.

    `typists` typed since then, the one with most text first. `age` and `left` are seconds: since the last change,
    and until it is committed by itself.
    """

    text: str
    base_text: str
    present: tuple[Present, ...]
    typists: tuple[str, ...]
    age: float
    left: float
    flush_after: float

    @property
    def dirty(self) -> bool:
        """Whether something is not committed yet."""
        return self.text != self.base_text


async def live_text_view(context: Context, *, key: BranchKey) -> LiveTextView | None:
    """The live text of a branch; None while nobody has it open, so that the committed one counts."""
    live = context.live_texts.find(key)
    if live is None:
        return None
    typists = await _typists(context, live) if live.dirty else ()
    age = now() - live.changed_at if live.changed_at else timedelta()
    whole = context.live_texts.flush_after
    return LiveTextView(
        text=live.text,
        base_text=live.state.base_text,
        present=live.present(),
        typists=typists,
        age=age.total_seconds(),
        left=max(0.0, (whole - age).total_seconds()),
        flush_after=whole.total_seconds(),
    )


def newest_text(context: Context, *, key: BranchKey) -> str | None:
    """What is typed at this moment; None while nobody has the branch open."""
    live = context.live_texts.find(key)
    return None if live is None else live.text


async def _typists(context: Context, live: LiveText) -> tuple[str, ...]:
    authors = live.state.authors
    ranked = sorted(authors, key=lambda user_id: (-authors[user_id], user_id))
    names = {session.user_id: session.name for session in live.sessions.values()}
    if not names.keys() >= set(ranked):
        async with context.store.read() as work:
            rows = await users.find_many(work, user_ids=ranked)
        names |= {user_id: row.display_name or row.gitea_login for user_id, row in rows.items()}
    return tuple(names[user_id] for user_id in ranked if user_id in names)
