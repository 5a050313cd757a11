"""Common to all tests."""

from __future__ import annotations
