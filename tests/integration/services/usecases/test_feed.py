"""What feeds tell of what happened (§17)."""

from __future__ import annotations

from services.usecases.decide_idea import merge
from services.usecases.views.feed import feed_view
from services.usecases.views.figures import figures
from tests.support.world import World


async def test_ideas_and_merges_are_told_newest_first(world: World) -> None:
    idea = await world.propose(slug="guest", title="Guest & host")
    await merge(world.context, actor=world.moderator, number=idea.number)

    site = await feed_view(world.context)

    assert [(item.title, item.by, item.path) for item in site.items] == [
        ("New super-draft: Guest & host", "moderator", "/rfc/guest"),
        ("New idea: Guest & host", "writer", f"/proposal/{idea.number}"),
    ]
    found = await figures(world.context)
    assert (found["rfcui_entries"], found["rfcui_open_pull_requests"]) == (1, 0)
    assert found["rfcui_cache_as_of_seconds"] > 0
