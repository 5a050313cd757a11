"""Live texts: one text for everybody who edits a branch (§8.9, §8.10)."""
