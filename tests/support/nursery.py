"""Starting the product without importing it each time: a process that has imported it forks the ones that are to run.

What it forks is as good as new: it was forked before there was a thread, an event loop, a socket or a connection, gets
its own environment, folder and streams, and runs a module as `python -m` would. It is a process of its own, with a
process id of its own, and dies when it is killed.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import runpy
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol, TypeAlias

ROOT = Path(__file__).resolve().parents[2]
IMPORTED = (
    *("rfc_ui.app", "rfc_ui.server", "rfc_ui.cli.app", "rfc_ui.settings", "rfc_ui.cli.embedding"),
    *("services.forge.server", "services.ops.log", "services.ops.demo_site", "services.gitea.connection"),
    *("uvloop", "uvicorn.lifespan.on", "uvicorn.protocols.http.h11_impl", "anyio._backends._asyncio"),
    *("uvicorn.protocols.websockets.websockets_sansio_impl", "httpcore", "fastapi.middleware.gzip"),
    *("apscheduler.executors.asyncio", "apscheduler.triggers.interval", "nicegui.ui_run_with"),
)
"""What a server imports before it answers: its own parts, and those of the libraries that are imported late."""
Stream: TypeAlias = "int | HasFileno"
KEPT_AWAY = ("PYTEST", "NICEGUI")
LONGEST = 1 << 20


class HasFileno(Protocol):
    """A file or a socket."""

    def fileno(self) -> int:
        """Its number."""


@dataclass(frozen=True, slots=True)
class Birth:
    """What is to run: a module, as `python -m` would, its arguments, environment and folder."""

    module: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    folder: str


class Forked:
    """A process of the nursery, as `subprocess.Popen` would show one of ours."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._heard = b""
        self.pid = self._number(None)
        self.returncode: int | None = None

    def fileno(self) -> int:
        """Stream once the process has ended."""
        return self._line.fileno()

    def poll(self) -> int | None:
        """Its exit status if it has ended; a signal's number negative."""
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; its exit status. Raises `subprocess.TimeoutExpired`."""
        if self.returncode is None:
            try:
                self.returncode = self._number(timeout)
            except (TimeoutError, BlockingIOError):
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0) from None
            self._line.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """`kill -9`."""
        self.send_signal(signal.SIGKILL)

    def _number(self, timeout: float | None) -> int:
        """The next line: its process id, then how it ended. When the nursery is gone, so is it."""
        self._line.settimeout(timeout)
        while b"\n" not in self._heard:
            self._heard += self._line.recv(64) or b"%d\n" % -signal.SIGKILL
        line, _, self._heard = self._heard.partition(b"\n")
        return int(line)


class Nursery:
    """The process that has imported everything, seen from the tests."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="rfc-nursery-")
        self._address = f"{self._folder.name}/socket"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(KEPT_AWAY)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.nursery", self._address],
            env=kept | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "default"},
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"ready\n"

    def fork(self, birth: Birth, *, stdin: Stream, stdout: Stream, stderr: Stream) -> Forked:
        """Start a process on these streams."""
        line = socket.socket(socket.AF_UNIX)
        line.connect(self._address)
        streams = [one if isinstance(one, int) else one.fileno() for one in (stdin, stdout, stderr)]
        socket.send_fds(line, [json.dumps(asdict(birth)).encode() + b"\n"], streams)
        return Forked(line)

    def close(self) -> None:
        """End it, and with it whatever it forked."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
        self._folder.cleanup()


_NURSERIES: list[Nursery] = []


def nursery() -> Nursery:
    """The nursery of this process; it ends with it."""
    if not _NURSERIES:
        _NURSERIES.append(Nursery())
        atexit.register(_NURSERIES[0].close)
    return _NURSERIES[0]


class _Forking:
    """The loop of the nursery's own process."""

    def __init__(self, address: str) -> None:
        self._asked = socket.socket(socket.AF_UNIX)
        self._asked.bind(address)
        self._asked.listen(64)
        self._wake, self._wakened = socket.socketpair()
        self._wakened.setblocking(False)
        signal.set_wakeup_fd(self._wakened.fileno())
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self._selector = selectors.DefaultSelector()
        for one in (self._asked, self._wake, sys.stdin):
            self._selector.register(one, selectors.EVENT_READ)
        self._children: dict[int, socket.socket] = {}

    def run(self) -> Birth:
        """Fork until the tests are over; returns in each child, with what it is to be."""
        while True:
            ready = {key.fileobj for key, _ in self._selector.select()}
            if sys.stdin in ready:
                self._end()
            if self._wake in ready:
                self._wake.recv(4096)
                self._reap()
            if self._asked in ready and (birth := self._fork()) is not None:
                return birth

    def _fork(self) -> Birth | None:
        line, _ = self._asked.accept()
        asked, streams, _, _ = socket.recv_fds(line, LONGEST, 3)
        while not asked.endswith(b"\n"):
            asked += line.recv(LONGEST)
        assert threading.active_count() == 1
        child = os.fork()
        if not child:
            self._leave(line)
            return _born(Birth(**json.loads(asked)), streams)
        for stream in streams:
            os.close(stream)
        self._children[child] = line
        line.sendall(b"%d\n" % child)
        return None

    def _leave(self, line: socket.socket) -> None:
        """Nothing of the nursery stays with a child."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for one in (self._selector, self._asked, self._wake, self._wakened, line, *self._children.values()):
            one.close()

    def _reap(self) -> None:
        while self._children:
            child, status = os.waitpid(-1, os.WNOHANG)
            if not child:
                return
            with self._children.pop(child) as line, suppress(OSError):
                line.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))

    def _end(self) -> None:
        for child in self._children:
            os.kill(child, signal.SIGKILL)
        shutil.rmtree(Path(self._asked.getsockname()).parent, ignore_errors=True)
        os._exit(0)


def _born(birth: Birth, streams: Sequence[int]) -> Birth:
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(birth.environment)
    time.tzset()
    os.chdir(birth.folder)
    return birth


def _main(address: str) -> None:
    for module in IMPORTED:
        importlib.import_module(module)
    sys.modules["services.gitea.connection"]._authorities()  # a tenth of a second, and the same for all
    gc.collect()
    gc.freeze()
    forking = _Forking(address)
    print("ready", flush=True)
    birth = forking.run()
    sys.argv = [birth.module, *birth.arguments]
    runpy.run_module(birth.module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _main(sys.argv[1])
