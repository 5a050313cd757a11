"""What a branch's page shows of what is typed and not committed (§8.9)."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import cast

from components.uncommitted import Typed, Uncommitted
from pages.branch_text import NOTHING, BranchText, card_of
from pages.site import Site
from services.domain.branch import BranchKey, BranchState
from services.domain.identifiers import Repository
from services.usecases.views.branch import BranchView
from services.usecases.views.live_text import LiveTextView

TYPED = LiveTextView(
    text="One. Two.", base_text="One.", present=(), typists=(), age=1.0, left=299.0, flush_after=300.0
)


async def test_a_deleted_branch_counts_down_to_no_commit() -> None:
    view = cast("BranchView", SimpleNamespace(state=BranchState.DELETED))

    card = await card_of(cast("Site", None), BranchText(view, TYPED, ()), None)

    assert card == NOTHING


async def test_what_was_committed_while_it_waited_to_be_compared_has_no_card() -> None:
    texts: dict[BranchKey, None] = {}
    live_texts = SimpleNamespace(find=texts.get)  # whoever committed last has left

    async def newest(_: BranchKey, read: Callable[[], Typed]) -> Uncommitted:
        return Uncommitted(read().after, ())

    site = SimpleNamespace(
        context=SimpleNamespace(live_texts=live_texts), uncommitted=SimpleNamespace(newest=newest)
    )
    view = SimpleNamespace(
        state=BranchState.OPEN, name="words", home=SimpleNamespace(repo=Repository("rfc/meta"))
    )

    card = await card_of(cast("Site", site), BranchText(cast("BranchView", view), TYPED, ()), None)

    assert card == NOTHING
