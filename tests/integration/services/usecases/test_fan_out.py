"""§15.1: the story of an RFC, and exactly who is told what, why and how strongly."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import event

from services.domain.actors import Role
from services.domain.audit import ActionKind
from services.domain.branch import Visibility
from services.domain.clock import now
from services.domain.identifiers import Login, Slug, UserId
from services.domain.trailers import new_operation_id
from services.store.queries import mutes, users, watches
from services.store.queries.watches import WatchLevel
from services.usecases.branch_access import set_visibility
from services.usecases.converse import post_to_branch, post_to_entry, post_to_idea
from services.usecases.decide_idea import decline, merge
from services.usecases.record import record_action
from services.usecases.rights import set_role
from tests.support.branches import HUMAN, branch_of, super_draft
from tests.support.world import World, eventually

Told = list[tuple[str, str, str, str]]
MANY = 5_000


async def told(world: World) -> Told:
    """Login, kind, category and reason of every row, in the order of the acts."""
    async with world.store.read() as work:
        result = await work._connection.exec_driver_sql(
            "SELECT u.gitea_login, n.kind, n.category, n.reason FROM notifications n"
            " JOIN users u ON u.id = n.user_id ORDER BY n.created_at, u.gitea_login"
        )
        return [(row[0], row[1], row[2], row[3]) for row in result]


async def mailed(world: World) -> list[tuple[str, str]]:
    async with world.store.read() as work:
        result = await work._connection.exec_driver_sql(
            "SELECT u.gitea_login, n.kind FROM outbox o JOIN users u ON u.id = o.user_id"
            " JOIN notifications n ON n.id = o.notification_id ORDER BY n.created_at, u.gitea_login"
        )
        return [(row[0], row[1]) for row in result]


async def choose(world: World, login: str, slug: str, level: WatchLevel) -> None:
    async with world.store.write() as work:
        user_id = world.people[login].id
        await watches.set_level(work, user_id=user_id, slug=Slug(slug), level=level, at=now())


async def test_an_idea_from_proposal_to_merge_tells_exactly_whom_it_concerns(world: World) -> None:
    context = world.context
    number = (await world.propose("writer", slug="soul")).number
    await post_to_idea(context, actor=world.reviewer, number=number, text="Why this one, @reader?")
    await post_to_idea(context, actor=world.writer, number=number, text="Because.")
    await merge(context, actor=world.moderator, number=number)
    await post_to_entry(context, actor=world.reader, slug=Slug("soul"), text="Good.")

    direct, admin, structural, churn = (
        "personal-direct", "admin-actionable", "watched-structural", "watched-churn",
    )  # fmt: skip
    assert await told(world) == [
        ("moderator", "propose_idea", admin, "admin"),
        ("owner", "propose_idea", admin, "admin"),
        ("reader", "post_message", direct, "mentioned"),
        ("writer", "post_message", direct, "opener"),
        ("reviewer", "post_message", direct, "thread"),
        ("reviewer", "merge_idea", structural, "watching"),
        ("writer", "merge_idea", direct, "opener"),
        ("moderator", "post_message", churn, "watching"),
        ("reviewer", "post_message", churn, "watching"),
        ("writer", "post_message", churn, "watching"),
    ]
    assert await mailed(world) == [
        ("moderator", "propose_idea"),
        ("owner", "propose_idea"),
        ("reader", "post_message"),
        ("writer", "post_message"),
        ("reviewer", "post_message"),
        ("writer", "merge_idea"),
    ]


async def test_a_mute_of_the_person_or_of_the_rfc_drops_it(world: World) -> None:
    number = (await world.propose("writer", slug="soul")).number
    await choose(world, "reader", "soul", WatchLevel.MUTED)
    async with world.store.write() as work:
        for login in ("owner", "moderator"):
            await mutes.add(work, user_id=world.people[login].id, muted_user_id=world.reviewer.id, at=now())
    before = await told(world)

    await post_to_idea(
        world.context, actor=world.reviewer, number=number, text="@reader @owner @moderator @reviewer"
    )

    assert (await told(world))[len(before) :] == [("writer", "post_message", "personal-direct", "opener")]


async def test_declined_and_withdrawn_rights_reach_the_person(world: World) -> None:
    number = (await world.propose("writer", slug="soul")).number
    await decline(world.context, actor=world.owner, number=number, comment="Not now.")
    await set_role(world.context, actor=world.owner, subject_id=world.reader.id, role=Role.ADMIN)

    assert [row[:2] for row in await told(world)][-2:] == [
        ("writer", "decline_idea"),
        ("reader", "role_granted"),
    ]


async def test_a_private_branch_tells_only_those_who_may_read_it(world: World) -> None:
    await super_draft(world)
    await eventually(lambda: told(world))  # that it is ready to graduate
    await choose(world, "reader", "human", WatchLevel.WATCHING)
    await choose(world, "moderator", "human", WatchLevel.WATCHING)
    name = await branch_of(world, "writer")
    await set_visibility(
        world.context, actor=world.writer, slug=HUMAN, name=name, visibility=Visibility.PRIVATE
    )
    before = await told(world)

    await post_to_branch(world.context, actor=world.writer, slug=HUMAN, branch=name, text="@reader look")

    assert (await told(world))[len(before) :] == [
        ("moderator", "post_message", "watched-churn", "watching"),
    ]


async def test_five_thousand_watchers_are_told_by_the_statements_that_tell_one_and_the_click_costs_none_more(
    world: World,
) -> None:
    await super_draft(world)
    await eventually(lambda: told(world))  # that it is ready to graduate
    await post_to_entry(world.context, actor=world.writer, slug=HUMAN, text="I begin to watch.")
    await choose(world, "reader", str(HUMAN), WatchLevel.WATCHING)
    await world.run_sql("UPDATE users SET email_watched_structural = TRUE")
    click, telling = await _statements_of_a_click(world, "Anybody?"), await _statements_of_telling(world)
    async with world.store.write() as work:
        for number in range(MANY):
            user_id = await users.insert(
                work,
                gitea_id=100_000 + number,
                login=Login(f"watcher{number}"),
                email=f"watcher{number}@example.org",
                display_name="",
                avatar_url="",
                role=Role.CONTRIBUTOR,
            )
            await watches.set_level(work, user_id=user_id, slug=HUMAN, level=WatchLevel.WATCHING, at=now())
    await world.run_sql("UPDATE users SET email_watched_structural = TRUE")
    before, mails = len(await told(world)), len(await mailed(world))

    assert await _statements_of_a_click(world, "Everybody!") == click
    assert len(await told(world)) - before == MANY + 1
    assert await _statements_of_telling(world) == telling
    assert len(await told(world)) - before == 2 * (MANY + 1)
    assert len(await mailed(world)) - mails == MANY + 1
    assert {row[0] for row in await world.rows("outbox", "state")} == {"waiting"}


async def _statements_of_a_click(world: World, text: str) -> list[str]:
    """What the database is asked before whoever speaks hears that it is said."""
    with _asked_of_the_database(world) as asked:
        await post_to_entry(world.context, actor=world.writer, slug=HUMAN, text=text)
    return asked


async def _statements_of_telling(world: World) -> list[str]:
    """What the database is asked to have a row, and a mail, for each who watches."""
    with _asked_of_the_database(world) as asked:
        async with world.store.write() as work:
            await record_action(
                work,
                world.context,
                actor_user_id=UserId(world.writer.id),
                on_behalf_of="writer",
                kind=ActionKind.DECLINE_IDEA,
                op_id=new_operation_id(),
                slug=HUMAN,
                at=datetime(2026, 1, 1, tzinfo=UTC),
            )
    return asked


@contextmanager
def _asked_of_the_database(world: World) -> Iterator[list[str]]:
    """What this task alone has it do: each statement, and how many rows of values are handed over with it."""
    asked: list[str] = []
    mine = asyncio.current_task()

    def note(_connection: object, _cursor: object, statement: str, values: object, *rest: object) -> None:
        (_, executemany) = rest
        if asyncio.current_task() is mine:
            rows = len(values) if executemany and isinstance(values, Sequence) else 1
            asked.append(f"{rows} × {statement}")

    engine = world.store._engines.write.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)
