"""Keys and consents of funders, and why somebody is muted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010_funders"
down_revision = "0009_notifications"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Older code leaves the tables alone, and mutes without a reason."""
    op.create_table(
        "user_funder_credentials",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("sealed", sa.String(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_user_funder_credentials_user_id_users"),
        sa.PrimaryKeyConstraint("user_id", "provider", name="pk_user_funder_credentials"),
    )
    op.create_table(
        "funder_consents",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("rfc_slug", sa.String(length=80), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_funder_consents_user_id_users"),
        sa.PrimaryKeyConstraint("user_id", "rfc_slug", name="pk_funder_consents"),
    )
    op.add_column("users", sa.Column("mute_reason", sa.String(), nullable=True))
