"""Mails whose sender is killed: none is lost, none repeated more often than it was killed, each under its own id (§15.4)."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import tempfile
import time
from asyncio.subprocess import PIPE, Process
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import select

from services.domain.actors import Role
from services.domain.clock import now
from services.domain.identifiers import Login, UserId
from services.domain.routing import Category
from services.store.migrate import migrate
from services.store.queries import notifications, users
from services.store.queries.notifications import Notice, outbox
from services.store.unit_of_work import Store
from services.store.work import Work
from tests.support.mail_server import MailServer, listening

PEOPLE = 50
MOMENTS_A_MAIL = 7
"""About how many moments the sender passes with each mail; only how long its lives last depends on it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it; `wrong` says what does not fit, in words."""

    mails: int
    kills: int
    taken: int
    repeats: int
    most_repeats: int
    seconds: float
    wrong: tuple[str, ...]

    def row(self) -> str:
        """A line of a table, in markdown."""
        cells = (self.mails, self.kills, self.taken, self.repeats, self.most_repeats, f"{self.seconds:.0f} s")
        return f"| {' | '.join(str(cell) for cell in cells)} | {'; '.join(self.wrong) or 'nothing'} |"


HEAD = (
    "| mails | kills | taken by the mail server | of these repeats | most often repeated | took | wrong |\n"
    "|---|---|---|---|---|---|---|"
)


@dataclass
class DeadlyServer(MailServer):
    """Takes everything; kills the sender when it has been asked `kill_in` times: on hearing an address or a mail."""

    sender: int = 0
    kill_in: int = 0
    ids: list[tuple[str, str]] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802  (the library's name)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """An address."""
        self._count()
        return await super().handle_RCPT(server, session, envelope, address, options)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """A mail; it is kept by its id alone, and counts before the sender knows."""
        answer = await super().handle_DATA(server, session, envelope)
        mail = self.taken.pop()
        self.ids.append((mail["Message-ID"], mail["To"]))
        self._count()
        return answer

    def _count(self) -> None:
        self.kill_in -= 1
        if self.kill_in == 0:
            os.kill(self.sender, signal.SIGKILL)


async def soak_mails(url: str, *, mails: int, kills: int, seed: int = 0) -> Outcome:
    """Fill the outbox of an empty database, have it sent by senders that are killed so often, and count."""
    began = time.monotonic()
    store = await Store.open(url)
    mails = await fill(store, mails)
    chance, ends = random.Random(seed), Counter[int]()
    async with listening(DeadlyServer()) as box:
        command = (sys.executable, "-m", "tests.soak.mailing", url, str(box.port))
        senders = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
        per_life = max(2, 2 * mails // (kills + 1) - 1)
        while not ends[0]:
            left = ends[-signal.SIGKILL] < kills
            ends[await live(senders, box, chance, per_life if left else 0)] += 1
        senders.stdin.close()  # type: ignore[union-attr]
        await senders.wait()
    wrong = await judge(store, box, mails, ends)
    await store.close()
    counts = Counter(key for key, _ in box.ids)
    return Outcome(
        mails=mails,
        kills=ends[-signal.SIGKILL],
        taken=len(box.ids),
        repeats=len(box.ids) - len(counts),
        most_repeats=max(counts.values(), default=0) - 1,
        seconds=time.monotonic() - began,
        wrong=tuple(wrong),
    )


async def fill(store: Store, mails: int) -> int:
    """People, and so many mails to them that are due; how many there are."""
    at = now() - timedelta(minutes=10)
    async with store.write() as work:
        people = [await _person(work, number) for number in range(PEOPLE)]
        for number in range(mails // PEOPLE):
            signal_key = f"soak:{number}"
            notice = Notice(
                signal=signal_key, kind="post_message", actor_user_id=None, place="/rfc/soul",
                path="/rfc/soul", details={"quote": f"The {number}th thing."}, created_at=at,
            )  # fmt: skip
            await notifications.tell(
                work,
                notice,
                notifications.these_people(people),
                category=Category.PERSONAL_DIRECT,
                reason="mentioned",
            )
            await notifications.queue_mail(work, signal=signal_key, at=at, due_at=at)
    return mails // PEOPLE * PEOPLE


async def _person(work: Work, number: int) -> UserId:
    return await users.insert(
        work,
        gitea_id=1000 + number,
        login=Login(f"person{number}"),
        email=f"person{number}@example.org",
        display_name="",
        avatar_url="",
        role=Role.CONTRIBUTOR,
    )


async def live(senders: Process, box: DeadlyServer, chance: random.Random, per_life: int) -> int:
    """One life of a sender, which ends at a moment of its own or of the mail server's; its exit code."""
    of_its_own = bool(per_life) and chance.random() < 0.5
    moment = chance.randint(1, per_life * MOMENTS_A_MAIL) if of_its_own else 0
    box.sender, box.kill_in = 0, 0
    assert senders.stdin is not None
    assert senders.stdout is not None
    senders.stdin.write(f"{moment}\n".encode())
    box.sender = int((await senders.stdout.readline()).split()[1])
    box.kill_in = chance.randint(1, 2 * per_life) if per_life and not of_its_own else 0
    ended = await senders.stdout.readline()
    box.kill_in = 0
    return int(ended.split()[1])


async def judge(store: Store, box: DeadlyServer, mails: int, ends: Counter[int]) -> list[str]:
    """Everything that is not as it has to be."""
    kills = ends[-signal.SIGKILL]
    async with store.read() as work:
        statement = select(outbox.c.state, outbox.c.message_id, users.users.c.email)
        rows = await work.rows(statement.where(users.users.c.id == outbox.c.user_id))
    sent = {(row["message_id"], row["email"]) for row in rows if row["state"] == "sent"}
    wrong = [f"a sender ended with {code}" for code in ends if code not in (0, -signal.SIGKILL)]
    if len(sent) != mails:
        wrong.append(f"{mails - len(sent)} mails are not sent")
    if set(box.ids) != sent:
        wrong.append(f"{len(set(box.ids) ^ sent)} mails arrived otherwise than they are written down")
    if len({key for key, _ in box.ids}) != mails:
        wrong.append("a message id stands on two mails, or a mail has two")
    if len(box.ids) - mails > kills:
        wrong.append(f"{len(box.ids) - mails} repeats after {kills} kills")
    return wrong


async def main(mails: int = 10_000, kills: int = 500) -> int:
    """The big one, on a database of its own; 1 if anything was wrong."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{folder}/rfc.db"
        migrate(url, backup_dir=Path(folder))
        outcome = await soak_mails(url, mails=mails, kills=kills, seed=mails)
    print(f"{HEAD}\n{outcome.row()}")
    return 1 if outcome.wrong else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
