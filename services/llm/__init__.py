"""The models that take part (§8.5, §18.2): a port, the providers behind it, and the copy-editor."""
