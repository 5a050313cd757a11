"""Acts of several steps that end whole or not at all (§13.5)."""
