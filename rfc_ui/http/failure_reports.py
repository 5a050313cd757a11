"""What is written down about a failure nobody expected, and the reference under which it is found again."""

from __future__ import annotations

import logging
import secrets

logger = logging.getLogger("rfc_ui.failures")

REFERENCE_BYTES = 4


def report(error: BaseException, *, where: str) -> str:
    """Log `error` with its traceback; return the reference to show, eight hex digits."""
    reference = secrets.token_hex(REFERENCE_BYTES)
    logger.error("failure %s in %s", reference, where, exc_info=error)
    return reference
