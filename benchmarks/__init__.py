"""Measures the figures of §19 that exist so far; `make bench`."""
