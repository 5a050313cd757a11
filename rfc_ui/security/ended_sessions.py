"""Pages whose session has ended: they may do nothing more."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from nicegui import Client

from rfc_ui.security.sessions import token_of
from services.usecases.accounts import token_hash

REMEMBERED = 10_000
"""Ended sessions kept in memory: far more than pages can be open, since a page that leaves needs none."""


class EndedSessions:
    """Which sessions were seen to end while this process runs (§6.1, §19 “never a stale session”)."""

    def __init__(self) -> None:
        self._hashes: OrderedDict[str, None] = OrderedDict()

    def note(self, hashes: Iterable[str]) -> None:
        """Remember that these sessions ended: from now on their pages may do nothing."""
        self._hashes.update(dict.fromkeys(hashes))
        while len(self._hashes) > REMEMBERED:
            self._hashes.popitem(last=False)

    def may_act(self, client: Client) -> bool:
        """Whether the session that loaded the page has not ended since."""
        return _hash_of(client) not in self._hashes


def _hash_of(client: Client) -> str | None:
    token = token_of(client.request.session)
    return None if token is None else token_hash(token)
