"""The kinds of identifier, told apart by the type checker."""

from __future__ import annotations

from typing import NewType

UserId = NewType("UserId", int)
"""Primary key of `users`."""
Login = NewType("Login", str)
"""A Gitea login, as it is written now."""
Slug = NewType("Slug", str)
"""The permanent key of an entry (§2)."""
Repository = NewType("Repository", str)
"""`<owner>/<name>` on Gitea."""
PullNumber = NewType("PullNumber", int)
"""A pull request's number inside its repository."""
OperationId = NewType("OperationId", str)
"""The `RFC-Op` of one bot write (§1): 32 hex digits."""
CommitSha = NewType("CommitSha", str)
"""A full commit id."""
ThreadId = NewType("ThreadId", int)
MessageId = NewType("MessageId", int)
ChangeId = NewType("ChangeId", int)
"""Primary key of `changes`."""
