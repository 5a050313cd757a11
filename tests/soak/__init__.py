"""Graduations that are killed at every moment: `make soak` (§13.5)."""
