"""Words of an answer reach everybody who watches, also those who come late."""

from __future__ import annotations

import pytest

from services.domain.identifiers import MessageId, ThreadId
from services.live.streams import Streamed, Streams

MESSAGE, THREAD = MessageId(7), ThreadId(3)


@pytest.fixture
def streams() -> Streams:
    streams = Streams()
    streams.begin(MESSAGE, THREAD)
    return streams


def test_viewers_get_complete_blocks_once_and_the_growing_tail(streams: Streams) -> None:
    heard: list[Streamed] = []
    streams.subscribe(THREAD, heard.append)
    streams.put(MESSAGE, (), "Hel")
    streams.put(MESSAGE, ("Hello.",), "And")
    streams.end(MESSAGE)
    assert heard == [
        Streamed(MESSAGE, 0, (), ""),
        Streamed(MESSAGE, 0, (), "Hel"),
        Streamed(MESSAGE, 0, ("Hello.",), "And"),
        Streamed(MESSAGE, 1, (), "", ended=True),
    ]


def test_whoever_comes_late_gets_what_has_been_said(streams: Streams) -> None:
    streams.put(MESSAGE, ("One.", "Two."), "Thr")
    heard: list[Streamed] = []
    streams.subscribe(THREAD, heard.append)
    assert heard == [Streamed(MESSAGE, 0, ("One.", "Two."), "Thr")]


def test_viewers_of_other_threads_and_those_who_left_hear_nothing(streams: Streams) -> None:
    heard: list[Streamed] = []
    streams.subscribe(ThreadId(4), heard.append)
    streams.subscribe(THREAD, heard.append)()
    heard.clear()
    streams.put(MESSAGE, ("One.",), "")
    assert heard == []


def test_one_viewers_trouble_is_not_the_others(streams: Streams, caplog: pytest.LogCaptureFixture) -> None:
    heard: list[Streamed] = []

    def broken(streamed: Streamed) -> None:
        if streamed.tail:
            raise RuntimeError("gone")

    streams.subscribe(THREAD, broken)
    streams.subscribe(THREAD, heard.append)
    streams.put(MESSAGE, (), "x")
    assert heard[-1] == Streamed(MESSAGE, 0, (), "x")
    assert "could not be told" in caplog.text


def test_an_answer_that_ended_is_no_longer_under_way(streams: Streams) -> None:
    streams.end(MESSAGE)
    streams.end(MESSAGE)
    assert streams.under_way == frozenset()
