"""How the forge says no: one exception that knows its status, its text and how much of it is shown."""

from __future__ import annotations


class Refused(Exception):
    """A request that ends with an error answer.

    `internal` marks failures whose text only site admins may read, as Gitea does with 500.
    `location` turns the answer into a redirect.
    """

    def __init__(self, status: int, message: str = "", *, internal: bool = False, location: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.internal = internal
        self.location = location


def not_found(message: str = "not found") -> Refused:
    """404, which also answers for what the caller may not see."""
    return Refused(404, message)


def forbidden(message: str) -> Refused:
    """403 with Gitea's own words."""
    return Refused(403, message)


def unprocessable(message: str) -> Refused:
    """422: the request was read and does not fit the state."""
    return Refused(422, message)
