"""The hand-written files that a new meta repository starts with."""
