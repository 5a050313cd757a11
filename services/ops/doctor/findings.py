"""What a check found out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How a check ended; only FAIL makes the command exit 1."""

    OK = "ok"
    NOTE = "note"
    FAIL = "FAIL"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was checked, how it stands, and for a failure what to do."""

    check: str
    verdict: Verdict
    seen: str
    remedy: str = ""

    def line(self) -> str:
        """The line as it is printed."""
        remedy = f" → {self.remedy}" if self.remedy else ""
        return f"{self.verdict:<4}  {self.check:<18} {self.seen}{remedy}"


def ok(check: str, seen: str) -> Finding:
    """All is well."""
    return Finding(check, Verdict.OK, seen)


def note(check: str, seen: str, remedy: str = "") -> Finding:
    """Works, and somebody may want to know."""
    return Finding(check, Verdict.NOTE, seen, remedy)


def skip(check: str, *, needs: str) -> Finding:
    """Could not be checked, because what it depends on does not work."""
    return Finding(check, Verdict.SKIP, f"not checked: needs {needs}")


def fail(check: str, seen: str, remedy: str) -> Finding:
    """Does not work; the remedy says what to do."""
    return Finding(check, Verdict.FAIL, seen, remedy)
