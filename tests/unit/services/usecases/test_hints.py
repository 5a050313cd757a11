"""Hints: what comes together is one look, what failed is looked at again, and nobody waits for ever."""

from __future__ import annotations

import asyncio

import pytest

from services.domain.identifiers import PullNumber, Repository
from services.usecases import hints
from services.usecases.hints import Hints
from services.usecases.scope import Scope

META, OTHER = Repository("rfc/meta"), Repository("rfc/other")


class Looks:
    """Notes what it is asked to look at, and fails as often as it is told to."""

    def __init__(self, *, failures: int = 0) -> None:
        self.seen: list[tuple[Repository, Scope]] = []
        self.failures = failures
        self.enough = asyncio.Event()

    async def __call__(self, repo: Repository, scope: Scope) -> bool:
        self.seen.append((repo, scope))
        worked = len(self.seen) > self.failures
        if worked:
            self.enough.set()
        return worked


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hints, "COALESCE_SECONDS", 0.001)
    monkeypatch.setattr(hints, "RETRY_SECONDS", (0.001, 0.002, 0.003))


async def test_hints_of_one_moment_are_one_look_at_all_they_name() -> None:
    looks = Looks()
    waiting = Hints(looks)

    waiting.add(META, PullNumber(1))
    waiting.add(META, PullNumber(2))
    waiting.add(META)
    await looks.enough.wait()
    await waiting.stop()

    assert looks.seen == [(META, Scope(numbers=frozenset({1, 2}), changed_pulls=True))]


async def test_repositories_are_looked_at_apart() -> None:
    looks = Looks()
    waiting = Hints(looks)

    waiting.add(META, PullNumber(1))
    waiting.add(OTHER)
    while len(looks.seen) < 2:
        looks.enough.clear()
        await looks.enough.wait()
    await waiting.stop()

    assert {repo for repo, _ in looks.seen} == {META, OTHER}


async def test_a_look_that_failed_is_repeated_with_what_it_was_about() -> None:
    looks = Looks(failures=2)
    waiting = Hints(looks)

    waiting.add(META, PullNumber(1), retry=True)
    await looks.enough.wait()
    await waiting.stop()

    assert looks.seen == [(META, Scope(numbers=frozenset({1})))] * 3


async def test_after_the_last_pause_it_is_left_to_the_sweep_and_a_new_hint_starts_afresh() -> None:
    looks = Looks(failures=4)
    waiting = Hints(looks)
    waiting.add(META, PullNumber(1))
    (task,) = waiting._tasks.values()
    await task

    waiting.add(META, PullNumber(2))
    await looks.enough.wait()
    await waiting.stop()

    assert [scope.numbers for _, scope in looks.seen] == [{1}] * 4 + [{2}]


async def test_a_mistake_in_a_look_is_logged_and_the_next_hint_is_taken(
    caplog: pytest.LogCaptureFixture,
) -> None:
    calls = asyncio.Queue[Repository]()

    async def broken(repo: Repository, _: Scope) -> bool:
        calls.put_nowait(repo)
        raise RuntimeError("a mistake of ours")

    waiting = Hints(broken)
    for _ in range(2):
        waiting.add(META)
        (task,) = waiting._tasks.values()
        await task

    assert calls.qsize() == 2
    assert [record.message for record in caplog.records] == ["could not look at rfc/meta"] * 2


async def test_stopping_drops_what_waits() -> None:
    looks = Looks()
    waiting = Hints(looks)

    waiting.add(META)
    await waiting.stop()

    assert looks.seen == []
    assert waiting._tasks == {}
