"""Keys of other people, sealed so that the database alone gives nothing away (§6.7)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE: Final = 12
_VERSION: Final = "1."


class Strongbox:
    """Seals and opens short texts with AES-GCM under one key, each for one owner only."""

    def __init__(self, key: bytes | None = None) -> None:
        self._cipher = AESGCM(hashlib.sha256(key if key is not None else secrets.token_bytes(32)).digest())

    def seal(self, text: str, *, owner: str) -> str:
        """The text as it may be stored; it opens for the same `owner` only."""
        nonce = secrets.token_bytes(_NONCE)
        sealed = self._cipher.encrypt(nonce, text.encode(), owner.encode())
        return _VERSION + base64.urlsafe_b64encode(nonce + sealed).decode()

    def open(self, sealed: str, *, owner: str) -> str | None:
        """The text; None where it was sealed under another key or for somebody else, or is damaged."""
        try:
            raw = base64.urlsafe_b64decode(sealed.removeprefix(_VERSION))
            return self._cipher.decrypt(raw[:_NONCE], raw[_NONCE:], owner.encode()).decode()
        except (InvalidTag, binascii.Error, ValueError):
            return None


def derived_key(secret: str) -> bytes:
    """The key where `CREDENTIALS_KEY` is not set: what it sealed is unreadable once `SECRET_KEY` is changed."""
    return hmac.new(secret.encode(), b"funder credentials", hashlib.sha256).digest()
