"""Whom the logins of front matter mean (§6.1, §6.3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.domain.identifiers import Login, UserId
from services.store.queries import users
from services.store.unit_of_work import Store
from services.usecases.authority import authority_of
from tests.support.factories import rfc_row
from tests.support.people import add_person

PROPOSED = datetime(2026, 2, 1, tzinfo=UTC)
CHANGED = datetime(2026, 4, 1, tzinfo=UTC)
ENTRY = rfc_row(owners=("writer",), arbiters=("Writer", "ghost"), proposed_at="2026-02-01", at=CHANGED)


async def held(store: Store, *spans: tuple[str, str, datetime]) -> None:
    """People by their first name, and from when on they held which login."""
    async with store.write() as work:
        known: dict[str, UserId] = {}
        for who, login, since in spans:
            if who not in known:
                known[who] = await add_person(work, f"~{who}", gitea_id=len(known) + 1)
            for other in known.values():
                row = await users.find(work, user_id=other)
                if row is not None and row.gitea_login == login:
                    await users.free_login(work, user_id=other)
            await users.update_profile(
                work,
                user_id=known[who],
                login=Login(login),
                email="",
                display_name=who,
                avatar_url="",
            )
            await users.hold_login(work, user_id=known[who], login=Login(login), at=since)


async def owners(store: Store) -> tuple[str, ...]:
    async with store.read() as work:
        return (await authority_of(work, ENTRY)).owners


BEFORE, BETWEEN, AFTER = (
    PROPOSED - timedelta(days=9),
    PROPOSED + timedelta(days=9),
    CHANGED + timedelta(days=9),
)


@pytest.mark.parametrize(
    ("spans", "meant"),
    [
        ((), ("writer",)),
        ((("ann", "writer", BEFORE),), ("writer",)),
        ((("ann", "writer", AFTER),), ("writer",)),
        ((("ann", "writer", BEFORE), ("ann", "scribe", BETWEEN)), ("scribe",)),
        ((("ann", "writer", BEFORE), ("ann", "scribe", AFTER)), ("scribe",)),
        ((("ann", "writer", BEFORE), ("ann", "scribe", AFTER), ("bob", "writer", AFTER)), ("scribe",)),
        ((("ann", "writer", BEFORE), ("ann", "scribe", BETWEEN), ("bob", "writer", BETWEEN)), ()),
        ((("ann", "writer", BEFORE - timedelta(days=9)), ("ann", "scribe", BEFORE)), ()),
    ],
    ids=[
        "nobody of that name ever signed in",
        "held all the time",
        "signed in for the first time later",
        "renamed while it was written",
        "renamed since",
        "a later holder gets nothing",
        "two held it while it was written",
        "given up before it was written",
    ],
)
async def test_a_login_means_whoever_held_it_when_the_line_was_written(
    store: Store, spans: tuple[tuple[str, str, datetime], ...], meant: tuple[str, ...]
) -> None:
    await held(store, *spans)

    assert await owners(store) == meant


async def test_a_name_nobody_here_ever_had_stays_as_it_is_written(store: Store) -> None:
    async with store.read() as work:
        assert (await authority_of(work, ENTRY)).arbiters == ("Writer", "ghost")
