"""Which events of an OpenAI-compatible stream become one: those that hold words, and nothing else."""

from __future__ import annotations

import json

import pytest

from services.llm.openai_stream import Event, joined


def event(content: object = None, *, finish: str | None = None, index: int = 0, **more: object) -> Event:
    delta = {"content": content} if content is not None else {}
    choice = {"index": index, "delta": delta, "finish_reason": finish, "logprobs": None}
    return {"id": "1", "created": 1, "model": "m", "choices": [choice], "usage": None, **more}


def with_delta(**delta: object) -> Event:
    return {"id": "1", "choices": [{"index": 0, "delta": delta}]}


def test_words_in_a_row_become_one_event_that_keeps_what_the_first_one_held() -> None:
    first = with_delta(role="assistant", content="", refusal=None, tool_calls=[])
    assert joined([first, event("Good "), event("day", obfuscation="xyz"), event(".")]) == [
        with_delta(role="assistant", content="Good day.", refusal=None, tool_calls=[])
    ]


def test_the_end_of_an_answer_and_what_it_cost_stay_events_of_their_own() -> None:
    end, cost = event(finish="stop"), {"id": "1", "choices": [], "usage": {"total_tokens": 7}}
    assert joined([event("a"), event("b"), end, cost]) == [event("ab"), end, cost]


@pytest.mark.parametrize(
    "other",
    [
        event("x", finish="length"),
        event("x", index=1),
        event("x", usage={"total_tokens": 3}),
        event([{"type": "text", "text": "x"}]),
        event("x", moderation={"flagged": True}),
        with_delta(content="x", reasoning_content="hm"),
        with_delta(content=None, refusal="no"),
        with_delta(tool_calls=[{"index": 0}]),
        {"id": "1", "choices": [{"index": 0, "delta": {"content": "x"}, "logprobs": {"content": []}}]},
        {"id": "1", "choices": [{"index": 0, "delta": None}]},
        {"id": "1", "choices": [{"index": 0}]},
        {"id": "1", "choices": [None]},
        {"id": "1", "choices": None},
        {"id": "1"},
    ],
)
def test_everything_else_passes_as_it_is_in_its_place(other: Event) -> None:
    before = json.dumps(other)
    assert joined([event("a"), event("b"), other, event("c"), event("d")]) == [
        event("ab"),
        other,
        event("cd"),
    ]
    assert json.dumps(other) == before


def test_what_is_no_event_is_left_out() -> None:
    assert joined([None, 3, "words", [event("a")], event("b"), None, event("c")]) == [event("bc")]
