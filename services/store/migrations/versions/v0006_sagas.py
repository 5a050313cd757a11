"""Sagas: acts of several steps that end whole or not at all."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006_sagas"
down_revision = "0005_metadata"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Make the three tables."""
    _sagas()
    _saga_steps()
    _saga_claims()


def _sagas() -> None:
    op.create_table(
        "sagas",
        sa.Column("op_id", sa.String(length=32), nullable=False),
        sa.Column("rfc_slug", sa.String(length=80), nullable=False),
        sa.Column("course", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["op_id"], ["operations.id"], name="fk_sagas_op_id_operations"),
        sa.PrimaryKeyConstraint("op_id", name="pk_sagas"),
    )
    op.create_index("ix_sagas_rfc_slug", "sagas", ["rfc_slug"])


def _saga_steps() -> None:
    op.create_table(
        "saga_steps",
        sa.Column("op_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("effect", JSON, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("started_at", TIME, nullable=True),
        sa.Column("ended_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["op_id"], ["operations.id"], name="fk_saga_steps_op_id_operations"),
        sa.PrimaryKeyConstraint("op_id", "number", name="pk_saga_steps"),
    )


def _saga_claims() -> None:
    op.create_table(
        "saga_claims",
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("op_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["op_id"], ["operations.id"], name="fk_saga_claims_op_id_operations"),
        sa.PrimaryKeyConstraint("name", name="pk_saga_claims"),
    )
    op.create_index("ix_saga_claims_op_id", "saga_claims", ["op_id"])
