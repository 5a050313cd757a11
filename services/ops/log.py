"""Log lines: levels for journald, JSON on request, tracebacks kept, secrets struck out (§17)."""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

LogFormat = Literal["json", "text"]
STRUCK_OUT = "[hidden]"
_JOURNALD_LEVELS = {
    logging.DEBUG: 7,
    logging.INFO: 6,
    logging.WARNING: 4,
    logging.ERROR: 3,
    logging.CRITICAL: 2,
}
_TALKATIVE = ("httpx", "httpcore", "apscheduler", "asyncio", "watchfiles", "engineio", "socketio", "alembic")
_GIVEAWAYS = re.compile(
    r"(?i)((?:authorization|x-webhook-secret|x-gitea-signature|set-cookie|cookie)['\"]?\s*[:=]\s*['\"]?)[^\r\n'\"]+"
    r"|([?&](?:access_token|token|client_id|code|state|sig)=)[^&\s\"']+"
    r"|(://[^/\s:@]*:)[^@\s/]+(?=@)"
)


class Redaction:
    """Strikes known secrets, and what looks like one, out of a finished line."""

    def __init__(self, secrets: Collection[str]) -> None:
        longest_first = sorted({secret for secret in secrets if len(secret) >= 6}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def __call__(self, text: str) -> str:
        if self._known is not None:
            text = self._known.sub(STRUCK_OUT, text)
        return _GIVEAWAYS.sub(lambda match: f"{next(filter(None, match.groups()))}{STRUCK_OUT}", text)


class TextFormatter(logging.Formatter):
    """`<time> <level> <logger>: <message>`; under journald its own level prefix stands on every line instead."""

    def __init__(self, redaction: Redaction, *, journald: bool) -> None:
        super().__init__(
            "%(name)s: %(message)s" if journald else "%(asctime)s %(levelname)s %(name)s: %(message)s"
        )
        self._redaction = redaction
        self._journald = journald

    def format(self, record: logging.LogRecord) -> str:
        text = self._redaction(super().format(record))
        if not self._journald:
            return text
        prefix = f"<{_JOURNALD_LEVELS.get(record.levelno, 6)}>"
        return "\n".join(prefix + line for line in text.splitlines())


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message and, for failures, the traceback."""

    def __init__(self, redaction: Redaction) -> None:
        super().__init__()
        self._redaction = redaction

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self._redaction(record.getMessage()),
        }
        if record.exc_info:
            line["traceback"] = self._redaction(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def configure_logging(*, log_format: LogFormat = "text", secrets: Collection[str] = ()) -> None:
    """Send everything from INFO up to standard error, in one format, with `secrets` struck out."""
    redaction = Redaction(secrets)
    handler = logging.StreamHandler(sys.stderr)
    if log_format == "json":
        handler.setFormatter(JsonFormatter(redaction))
    else:
        handler.setFormatter(TextFormatter(redaction, journald=stderr_is_the_journal()))
    _use([handler])


def log_to_file(path: Path) -> None:
    """Send everything from INFO up to a file, and from WARNING up to standard error too: for the demo."""
    redaction = Redaction(())
    to_file = logging.FileHandler(path, encoding="utf-8")
    to_screen = logging.StreamHandler(sys.stderr)
    to_screen.setLevel(logging.WARNING)
    for handler in (to_file, to_screen):
        handler.setFormatter(TextFormatter(redaction, journald=False))
    _use([to_file, to_screen])


def _use(handlers: list[logging.Handler]) -> None:
    logging.basicConfig(level=logging.INFO, handlers=handlers, force=True)
    logging.captureWarnings(True)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def stderr_is_the_journal() -> bool:
    """Whether systemd connected standard error to the journal (sd_journal's JOURNAL_STREAM)."""
    stream = os.environ.get("JOURNAL_STREAM", "")
    try:
        status = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError):
        return False
    return stream == f"{status.st_dev}:{status.st_ino}"
