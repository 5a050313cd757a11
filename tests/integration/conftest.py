"""Common to the tests of several pieces at once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import stamina

from services.gitea import branch_writing, entry_pull, founding, merging, opening, pull_writing, writing
from services.usecases.sagas import runner


@pytest.fixture(autouse=True, scope="session")
def _short_pauses() -> Iterator[None]:
    """What failed is tried again as often as ever, but after a fiftieth of the time."""
    with stamina.set_testing(True, attempts=100, cap=True), pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner, "FIRST_PAUSE", runner.FIRST_PAUSE / 50)
        patch.setattr(merging, "_FIRST_PAUSE", merging._FIRST_PAUSE / 50)
        patch.setattr(merging, "_LONGEST_PAUSE", merging._LONGEST_PAUSE / 50)
        for module in (branch_writing, entry_pull, founding, opening, pull_writing, writing):
            patch.setattr(module, "RACE_PAUSE", module.RACE_PAUSE / 50)
        yield
