"""Webhooks: hints that somebody should go and look at a repository, never data (§4.1)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, ValidationError

from services.domain.identifiers import PullNumber, Repository

_MAX_TEXT = 255


class MalformedDelivery(ValueError):
    """A request with a good signature that is not a delivery; says why in a sentence."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery: what happened where. `ref` is as Gitea writes it, `refs/heads/x` or `x`.

    `repository` is empty for what concerns an organisation or a person.
    """

    id: str
    event: str
    repository: Repository
    pull_number: PullNumber | None = None
    ref: str | None = None


class _Named(BaseModel):
    model_config = ConfigDict(extra="ignore")
    full_name: str = ""


class _Body(BaseModel):
    model_config = ConfigDict(extra="ignore")
    repository: _Named | None = None
    number: int | None = None
    ref: str | None = None


def verify(secret: str, body: bytes, signature: str) -> bool:
    """Whether `X-Gitea-Signature` is the HMAC-SHA256 of the raw body; takes as long for right as for wrong."""
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    matches = hmac.compare_digest(expected.encode(), signature.strip().encode("utf-8", "replace"))
    # An empty secret would let everybody in.
    return matches and secret != ""


def parse_delivery(headers: Mapping[str, str], body: bytes) -> Delivery:
    """Read a verified delivery; header names in any case. Raises MalformedDelivery."""
    named = {name.lower(): value for name, value in headers.items()}
    delivery_id, event = named.get("x-gitea-delivery", ""), named.get("x-gitea-event", "")
    if not 1 <= len(delivery_id) <= _MAX_TEXT or not 1 <= len(event) <= _MAX_TEXT:
        raise MalformedDelivery("It does not say what it is.")
    try:
        content = _Body.model_validate_json(body)
    except ValidationError as error:
        raise MalformedDelivery("Its body can't be read.") from error
    return Delivery(
        id=delivery_id,
        event=event,
        repository=Repository(content.repository.full_name if content.repository else ""),
        pull_number=PullNumber(content.number) if content.number is not None else None,
        ref=content.ref,
    )
