"""The embedded forge: a small, durable, Gitea-compatible server over bare repositories."""
