"""A hosted model over the wire: an OpenAI-compatible server that answers as it is told (the paid ones can't run here)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from services.domain.change_protocol import Reach
from services.llm import bursts
from services.llm.enabled import EnabledModel, Provider
from services.llm.port import ModelFailed, Question, Trouble
from services.llm.providers import HostedModel, Keys

QUESTION = Question(
    title="Human", text="A human speaks.\n", reach=Reach.document("A human speaks.\n"), request="Hi."
)
Answer = Callable[[asyncio.StreamWriter], None]


def chunk(text: str | None, finish: str | None = None) -> bytes:
    delta = {"role": "assistant", "content": text} if text is not None else {}
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    body = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    return b"data: " + json.dumps(body).encode() + b"\n\n"


def streaming(*chunks: bytes, whole: bool = True) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
    return head + b"".join(chunks) + (b"data: [DONE]\n\n" if whole else b"")


def failing(status: int, code: str = "x") -> bytes:
    body = json.dumps({"error": {"message": "no", "type": code, "code": code}}).encode()
    return (
        f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
        + body
    )


@asynccontextmanager
async def model_behind(answer: bytes) -> AsyncIterator[tuple[HostedModel, list[bytes]]]:
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1])
            for line in head.lower().split(b"\r\n")
            if line.startswith(b"content-length")
        )
        asked.append(await reader.readexactly(length))
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    keys = Keys(openai="k", openai_base_url=f"http://127.0.0.1:{port}/v1")
    try:
        yield HostedModel(EnabledModel("local", Provider.OPENAI, "m"), keys), asked
    finally:
        server.close()


async def heard(model: HostedModel) -> list[str]:
    return [word async for word in model.answer(QUESTION)]


async def test_words_arrive_as_they_are_said() -> None:
    async with model_behind(streaming(chunk("Good "), chunk("day."), chunk(None, "stop"))) as (model, asked):
        assert "".join(await heard(model)) == "Good day."
    sent = json.loads(asked[0])
    assert [message["role"] for message in sent["messages"]] == ["system", "user"]
    assert "<document>\nA human speaks." in sent["messages"][1]["content"]


async def test_words_that_came_together_are_heard_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bursts, "LONGEST_RUN_SECONDS", 30)  # also where the machine is busy
    words = [f"{number} " for number in range(40)]
    async with model_behind(streaming(*map(chunk, words), chunk(None, "stop"))) as (model, _):
        said = await heard(model)
    assert "".join(said) == "".join(words)
    assert len(said) < len(words) / 4


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (streaming(chunk(None, "stop")), Trouble.NO_ANSWER),
        (streaming(chunk("Half a"), chunk(None, "length")), Trouble.CUT_OFF),
        (streaming(chunk("I"), chunk(None, "content_filter")), Trouble.REFUSED),
        (failing(401), Trouble.KEY_REJECTED),
        (failing(400, "context_length_exceeded"), Trouble.TOO_LONG),
        (failing(400), Trouble.BROKEN),
        (failing(404), Trouble.BROKEN),
        (failing(500), Trouble.BROKEN),
        (failing(502), Trouble.UNREACHABLE),
        (failing(503), Trouble.UNREACHABLE),
    ],
)
async def test_trouble_is_shown_as_what_it_is(answer: bytes, trouble: Trouble) -> None:
    async with model_behind(answer) as (model, _):
        with pytest.raises(ModelFailed) as failed:
            await heard(model)
    assert failed.value.trouble is trouble


async def test_a_model_that_is_not_there_is_unreachable() -> None:
    keys = Keys(openai="k", openai_base_url="http://127.0.0.1:9/v1")
    with pytest.raises(ModelFailed) as failed:
        await heard(HostedModel(EnabledModel("local", Provider.OPENAI, "m"), keys))
    assert failed.value.message == "Local can't be reached."
