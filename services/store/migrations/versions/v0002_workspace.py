"""The workspace: branches, change cards, live texts, models in the conversation."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002_workspace"
down_revision = "0001_first_release"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Make the tables, and tell messages of models from those of people."""
    _branch_settings()
    _thread_messages()
    _changes()
    _rfc_words()
    _branch_chat_seen()
    _live_texts()
    _live_updates()


def _branch_settings() -> None:
    op.create_table(
        "branch_settings",
        sa.Column("repo", sa.String(), nullable=False),
        sa.Column("branch_name", sa.String(length=255), nullable=False),
        sa.Column("rfc_slug", sa.String(length=80), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("visibility", sa.String(), nullable=False),
        sa.Column("edit_access", sa.String(), nullable=False),
        sa.Column("grants", JSON, nullable=False),
        sa.Column("pinned", sa.Boolean(), nullable=False),
        sa.Column("mirrored_pinned", sa.Boolean(), nullable=False),
        sa.Column("base_sha", sa.String(), nullable=False),
        sa.Column("closed_at", TIME, nullable=True),
        sa.Column("deleted_at", TIME, nullable=True),
        sa.Column("deleted_sha", sa.String(), nullable=True),
        sa.Column("kept_until", TIME, nullable=True),
        sa.Column("warned_at", TIME, nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name="fk_branch_settings_created_by_users"),
        sa.PrimaryKeyConstraint("repo", "branch_name", name="pk_branch_settings"),
    )
    op.create_index("ix_branch_settings_rfc_slug", "branch_settings", ["rfc_slug"])


def _thread_messages() -> None:
    with op.batch_alter_table("thread_messages") as batch:
        batch.add_column(sa.Column("model_key", sa.String(), nullable=True))
        batch.add_column(sa.Column("model_name", sa.String(), nullable=True))
        batch.add_column(sa.Column("asked_by", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("state", sa.String(), nullable=True))
        batch.add_column(sa.Column("trouble", sa.String(), nullable=True))
        batch.create_foreign_key("fk_thread_messages_asked_by_users", "users", ["asked_by"], ["id"])


def _changes() -> None:
    op.create_table(
        "changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rfc_slug", sa.String(length=80), nullable=False),
        sa.Column("repo", sa.String(), nullable=False),
        sa.Column("branch_name", sa.String(), nullable=True),
        sa.Column("thread_id", sa.Integer(), nullable=True),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("model_key", sa.String(), nullable=True),
        sa.Column("model_name", sa.String(), nullable=True),
        sa.Column("asked_by", sa.Integer(), nullable=True),
        sa.Column("prompt", sa.String(), nullable=False),
        sa.Column("original", sa.String(), nullable=False),
        sa.Column("proposed", sa.String(), nullable=False),
        sa.Column("edited", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("refusal", sa.String(), nullable=True),
        sa.Column("anchor", JSON, nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", TIME, nullable=True),
        sa.Column("decline_reason", sa.String(), nullable=True),
        sa.Column("commit_sha", sa.String(), nullable=True),
        sa.Column("undo_sha", sa.String(), nullable=True),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("moved_from", JSON, nullable=True),
        sa.Column("op_id", sa.String(length=32), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["asked_by"], ["users.id"], name="fk_changes_asked_by_users"),
        sa.ForeignKeyConstraint(["decided_by"], ["users.id"], name="fk_changes_decided_by_users"),
        sa.ForeignKeyConstraint(
            ["message_id"], ["thread_messages.id"], name="fk_changes_message_id_thread_messages"
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["changes.id"], name="fk_changes_parent_id_changes"),
        sa.ForeignKeyConstraint(["thread_id"], ["threads.id"], name="fk_changes_thread_id_threads"),
        sa.PrimaryKeyConstraint("id", name="pk_changes"),
    )
    for column in ("asked_by", "message_id", "rfc_slug", "state", "thread_id"):
        op.create_index(f"ix_changes_{column}", "changes", [column])


def _rfc_words() -> None:
    op.create_table(
        "rfc_words",
        sa.Column("rfc_slug", sa.String(length=80), nullable=False),
        sa.Column("word", sa.String(length=80), nullable=False),
        sa.Column("added_by", sa.Integer(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["added_by"], ["users.id"], name="fk_rfc_words_added_by_users"),
        sa.PrimaryKeyConstraint("rfc_slug", "word", name="pk_rfc_words"),
    )


def _branch_chat_seen() -> None:
    op.create_table(
        "branch_chat_seen",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("thread_id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["thread_id"], ["threads.id"], name="fk_branch_chat_seen_thread_id_threads"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_branch_chat_seen_user_id_users"),
        sa.PrimaryKeyConstraint("user_id", "thread_id", name="pk_branch_chat_seen"),
    )


def _live_texts() -> None:
    op.create_table(
        "live_texts",
        sa.Column("repo", sa.String(), nullable=False),
        sa.Column("branch_name", sa.String(length=255), nullable=False),
        sa.Column("epoch", sa.String(length=32), nullable=False),
        sa.Column("base_sha", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("authors", JSON, nullable=False),
        sa.Column("changed_at", TIME, nullable=True),
        sa.Column("updated_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("repo", "branch_name", name="pk_live_texts"),
    )


def _live_updates() -> None:
    op.create_table(
        "live_updates",
        sa.Column("repo", sa.String(), nullable=False),
        sa.Column("branch_name", sa.String(length=255), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.String(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("changes", JSON, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_live_updates_user_id_users"),
        sa.PrimaryKeyConstraint("repo", "branch_name", "version", name="pk_live_updates"),
    )
