"""What the outbox sends with: the transport, the sender, and the key of the unsubscribe links (§15.4)."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from services.domain.routing import Category
from services.mail.letter import Sender
from services.mail.transport import LogTransport, Transport
from services.mail.unsubscribe import DIGEST, UnsubscribeLinks, Wish

KINDS: Final = {
    Category.PERSONAL_DIRECT.value: "email_personal_direct",
    Category.ADMIN_ACTIONABLE.value: "email_admin_actionable",
    Category.WATCHED_STRUCTURAL.value: "email_watched_structural",
}
"""The switch of each kind of mail that can be stopped; the digest has its cadence instead."""


NOBODY: Final = Sender(address="rfc-ui@localhost", name="RFC UI", site_name="RFC UI")


@dataclass(frozen=True, slots=True, kw_only=True)
class PostOffice:
    """Made once at start."""

    transport: Transport = field(default_factory=LogTransport)
    sender: Sender = NOBODY
    links: UnsubscribeLinks = field(default_factory=lambda: UnsubscribeLinks(secrets.token_bytes(32)))
    bundle_threshold: int = 3

    def unsubscribe_url(self, app_url: str, *, user_id: int, kinds: Iterable[str]) -> str:
        """The address that stops these kinds of mail to this person."""
        return f"{app_url}/api/email/unsubscribe?token={self.links.token(Wish(user_id, tuple(kinds)))}"


__all__ = ["DIGEST", "KINDS", "PostOffice", "Wish"]
