"""Webhooks (§4.1): genuine, forged, replayed, of others; each says what became of it in one line."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from uuid import uuid4

import pytest

from services.domain.errors import Forbidden, Invalid
from services.domain.identifiers import PullNumber, Slug
from services.store.queries import catalog, pulls
from services.usecases.receive_webhook import receive
from services.usecases.refused_deliveries import KEPT
from services.usecases.views.admin import deliveries_view
from services.usecases.views.idea import idea_view
from tests.support.world import World, eventually

SECRET = "a long secret"


def signed(body: bytes, *, secret: str = SECRET, event: str = "push", delivery: str = "") -> dict[str, str]:
    """The headers Gitea sends."""
    return {
        "x-gitea-event": event,
        "x-gitea-delivery": delivery or str(uuid4()),
        "x-gitea-signature": hmac.new(secret.encode(), body, hashlib.sha256).hexdigest(),
    }


def push(repo: str) -> bytes:
    return json.dumps({"ref": "refs/heads/main", "repository": {"full_name": repo}}, indent=2).encode()


async def knows_entry(world: World, slug: str) -> bool:
    """Whether the cache knows an entry."""
    async with world.store.read() as work:
        return await catalog.find(work, slug=Slug(slug)) is not None


async def knows_pull(world: World, number: PullNumber) -> bool:
    """Whether the cache knows a pull request."""
    async with world.store.read() as work:
        return await pulls.find(work, repo=world.meta, number=number) is not None


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, logger="services.usecases.receive_webhook")
    return caplog


async def test_a_genuine_delivery_is_a_hint_to_look(world: World, lines: pytest.LogCaptureFixture) -> None:
    world.write_entry("human", "Human")
    body = push(world.meta)

    await receive(world.context, secret=SECRET, headers=signed(body, delivery="d-1"), body=body)

    await eventually(lambda: knows_entry(world, "human"))
    assert lines.messages == [f"webhook push {world.meta} d-1 accepted"]


async def test_a_delivery_about_a_pull_request_has_that_one_looked_at(world: World) -> None:
    number = world.open_idea_on_gitea("silence")
    body = json.dumps(
        {"action": "opened", "number": number, "repository": {"full_name": world.meta}}
    ).encode()

    await receive(world.context, secret=SECRET, headers=signed(body, event="pull_request"), body=body)

    await eventually(lambda: knows_pull(world, number))
    assert (await idea_view(world.context, viewer=None, number=number)).slug == "silence"


async def test_the_payload_is_never_taken_as_data(world: World) -> None:
    world.write_entry("human", "Human")
    body = json.dumps(
        {
            "action": "closed",
            "number": 4711,
            "pull_request": {"merged": True, "title": "Forged"},
            "repository": {"full_name": world.meta},
        }
    ).encode()

    await receive(world.context, secret=SECRET, headers=signed(body, event="pull_request"), body=body)
    await eventually(lambda: knows_entry(world, "human"))

    assert await world.rows("cached_prs") == []


@pytest.mark.parametrize("signature", ["", "0" * 64, "ümlaut", "x" * 10_000])
async def test_a_forged_delivery_is_refused_and_leaves_no_trace(
    world: World, signature: str, lines: pytest.LogCaptureFixture
) -> None:
    body = push(world.meta)
    headers = signed(body, delivery="d-1") | {"x-gitea-signature": signature}

    with pytest.raises(Forbidden):
        await receive(world.context, secret=SECRET, headers=headers, body=body)

    assert lines.messages == ["webhook push - d-1 refused: wrong signature"]
    assert await world.rows("webhook_deliveries") == []


async def test_without_a_secret_of_our_own_nobody_is_let_in(world: World) -> None:
    body = push(world.meta)

    with pytest.raises(Forbidden):
        await receive(world.context, secret="", headers=signed(body, secret=""), body=body)


async def test_a_replayed_delivery_does_nothing(world: World, lines: pytest.LogCaptureFixture) -> None:
    body = push(world.meta)
    headers = signed(body, delivery="d-1")

    await receive(world.context, secret=SECRET, headers=headers, body=body)
    await receive(world.context, secret=SECRET, headers=headers, body=body)

    assert lines.messages == [
        f"webhook push {world.meta} d-1 accepted",
        f"webhook push {world.meta} d-1 refused: delivered before",
    ]


async def test_a_repository_of_others_is_ignored(world: World, lines: pytest.LogCaptureFixture) -> None:
    body = push("somebody/else")

    await receive(world.context, secret=SECRET, headers=signed(body, delivery="d-1"), body=body)

    assert lines.messages == ["webhook push somebody/else d-1 refused: unknown repository"]
    assert await world.rows("webhook_deliveries") == []


@pytest.mark.parametrize("body", [b"", b"not json", b"[]", b'{"repository": 7}'])
async def test_a_signed_body_that_is_no_delivery_is_invalid(world: World, body: bytes) -> None:
    with pytest.raises(Invalid):
        await receive(world.context, secret=SECRET, headers=signed(body), body=body)


async def test_a_stranger_can_not_forge_lines_of_the_log(
    world: World, lines: pytest.LogCaptureFixture
) -> None:
    headers = {"x-gitea-event": "push\nwebhook push a b accepted", "x-gitea-delivery": "d" * 500}

    with pytest.raises(Forbidden):
        await receive(world.context, secret=SECRET, headers=headers, body=b"{}")

    (line,) = lines.messages
    assert line == f"webhook push?webhook?push?a?b?accepted - {'d' * 64} refused: wrong signature"


async def test_admins_see_what_was_refused_and_why_beside_what_was_accepted(world: World) -> None:
    body = push(world.meta)
    for number in range(40):
        forged = signed(body, secret="guessed", event=f"event-{number}")
        with pytest.raises(Forbidden):
            await receive(world.context, secret=SECRET, headers=forged, body=body)

    shown = await deliveries_view(world.context, viewer=world.moderator)

    assert [(row.event, row.refused) for row in shown[:2]] == [
        ("event-39", "wrong signature"),
        ("event-38", "wrong signature"),
    ]
    assert len(world.context.refused.newest()) == KEPT
    with pytest.raises(Forbidden):
        await deliveries_view(world.context, viewer=world.writer)


async def test_a_delivery_about_an_unknown_repository_is_shown_as_refused(world: World) -> None:
    body, others = push(world.meta), push("somebody/else")
    await receive(world.context, secret=SECRET, headers=signed(body), body=body)
    await receive(world.context, secret=SECRET, headers=signed(others), body=others)

    shown = await deliveries_view(world.context, viewer=world.moderator)

    assert [(row.repo, row.refused) for row in shown] == [
        ("somebody/else", "unknown repository"),
        (world.meta, ""),
    ]
