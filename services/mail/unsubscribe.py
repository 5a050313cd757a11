"""Links that stop the kinds of mail a letter holds, signed so that they need no session (RFC 8058, §15.4)."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Final

from itsdangerous import BadData, URLSafeTimedSerializer

LIFETIME_SECONDS: Final = 400 * 86_400
DIGEST: Final = "digest"
"""Stands beside the categories: the digest has an unsubscribe of its own (§15.5)."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Whose mail of which kinds is to stop: one, or all that a bundle holds."""

    user_id: int
    kinds: tuple[str, ...]


class UnsubscribeLinks:
    """Makes and reads tokens under one key."""

    def __init__(self, key: bytes) -> None:
        self._signer = URLSafeTimedSerializer(key, salt="unsubscribe")

    def token(self, wish: Wish) -> str:
        """The token that stops this."""
        return str(self._signer.dumps([wish.user_id, *wish.kinds]))

    def read(self, token: str) -> Wish | None:
        """What a token stops; None for one that is forged, damaged or too old."""
        try:
            user_id, *kinds = self._signer.loads(token, max_age=LIFETIME_SECONDS)
        except (BadData, ValueError, TypeError):
            return None
        if not kinds or not isinstance(user_id, int) or not all(isinstance(kind, str) for kind in kinds):
            return None
        return Wish(user_id, tuple(kinds))


def derived_key(secret: str) -> bytes:
    """The key where none is set: another one than the sessions', and gone when theirs is changed."""
    return hmac.new(secret.encode(), b"unsubscribe links", hashlib.sha256).digest()
