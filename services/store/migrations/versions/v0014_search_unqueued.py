"""On PostgreSQL new words go straight into the index: a list of those that wait was read through by every search."""

from __future__ import annotations

from alembic import op

revision = "0014_search_unqueued"
down_revision = "0013_search_in_place"
branch_labels = None
depends_on = None

INDEXES = ("search_sections_vector", "search_sections_titles")


def upgrade() -> None:
    """Say so of both indexes, and take in what waits."""
    if op.get_bind().dialect.name == "postgresql":
        for index in INDEXES:
            op.execute(f"ALTER INDEX {index} SET (fastupdate = off)")
            op.execute(f"SELECT gin_clean_pending_list('{index}')")
