"""`kill -9` of whoever sends the mail, a few times; `make soak` does it five hundred times (§15.4)."""

from __future__ import annotations

from tests.soak.mails import soak_mails


async def test_no_mail_is_lost_or_repeated_without_a_kill_and_each_keeps_its_id(database_url: str) -> None:
    outcome = await soak_mails(database_url, mails=100, kills=10)

    assert (outcome.mails, outcome.kills, outcome.wrong) == (100, 10, ())
    assert 0 < outcome.repeats <= outcome.kills
