"""Common to all tests."""

from __future__ import annotations

import gc

from hypothesis import settings

# How long one example takes says more about the machine's other work than about ours.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

# A run holds some hundred thousand objects of tests and libraries for as long as it lasts: looking through them for
# garbage every few hundred allocations takes a good part of its time.
gc.freeze()
gc.set_threshold(50_000, 20, 50)

pytest_plugins = ["tests.support.databases", "tests.support.world"]
