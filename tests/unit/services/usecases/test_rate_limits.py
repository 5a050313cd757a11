"""How often one person may do something."""

from __future__ import annotations

import pytest

from services.domain.errors import RateLimited
from services.usecases.rate_limits import Limited, RateLimits


def test_one_more_than_the_limit_is_refused_with_the_seconds_to_wait() -> None:
    limits = RateLimits({Limited.PROPOSE: "2 per minute"})
    limits.count(Limited.PROPOSE, "writer")
    limits.count(Limited.PROPOSE, "writer")

    with pytest.raises(RateLimited) as refused:
        limits.count(Limited.PROPOSE, "writer")

    assert refused.value.message == "You have proposed a lot in a short time."
    assert 1 <= refused.value.retry_after <= 60


def test_people_and_acts_are_counted_apart() -> None:
    limits = RateLimits({Limited.PROPOSE: "1 per minute", Limited.COMMENT: "1 per minute"})
    limits.count(Limited.PROPOSE, "writer")

    limits.count(Limited.PROPOSE, "reader")
    limits.count(Limited.COMMENT, "writer")

    with pytest.raises(RateLimited):
        limits.count(Limited.PROPOSE, "writer")


def test_a_refusal_by_the_longer_window_does_not_use_up_the_shorter_one() -> None:
    limits = RateLimits({Limited.PROPOSE: "2 per second; 1 per day"})
    limits.count(Limited.PROPOSE, "writer")

    with pytest.raises(RateLimited) as refused:
        limits.count(Limited.PROPOSE, "writer")

    assert refused.value.retry_after > 3600
