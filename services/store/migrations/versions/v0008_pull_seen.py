"""What people have seen of pull requests."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008_pull_seen"
down_revision = "0007_audit_pages"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Older code leaves the tables alone."""
    op.create_table(
        "pr_seen",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("repo", sa.String(), nullable=False),
        sa.Column("pr_number", sa.Integer(), nullable=False),
        sa.Column("commit_sha", sa.String(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("seen_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_pr_seen_user_id_users"),
        sa.PrimaryKeyConstraint("user_id", "repo", "pr_number", name="pk_pr_seen"),
    )
    op.create_table(
        "pr_section_seen",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("repo", sa.String(), nullable=False),
        sa.Column("pr_number", sa.Integer(), nullable=False),
        sa.Column("section", sa.String(length=120), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_pr_section_seen_user_id_users"),
        sa.PrimaryKeyConstraint("user_id", "repo", "pr_number", "section", name="pk_pr_section_seen"),
    )
