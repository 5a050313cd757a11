"""When an idle branch is closed, and when a closed or merged one is deleted (§12).

Pure: a branch's facts and a moment in, what is to be done out. Nothing is deleted earlier than a day after its
last warning: a missed one delays deleting. Closing loses nothing and waits for none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.domain.branch import BranchState


class Step(StrEnum):
    """What is to be done with a branch."""

    WARN = "warn"
    CLOSE = "close"
    DELETE_STALE = "delete_stale"
    DELETE_MERGED = "delete_merged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """After how long without commits a branch is closed, and how long after that it is deleted."""

    close_after: timedelta = timedelta(days=30)
    delete_after: timedelta = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchFacts:
    """What is known of one branch; `in_use` is true while a pull request is open that is its own, or replayed there."""

    state: BranchState
    last_commit_at: datetime | None
    created_at: datetime | None = None
    closed_at: datetime | None = None
    merged_at: datetime | None = None
    kept_until: datetime | None = None
    warned_at: datetime | None = None
    pinned: bool = False
    in_use: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What becomes of a branch if nobody does anything, and when."""

    step: Step
    at: datetime


FIRST_WARNING = timedelta(days=7)
LAST_WARNING = timedelta(days=1)
KEEP = timedelta(days=30)


def fate_of(facts: BranchFacts, terms: Terms) -> Fate | None:
    """The next thing that happens to a branch by itself; None for pinned, used and deleted ones."""
    if facts.pinned or facts.in_use or facts.state is BranchState.DELETED:
        return None
    if facts.merged_at is not None:
        return Fate(step=Step.DELETE_MERGED, at=_later(facts.merged_at + terms.delete_after, facts))
    if facts.state is BranchState.CLOSED:
        if facts.closed_at is None:
            return None
        return Fate(step=Step.DELETE_STALE, at=_later(facts.closed_at + terms.delete_after, facts))
    moments = [moment for moment in (facts.last_commit_at, facts.created_at) if moment is not None]
    if not moments:
        return None
    return Fate(step=Step.CLOSE, at=_later(max(moments) + terms.close_after, facts))


def told_fate(facts: BranchFacts, terms: Terms) -> Fate | None:
    """The next thing that happens to a branch, once its people have been warned of it."""
    fate = fate_of(facts, terms)
    told = fate is not None and facts.warned_at is not None and facts.warned_at >= fate.at - FIRST_WARNING
    return fate if told else None


def due(facts: BranchFacts, terms: Terms, now: datetime) -> Step | None:
    """What is to be done now: the step itself, a warning of it, or nothing."""
    fate = fate_of(facts, terms)
    if fate is None or now < fate.at - FIRST_WARNING:
        return None
    told = facts.warned_at if facts.warned_at and facts.warned_at >= fate.at - FIRST_WARNING else None
    if now >= fate.at and (fate.step is Step.CLOSE or (told and now - told >= LAST_WARNING)):
        return fate.step
    last = fate.at - LAST_WARNING
    needed = told is None or (now >= last > told)
    return Step.WARN if needed else None


def _later(moment: datetime, facts: BranchFacts) -> datetime:
    return moment if facts.kept_until is None else max(moment, facts.kept_until)
