"""Every error the product raises on purpose.

ProductError
├── NotSignedIn            401  sign in first
├── Forbidden              403  the rule of §6.4 says no
│   └── Muted              403  §6.2
├── NotFound               404
├── UnreadableText         422  the file is there, and is not text that can be shown or edited
├── Conflict               409  the state moved on; nothing was changed
│   ├── SlugTaken          409  §9.1
│   └── Busy               409  somebody else is doing it right now
├── Invalid                422  the input needs changing; carries the field
├── RateLimited            429  carries the seconds to wait
├── StorageUnavailable     503  the database can't be read or written now
│   └── SchemaTooNew       503  the database needs newer code than this (§5)
└── Upstream               502  Gitea did not do what was asked
    ├── GiteaUnreachable   503  no answer, or a time-out
    ├── GiteaRefused       502  401/403: the bot's token or rights
    ├── GiteaNotFound      502  404: Gitea has no such thing (any more)
    └── GiteaConflict      409  409/412/422: Gitea's state differs from what was seen

Each has a sentence for people (`message`), a sentence that says what to do (`hint`), a stable `code`,
and whether trying again may help (`retryable`).
"""

from __future__ import annotations


class ProductError(Exception):
    """An expected failure, told to the person in words (§17: `{"error": {"code", "message", "hint"}}`)."""

    code = "error"
    status = 400
    retryable = False
    hint = "Try again. If it happens again, tell an admin."

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if hint is not None:
            self.hint = hint


class NotSignedIn(ProductError):
    """The act needs an account."""

    code = "not_signed_in"
    status = 401
    hint = "Sign in with Gitea; you come back to this page."

    def __init__(self, message: str = "You are not signed in.", *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)


class Forbidden(ProductError):
    """The permission table (§6.4) refuses the act."""

    code = "forbidden"
    status = 403
    hint = "Ask an admin if you think you should be able to do this."


class Muted(Forbidden):
    """The person is write-muted (§6.2)."""

    code = "muted"
    hint = "You can go on reading. An admin can lift it."

    def __init__(self, message: str = "An admin has muted your account, so you can't write here.") -> None:
        super().__init__(message)


class NotFound(ProductError):
    """There is no such thing, or the person may not know of it."""

    code = "not_found"
    status = 404
    hint = "Check the address, or look for it in the catalog."


class UnreadableText(ProductError):
    """A document's file is there, but is not UTF-8 text, too large, or has lost its front matter."""

    code = "unreadable_text"
    status = 422
    hint = "Somebody with access has to mend the file on Gitea."


class Conflict(ProductError):
    """The state moved on since the person looked; nothing was changed."""

    code = "conflict"
    status = 409
    hint = "Look at the page again; it shows how things stand now."


class SlugTaken(Conflict):
    """The slug belongs to an entry or an open idea (§9.1)."""

    code = "slug_taken"
    hint = "Choose another slug. What you typed is still here."

    def __init__(self, slug: str, by: str) -> None:
        super().__init__(f"The slug “{slug}” is already used by {by}.")
        self.slug = slug


class Busy(Conflict):
    """Somebody else is doing exactly this at the moment."""

    code = "busy"
    retryable = True
    hint = "Wait a moment and look again."


class Invalid(ProductError):
    """The input needs changing; `field` names the input it is about, or is empty."""

    code = "invalid"
    status = 422
    hint = "Correct it and send it again. What you typed is still here."

    def __init__(self, message: str, *, field: str = "", hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.field = field


class RateLimited(ProductError):
    """Too many in too short a time; `retry_after` is in seconds."""

    code = "rate_limited"
    status = 429
    retryable = True

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message, hint=f"Try again in {retry_after} seconds.")
        self.retry_after = retry_after


class StorageUnavailable(ProductError):
    """The database can't be read or written now: disk full, volume read-only, locked, or no connection."""

    code = "storage_unavailable"
    status = 503
    retryable = True
    hint = "Nothing was saved by this act. Try again in a minute; if it stays so, tell an admin."


class SchemaTooNew(StorageUnavailable):
    """The stored minimum version is one this code doesn't know, so it refuses to start (§5)."""

    code = "schema_too_new"
    retryable = False
    hint = "Start the newer version again, or restore a backup made before it."


class Upstream(ProductError):
    """Gitea did not do what was asked."""

    code = "gitea_failed"
    status = 502
    retryable = True
    hint = "Nothing was lost. Try again in a minute; admins see the reason in the sync report."

    def __init__(
        self, message: str, *, hint: str | None = None, answered: int | None = None, detail: str = ""
    ) -> None:
        super().__init__(message, hint=hint)
        self.answered = answered
        """Gitea's HTTP status, where it answered at all."""
        self.detail = detail
        """Gitea's own words: for logs and admins, never for decisions."""


class GiteaUnreachable(Upstream):
    """Gitea gave no answer, or none in time. The effect may or may not have happened."""

    code = "gitea_unreachable"
    status = 503


class GiteaRefused(Upstream):
    """Gitea answered 401 or 403: the bot's token or its rights are not what they should be."""

    code = "gitea_refused"
    retryable = False
    hint = "An admin has to look at the bot's token: `rfc-ui doctor` says what is missing."


class GiteaNotFound(Upstream):
    """Gitea answered 404: there is no such thing, or the bot may not know of it."""

    code = "gitea_not_found"
    retryable = False
    hint = "It may have been removed on Gitea; the page catches up within minutes."


class GiteaConflict(Upstream):
    """Gitea's state differs from what was seen (409, 412, 422)."""

    code = "gitea_conflict"
    status = 409
    hint = "Look at the page again; it shows how things stand now."
