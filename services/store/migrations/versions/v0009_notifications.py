"""Notifications, digests, mutes and the outbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009_notifications"
down_revision = "0008_pull_seen"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
LONG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    _digests()
    _notifications()
    _mutes()
    _outbox()
    op.create_index("ix_watches_rfc_slug", "watches", ["rfc_slug"])


def _digests() -> None:
    op.create_table(
        "notification_digests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=20), nullable=False),
        sa.Column("cadence", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_notification_digests_user_id_users"),
        sa.PrimaryKeyConstraint("id", name="pk_notification_digests"),
        sa.UniqueConstraint("user_id", "period", name="uq_notification_digests_user_id_period"),
    )


def _notifications() -> None:
    op.create_table(
        "notifications",
        sa.Column("id", LONG_KEY, nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("signal", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("actor_user_id", sa.Integer(), nullable=True),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("rfc_slug", sa.String(length=80), nullable=True),
        sa.Column("branch_name", sa.String(), nullable=True),
        sa.Column("repo", sa.String(), nullable=True),
        sa.Column("pr_number", sa.Integer(), nullable=True),
        sa.Column("thread_id", sa.Integer(), nullable=True),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("details", JSON, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("read_at", TIME, nullable=True),
        sa.Column("digest_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_notifications_user_id_users"),
        sa.ForeignKeyConstraint(["actor_user_id"], ["users.id"], name="fk_notifications_actor_user_id_users"),
        sa.ForeignKeyConstraint(["thread_id"], ["threads.id"], name="fk_notifications_thread_id_threads"),
        sa.ForeignKeyConstraint(
            ["message_id"], ["thread_messages.id"], name="fk_notifications_message_id_thread_messages"
        ),
        sa.ForeignKeyConstraint(
            ["digest_id"], ["notification_digests.id"], name="fk_notifications_digest_id_notification_digests"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_notifications"),
        sa.UniqueConstraint("signal", "user_id", name="uq_notifications_signal_user_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_notifications_user_id_read_at", "notifications", ["user_id", "read_at"])
    op.create_index("ix_notifications_place_user_id", "notifications", ["place", "user_id"])
    op.create_index("ix_notifications_rfc_slug", "notifications", ["rfc_slug"])


def _mutes() -> None:
    op.create_table(
        "notification_user_mutes",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("muted_user_id", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_notification_user_mutes_user_id_users"),
        sa.ForeignKeyConstraint(
            ["muted_user_id"], ["users.id"], name="fk_notification_user_mutes_muted_user_id_users"
        ),
        sa.PrimaryKeyConstraint("user_id", "muted_user_id", name="pk_notification_user_mutes"),
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", LONG_KEY, nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("notification_id", LONG_KEY, nullable=True),
        sa.Column("digest_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=True),
        sa.Column("message_id", sa.String(length=200), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("lease_until", TIME, nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_outbox_user_id_users"),
        sa.ForeignKeyConstraint(
            ["notification_id"], ["notifications.id"], name="fk_outbox_notification_id_notifications"
        ),
        sa.ForeignKeyConstraint(
            ["digest_id"], ["notification_digests.id"], name="fk_outbox_digest_id_notification_digests"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("notification_id", name="uq_outbox_notification_id"),
        sa.UniqueConstraint("digest_id", name="uq_outbox_digest_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_user_id", "outbox", ["user_id"])
    op.create_index("ix_outbox_state_due_at", "outbox", ["state", "due_at"])
