"""Work under way and its safeguards: operations, reservations, deliveries, and what ran on the schema."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Field

from services.store.tables.columns import Json, StoredTable, UtcDateTime, now


class Operation(StoredTable, table=True):
    """One bot write: what is meant (`intent`), how far it is (`state`), what came of it (`effect`)."""

    __tablename__ = "operations"

    id: str = Field(primary_key=True, max_length=32)
    kind: str
    state: str = Field(default="pending", index=True)
    actor_user_id: int | None = Field(default=None, foreign_key="users.id")
    on_behalf_of: str = ""
    intent: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    effect: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    error: str | None = None
    attempts: int = 0
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    updated_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class SlugReservation(StoredTable, table=True):
    """A slug kept for one idea from before the bot acts until its PR closes unmerged (§9.1)."""

    __tablename__ = "slug_reservations"

    slug: str = Field(primary_key=True, max_length=80)
    op_id: str = Field(max_length=32)
    user_id: int = Field(foreign_key="users.id")
    pr_number: int | None = None
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class WebhookDelivery(StoredTable, table=True):
    """A delivery that was accepted; its id makes the second one a no-op (§4.1)."""

    __tablename__ = "webhook_deliveries"

    delivery_id: str = Field(primary_key=True, max_length=64)
    event: str = ""
    repo: str = ""
    received_at: datetime = Field(default_factory=now, sa_type=UtcDateTime, index=True)


class SchemaFloor(StoredTable, table=True):
    """The oldest code revision that may run on this schema (§5); one row."""

    __tablename__ = "schema_floor"

    id: int = Field(default=1, primary_key=True)
    minimum_revision: str = ""


class SchemaHistory(StoredTable, table=True):
    """Every migration that ran here, so that older code can name those it doesn't know (§5)."""

    __tablename__ = "schema_history"

    revision: str = Field(primary_key=True, max_length=32)
    title: str = ""
    applied_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
