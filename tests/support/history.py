"""What a clone says of a file's commits: who wrote, who committed, on whose behalf."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Told:
    """What a clone says of one commit."""

    merges: bool
    author: str
    committer: str
    on_behalf_of: str
    has_operation: bool
    with_others: tuple[str, ...] = ()


def history_of(address: str, into: Path, path: str, *, since: str = "") -> list[Told]:
    """The commits of main that brought a file, the newest first; merges count as commits of their own.

    `address` is the repository's; `since` leaves out those that this commit has.
    """
    clone = into / "clone"
    if not clone.exists():
        subprocess.run(["git", "clone", "-q", f"{address}.git", str(clone)], check=True, timeout=30)
    wanted = [f"{since}..HEAD"] if since else []
    shown = subprocess.run(
        [
            "git",
            "-C",
            str(clone),
            "log",
            "-m",
            "--format=%P%x1f%an <%ae>%x1f%cn%x1f%B%x00",
            *wanted,
            "--",
            path,
        ],
        check=True,
        capture_output=True,
        text=True,
        timeout=30,
    ).stdout
    return [_told(one) for one in shown.split("\0") if one.strip()]


def _told(shown: str) -> Told:
    parents, author, committer, message = shown.strip().split("\x1f")
    lines = [tuple(line.split(": ", 1)) for line in message.strip().rpartition("\n\n")[2].splitlines()]
    trailers = dict(lines)
    return Told(
        merges=" " in parents,
        author=author,
        committer=committer,
        on_behalf_of=trailers["On-behalf-of"],
        has_operation=re.fullmatch("[0-9a-f]{32}", trailers["RFC-Op"]) is not None,
        with_others=tuple(value for key, value in lines if key == "Co-authored-by"),
    )
