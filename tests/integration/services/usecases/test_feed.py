"""What feeds tell of what happened (§17)."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from rfc_ui.http import metrics
from services.domain.errors import Forbidden
from services.usecases.decide_idea import merge
from services.usecases.receive_webhook import receive
from services.usecases.views.feed import feed_view
from services.usecases.views.figures import figures
from tests.support.asgi import client_of
from tests.support.world import World


async def test_ideas_and_merges_are_told_newest_first(world: World) -> None:
    idea = await world.propose(slug="guest", title="Guest & host")
    await merge(world.context, actor=world.moderator, number=idea.number)

    site = await feed_view(world.context)

    assert [(item.title, item.by, item.path) for item in site.items] == [
        ("New super-draft: Guest & host", "Moderator Person", "/rfc/guest"),
        ("New idea: Guest & host", "Writer Person", f"/proposal/{idea.number}"),
    ]
    found = await figures(world.context)
    assert (found["rfcui_entries"], found["rfcui_open_pull_requests"]) == (1, 0)
    assert found["rfcui_cache_as_of_seconds"] > 0


async def test_figures_are_written_as_prometheus_reads_them(world: World) -> None:
    await world.propose(slug="guest", title="Guest")
    with pytest.raises(Forbidden):
        await receive(world.context, secret="a long secret", headers={}, body=b"{}")
    app = FastAPI()
    app.include_router(metrics.router)
    settings = SimpleNamespace(metrics_token=SecretStr("figures"))
    app.state.running = SimpleNamespace(settings=settings, context=world.context)

    async with client_of(app) as client:
        refused = await client.get("/metrics")
        answer = await client.get("/metrics", headers={"authorization": "Bearer figures"})

    lines = answer.text.splitlines()
    names = [line.split()[0] for line in lines[2::3]]
    assert (refused.status_code, answer.status_code) == (401, 200)
    assert sorted(names) == sorted(metrics.MEANINGS)
    assert [line.split()[1:3] for line in lines[0::3]] == [["HELP", name] for name in names]
    assert {line.split()[3] for line in lines[1::3]} == {"gauge", "counter"}
    waiting = len([state for (state,) in await world.rows("outbox", "state") if state == "waiting"])
    assert f"rfcui_mails_waiting {waiting}" in lines
    assert {"rfcui_mails_parked 0", "rfcui_webhooks_refused_total 1"} <= set(lines)
