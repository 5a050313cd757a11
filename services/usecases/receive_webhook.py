"""Gitea's deliveries (§4.1): a verified one is a hint, “go and look at this repository”, never data."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping

from services.domain.errors import Forbidden, Invalid
from services.gitea.webhook import Delivery, MalformedDelivery, parse_delivery, verify
from services.store.queries import deliveries
from services.usecases.context import Context

log = logging.getLogger(__name__)

SIGNATURE = "x-gitea-signature"
_UNPRINTABLE = re.compile(r"[^\x21-\x7e]+")


async def receive(context: Context, *, secret: str, headers: Mapping[str, str], body: bytes) -> None:
    """Take one delivery: schedule a refresh, or do nothing for a repeated one or another repository.

    Raises Forbidden for a wrong or missing signature, and Invalid for a signed body that is no delivery.
    """
    if not verify(secret, body, headers.get(SIGNATURE, "")):
        _log_refusal(headers, "wrong signature")
        raise Forbidden("The signature of this delivery is wrong.", hint="Compare the webhook's secret.")
    try:
        delivery = parse_delivery(headers, body)
    except MalformedDelivery as error:
        _log_refusal(headers, str(error))
        raise Invalid(f"This is not a delivery: {error}") from error
    reason = await _refusal(context, delivery)
    if reason is None:
        log.info("webhook %s %s %s accepted", delivery.event, delivery.repository, delivery.id)
        context.refresher.hint(delivery.repository, delivery.pull_number)
    else:
        log.info(
            "webhook %s %s %s refused: %s", delivery.event, delivery.repository, delivery.id, reason
        )


async def _refusal(context: Context, delivery: Delivery) -> str | None:
    """Why nothing is to be done for a genuine delivery."""
    if not context.refresher.knows(delivery.repository):
        return "unknown repository"
    async with context.store.write() as work:
        is_new = await deliveries.remember(
            work, delivery_id=delivery.id, event=delivery.event, repo=delivery.repository
        )
    return None if is_new else "delivered before"


def _log_refusal(headers: Mapping[str, str], reason: str) -> None:
    """Headers of a stranger: one line, no control characters, not too long."""
    event, delivery = (_shown(headers.get(f"x-gitea-{name}", "")) for name in ("event", "delivery"))
    log.warning("webhook %s - %s refused: %s", event, delivery, reason)


def _shown(text: str) -> str:
    return _UNPRINTABLE.sub("?", text)[:64] or "-"
