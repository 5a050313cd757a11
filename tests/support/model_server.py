"""A model behind an OpenAI-compatible interface on loopback: real HTTP and real streaming, saying what a test tells it to."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from services.llm.enabled import EnabledModel, Provider
from services.llm.providers import HostedModel, Keys

HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n"
    b"Connection: close\r\n\r\n"
)
END = b"0\r\n\r\n"


@dataclass
class ModelServer:
    """Answers every question with `says`; see the attributes for how it misbehaves."""

    port: int = 0
    says: Sequence[str] = ()
    """The deltas of the stream, one event each."""
    finish: str | None = "stop"
    """The reason it gives for ending; None: it says nothing and ends."""
    bytewise: bool = True
    """Whether every byte is an HTTP chunk of its own."""
    status: int = 200
    """Another status is answered with an error instead."""
    hangs_up: bool = False
    """After its words it breaks the connection."""
    pace: float = 0.0
    """Seconds between two deltas."""
    waits: bool = False
    """After its words it says nothing more, until the other side leaves."""
    silent: bool = False
    """It takes the question and never answers at all."""
    asked: list[dict[str, object]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    """The key that each question came with."""
    left: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the other side left before the answer was over."""

    def settings(self, key: str = "") -> dict[str, str]:
        """What a site is started with that asks this server; `key` is the operator's, else one made up."""
        return {
            "ENABLED_MODELS": "local=openai:m",
            "OPENAI_API_KEY": key or secrets.token_urlsafe(24),
            "OPENAI_BASE_URL": f"http://127.0.0.1:{self.port}/v1",
        }

    def model(self, key: str = "local") -> HostedModel:
        """The participant that asks this server."""
        keys = Keys(openai="k", openai_base_url=f"http://127.0.0.1:{self.port}/v1")
        return HostedModel(EnabledModel(key, Provider.OPENAI, "m"), keys)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One question."""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            self.keys.append(_header(head, "authorization").removeprefix("Bearer "))
            self.asked.append(json.loads(await reader.readexactly(int(_header(head, "content-length")))))
            if self.silent:
                await reader.read()
                self.left.set()
            elif self.status != 200:
                writer.write(_failure(self.status))
            else:
                await self._stream(reader, writer)
            await writer.drain()
        except ConnectionError:
            self.left.set()
        writer.close()

    async def _stream(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD)
        for words in self.says:
            await self._send(writer, _event(words))
            await asyncio.sleep(self.pace)
        if self.waits:
            await reader.read()
            self.left.set()
        elif self.hangs_up:
            writer.transport.abort()
        else:
            if self.finish is not None:
                await self._send(writer, _event(None, self.finish) + b"data: [DONE]\n\n")
            writer.write(END)

    async def _send(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        if self.bytewise:
            writer.write(b"".join(b"1\r\n%c\r\n" % byte for byte in data))
        else:
            writer.write(b"%x\r\n%s\r\n" % (len(data), data))
        await writer.drain()


@asynccontextmanager
async def model_server(**how: object) -> AsyncIterator[ModelServer]:
    """A server on a free port."""
    made = ModelServer(**how)  # type: ignore[arg-type]
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()


def letters(text: str) -> Iterable[str]:
    """The text one character at a time."""
    return tuple(text)


def _header(head: str, name: str) -> str:
    lines = (line.partition(":") for line in head.split("\r\n"))
    return next(value.strip() for key, _, value in lines if key.lower() == name)


def _event(words: str | None, finish: str | None = None) -> bytes:
    delta = {"role": "assistant", "content": words} if words is not None else {}
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    event = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    return b"data: " + json.dumps(event, ensure_ascii=False).encode() + b"\n\n"


def _failure(status: int) -> bytes:
    body = json.dumps({"error": {"message": "no", "type": "x", "code": "x"}}).encode()
    head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body
