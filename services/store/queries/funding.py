"""Keys of people who pay for models, and their consents: `user_funder_credentials`, `funder_consents` (§6.7)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from services.domain.identifiers import Slug, UserId
from services.store.shape import Shape, table_of
from services.store.tables import FunderConsent, UserFunderCredential
from services.store.work import Work

credentials = table_of(UserFunderCredential)
consents = table_of(FunderConsent)


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialRow:
    """One key as it is stored: sealed."""

    user_id: UserId
    provider: str
    sealed: str = field(repr=False)
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRow:
    """One consent, and since when."""

    user_id: UserId
    rfc_slug: Slug
    created_at: datetime


CREDENTIAL = Shape(CredentialRow, credentials)
CONSENT = Shape(ConsentRow, consents)


async def put_key(work: Work, *, user_id: UserId, provider: str, sealed: str, at: datetime) -> None:
    """Store a sealed key in the place of an earlier one."""
    await remove_key(work, user_id=user_id, provider=provider)
    values = {"user_id": user_id, "provider": provider, "sealed": sealed, "created_at": at}
    await work.insert_unless_there(credentials, values)


async def remove_key(work: Work, *, user_id: UserId, provider: str) -> bool:
    """Forget a key; False when there was none."""
    own = (credentials.c.user_id == user_id) & (credentials.c.provider == provider)
    return await work.change(credentials.delete().where(own)) == 1


async def list_keys(work: Work, *, user_id: UserId) -> list[CredentialRow]:
    """A person's keys by provider."""
    statement = select(*CREDENTIAL.columns).where(credentials.c.user_id == user_id)
    return [CREDENTIAL.read(row) for row in await work.rows(statement.order_by(credentials.c.provider))]


async def consent(work: Work, *, user_id: UserId, slug: Slug, at: datetime) -> bool:
    """Note a consent; False when it stood there."""
    values = {"user_id": user_id, "rfc_slug": slug, "created_at": at}
    return await work.insert_unless_there(consents, values)


async def withdraw(work: Work, *, user_id: UserId, slug: Slug) -> bool:
    """Take a consent back; False when there was none."""
    own = (consents.c.user_id == user_id) & (consents.c.rfc_slug == slug)
    return await work.change(consents.delete().where(own)) == 1


async def has_consented(work: Work, *, user_id: UserId, slug: Slug) -> bool:
    """Whether somebody agreed to pay for an RFC's models."""
    own = (consents.c.user_id == user_id) & (consents.c.rfc_slug == slug)
    return bool(await work.rows(select(consents.c.user_id).where(own)))


async def list_consents(work: Work, *, user_id: UserId) -> list[ConsentRow]:
    """What a person agreed to, by RFC."""
    statement = select(*CONSENT.columns).where(consents.c.user_id == user_id)
    return [CONSENT.read(row) for row in await work.rows(statement.order_by(consents.c.rfc_slug))]


async def forget(work: Work, *, user_id: UserId) -> None:
    """Remove all keys and consents of somebody who was removed."""
    await work.change(credentials.delete().where(credentials.c.user_id == user_id))
    await work.change(consents.delete().where(consents.c.user_id == user_id))
