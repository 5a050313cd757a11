"""Answers while they are given, rendered once for all pages that show them (§8.4)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable

import pytest

from components import answers
from components.answers import AnswerFeed, Part
from services.domain.identifiers import MessageId, ThreadId
from services.domain.rendering.links import LinkBase
from services.live.streams import Streams

THREAD, ANSWER = ThreadId(1), MessageId(9)


class Page:
    """As much of a client as the feed uses."""

    def __init__(self, name: str) -> None:
        self.id = name
        self.is_deleted = False
        self.parts: asyncio.Queue[Part] = asyncio.Queue()
        self.told: list[Part] = []
        self.leave: Callable[[], None] = lambda: None

    def on_delete(self, leave: Callable[[], None]) -> None:
        self.leave = leave


async def hear(code: str, pages: Iterable[Page]) -> None:
    for page in pages:
        if not page.is_deleted:
            page.parts.put_nowait(json.loads(code[code.index("{detail: ") + 9 : -3]))


@pytest.fixture
def streams(monkeypatch: pytest.MonkeyPatch) -> Streams:
    monkeypatch.setattr(answers, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(answers, "run_in_pages", hear)
    monkeypatch.setattr(
        answers.background_tasks, "create", lambda coroutine, name: asyncio.ensure_future(coroutine)
    )
    streams = Streams()
    streams.begin(ANSWER, THREAD)
    return streams


def join(feed: AnswerFeed, page: Page, streams: Streams) -> list[Part]:
    return feed.join(page, streams, THREAD, LinkBase())  # type: ignore[arg-type]


async def until(page: Page, number: int) -> None:
    async with asyncio.timeout(30):
        while len(page.told) < number:
            page.told.append(await page.parts.get())


def part(first: int, blocks: list[str], tail: str, *, ended: bool = False) -> Part:
    return Part(message=ANSWER, first=first, blocks=blocks, tail=tail, ended=ended)


async def test_blocks_are_sent_once_and_the_tail_each_time(streams: Streams) -> None:
    feed, page = AnswerFeed(), Page("a")
    join(feed, page, streams)

    streams.put(ANSWER, (), "One *tw")
    await until(page, 1)
    streams.put(ANSWER, ("One *two*",), "Thr")
    await until(page, 2)
    streams.end(ANSWER)
    await until(page, 3)

    assert page.told == [
        part(0, [], "<p>One *tw</p>\n"),
        part(0, ["<p>One <em>two</em></p>\n"], "<p>Thr</p>\n"),
        part(1, [], "", ended=True),
    ]


async def test_what_comes_at_once_is_told_at_once(streams: Streams) -> None:
    feed, page = AnswerFeed(), Page("a")
    join(feed, page, streams)

    for word in ("a", "a b", "a b c"):
        streams.put(ANSWER, (), word)
    await until(page, 1)

    assert page.told == [part(0, [], "<p>a b c</p>\n")]


async def test_who_comes_late_gets_what_is_there(streams: Streams) -> None:
    feed, early, late = AnswerFeed(), Page("a"), Page("b")
    join(feed, early, streams)
    streams.put(ANSWER, ("One",), "Two")
    await until(early, 1)

    assert join(feed, late, streams) == [part(0, ["<p>One</p>\n"], "<p>Two</p>\n")]
    streams.put(ANSWER, ("Two",), "")
    await until(late, 1)
    await until(early, 2)
    assert late.told == early.told[1:]


async def test_pages_that_closed_are_left_alone(streams: Streams) -> None:
    feed, stays, leaves = AnswerFeed(), Page("a"), Page("b")
    join(feed, stays, streams)
    join(feed, leaves, streams)

    leaves.leave()
    streams.put(ANSWER, (), "a")
    await until(stays, 1)
    stays.leave()

    assert leaves.told == []
    assert feed.so_far(THREAD) == []
