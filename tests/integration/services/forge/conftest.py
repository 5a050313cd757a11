"""A forge of its own for each module, since these tests make it misbehave."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.forge import RunningForge, running_forge
from tests.support.forge_repository import ForgeRepository, sample_repository


@pytest.fixture(scope="module")
def forge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningForge]:
    """A running forge with an organization `acme`."""
    with running_forge(tmp_path_factory) as running:
        running.create_org("acme")
        yield running


@pytest.fixture
def repo(forge: RunningForge) -> Iterator[ForgeRepository]:
    """A fresh repository; the forge behaves again afterwards."""
    yield sample_repository(forge)
    forge.faults.clear()
