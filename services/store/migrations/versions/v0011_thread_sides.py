"""Threads about words that a pull request strikes stand on the text it started from (§10.4)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011_thread_sides"
down_revision = "0010_funders"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Older code takes such a thread for one of the branch's text that lost its passage."""
    op.add_column("threads", sa.Column("side", sa.String(), nullable=False, server_default="after"))
