"""The embedded forge as an owned child process: it lives exactly as long as this one (decision 0004)."""

from __future__ import annotations

import logging
import os
import queue
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO

log = logging.getLogger(__name__)

START_SECONDS = 30
STOP_SECONDS = 8
RESTART_PAUSE_SECONDS = 1.0


class ForgeNotStarted(Exception):
    """The forge did not come up; the message is the forge's own sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgePlace:
    """Where a forge keeps its data, where it listens, and under which address browsers know it."""

    data: Path
    host: str
    port: int
    root_url: str


class ForgeProcess:
    """A running forge; `stop` ends it, and so does the end of this process, however it comes."""

    def __init__(self, place: ForgePlace, *, admin: str, admin_password: str) -> None:
        self.place = place
        self._command = [
            *(sys.executable, "-m", "services.forge", "--exit-with-stdin"),
            *("--data", str(place.data), "--host", place.host, "--port", str(place.port)),
            *("--root-url", place.root_url, "--admin-user", admin),
            *("--webhook-hosts", "loopback,private,external"),
        ]
        self._environment = os.environ | {"FORGE_ADMIN_PASSWORD": admin_password}
        self._stopping = threading.Event()
        self._behind = timedelta()
        self._child = self._started()
        threading.Thread(target=self._watch, name="forge", daemon=True).start()

    @property
    def pid(self) -> int:
        """Process id of the present child."""
        return self._child.pid

    def stop(self) -> None:
        """Close the forge's standard input and wait for it; after eight seconds it is killed."""
        self._stopping.set()
        _end(self._child)
        self._reader.join(STOP_SECONDS)

    def run_behind(self, by: timedelta) -> None:
        """Let the forge's clock go late from its next requests on; one that has to be started again goes late too."""
        self._behind = by
        _tell(self._child, by)

    def _watch(self) -> None:
        """Start the forge again if it ends by itself; the app meets this as a short outage of Gitea."""
        while not self._stopping.is_set():
            code = self._child.wait()
            if self._stopping.wait(RESTART_PAUSE_SECONDS):
                return
            log.error("the embedded forge ended with code %s and is started again", code)
            _end(self._child)
            self._reader.join(STOP_SECONDS)
            try:
                self._child = self._started()
                _tell(self._child, self._behind)
            except ForgeNotStarted as error:
                log.error("the embedded forge does not start: %s", error)  # noqa: TRY400 - the sentence says it
            if self._stopping.is_set():
                _end(self._child)

    def _started(self) -> subprocess.Popen[str]:
        child = subprocess.Popen(
            self._command,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # a Ctrl-C is for us; we end the forge after the last request
        )
        said: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=_read_lines, args=(child.stdout, said), daemon=True)
        self._reader.start()
        try:
            _wait_until_ready(child, said)
        except ForgeNotStarted:
            _end(child)
            self._reader.join(STOP_SECONDS)
            raise
        return child


def _wait_until_ready(child: subprocess.Popen[str], said: queue.Queue[str]) -> None:
    last = "it said nothing"
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        line = _next_line(said)
        if line is not None and line.startswith("forge ready at "):
            return
        if line is None and child.poll() is not None:
            raise ForgeNotStarted(last)
        last = line or last
    raise ForgeNotStarted(f"the forge did not answer within {START_SECONDS} seconds; its last words: {last}")


def _next_line(said: queue.Queue[str]) -> str | None:
    try:
        return said.get(timeout=0.1)
    except queue.Empty:
        return None


def _read_lines(stream: IO[str] | None, said: queue.Queue[str]) -> None:
    if stream is None:
        return
    with stream:
        for line in stream:
            said.put(line.rstrip())
            log.info("%s", line.rstrip())


def _tell(child: subprocess.Popen[str], behind: timedelta) -> None:
    if child.stdin is not None:
        with suppress(OSError, ValueError):  # one that has just ended hears it when it is started again
            child.stdin.write(f"{int(behind.total_seconds())}\n")
            child.stdin.flush()


def _end(child: subprocess.Popen[str]) -> None:
    if child.stdin is not None:
        child.stdin.close()
    try:
        child.wait(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
