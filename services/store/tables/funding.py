"""Who pays for models (§6.7): `user_funder_credentials` and `funder_consents`."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field

from services.store.tables.columns import StoredTable, UtcDateTime, now


class UserFunderCredential(StoredTable, table=True):
    """One person's key for one provider, sealed under the installation's key."""

    __tablename__ = "user_funder_credentials"

    user_id: int = Field(primary_key=True, foreign_key="users.id")
    provider: str = Field(primary_key=True, max_length=20)
    sealed: str
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class FunderConsent(StoredTable, table=True):
    """Somebody agreed that their keys pay for the models of an RFC."""

    __tablename__ = "funder_consents"

    user_id: int = Field(primary_key=True, foreign_key="users.id")
    rfc_slug: str = Field(primary_key=True, max_length=80)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
