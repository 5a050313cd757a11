"""What a branch's page shows of what is typed and not committed (§8.9)."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

from pages.branch_text import NOTHING, BranchText, card_of
from pages.site import Site
from services.domain.branch import BranchState
from services.usecases.views.branch import BranchView
from services.usecases.views.live_text import LiveTextView

TYPED = LiveTextView(
    text="One. Two.", base_text="One.", present=(), typists=(), age=1.0, left=299.0, flush_after=300.0
)


async def test_a_deleted_branch_counts_down_to_no_commit() -> None:
    view = cast("BranchView", SimpleNamespace(state=BranchState.DELETED))

    card = await card_of(cast("Site", None), BranchText(view, TYPED, ()), None)

    assert card == NOTHING
