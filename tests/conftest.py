"""Common to all tests."""

from __future__ import annotations

from hypothesis import settings

# How long one example takes says more about the machine's other work than about ours.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

pytest_plugins = ["tests.support.databases", "tests.support.world"]
