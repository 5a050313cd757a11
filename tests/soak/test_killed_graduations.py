"""`kill -9` of the real server in the middle of a graduation; `make soak` does it at every moment (§13.5)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.soak.soak import BACK, FORWARD, Soak, soaking


@pytest.fixture(scope="module")
def soak() -> Iterator[Soak]:
    with soaking() as running:
        yield running


@pytest.mark.parametrize(
    ("course", "moment", "outcome"),
    [
        (FORWARD, "after POST repos/new/contents", "all"),
        (FORWARD, "after POST repos/meta/pulls/n/merge", "all"),
        (BACK, "after PATCH repos/meta/pulls/n", "none"),
    ],
)
def test_it_is_whole_or_gone_after_one_start(soak: Soak, course: str, moment: str, outcome: str) -> None:
    run = soak.run(course, kill=moment, seed=0)

    assert (run.was_killed, run.restarts, run.outcome, run.wrong) == (True, 1, outcome, ())
