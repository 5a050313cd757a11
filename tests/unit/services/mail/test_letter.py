"""Mails: nothing that people are called gets into a header, and links to stop mail can't be made by others (§15.4)."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from services.domain.digest_time import due_period
from services.domain.quiet_hours import QuietHours, quiet_hours
from services.mail.letter import Item, Letter, Sender, message_of
from services.mail.unsubscribe import LIFETIME_SECONDS, UnsubscribeLinks, Wish, derived_key

SENDER = Sender(address="rfc@example.org", name="OHM", site_name="Open Human Model")
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def letter(**changes: object) -> Letter:
    item = Item(
        who="Ana", act="mentioned you", quote="Look <b>here</b>", where="Human", url="http://x.test/rfc/human"
    )
    values: dict[str, object] = {
        "to": "ben@example.org", "message_id": "<1@example.org>", "thread": "human", "actor": "Ana",
        "subject": "Ana mentioned you", "items": (item,), "why": "you were mentioned", "button": "Answer",
        "settings_url": "http://x.test/s", "unsubscribe_url": "http://x.test/u", "unsubscribe_words": "Stop", "at": AT,
    }  # fmt: skip
    return Letter(**(values | changes))  # type: ignore[arg-type]


def test_a_letter_says_who_why_and_how_to_stop_it() -> None:
    message = message_of(letter(), SENDER)

    assert message["From"] == "Ana via OHM <rfc@example.org>"
    assert (message["Message-ID"], message["References"]) == ("<1@example.org>", "<human.thread@example.org>")
    assert message["List-Unsubscribe"] == "<http://x.test/u>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text, html = (part.get_content() for part in message.iter_parts())
    assert "You get this because you were mentioned." in text
    assert "Look <b>here</b>" in text
    assert "Look &lt;b&gt;here&lt;/b&gt;" in html


@pytest.mark.parametrize(
    "mean", ["A\r\nBcc: all@example.org", "A\nB\x00\u202e", '"; <x@y.z>,', "x" * 10_000, "Ünï 🙂"]
)
def test_no_name_or_title_gets_into_the_headers(mean: str) -> None:
    message = message_of(letter(actor=mean, subject=mean), SENDER)

    raw = message.as_bytes()
    head = raw.partition(b"\r\n\r\n")[0]
    assert b"\r\nBcc:" not in head
    assert "Bcc" not in message
    assert len(message["Subject"]) <= 180
    assert [address.addr_spec for address in message["From"].addresses] == ["rfc@example.org"]


def test_an_unsubscribe_link_is_read_back_and_no_other_is() -> None:
    links = UnsubscribeLinks(b"k" * 32)
    token = links.token(Wish(7, ("personal-direct",)))

    assert links.read(token) == Wish(7, ("personal-direct",))
    several = Wish(7, ("personal-direct", "admin-actionable"))
    assert links.read(links.token(several)) == several
    assert links.read(links.token(Wish(7, ()))) is None
    body, _, rest = token.partition(".")
    other = links.token(Wish(7, ("admin-actionable",)))
    assert links.read(f"{other.partition('.')[0]}.{rest}") is None  # another category under this signature
    assert links.read(token[:-2]) is None
    assert links.read("") is None
    assert UnsubscribeLinks(derived_key("another")).read(token) is None
    assert body
    with time_machine.travel(datetime.now(UTC).timestamp() + LIFETIME_SECONDS + 86_400):
        assert links.read(token) is None


@pytest.mark.parametrize(
    ("at", "until"),
    [
        (
            datetime(2026, 1, 5, 21, 30, tzinfo=UTC),
            datetime(2026, 1, 6, 6, 30, tzinfo=UTC),
        ),  # 22:30 in Berlin
        (datetime(2026, 1, 6, 6, 29, tzinfo=UTC), datetime(2026, 1, 6, 6, 30, tzinfo=UTC)),
        (datetime(2026, 1, 6, 6, 30, tzinfo=UTC), None),
        (
            datetime(2026, 3, 28, 22, 0, tzinfo=UTC),
            datetime(2026, 3, 29, 5, 30, tzinfo=UTC),
        ),  # into summer time
        (datetime(2026, 10, 24, 21, 0, tzinfo=UTC), datetime(2026, 10, 25, 6, 30, tzinfo=UTC)),  # out of it
    ],
)
def test_quiet_hours_follow_the_clock_on_the_wall(at: datetime, until: datetime | None) -> None:
    assert QuietHours(time(21), time(7, 30), BERLIN).end_of(at) == until


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
@pytest.mark.parametrize("end", [time(hour, minute) for hour in range(4) for minute in (0, 15, 30)])
def test_quiet_hours_that_end_in_the_hour_the_clock_shows_twice_end_after_now(zone: str, end: time) -> None:
    hours = QuietHours(time(22), end, ZoneInfo(zone))
    changing = [datetime(2026, *day, tzinfo=UTC) for day in ((4, 4), (10, 24), (10, 31))]
    moments = [day + timedelta(minutes=10 * number) for day in changing for number in range(2 * 144)]

    ends = [(at, until) for at in moments if (until := hours.end_of(at)) is not None]

    assert len(ends) > 50
    assert [(at, until) for at, until in ends if until <= at] == []


@pytest.mark.parametrize("given", [("25:00", "07:00"), ("21:00", None), ("", ""), ("9", "10")])
def test_what_is_not_two_times_is_no_quiet_hours(given: tuple[str, str | None]) -> None:
    assert quiet_hours(*given, "Europe/Berlin") is None


def test_a_digest_is_due_at_eight_by_their_clock() -> None:
    monday = datetime(2026, 3, 30, 6, 0, tzinfo=UTC)  # 8:00 in Berlin, in summer time since yesterday

    assert due_period("weekly", BERLIN, monday) == "2026-03-30"
    assert due_period("weekly", UTC, monday) is None
    assert due_period("daily", BERLIN, monday.replace(day=31)) == "2026-03-31"
    assert due_period("weekly", BERLIN, monday.replace(day=31)) is None
    assert due_period("off", BERLIN, monday) is None
