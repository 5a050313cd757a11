"""Graduations killed at every moment, and mails whose sender is killed: `make soak` (§13.5, §15.4)."""
