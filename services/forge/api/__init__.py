"""The forge's HTTP API, version 1: one module per noun, each with its table of routes."""
