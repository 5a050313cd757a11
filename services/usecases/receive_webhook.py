"""Gitea's deliveries (§4.1): a verified one is a hint, “go and look at this repository”, never data."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping

from services.domain.clock import now
from services.domain.errors import Forbidden, Invalid
from services.domain.identifiers import Repository
from services.gitea.webhook import Delivery, MalformedDelivery, parse_delivery, verify
from services.store.queries import deliveries
from services.usecases.context import Context
from services.usecases.refused_deliveries import RefusedDelivery

log = logging.getLogger(__name__)

SIGNATURE = "x-gitea-signature"
_UNPRINTABLE = re.compile(r"[^\x21-\x7e]+")


async def receive(context: Context, *, secret: str, headers: Mapping[str, str], body: bytes) -> None:
    """Take one delivery: schedule a refresh, or do nothing for a repeated one or another repository.

    Raises Forbidden for a wrong or missing signature, and Invalid for a signed body that is no delivery.
    """
    if not verify(secret, body, headers.get(SIGNATURE, "")):
        _refuse(context, headers, "wrong signature")
        raise Forbidden("The signature of this delivery is wrong.", hint="Compare the webhook's secret.")
    try:
        delivery = parse_delivery(headers, body)
    except MalformedDelivery as error:
        _refuse(context, headers, str(error))
        raise Invalid(f"This is not a delivery. {error}", hint="Check what sent it.") from error
    repo = delivery.repository
    if repo is None or not context.refresher.knows(repo):
        _log(delivery, "refused: unknown repository")
        _note(context, delivery.event, repo or "", "unknown repository")
    elif not await _is_new(context, delivery, repo):
        _log(delivery, "refused: delivered before")
    else:
        _log(delivery, "accepted")
        context.refresher.hint(repo, delivery.pull_number)


def refuse_too_large(context: Context, *, headers: Mapping[str, str]) -> None:
    """Note a delivery whose body was not read, because it is larger than any of Gitea's (§4.1)."""
    _refuse(context, headers, "too large")


async def _is_new(context: Context, delivery: Delivery, repo: Repository) -> bool:
    async with context.store.write() as work:
        return await deliveries.remember(work, delivery_id=delivery.id, event=delivery.event, repo=repo)


def _log(delivery: Delivery, outcome: str) -> None:
    names = (delivery.event, delivery.repository or "-", delivery.id)
    log.info("webhook %s %s %s %s", *(_shown(name) for name in names), outcome)


def _refuse(context: Context, headers: Mapping[str, str], reason: str) -> None:
    """Headers of a stranger: one line, no control characters, not too long."""
    event, delivery = (_shown(headers.get(f"x-gitea-{name}", "")) for name in ("event", "delivery"))
    log.warning("webhook %s - %s refused: %s", event, delivery, reason)
    _note(context, event, "", reason)


def _note(context: Context, event: str, repo: str, why: str) -> None:
    """For admins to see beside those that were accepted."""
    refused = RefusedDelivery(at=now(), event=_shown(event), repo=_shown(repo), why=why)
    context.refused.note(refused)


def _shown(text: str) -> str:
    return _UNPRINTABLE.sub("?", text)[:64] or "-"
