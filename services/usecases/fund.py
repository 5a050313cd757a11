"""Paying for an RFC's models with keys of one's own (§6.7): keys, consents, and what comes of them.

No authority comes with it. A key is stored sealed, and never shown, told or logged again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from services.domain.actors import Actor, Viewer
from services.domain.audit import ActionKind
from services.domain.clock import now
from services.domain.errors import Invalid, NotFound
from services.domain.events import EntryChanged, JsonValue
from services.domain.identifiers import Slug, UserId
from services.domain.permissions import require, signed_in
from services.domain.trailers import new_operation_id
from services.llm.enabled import Provider
from services.store.queries import catalog, events
from services.store.queries import funding as stored
from services.store.queries.catalog import RfcRow
from services.store.work import Work
from services.usecases.authority import meant_by
from services.usecases.context import Context
from services.usecases.people import entitled
from services.usecases.record import record_action
from services.usecases.rfc_models import opened, owner_of

_KEY: Final = re.compile(r"[\x21-\x7e]{8,400}")
ACT: Final = "fund an RFC"


class FundingState(StrEnum):
    """How it stands between a person and an RFC."""

    PAYS = "pays"
    NO_KEY = "no_key"
    """Named and agreed, but no key of theirs can be used."""
    ASKED = "asked"
    """Named in the front matter, not agreed yet."""
    AHEAD = "ahead"
    """Agreed, and the front matter does not name them (any more)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredKey:
    """One provider of this site; `stored_at` is None without a key, `readable` says whether it can still be used."""

    provider: Provider
    stored_at: datetime | None
    readable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FundedRfc:
    """One RFC that somebody funds, or is asked to fund."""

    slug: Slug
    title: str
    state: FundingState


@dataclass(frozen=True, slots=True, kw_only=True)
class FunderView:
    """What the page shows; `openai_server` is where keys of OpenAI's interface are sent, if not to OpenAI."""

    keys: tuple[StoredKey, ...]
    rfcs: tuple[FundedRfc, ...]
    openai_server: str | None


async def funder_view(context: Context, *, viewer: Viewer) -> FunderView:
    """One's own keys and RFCs. Raises NotSignedIn."""
    person = require(signed_in, viewer, act=ACT)
    async with context.store.read() as work:
        rows = {row.provider: row for row in await stored.list_keys(work, user_id=person.id)}
        keys = tuple(
            StoredKey(
                provider=provider,
                stored_at=rows[provider].created_at if provider in rows else None,
                readable=provider in rows and opened(context, rows[provider]) is not None,
            )
            for provider in Provider
            if provider in context.models.providers or provider in rows
        )
        usable = any(key.readable and key.provider in context.models.providers for key in keys)
        rfcs = await _rfcs(work, person, usable=usable)
    return FunderView(keys=keys, rfcs=rfcs, openai_server=context.models.openai_server)


async def store_key(context: Context, *, actor: Viewer, provider: str, key: str) -> None:
    """Store a key in the place of an earlier one. Raises NotSignedIn and Invalid (fields `provider`, `key`)."""
    if provider not in context.models.providers:
        raise Invalid("No model of this provider is enabled here.", field="provider")
    secret = key.strip()
    if not _KEY.fullmatch(secret):
        raise Invalid("This does not look like a key: 8 to 400 characters without spaces.", field="key")
    async with context.store.write() as work:
        person = await entitled(work, signed_in, actor, act=ACT)
        sealed = context.strongbox.seal(secret, owner=owner_of(person.id, provider))
        await stored.put_key(work, user_id=person.id, provider=provider, sealed=sealed, at=now())
        await _record(work, context, person, ActionKind.STORE_FUNDER_KEY, details={"provider": provider})
        await _tell_all(work, person.id)


async def remove_key(context: Context, *, actor: Viewer, provider: str) -> None:
    """Forget a key: what it paid for falls back to the operator at once. Raises NotSignedIn."""
    async with context.store.write() as work:
        person = await entitled(work, signed_in, actor, act=ACT)
        if await stored.remove_key(work, user_id=person.id, provider=provider):
            await _record(work, context, person, ActionKind.REMOVE_FUNDER_KEY, details={"provider": provider})
            await _tell_all(work, person.id)


async def consent(context: Context, *, actor: Viewer, slug: Slug) -> None:
    """Agree to pay for an RFC's models, as far as its front matter names one. Raises NotSignedIn and NotFound."""
    async with context.store.write() as work:
        person = await entitled(work, signed_in, actor, act=ACT)
        if await catalog.find(work, slug=slug) is None:
            raise NotFound("There is no such RFC.")
        if await stored.consent(work, user_id=person.id, slug=slug, at=now()):
            await _record(work, context, person, ActionKind.CONSENT_FUNDING, slug=slug)
            await events.append(work, EntryChanged(slug))


async def withdraw_consent(context: Context, *, actor: Viewer, slug: Slug) -> None:
    """Pay for an RFC's models no longer, from the next question on. Raises NotSignedIn."""
    async with context.store.write() as work:
        person = await entitled(work, signed_in, actor, act=ACT)
        if await stored.withdraw(work, user_id=person.id, slug=slug):
            await _record(work, context, person, ActionKind.WITHDRAW_FUNDING, slug=slug)
            await events.append(work, EntryChanged(slug))


async def _rfcs(work: Work, person: Actor, *, usable: bool) -> tuple[FundedRfc, ...]:
    agreed = {row.rfc_slug for row in await stored.list_consents(work, user_id=person.id)}
    found = [entry for entry in await catalog.list_funded(work) if await _names(work, entry, person)]
    named = {entry.slug for entry in found}
    others = await catalog.rows_of(work, slugs=agreed - named)
    rows = [_funded(entry, agreed=entry.slug in agreed, usable=usable) for entry in found]
    ahead = [FundedRfc(slug=row.slug, title=row.title, state=FundingState.AHEAD) for row in others]
    return (*rows, *ahead)


async def _names(work: Work, entry: RfcRow, person: Actor) -> bool:
    meant = await meant_by(work, entry, entry.funder or "")
    return meant is not None and meant.id == person.id


def _funded(entry: RfcRow, *, agreed: bool, usable: bool) -> FundedRfc:
    state = FundingState.ASKED
    if agreed:
        state = FundingState.PAYS if usable else FundingState.NO_KEY
    return FundedRfc(slug=entry.slug, title=entry.title, state=state)


async def _tell_all(work: Work, user_id: UserId) -> None:
    for row in await stored.list_consents(work, user_id=user_id):
        await events.append(work, EntryChanged(row.rfc_slug))


async def _record(
    work: Work,
    context: Context,
    person: Actor,
    kind: ActionKind,
    *,
    slug: Slug | None = None,
    details: Mapping[str, JsonValue] | None = None,
) -> None:
    await record_action(
        work,
        context,
        actor_user_id=person.id,
        on_behalf_of=person.login,
        kind=kind,
        op_id=new_operation_id(),
        slug=slug,
        details=details,
    )
