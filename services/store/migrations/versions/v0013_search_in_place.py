"""On PostgreSQL the words that are ranked stand in their rows: looked up one by one elsewhere they cost most of it."""

from __future__ import annotations

from alembic import op

revision = "0013_search_in_place"
down_revision = "0012_more_indexes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Say so of the column, and write each row again; a row's long texts are moved out before its words are."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE search_sections ALTER COLUMN vector SET STORAGE MAIN")
        op.execute("UPDATE search_sections SET words = words")
