"""Pull requests: where a branch left its base, and conflicts that are being resolved."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003_pulls"
down_revision = "0002_workspace"
branch_labels = None
depends_on = None

TABLE = "pr_resolution_branches"
TIME = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Add the column and the table; the column is filled by the next full reading."""
    op.add_column("cached_prs", sa.Column("base_sha", sa.String(), nullable=True))
    op.create_table(
        TABLE,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("repo", sa.String(), nullable=False),
        sa.Column("pr_number", sa.Integer(), nullable=False),
        sa.Column("rfc_slug", sa.String(length=80), nullable=False),
        sa.Column("branch_name", sa.String(length=255), nullable=False),
        sa.Column("main_sha", sa.String(), nullable=False),
        sa.Column("head_sha", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("steps", JSON, nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("resolved_by_pr_number", sa.Integer(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=f"fk_{TABLE}_created_by_users"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{TABLE}"),
    )
    for column in ("repo", "state"):
        op.create_index(f"ix_{TABLE}_{column}", TABLE, [column])
