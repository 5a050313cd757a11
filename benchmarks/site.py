"""A demo site on generated documents, as a process of its own."""

from __future__ import annotations

import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

WORDS = (
    "attention",
    "care",
    "consent",
    "evidence",
    "forgetting",
    "guardian",
    "human",
    "memory",
    "promise",
    "refusal",
    "silence",
    "witness",
    "asks",
    "keeps",
    "names",
    "of",
    "to",
    "with",
    "without",
)
START_SECONDS = 900
LONG_SLUG = "long-document"
LONG_BYTES = 170_000


def write_corpus(folder: Path, *, entries: int) -> None:
    """Write that many short documents and one of 170 kB; the same ones every time."""
    dice = random.Random(19)
    for number in range(entries - 1):
        slug = f"{number:05}-{dice.choice(WORDS)}-{dice.choice(WORDS)}"
        (folder / f"{slug}.md").write_text(_document(dice, size=1_500), encoding="utf-8")
    (folder / f"{LONG_SLUG}.md").write_text(_document(dice, size=LONG_BYTES), encoding="utf-8")


def long_text(size: int) -> str:
    """A document of so many bytes; the same one every time."""
    return _document(random.Random(size), size=size)


def _document(dice: random.Random, *, size: int) -> str:
    parts = [f"# {_sentence(dice, 5).rstrip('.')}\n"]
    while sum(map(len, parts)) < size:
        parts.append(
            f"\n## {_sentence(dice, 4)}\n\n" + " ".join(_sentence(dice, 14) for _ in range(9)) + "\n"
        )
        parts.append("\n" + "".join(f"- {_sentence(dice, 9)}\n" for _ in range(4)))
    return "".join(parts)


def _sentence(dice: random.Random, words: int) -> str:
    return " ".join(dice.choices(WORDS, k=words)).capitalize() + "."


@contextmanager
def running_site(folder: Path, corpus: Path) -> Iterator[str]:
    """Run the demo on this corpus and yield its address once it is healthy."""
    port, forge_port = _free_port(), _free_port()
    ports = ("--port", str(port), "--forge-port", str(forge_port))
    command = [
        sys.executable,
        "-m",
        "rfc_ui.cli",
        "demo",
        "--data",
        str(folder),
        "--corpus",
        str(corpus),
        *ports,
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            _wait_until_healthy(f"http://127.0.0.1:{port}", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _wait_until_healthy(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{url}/healthz", trust_env=False, timeout=30).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.25)
    raise RuntimeError("the site did not become healthy")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
