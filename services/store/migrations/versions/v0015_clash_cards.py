"""Cards of passages that were typed and committed at the same time hold both wordings (§8.10)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015_clash_cards"
down_revision = "0014_search_unqueued"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Older code takes such a card for one that somebody suggested: accepting takes theirs, declining keeps mine."""
    op.add_column("changes", sa.Column("clash", JSON, nullable=True))
