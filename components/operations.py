"""Operation ids that a browser makes up, so that a form sent twice counts once."""

from __future__ import annotations

from services.domain.identifiers import OperationId

_DIGITS = frozenset("0123456789abcdef")


def operation_from(text: str) -> OperationId | None:
    """The operation id, if the text has the form of one (32 hex digits)."""
    return OperationId(text) if len(text) == 32 and _DIGITS.issuperset(text) else None
