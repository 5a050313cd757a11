"""Acts of several steps that end whole or not at all: `sagas`, `saga_steps`, `saga_claims` (§13.5)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Field

from services.store.tables.columns import Json, StoredTable, UtcDateTime, now


class Saga(StoredTable, table=True):
    """What an operation of several steps has beyond its row in `operations`: which way it goes, and why."""

    __tablename__ = "sagas"

    op_id: str = Field(primary_key=True, max_length=32, foreign_key="operations.id")
    rfc_slug: str = Field(index=True, max_length=80)
    course: str = "forward"
    reason: str | None = None
    """Why it turned round, or waits for a person, in a sentence."""
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class SagaStep(StoredTable, table=True):
    """One step, stored before and after it acts."""

    __tablename__ = "saga_steps"

    op_id: str = Field(primary_key=True, max_length=32, foreign_key="operations.id")
    number: int = Field(primary_key=True)
    name: str
    state: str = "waiting"
    effect: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    attempts: int = 0
    """How often Gitea refused it since it began; a kill does not count."""
    error: str | None = None
    started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SagaClaim(StoredTable, table=True):
    """An entry, number or name that one saga alone may work on until it is over."""

    __tablename__ = "saga_claims"

    name: str = Field(primary_key=True, max_length=255)
    op_id: str = Field(max_length=32, foreign_key="operations.id", index=True)
