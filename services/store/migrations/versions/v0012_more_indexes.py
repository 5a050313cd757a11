"""Indexes: of change cards for the record of models, and on PostgreSQL of the words of titles and headings alone."""

from __future__ import annotations

from alembic import op

revision = "0012_more_indexes"
down_revision = "0011_thread_sides"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them."""
    for column in ("created_at", "parent_id"):
        op.create_index(f"ix_changes_{column}", "changes", [column])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE INDEX search_sections_titles ON search_sections USING gin (ts_filter(vector, '{a,b}'))"
        )
