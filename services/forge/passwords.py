"""Passwords: kept as scrypt hashes, and remembered for a while so that Basic auth stays quick."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading

COST = 2**14
MEMORY = 512


def digest(secret: str) -> str:
    """What is stored instead of a random secret (token, code, session): enough, since it can't be guessed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def hash_password(password: str) -> str:
    """`scrypt$<cost>$<salt>$<hash>`, hex."""
    salt = secrets.token_bytes(16)
    return f"scrypt${COST}${salt.hex()}${_scrypt(password, salt, COST).hex()}"


def matches(password: str, stored: str) -> bool:
    """Whether this is the password; takes about 50 ms on purpose."""
    try:
        _, cost, salt, expected = stored.split("$")
    except ValueError:
        return False
    return hmac.compare_digest(_scrypt(password, bytes.fromhex(salt), int(cost)), bytes.fromhex(expected))


def _scrypt(password: str, salt: bytes, cost: int) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=cost, r=8, p=1, dklen=32)


class PasswordMemory:
    """Passwords found right by this process, under a key that dies with it."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._known: set[bytes] = set()
        self._guard = threading.Lock()

    def verify(self, password: str, stored: str) -> bool:
        """As `matches`, at once when this password was right for this hash before."""
        mark = hmac.digest(self._key, f"{stored}\0{password}".encode(), "sha256")
        with self._guard:
            if mark in self._known:
                return True
        if not matches(password, stored):
            return False
        with self._guard:
            if len(self._known) >= MEMORY:
                self._known.clear()
            self._known.add(mark)
        return True
