"""§15.1 as one table: from propose to graduate, the rows and mails of each of five people, the mails over SMTP."""

from __future__ import annotations

import dataclasses
from collections import Counter
from datetime import timedelta

from services.domain.clock import now
from services.domain.identifiers import PullNumber, Slug
from services.mail.letter import Sender
from services.mail.transport import SmtpTransport
from services.store.queries import users
from services.store.queries.watches import WatchLevel
from services.usecases.claim import claim
from services.usecases.contribute import start_contributing
from services.usecases.converse import post_to_idea
from services.usecases.decide_idea import merge
from services.usecases.decide_metadata import merge_metadata
from services.usecases.decide_pull import merge_pull
from services.usecases.inbox import set_watch
from services.usecases.open_pull import open_pull
from services.usecases.post_office import PostOffice
from services.usecases.send_mail import send_due
from tests.support.graduations import graduate
from tests.support.mail_server import mail_server
from tests.support.story import QUESTION, TABLE, heard, mails
from tests.support.world import World, eventually

SOUL = Slug("soul")


async def heard_in(world: World) -> dict[str, dict[str, str]]:
    """The rows there are, as the table has them."""
    return heard(
        await world.rows("notifications", "id, kind, user_id, category"),
        mailed={row[0] for row in await world.rows("outbox", "notification_id")},
        people={actor.id: login for login, actor in world.people.items()},
    )


async def tell_the_story(world: World) -> None:
    """The writer proposes, contributes and opens a PR; others talk, merge, own and graduate."""
    context = world.context
    number = (await world.propose("writer", slug="soul")).number
    await post_to_idea(context, actor=world.reviewer, number=number, text=QUESTION)
    await merge(context, actor=world.moderator, number=number)
    await set_watch(context, actor=world.owner, slug=SOUL, level=WatchLevel.FOLLOWING)
    asked = await claim(context, actor=world.reviewer, slug=SOUL)
    await merge_metadata(context, actor=world.moderator, slug=SOUL, number=asked.number)
    await eventually(lambda: is_told(world, "graduation_ready"))
    branch = (await start_contributing(context, actor=world.writer, slug=SOUL)).name
    async with context.live_texts.editing(context, slug=SOUL, name=branch) as text:
        live = await text.go_live()
        await live.become(f"{text.text}\nMore.\n", user_id=world.writer.id)
    opened = await open_pull(
        context, actor=world.writer, slug=SOUL, name=branch, title="Say more", description="Because."
    )
    await merge_pull(context, actor=world.reviewer, slug=SOUL, number=PullNumber(opened.number))
    await graduate(world, "soul", by="reviewer")


async def is_told(world: World, kind: str) -> bool:
    return any(row[0] == kind for row in await world.rows("notifications", "kind"))


async def test_the_story_tells_and_mails_each_of_five_people_exactly_what_concerns_them(world: World) -> None:
    async with world.store.write() as work:  # one of them wants mail of what they watch
        await users.set_wishes(work, user_id=world.owner.id, values={"email_watched_structural": True})
    await tell_the_story(world)

    assert await heard_in(world) == TABLE

    async with mail_server() as server:
        transport = SmtpTransport(
            host="127.0.0.1", port=server.port, sender="rfc@example.org", starttls=False
        )
        sender = Sender(address="rfc@example.org", name="OHM", site_name="Open Human Model")
        context = dataclasses.replace(world.context, post=PostOffice(transport=transport, sender=sender))
        while await send_due(context, at=now() + timedelta(minutes=5)):
            pass

    assert Counter(mail["To"].partition("@")[0] for mail in server.taken) == mails()
    assert {row[0] for row in await world.rows("outbox", "state")} == {"sent"}
    ids = {mail["Message-ID"] for mail in server.taken}
    assert ids == {row[0] for row in await world.rows("outbox", "message_id")}
    assert {mail["References"] for mail in server.taken} == {"<soul.thread@example.org>"}
    (called,) = [mail for mail in server.taken if mail["To"] == "reader@example.org"]
    assert called["Subject"] == "Reviewer Person mentioned you (Silence)"
    assert called["From"] == "Reviewer Person via OHM <rfc@example.org>"
    assert "You get this because you were mentioned." in called.as_string()
