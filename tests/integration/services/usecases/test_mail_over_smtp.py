"""The outbox against a real mail server that misbehaves (§15.4): transient trouble is got over, the rest parked."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import Counter
from datetime import timedelta
from email.message import EmailMessage

import pytest

from services.domain.clock import now
from services.domain.identifiers import PullNumber
from services.mail.letter import Sender
from services.mail.transport import SECONDS, BeforeData, SmtpTransport, at_once
from services.store.queries import outbox
from services.store.queries.outbox import MailState
from services.store.unit_of_work import Store
from services.usecases import mail_round
from services.usecases.assemble import close_context
from services.usecases.context import Context
from services.usecases.converse import post_to_idea
from services.usecases.mail_round import AT_MOST
from services.usecases.post_office import PostOffice
from services.usecases.send_mail import send_due
from tests.soak.mailing import NOWHERE
from tests.soak.mails import PEOPLE, fill
from tests.support.mail_server import DROP, STALL, MailServer, mail_server
from tests.support.world import World, context_on, eventually


@dataclasses.dataclass(frozen=True)
class HastyWith:
    """Waits for the server as long as a real site does, but hardly where the mail is to this address."""

    address: str
    usual: SmtpTransport

    async def send(self, message: EmailMessage, *, to: str, before_data: BeforeData = at_once) -> None:
        """Hand one message over."""
        seconds = 0.3 if to == self.address else self.usual.seconds
        transport = dataclasses.replace(self.usual, seconds=seconds)
        await transport.send(message, to=to, before_data=before_data)


def over(
    context: Context,
    server: MailServer,
    *,
    starttls: bool = False,
    hasty_with: str = "",
    seconds: float = SECONDS,
) -> Context:
    """The same site, whose mail goes through this server."""
    usual = SmtpTransport(
        host="127.0.0.1", port=server.port, sender="rfc@example.org", starttls=starttls, seconds=seconds
    )
    return dataclasses.replace(context, post=PostOffice(transport=HastyWith(hasty_with, usual)))


async def send_all(context: Context, *, after: timedelta) -> None:
    while await send_due(context, at=now() + after):
        pass


async def outcomes(world: World) -> dict[str, tuple[str, str]]:
    people = {actor.id: login for login, actor in world.people.items()}
    return {
        people[user]: (state, why or "")
        for user, state, why in await world.rows("outbox", "user_id, state, why")
    }


def addressed(server: MailServer) -> list[str]:
    return sorted(mail["To"].partition("@")[0] for mail in server.taken)


async def test_whatever_happens_to_one_mail_the_others_arrive_and_it_follows_or_is_parked(
    world: World,
) -> None:
    number: PullNumber = (await world.propose("writer", slug="soul")).number
    await post_to_idea(world.context, actor=world.writer, number=number, text="@reviewer, @reader: look")
    async with mail_server() as server:
        server.refusals = {
            "owner@example.org": ["451 later", DROP],
            "moderator@example.org": ["550 5.1.1 no such user"],
            "reviewer@example.org": [STALL],
        }
        hasty = over(world.context, server, hasty_with="reviewer@example.org")

        await send_all(hasty, after=timedelta(minutes=5))
        assert addressed(server) == ["reader"]
        found = await outcomes(world)
        assert found["moderator"] == ("parked", "refused: 550 5.1.1 no such user")
        assert {login: state for login, (state, _) in found.items()} == {
            "owner": "waiting", "moderator": "parked", "reviewer": "waiting", "reader": "sent",
        }  # fmt: skip
        assert (found["owner"][1], "Timeout" in found["reviewer"][1]) == ("451 later", True)

        server.refusals["reviewer@example.org"].clear()
        context = over(world.context, server)
        await send_all(context, after=timedelta(minutes=6))
        await send_all(context, after=timedelta(minutes=10))

    assert addressed(server) == ["owner", "reader", "reviewer"]
    assert sorted(state for state, _ in (await outcomes(world)).values()) == [
        "parked",
        "sent",
        "sent",
        "sent",
    ]


async def test_addresses_in_headers_arrive_as_they_are_and_foreign_letters_encoded(world: World) -> None:
    slug = "a-slug-that-is-as-long-as-titles-of-standards-are-rather-often"
    await world.propose("writer", slug=slug, title="Über Stille " + "x" * 90)
    async with mail_server() as server:
        site = over(world.context, server)
        sender = Sender(address="rfc@forum.example-foundation.org", name="RFC UI", site_name="RFC UI")
        post = dataclasses.replace(site.post, sender=sender)
        address = "https://standards.forum.example-foundation.org"
        await send_all(dataclasses.replace(site, post=post, app_url=address), after=timedelta(minutes=5))

    head = server.raw[0].partition(b"\r\n\r\n")[0]
    lines = head.split(b"\r\n")
    by_name = {line.partition(b": ")[0]: line.partition(b": ")[2] for line in lines if line[:1] != b" "}
    link = by_name[b"List-Unsubscribe"]
    assert link.startswith(b"<https://standards.forum.example-foundation.org/api/email/unsubscribe?")
    assert (link.endswith(b">"), len(link) > 100, len(link) < 900) == (True, True, True)
    root = f"<{slug}.thread@forum.example-foundation.org>".encode()
    assert (by_name[b"References"], by_name[b"In-Reply-To"]) == (root, root)
    assert by_name[b"Message-ID"].startswith(b"<")
    assert by_name[b"List-Unsubscribe-Post"] == b"List-Unsubscribe=One-Click"
    assert b"=?utf-8?" in by_name[b"Subject"]
    assert head.isascii()
    assert max(len(line) for line in lines if b"=?" in line) <= 78
    assert "Über Stille" in server.taken[0]["Subject"]


async def test_ten_recipients_whose_server_stalls_hold_up_nobody_else(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail_round, "SLOW_SECONDS", 0.2)
    await fill(store, 2 * PEOPLE)
    stalled = [f"person{number}@example.org" for number in range(10)]
    async with mail_server() as server:
        server.refusals = {address: [STALL] for address in stalled[:5]}
        server.silences = dict.fromkeys(stalled[5:], 1)
        # However long the others take on a busy machine, these ten are waited for meanwhile.
        context = over(await context_on(store, NOWHERE, "token", "nobody"), server, seconds=200)
        sending = asyncio.create_task(send_due(context))

        async def all_others_have_theirs() -> bool:
            async with store.read() as work:
                counts = await outbox.count_by_state(work)
            return counts == {MailState.SENT: 2 * (PEOPLE - 10), MailState.SENDING: 10, MailState.WAITING: 10}

        await eventually(all_others_have_theirs, seconds=120)
        assert server.most_connections <= AT_MOST
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)

        async with store.write() as work:
            await outbox.release_all(work, at=now())
        await send_due(context)

    async with store.read() as work:
        assert await outbox.count_by_state(work) == {MailState.SENT: 2 * PEOPLE}
    repeated = Counter(mail["Message-ID"] for mail in server.taken)
    assert sorted(repeated.values()) == [1] * (2 * PEOPLE - 5) + [2] * 5
    await close_context(context)


async def test_mail_waits_while_tls_is_refused_and_goes_once_it_is_not_wanted(world: World) -> None:
    await world.propose("writer", slug="soul")
    async with mail_server() as server:
        await send_all(over(world.context, server, starttls=True), after=timedelta(minutes=5))
        assert {state for state, _ in (await outcomes(world)).values()} == {"waiting"}
        assert server.taken == []

        await send_all(over(world.context, server), after=timedelta(minutes=10))

    assert addressed(server) == ["moderator", "owner"]


async def test_a_server_that_drips_its_answers_does_not_hold_a_mail_for_ever(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.propose("writer", slug="soul")
    async with mail_server() as server:
        transport = SmtpTransport(
            host="127.0.0.1", port=server.port, sender="rfc@example.org", starttls=False, seconds=0.3
        )
        context = dataclasses.replace(world.context, post=PostOffice(transport=transport))

        async def never(self: SmtpTransport, *_: object) -> None:
            await asyncio.Event().wait()

        monkeypatch.setattr(SmtpTransport, "_send", never)
        await send_all(context, after=timedelta(minutes=5))

    assert {(state, why.partition(":")[0]) for state, why in (await outcomes(world)).values()} == {
        ("waiting", "TimeoutError")
    }


async def test_without_a_mail_server_each_mail_is_a_line_of_the_log(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    await world.propose("writer", slug="soul")
    with caplog.at_level("INFO", logger="services.mail.transport"):
        await send_all(world.context, after=timedelta(minutes=5))

    said = sorted(
        record.getMessage() for record in caplog.records if "stdout fallback" in record.getMessage()
    )
    subject = "Writer Person proposed the idea “Silence”"
    assert said == [
        f"email (stdout fallback): to={login}@example.org subject={subject}"
        for login in ("moderator", "owner")
    ]
    assert {state for state, _ in (await outcomes(world)).values()} == {"sent"}
