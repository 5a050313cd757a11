"""Metadata PRs: what each changes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005_metadata"
down_revision = "0004_search"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Older code leaves the column alone."""
    op.add_column("cached_prs", sa.Column("metadata_changes", JSON, nullable=False, server_default="[]"))
