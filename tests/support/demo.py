"""The `demo` command (§17) as a process of its own, for tests that use the product as `make demo` gives it."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.support import http
from tests.support.forge import ROOT, free_port, wait_until

START_SECONDS = 240.0


@dataclass
class Demo:
    """A running demo; `folder` holds all it keeps."""

    url: str
    forge_url: str
    folder: Path
    process: subprocess.Popen[str]

    def get(self, path: str) -> httpx.Response:
        """What a stranger gets at `path`."""
        return http.get(f"{self.url}{path}")

    def is_ready(self) -> bool:
        """Whether it answers; fails at once when it has ended."""
        assert self.process.poll() is None, self.process.stdout and self.process.stdout.read()
        try:
            return self.get("/healthz").status_code == 200
        except httpx.TransportError:
            return False

    def slugs(self) -> list[str]:
        """Its RFCs."""
        return sorted(rfc["slug"] for rfc in self.get("/api/rfcs").json()["rfcs"])

    def ideas(self) -> list[str]:
        """Its open ideas."""
        return sorted(idea["slug"] for idea in self.get("/api/proposals").json()["proposals"])

    def kill(self) -> None:
        """`kill -9`."""
        self.process.kill()
        self.process.communicate()

    def stop(self) -> str:
        """End it properly; what it has printed."""
        self.process.send_signal(signal.SIGTERM)
        said, _ = self.process.communicate(timeout=30)
        return said


@contextmanager
def running_demo(
    folder: Path, *arguments: str, environment: Mapping[str, str] | None = None
) -> Iterator[Demo]:
    """A demo that keeps its things in `folder`, from the first page it answers; `arguments` are the command's."""
    port, forge_port = free_port(), free_port()
    ports = ("--port", str(port), "--forge-port", str(forge_port))
    process = subprocess.Popen(
        [sys.executable, "-m", "rfc_ui.cli", "demo", "--data", str(folder), *ports, *arguments],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)} | dict(environment or {}),
        cwd=folder.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    demo = Demo(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{forge_port}", folder, process)
    try:
        wait_until(demo.is_ready, seconds=START_SECONDS, what="the demo")
        yield demo
    finally:
        if process.poll() is None:
            demo.stop()


@pytest.fixture(scope="session")
def kept_demo(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The folder of a demo that ran once and was killed; to copy. All processes of a test run share one."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "kept-demo"
    with (folder.parent / "kept-demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            making = folder.with_name("kept-demo-in-the-making")
            with running_demo(making) as demo:
                demo.kill()
            making.rename(folder)
    return folder


@pytest.fixture(scope="session")
def demo(kept_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo with its example of everything; tests leave what others look at as it is."""
    with _copied(kept_demo, tmp_path_factory.mktemp("demo")) as running:
        yield running


@pytest.fixture
def own_demo(kept_demo: Path, tmp_path: Path) -> Iterator[Demo]:
    """The same for one test alone, which may do with it what it likes."""
    with _copied(kept_demo, tmp_path) as running:
        yield running


@contextmanager
def _copied(kept: Path, into: Path) -> Iterator[Demo]:
    with running_demo(shutil.copytree(kept, into / "data")) as running:
        yield running
