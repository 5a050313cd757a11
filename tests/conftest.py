"""Common to all tests."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest
from hypothesis import settings

# How long one example takes says more about the machine's other work than about ours.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

# A run holds some hundred thousand objects of tests and libraries for as long as it lasts: looking through them for
# garbage every few hundred allocations takes a good part of its time.
gc.freeze()
gc.set_threshold(50_000, 20, 50)

pytest_plugins = [
    "tests.support.compiling",
    "tests.support.databases",
    "tests.support.demo",
    "tests.support.world",
]

HERE = Path(__file__).parent
SLOWEST_FIRST = ("e2e", "soak", "integration/rfc_ui", "integration", "contract", "")
"""Files that take long begin the run, so that at its end no worker has one of them while the others have nothing."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the order within a folder, which is a new one each run."""
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    parts = item.path.relative_to(HERE).as_posix() if item.path.is_relative_to(HERE) else ""
    return next(place for place, folder in enumerate(SLOWEST_FIRST) if parts.startswith(folder))
