"""The audit log is read page by page: by kind, by RFC, by person and by time."""

from __future__ import annotations

from alembic import op

revision = "0007_audit_pages"
down_revision = "0006_sagas"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the indexes that give a page without a sort."""
    for columns in (
        ["created_at", "id"],
        ["action_kind", "id"],
        ["rfc_slug", "id"],
        ["actor_user_id", "id"],
    ):
        op.create_index(f"ix_actions_{'_'.join(columns)}", "actions", columns)
