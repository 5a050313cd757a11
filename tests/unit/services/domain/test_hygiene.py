"""When a branch is warned of, closed and deleted (§12)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.domain.branch import BranchState
from services.domain.hygiene import BranchFacts, Step, Terms, due, told_fate

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
TERMS = Terms()


def days(number: float) -> datetime:
    return NOW - timedelta(days=number)


def idle(commit: float, **more: object) -> BranchFacts:
    return BranchFacts(state=BranchState.OPEN, last_commit_at=days(commit), **more)  # type: ignore[arg-type]


def closed(since: float, **more: object) -> BranchFacts:
    return BranchFacts(state=BranchState.CLOSED, last_commit_at=days(300), closed_at=days(since), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "step"),
    [
        (idle(22), None),
        (idle(23), Step.WARN),
        (idle(28, warned_at=days(5)), None),
        (idle(29, warned_at=days(6)), Step.WARN),
        (idle(29.5, warned_at=days(0.2)), None),
        (idle(30, warned_at=days(1)), Step.CLOSE),
        (idle(30), Step.CLOSE),
        (idle(400), Step.CLOSE),
        (idle(40, created_at=days(5)), None),
        (idle(40, pinned=True), None),
        (idle(40, in_use=True), None),
        (idle(40, kept_until=NOW + timedelta(days=20)), None),
        (idle(40, kept_until=NOW + timedelta(days=6)), Step.WARN),
        (closed(82), None),
        (closed(83), Step.WARN),
        (closed(89, warned_at=days(6)), Step.WARN),
        (closed(90, warned_at=days(1)), Step.DELETE_STALE),
        (closed(90, warned_at=days(0.5)), None),
        (closed(90), Step.WARN),
        (closed(500), Step.WARN),
        (closed(500, warned_at=days(420)), Step.WARN),
        (closed(500, warned_at=days(300)), Step.DELETE_STALE),
        (closed(500, warned_at=days(2)), Step.DELETE_STALE),
        (closed(500, warned_at=NOW + timedelta(days=3)), None),
        (closed(90, warned_at=days(1), pinned=True), None),
        (idle(200, merged_at=days(90), warned_at=days(1)), Step.DELETE_MERGED),
        (idle(200, merged_at=days(90)), Step.WARN),
        (idle(200, merged_at=days(40)), None),
        (BranchFacts(state=BranchState.DELETED, last_commit_at=days(400)), None),
        (BranchFacts(state=BranchState.OPEN, last_commit_at=None), None),
    ],
)
def test_what_is_due(facts: BranchFacts, step: Step | None) -> None:
    assert due(facts, TERMS, NOW) is step


def test_hourly_ticks_warn_twice_then_act_and_a_missed_time_delays_deleting_by_a_day() -> None:
    def life(start: int) -> list[tuple[float, Step]]:
        facts, seen = closed(0), []
        for hour in range(start, 24 * 120):
            moment = NOW + timedelta(hours=hour)
            step = due(facts, TERMS, moment)
            if step is Step.WARN:
                facts = closed(0, warned_at=moment)
            if step is not None:
                seen.append((hour / 24, step))
            if step is Step.DELETE_STALE:
                break
        return seen

    assert life(0) == [(83, Step.WARN), (89, Step.WARN), (90, Step.DELETE_STALE)]
    assert life(24 * 100) == [(100, Step.WARN), (101, Step.DELETE_STALE)]


@pytest.mark.parametrize(
    ("facts", "fate"),
    [
        (idle(25, warned_at=days(2)), (Step.CLOSE, NOW + timedelta(days=5))),
        (closed(85, warned_at=days(2)), (Step.DELETE_STALE, NOW + timedelta(days=5))),
        (idle(25), None),
        (idle(25, warned_at=days(2), kept_until=NOW + timedelta(days=28)), None),
        (idle(2, warned_at=days(4)), None),
        (idle(25, warned_at=days(2), pinned=True), None),
    ],
)
def test_what_has_been_told_is_shown_until_it_no_longer_comes(
    facts: BranchFacts, fate: tuple[Step, datetime] | None
) -> None:
    told = told_fate(facts, TERMS)
    assert (told and (told.step, told.at)) == fate
