"""`python -m tests.support.newborn …` says in what state a process begins, and ends with status 3."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
import threading
from pathlib import Path


def report() -> dict[str, object]:
    """Whatever could be left over from somebody else."""
    try:
        loop = asyncio.get_event_loop_policy()._local._loop  # type: ignore[attr-defined]
    except AttributeError:
        loop = None
    return {
        "name": __name__,
        "arguments": sys.argv[1:],
        "folder": str(Path.cwd()),
        "environment": {name: value for name, value in os.environ.items() if name != "LC_CTYPE"},
        "streams": sorted(one.name for one in Path("/proc/self/fd").iterdir()),
        "threads": [thread.name for thread in threading.enumerate()],
        "loop": loop,
        "signals": [str(signal.getsignal(number)) for number in (signal.SIGTERM, signal.SIGCHLD)],
        "chance": random.random(),
    }


if __name__ == "__main__":
    print(json.dumps(report()), flush=True)
    sys.exit(3)
