"""What a real mail server sees of our mail, and what we make of its answers (§15.4)."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from services.mail.letter import Item, Letter, Sender, message_of
from services.mail.transport import MailDelayed, MailRefused, SmtpTransport
from tests.support.mail_server import DROP, STALL, MailServer, certificate, mail_server

IMPATIENCE = 0.5
"""Seconds given to a server that is going to say nothing."""
SENDER = Sender(address="rfc@example.org", name="OHM", site_name="Open Human Model")


def message(actor: str) -> EmailMessage:
    item = Item(
        who=actor, act="mentioned you", quote="Why <now>?", where="Human", url="http://x.test/rfc/human"
    )
    letter = Letter(
        to="ben@example.org", message_id="<1@example.org>", thread="human", actor=actor,
        subject=f"{actor} mentioned you", items=(item,), why="you were mentioned", button="Answer",
        settings_url="http://x.test/s", unsubscribe_url="http://x.test/u?token=t", unsubscribe_words="Stop",
        at=datetime(2026, 3, 1, 12, tzinfo=UTC),
    )  # fmt: skip
    return message_of(letter, SENDER)


async def send(
    server: MailServer, actor: str = "Ana", *, starttls: bool = False, seconds: float = 30.0
) -> None:
    transport = SmtpTransport(
        host="127.0.0.1", port=server.port, sender=SENDER.address, starttls=starttls, seconds=seconds
    )
    await transport.send(message(actor), to="ben@example.org")


async def test_a_mail_arrives_in_both_parts_threaded_and_with_one_click_to_stop_it() -> None:
    async with mail_server() as server:
        await send(server)

    (mail,) = server.taken
    assert server.envelopes == [("rfc@example.org", ["ben@example.org"])]
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert mail["From"] == "Ana via OHM <rfc@example.org>"
    assert mail["Message-ID"] == "<1@example.org>"
    assert mail["References"] == mail["In-Reply-To"] == "<human.thread@example.org>"
    assert mail["List-Unsubscribe"] == "<http://x.test/u?token=t>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert [("Why <now>?" in part.get_content()) for part in mail.iter_parts()] == [True, False]


@pytest.mark.parametrize("mean", ["Ana\r\nBcc: all@example.org", "Ana\n\n.\nQUIT", "Zoë 🙂"])
async def test_no_name_adds_a_header_a_recipient_or_a_command(mean: str) -> None:
    async with mail_server() as server:
        await send(server, actor=mean)

    assert (server.envelopes, "Bcc" in server.taken[0]) == ([("rfc@example.org", ["ben@example.org"])], False)
    assert [one.addr_spec for one in server.taken[0]["From"].addresses] == ["rfc@example.org"]


@pytest.mark.parametrize(
    ("answer", "verdict", "words"),
    [
        ("550 no such user", MailRefused, "550 no such user"), ("451 later", MailDelayed, "451 later"),
        (DROP, MailDelayed, "Disconnected"), (STALL, MailDelayed, "Timeout"),
    ],
)  # fmt: skip
async def test_what_the_server_says_decides_whether_it_is_tried_again(
    answer: str, verdict: type[Exception], words: str
) -> None:
    async with mail_server() as server:
        server.answers = [answer]
        with pytest.raises(verdict, match=words):
            await send(server, seconds=IMPATIENCE if answer is STALL else 30.0)
        await send(server)

    assert len(server.taken) == 1


@pytest.mark.parametrize(
    ("answer", "verdict"), [("554 spam", MailRefused), ("452 full", MailDelayed), (STALL, MailDelayed)]
)
async def test_what_the_server_says_to_the_whole_mail_counts_as_well(
    answer: str, verdict: type[Exception]
) -> None:
    async with mail_server() as server:
        server.after_data = [answer]
        with pytest.raises(verdict):
            await send(server, seconds=IMPATIENCE if answer is STALL else 30.0)


async def test_a_mail_is_not_sent_in_the_open_where_tls_is_wanted_and_refused() -> None:
    async with mail_server() as server:
        with pytest.raises(MailDelayed, match="STARTTLS"):
            await send(server, starttls=True)

    assert server.taken == []


async def test_tls_is_spoken_only_with_a_server_that_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    public, context = certificate(tmp_path)
    async with mail_server(tls=context) as server:
        with pytest.raises(MailDelayed, match="certificate verify failed"):
            await send(server, starttls=True)
        monkeypatch.setenv("SSL_CERT_FILE", str(public))
        await send(server, starttls=True)

    assert len(server.taken) == 1


async def test_a_server_that_is_away_is_a_reason_to_wait() -> None:
    async with mail_server() as server:
        pass
    with pytest.raises(MailDelayed):
        await send(server)
