"""The documents of the demo: a small community that writes down, one word at a time, what it means."""
