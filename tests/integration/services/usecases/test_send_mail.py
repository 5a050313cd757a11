"""Mail from the outbox (§15.4, §15.5, §15.8): looked at again, retried, parked, bundled, digested."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage

import pytest

from services.domain.actors import Role
from services.domain.branch import Visibility
from services.domain.clock import now
from services.domain.errors import Forbidden, Invalid
from services.domain.identifiers import Slug
from services.mail.transport import BeforeData, MailDelayed, MailRefused, at_once
from services.mail.unsubscribe import DIGEST, Wish
from services.store.queries import mutes, notifications, users, watches
from services.store.queries.watches import WatchLevel
from services.usecases import mail_wishes
from services.usecases.admin_mail import retry_mail
from services.usecases.branch_access import set_visibility
from services.usecases.context import Context
from services.usecases.converse import post_to_branch, post_to_idea
from services.usecases.digest import make_digests
from services.usecases.inbox import note_opened
from services.usecases.post_office import PostOffice
from services.usecases.rights import operator_removes, set_role
from services.usecases.send_mail import release_interrupted, send_due
from tests.support.branches import HUMAN, branch_of, super_draft
from tests.support.world import World, eventually


class Silence(Exception):
    """Nothing comes any more."""


@dataclass
class Letterbox:
    """Takes mail, or does not; a slow one lets others come in between."""

    trouble: list[Exception] = field(default_factory=list)
    taken: list[EmailMessage] = field(default_factory=list)
    seen_ids: list[str] = field(default_factory=list)
    slow: bool = False
    most_at_once: Counter[str] = field(default_factory=Counter)
    _at_once: Counter[str] = field(default_factory=Counter)

    async def send(self, message: EmailMessage, *, to: str, before_data: BeforeData = at_once) -> None:
        assert message["To"] == to
        self._at_once[to] += 1
        self.most_at_once[to] = max(self.most_at_once[to], self._at_once[to])
        if self.slow:
            await asyncio.sleep(0.05)
        await self._take(message, before_data)
        self._at_once[to] -= 1

    async def _take(self, message: EmailMessage, before_data: BeforeData) -> None:
        self.seen_ids.append(message["Message-ID"])
        trouble = self.trouble.pop(0) if self.trouble else None
        if isinstance(trouble, Silence):
            await asyncio.Event().wait()
        if trouble is not None:
            raise trouble
        await before_data()
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

    async def is_asked(self, times: int) -> bool:
        """Whether so many mails were handed to the letterbox."""
        return len(self.box.seen_ids) >= times

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


async def test_who_runs_the_site_no_longer_gets_no_mail_for_those_who_do(post: Post) -> None:
    await set_role(
        post.context, actor=post.world.owner, subject_id=post.world.moderator.id, role=Role.CONTRIBUTOR
    )

    assert await post.send() == ["moderator", "owner"]  # the former admin: that they are none any more
    subjects = {str(mail["To"]).partition("@")[0]: mail["Subject"] for mail in post.box.taken}
    assert subjects["owner"] == "Writer Person proposed the idea “Silence”"
    assert "Silence" not in subjects["moderator"]
    assert ("skipped", "they do not run the site any more") in await post.states()


async def test_nobody_who_was_removed_or_opted_out_gets_mail(post: Post) -> None:
    await post.wish("owner", email_opt_out_all=True)
    await operator_removes(post.context.store, login="moderator")

    assert await post.send() == []
    assert sorted(str(why) for _, why in await post.states() if why) == [
        "no address",
        "no mail at all wanted",
    ]


async def test_line_ends_in_logins_and_titles_and_10_kb_of_title_make_one_plain_mail(post: Post) -> None:
    mean = "x\r\nBcc: all@example.org\r\n\r\n.\r\nQUIT"
    await post.world.run_sql(
        f"UPDATE users SET display_name = '', gitea_login = 'w{mean}' WHERE id = {post.world.writer.id}"
    )
    await post.world.run_sql(f"UPDATE cached_prs SET title = 'Silence {mean} {'y' * 10_000}'")

    assert await post.send() == ["moderator", "owner"]

    for message in post.box.taken:
        head = message.as_bytes().partition(b"\r\n\r\n")[0]
        assert b"\nBcc:" not in head
        assert len(message["Subject"]) <= 180
        assert message["Subject"].startswith("wx Bcc: all@example.org . QUIT proposed the idea")
        assert message["From"].addresses[0].addr_spec == "rfc-ui@localhost"


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
    post.box.trouble = [Silence(), Silence()]
    sending = asyncio.create_task(send_due(post.context, at=now() + timedelta(minutes=5)))
    await eventually(lambda: post.is_asked(2))
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    assert [state for state, _ in await post.states()] == ["sending", "sending"]

    await release_interrupted(post.context)

    assert await post.send() == ["moderator", "owner"]
    assert sorted(set(post.box.seen_ids)) == sorted(message["Message-ID"] for message in post.box.taken)


async def test_mails_to_one_person_go_out_one_after_the_other_in_order(post: Post) -> None:
    for text in ("one", "two", "three"):
        await post_to_idea(post.context, actor=post.world.writer, number=_first(), text=f"@reader {text}")
    post.box.slow = True

    assert (await post.send()).count("reader") == 3

    mails = [mail for mail in post.box.taken if mail["To"].startswith("reader")]
    said = [part.get_content() for mail in mails for part in mail.iter_parts()][::2]
    assert [word for text in said for word in ("one", "two", "three") if f"@reader {word}" in text] == [
        "one", "two", "three",
    ]  # fmt: skip
    assert post.box.most_at_once == {
        "reader@example.org": 1,
        "owner@example.org": 1,
        "moderator@example.org": 1,
    }


async def test_quiet_hours_hold_mail_and_end_in_one_bundle(post: Post) -> None:
    await _told_in_quiet_hours(post)

    assert "owner" not in await post.send()
    assert (await post.send(after=timedelta(hours=3))).count("owner") == 1
    assert post.box.taken[-1]["Subject"] == "4 things while you were away"


async def test_a_bundle_that_was_delayed_or_parked_stays_one_mail_under_one_id(post: Post) -> None:
    await _told_in_quiet_hours(post)
    await post.send()
    before = len(post.box.seen_ids)

    post.box.trouble = [MailDelayed("451 later")]
    assert await post.send(after=timedelta(hours=3)) == []
    assert [why for state, why in await post.states() if state == "waiting"] == ["451 later"] * 4
    post.box.trouble = [MailRefused("550 no")]
    assert await post.send(after=timedelta(hours=4)) == []
    assert [why for state, why in await post.states() if state == "parked"] == ["refused: 550 no"] * 4
    ids = await post.world.rows("outbox", "id, state")
    one_of_them = next(key for key, state in ids if state == "parked")
    assert await retry_mail(post.context, actor=post.world.moderator, mail_id=one_of_them) == 4
    assert await post.send(after=timedelta(hours=5)) == ["owner"]

    assert post.box.taken[-1]["Subject"] == "4 things while you were away"
    assert len(set(post.box.seen_ids[before:])) == 1
    assert {state for state, _ in await post.states()} == {"sent"}


async def test_what_was_read_of_a_delayed_bundle_is_left_out_and_the_rest_stays_one(post: Post) -> None:
    await _told_in_quiet_hours(post)
    await post.send()
    post.box.trouble = [MailDelayed("451 later")]
    await post.send(after=timedelta(hours=3))
    (first, *_) = sorted(
        row[0]
        for row in await post.world.rows("notifications", "id, user_id")
        if row[1] == post.world.owner.id
    )

    async with post.context.store.write() as work:
        await notifications.mark_one_read(work, user_id=post.world.owner.id, id=first, at=now())

    assert await post.send(after=timedelta(hours=4)) == ["owner"]
    assert post.box.taken[-1]["Subject"] == "3 things while you were away"
    assert post.box.taken[-1]["Message-ID"] in post.box.seen_ids[:-1]


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


@pytest.mark.parametrize("closing", ["the branch", "the person", "the RFC"])
async def test_a_digest_says_nothing_of_what_was_muted_or_closed_to_them_since(
    post: Post, closing: str
) -> None:
    world, reader = post.world, post.world.reader.id
    await super_draft(world)
    name = await branch_of(world, "writer")
    async with world.store.write() as work:
        await watches.set_level(work, user_id=reader, slug=HUMAN, level=WatchLevel.WATCHING, at=now())
    await post.wish("reader", digest_cadence="daily")
    await post_to_branch(world.context, actor=world.writer, slug=HUMAN, branch=name, text="Between us.")
    morning = (now() + timedelta(days=1)).replace(hour=8, minute=5)
    await make_digests(post.context, at=morning)

    if closing == "the branch":
        await set_visibility(
            world.context, actor=world.writer, slug=HUMAN, name=name, visibility=Visibility.PRIVATE
        )
    async with world.store.write() as work:
        if closing == "the person":
            await mutes.add(work, user_id=reader, muted_user_id=world.writer.id, at=now())
        if closing == "the RFC":
            await watches.set_level(work, user_id=reader, slug=HUMAN, level=WatchLevel.MUTED, at=now())

    assert "reader" not in await post.send(after=timedelta(days=2))
    assert ("skipped", "nothing is left: read, muted or no longer theirs to read") in await post.states()


async def test_one_click_stops_one_kind_of_mail_without_a_session(post: Post) -> None:
    links = post.context.post.links
    owner = post.world.owner.id

    await mail_wishes.unsubscribe(post.context, token=links.token(Wish(owner, ("admin-actionable",))))
    await mail_wishes.unsubscribe(post.context, token=links.token(Wish(owner, (DIGEST,))))
    with pytest.raises(Forbidden):
        await mail_wishes.unsubscribe(post.context, token=links.token(Wish(owner, ("watched-churn",))))
    with pytest.raises(Forbidden):
        await mail_wishes.unsubscribe(post.context, token="x.y.z")

    person = (await mail_wishes.wishes_view(post.context, viewer=post.world.owner)).person
    assert (person.email_admin_actionable, person.email_personal_direct, person.digest_cadence) == (
        False, True, "off",
    )  # fmt: skip
    assert await post.send() == ["moderator"]


async def test_one_click_on_a_bundle_stops_every_kind_of_mail_in_it_and_no_other(post: Post) -> None:
    await post.wish("owner", email_watched_structural=True)
    await _told_in_quiet_hours(post)
    await post.send()
    assert await post.send(after=timedelta(hours=3)) == ["owner"]
    bundle = post.box.taken[-1]

    token = bundle["List-Unsubscribe"].strip("<>").partition("token=")[2]
    wish = await mail_wishes.unsubscribe(post.context, token=token)

    assert wish.kinds == ("personal-direct", "admin-actionable")
    person = (await mail_wishes.wishes_view(post.context, viewer=post.world.owner)).person
    assert (person.email_personal_direct, person.email_admin_actionable) == (False, False)
    assert (person.email_watched_structural, person.digest_cadence) == (True, "weekly")
    assert "No more mail of these kinds" in str(bundle.get_body(("plain",)))


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
    "given",
    [
        ("21:00", "", ""),
        ("24:00", "07:00", ""),
        ("21:00", "07:00", "Mars/Base"),
        ("21:00", "21:00", ""),
        ("9", "10", ""),
        ("late", "early", ""),
    ],
)
async def test_quiet_hours_that_make_no_sense_are_refused(post: Post, given: tuple[str, str, str]) -> None:
    start, end, zone = given
    with pytest.raises(Invalid):
        await mail_wishes.set_quiet_hours(
            post.context, actor=post.world.reader, start=start, end=end, zone=zone
        )


async def test_quiet_hours_are_taken_as_people_write_them(post: Post) -> None:
    reader = post.world.reader
    await mail_wishes.set_quiet_hours(
        post.context, actor=reader, start=" 21:00", end="7:30", zone="europe/lisbon"
    )

    person = (await mail_wishes.wishes_view(post.context, viewer=reader)).person
    assert (
        person.notification_quiet_hours_start,
        person.notification_quiet_hours_end,
        person.notification_quiet_hours_timezone,
    ) == ("21:00", "07:30", "Europe/Lisbon")


def _clock(at: datetime) -> str:
    return f"{at:%H:%M}"


def _first() -> int:
    return 1


async def _told_in_quiet_hours(post: Post) -> None:
    """The owner's quiet hours end in two hours; three mentions reach them before, beside what there is already."""
    at = now()
    await post.wish(
        "owner",
        notification_quiet_hours_start=_clock(at - timedelta(hours=1)),
        notification_quiet_hours_end=_clock(at + timedelta(hours=2)),
    )
    for text in ("@owner one", "@owner two", "@owner three"):
        await post_to_idea(post.context, actor=post.world.reviewer, number=_first(), text=text)
