"""Mail from the outbox (§15.4, §15.5, §15.8): looked at again, retried, parked, bundled, digested."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage

import pytest

from services.domain.clock import now
from services.domain.errors import Forbidden, Invalid
from services.domain.identifiers import Slug
from services.mail.transport import MailDelayed, MailRefused
from services.mail.unsubscribe import DIGEST, Wish
from services.store.queries import mutes, users, watches
from services.store.queries.watches import WatchLevel
from services.usecases import mail_wishes
from services.usecases.context import Context
from services.usecases.converse import post_to_idea
from services.usecases.digest import make_digests
from services.usecases.inbox import note_opened
from services.usecases.post_office import PostOffice
from services.usecases.rights import operator_removes
from services.usecases.send_mail import release_interrupted, send_due
from tests.support.world import World


@dataclass
class Letterbox:
    """Takes mail, or does not."""

    trouble: list[Exception] = field(default_factory=list)
    taken: list[EmailMessage] = field(default_factory=list)
    seen_ids: list[str] = field(default_factory=list)

    async def send(self, message: EmailMessage, *, to: str) -> None:
        assert message["To"] == to
        self.seen_ids.append(message["Message-ID"])
        if self.trouble:
            raise self.trouble.pop(0)
        self.taken.append(message)


@dataclass
class Post:
    """A world whose mail arrives in a letterbox."""

    world: World
    context: Context
    box: Letterbox

    async def send(self, *, after: timedelta = timedelta(minutes=5)) -> list[str]:
        """Whom the mails that were taken went to."""
        before = len(self.box.taken)
        while await send_due(self.context, at=now() + after):
            pass
        return sorted(message["To"].partition("@")[0] for message in self.box.taken[before:])

    async def states(self) -> list[tuple[str, str | None]]:
        return [(state, why) for state, why in await self.world.rows("outbox", "state, why")]

    async def wish(self, login: str, **values: object) -> None:
        async with self.context.store.write() as work:
            await users.set_wishes(work, user_id=self.world.people[login].id, values=values)


@pytest.fixture
async def post(world: World) -> Post:
    box = Letterbox()
    context = dataclasses.replace(world.context, post=PostOffice(transport=box))
    await world.propose("writer", slug="soul")
    return Post(world, context, box)


async def test_a_mail_waits_and_goes_out_once(post: Post) -> None:
    assert await post.send(after=timedelta(seconds=60)) == []
    assert await post.send() == ["moderator", "owner"]
    assert await post.send() == []
    assert post.box.taken[0]["Subject"] == "Writer Person proposed the idea “Silence”"
    assert post.box.taken[0]["From"] == "Writer Person via RFC UI <rfc-ui@localhost>"


async def test_what_changed_meanwhile_is_skipped_with_the_reason(post: Post) -> None:
    await note_opened(post.context, viewer=post.world.owner, places=["/proposal/1"])
    async with post.context.store.write() as work:
        muted = post.world.writer.id
        await mutes.add(work, user_id=post.world.moderator.id, muted_user_id=muted, at=now())

    assert await post.send() == []
    assert await post.states() == [
        ("skipped", "read meanwhile"),
        ("skipped", "the person who did it is muted"),
    ]


async def test_nobody_who_was_removed_or_opted_out_gets_mail(post: Post) -> None:
    await post.wish("owner", email_opt_out_all=True)
    await operator_removes(post.context.store, login="moderator")

    assert await post.send() == []
    assert sorted(str(why) for _, why in await post.states() if why) == [
        "no address",
        "no mail at all wanted",
    ]


async def test_trouble_with_one_mail_is_no_other_mails_trouble(post: Post) -> None:
    post.box.trouble = [MailRefused("550 no such user"), MailDelayed("451 later")]

    assert await post.send() == []
    assert sorted(await post.states()) == [("parked", "refused: 550 no such user"), ("waiting", "451 later")]
    assert len(await post.send(after=timedelta(minutes=10))) == 1
    assert post.box.seen_ids[1] == post.box.seen_ids[2]


async def test_a_mail_that_nobody_foresaw_is_parked_with_the_reason_and_holds_up_no_other(post: Post) -> None:
    post.box.trouble = [ZeroDivisionError("of all things")]
    await post.world.run_sql(
        "UPDATE notifications SET category = 'from a newer release' WHERE user_id ="
        f" {post.world.moderator.id}"
    )
    for login in ("reader", "reviewer"):
        await post_to_idea(post.context, actor=post.world.writer, number=1, text=f"@{login} look")

    await post.send()

    assert sorted(await post.states()) == [
        ("parked", "unexpected: ValueError: 'from a newer release' is not a valid Category"),
        ("parked", "unexpected: ZeroDivisionError: of all things"),
        ("sent", None),
        ("sent", None),
    ]


async def test_a_mail_that_was_being_sent_when_all_ended_keeps_its_message_id(post: Post) -> None:
    post.box.trouble = [KeyboardInterrupt()]  # type: ignore[list-item]
    with pytest.raises(KeyboardInterrupt):
        await send_due(post.context, at=now() + timedelta(minutes=5))

    await release_interrupted(post.context)

    assert await post.send() == ["moderator", "owner"]
    assert sorted(set(post.box.seen_ids)) == sorted(message["Message-ID"] for message in post.box.taken)


async def test_quiet_hours_hold_mail_and_end_in_one_bundle(post: Post) -> None:
    at = now()
    await post.wish(
        "owner",
        notification_quiet_hours_start=_clock(at - timedelta(hours=1)),
        notification_quiet_hours_end=_clock(at + timedelta(hours=2)),
    )
    for text in ("@owner one", "@owner two", "@owner three"):
        await post_to_idea(post.context, actor=post.world.reviewer, number=_first(), text=text)

    assert "owner" not in await post.send()
    assert (await post.send(after=timedelta(hours=3))).count("owner") == 1
    assert post.box.taken[-1]["Subject"] == "4 things while you were away"


async def test_a_digest_tells_once_what_was_neither_read_nor_mailed(post: Post) -> None:
    async with post.context.store.write() as work:
        reader = post.world.reader.id
        level = WatchLevel.WATCHING
        await watches.set_level(work, user_id=reader, slug=Slug("soul"), level=level, at=now())
    await post.wish("reader", digest_cadence="daily")
    await post.wish("owner", digest_cadence="off")
    await post.wish("moderator", digest_cadence="daily")
    await post_to_idea(post.context, actor=post.world.writer, number=_first(), text="News.")
    await post.send()

    morning = (now() + timedelta(days=1)).replace(hour=8, minute=5)
    assert await make_digests(post.context, at=morning) == 1
    assert await make_digests(post.context, at=morning) == 0
    assert await post.send(after=timedelta(days=2)) == ["reader"]
    assert await make_digests(post.context, at=morning + timedelta(days=1)) == 0


async def test_one_click_stops_one_kind_of_mail_without_a_session(post: Post) -> None:
    links = post.context.post.links
    owner = post.world.owner.id

    await mail_wishes.unsubscribe(post.context, token=links.token(Wish(owner, "admin-actionable")))
    await mail_wishes.unsubscribe(post.context, token=links.token(Wish(owner, DIGEST)))
    with pytest.raises(Forbidden):
        await mail_wishes.unsubscribe(post.context, token=links.token(Wish(owner, "watched-churn")))
    with pytest.raises(Forbidden):
        await mail_wishes.unsubscribe(post.context, token="x.y.z")

    person = (await mail_wishes.wishes_view(post.context, viewer=post.world.owner)).person
    assert (person.email_admin_actionable, person.email_personal_direct, person.digest_cadence) == (
        False, True, "off",
    )  # fmt: skip
    assert await post.send() == ["moderator"]


async def test_a_hard_bounce_ends_all_mail_and_only_with_the_secret(post: Post) -> None:
    for secret, given in ((None, ""), ("s" * 20, "wrong"), ("s" * 20, "")):
        with pytest.raises(Forbidden):
            await mail_wishes.take_bounce(
                post.context, secret=secret, given=given, kind="hard_bounce", address="owner@example.org"
            )

    good = {"secret": "s" * 20, "given": "s" * 20}
    assert not await mail_wishes.take_bounce(post.context, **good, kind="soft", address="owner@example.org")
    assert await mail_wishes.take_bounce(post.context, **good, kind="complaint", address="OWNER@example.org")
    assert await post.send() == ["moderator"]


@pytest.mark.parametrize(
    "given", [("21:00", "", ""), ("24:00", "07:00", ""), ("21:00", "07:00", "Mars/Base")]
)
async def test_quiet_hours_that_make_no_sense_are_refused(post: Post, given: tuple[str, str, str]) -> None:
    start, end, zone = given
    with pytest.raises(Invalid):
        await mail_wishes.set_quiet_hours(
            post.context, actor=post.world.reader, start=start, end=end, zone=zone
        )


def _clock(at: datetime) -> str:
    return f"{at:%H:%M}"


def _first() -> int:
    return 1
