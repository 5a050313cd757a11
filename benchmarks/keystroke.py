"""What one keystroke costs the server, by the length of the document (§8.9): stored on disk, told to nine others."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections import deque
from pathlib import Path

from benchmarks.figure import Figure
from services.domain.actors import Role
from services.domain.branch import BranchKey
from services.domain.clock import now
from services.domain.identifiers import CommitSha, Login, Repository, UserId
from services.domain.shared_text import ChangeSet, SharedText, to_units
from services.store.migrate import migrate
from services.store.queries import users
from services.store.unit_of_work import Store
from services.usecases.live_texts.live_text import LiveText
from services.usecases.live_texts.requests import answer
from services.usecases.live_texts.sessions import EditingSession
from services.usecases.live_texts.storage import begin

SENTENCE = "The guardian asks, and the person asked may say no — 人 and 🙂 included.\n"
"""With characters of every width, so that nothing is cheap for being ASCII."""
SHORT, LONG = 2_000, 200_000
KEYS, OTHERS = 300, 9


def measure() -> list[Figure]:
    """Keystrokes in the middle of a short and of a long text, one after the other."""
    short, long = (asyncio.run(_typed(size)) for size in (SHORT, LONG))
    alone_short, alone_long = (_without_storage(size) for size in (SHORT, LONG))
    return [
        Figure("keystroke in 2 kB: server CPU", short, "ms"),
        Figure(
            "keystroke in 200 kB: server CPU", long, "ms", 2 * short, f"{long / short:.2f} × the short one"
        ),
        Figure("the change to the text alone, 2 kB", alone_short, "ms"),
        Figure("the change to the text alone, 200 kB", alone_long, "ms"),
    ]


def _text(size: int) -> str:
    return SENTENCE * (size // len(SENTENCE.encode()))


async def _typed(size: int) -> float:
    """Median milliseconds of CPU of one keystroke, from the message to the acknowledgement."""
    with tempfile.TemporaryDirectory(prefix="rfc-bench-") as folder:
        url = f"sqlite:///{Path(folder, 'bench.db')}"
        await asyncio.to_thread(migrate, url, backup_dir=Path(folder))
        store = await Store.open(url)
        user = await _typist(store)
        key = BranchKey(Repository("bench/meta"), "edit")
        text = await begin(store, key, base_sha=CommitSha("0" * 40), base_text=_text(size))
        writer = text.join(user, "writer", may_edit=True)
        for number in range(OTHERS):
            text.join(user, f"reader {number}", may_edit=True).send = deque(maxlen=1).append
        costs = [await _key(text, writer) for _ in range(KEYS)]
        await text.close()
        await store.close()
        return statistics.median(costs)


async def _typist(store: Store) -> UserId:
    async with store.write() as work:
        return await users.insert(
            work,
            gitea_id=1,
            login=Login("writer"),
            email="writer@example.org",
            display_name="Writer",
            avatar_url="",
            role=Role.CONTRIBUTOR,
            at=now(),
        )


async def _key(text: LiveText, writer: EditingSession) -> float:
    began = time.process_time()
    reply = await answer(text, writer, _push(text.shared))
    spent = (time.process_time() - began) * 1000
    if "error" in reply:
        raise RuntimeError(f"a keystroke was refused: {reply}")
    return spent


def _push(shared: SharedText) -> dict[str, object]:
    at = _middle(shared)
    change = ChangeSet.replace(len(shared), at, at, "a")
    return {"type": "push", "version": shared.version, "updates": [change.to_json()], "cursor": [at, at]}


def _middle(shared: SharedText) -> int:
    """Where nothing is torn: between two sentences of the untouched first half."""
    length = len(to_units(SENTENCE))
    return len(shared) // (2 * length) * length


def _without_storage(size: int) -> float:
    shared = SharedText(_text(size))
    costs = []
    for _ in range(KEYS):
        at = _middle(shared)
        change = ChangeSet.replace(len(shared), at, at, "a")
        began = time.process_time()
        shared.push(shared.version, [change], "writer")
        costs.append((time.process_time() - began) * 1000)
    return statistics.median(costs)
