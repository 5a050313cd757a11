"""The first release: people, cache, record, conversation, work under way."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001_first_release"
down_revision = None
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
LONG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make every table."""
    _cached_branches()
    _cached_prs()
    _cached_rfcs()
    _events()
    _schema_floor()
    _schema_history()
    _sync_states()
    _users()
    _webhook_deliveries()
    _actions()
    _operations()
    _permission_events()
    _rfc_seen()
    _sessions()
    _slug_reservations()
    _threads()
    _user_logins()
    _watches()
    _thread_messages()


def _cached_branches() -> None:
    op.create_table(
        "cached_branches",
        sa.Column("repo", sa.String(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("rfc_slug", sa.String(), nullable=True),
        sa.Column("head_sha", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("pinned", sa.Boolean(), nullable=False),
        sa.Column("last_commit_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("repo", "name", name="pk_cached_branches"),
    )
    with op.batch_alter_table("cached_branches") as batch:
        batch.create_index("ix_cached_branches_rfc_slug", ["rfc_slug"], unique=False)


def _cached_prs() -> None:
    op.create_table(
        "cached_prs",
        sa.Column("repo", sa.String(), nullable=False),
        sa.Column("pr_number", sa.Integer(), nullable=False),
        sa.Column("pr_kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("rfc_slug", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("opened_by", sa.String(), nullable=False),
        sa.Column("head_branch", sa.String(), nullable=False),
        sa.Column("head_sha", sa.String(), nullable=False),
        sa.Column("base_branch", sa.String(), nullable=False),
        sa.Column("merge_commit_sha", sa.String(), nullable=True),
        sa.Column("entry_title", sa.String(), nullable=True),
        sa.Column("entry_tags", JSON, nullable=False),
        sa.Column("entry_body", sa.String(), nullable=True),
        sa.Column("entry_problem", sa.String(), nullable=True),
        sa.Column("superseded_by_pr_number", sa.Integer(), nullable=True),
        sa.Column("opened_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.Column("merged_at", TIME, nullable=True),
        sa.Column("closed_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("repo", "pr_number", name="pk_cached_prs"),
    )
    with op.batch_alter_table("cached_prs") as batch:
        batch.create_index("ix_cached_prs_pr_kind", ["pr_kind"], unique=False)
        batch.create_index("ix_cached_prs_rfc_slug", ["rfc_slug"], unique=False)
        batch.create_index("ix_cached_prs_state", ["state"], unique=False)


def _cached_rfcs() -> None:
    op.create_table(
        "cached_rfcs",
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("rfc_id", sa.String(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("repo", sa.String(), nullable=True),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("proposed_at", sa.String(), nullable=True),
        sa.Column("graduated_by", sa.String(), nullable=True),
        sa.Column("graduated_at", sa.String(), nullable=True),
        sa.Column("owners", JSON, nullable=False),
        sa.Column("arbiters", JSON, nullable=False),
        sa.Column("tags", JSON, nullable=False),
        sa.Column("models", JSON, nullable=True),
        sa.Column("funder", sa.String(), nullable=True),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("blob_sha", sa.String(), nullable=False),
        sa.Column("body_sha", sa.String(), nullable=False),
        sa.Column("last_activity_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("slug", name="pk_cached_rfcs"),
    )
    with op.batch_alter_table("cached_rfcs") as batch:
        batch.create_index("ix_cached_rfcs_state", ["state"], unique=False)


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("id", LONG_KEY, nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("ids", JSON, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("events") as batch:
        batch.create_index("ix_events_created_at", ["created_at"], unique=False)
        batch.create_index("ix_events_topic", ["topic"], unique=False)


def _schema_floor() -> None:
    op.create_table(
        "schema_floor",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("minimum_revision", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_schema_floor"),
    )


def _schema_history() -> None:
    op.create_table(
        "schema_history",
        sa.Column("revision", sa.String(length=32), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("applied_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("revision", name="pk_schema_history"),
    )


def _sync_states() -> None:
    op.create_table(
        "sync_states",
        sa.Column("repo", sa.String(), nullable=False),
        sa.Column("last_read_at", TIME, nullable=True),
        sa.Column("last_full_read_at", TIME, nullable=True),
        sa.Column("last_commit_sha", sa.String(), nullable=True),
        sa.Column("last_reason", sa.String(), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("last_error_at", TIME, nullable=True),
        sa.Column("problems", JSON, nullable=False),
        sa.PrimaryKeyConstraint("repo", name="pk_sync_states"),
    )


def _users() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("gitea_id", sa.BigInteger(), nullable=False),
        sa.Column("gitea_login", sa.String(length=255), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("display_name", sa.String(), nullable=False),
        sa.Column("avatar_url", sa.String(), nullable=False),
        sa.Column("role", sa.String(), server_default="contributor", nullable=False),
        sa.Column("muted", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("email_personal_direct", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("email_watched_structural", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("email_admin_actionable", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("email_opt_out_all", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("digest_cadence", sa.String(), server_default="weekly", nullable=False),
        sa.Column("notification_quiet_hours_start", sa.String(), nullable=True),
        sa.Column("notification_quiet_hours_end", sa.String(), nullable=True),
        sa.Column("notification_quiet_hours_timezone", sa.String(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("last_seen_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("gitea_id", name="uq_users_gitea_id"),
        sa.UniqueConstraint("gitea_login", name="uq_users_gitea_login"),
    )


def _webhook_deliveries() -> None:
    op.create_table(
        "webhook_deliveries",
        sa.Column("delivery_id", sa.String(length=64), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("repo", sa.String(), nullable=False),
        sa.Column("received_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("delivery_id", name="pk_webhook_deliveries"),
    )
    with op.batch_alter_table("webhook_deliveries") as batch:
        batch.create_index("ix_webhook_deliveries_received_at", ["received_at"], unique=False)


def _actions() -> None:
    op.create_table(
        "actions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("actor_user_id", sa.Integer(), nullable=True),
        sa.Column("on_behalf_of", sa.String(), nullable=False),
        sa.Column("action_kind", sa.String(), nullable=False),
        sa.Column("rfc_slug", sa.String(), nullable=True),
        sa.Column("branch_name", sa.String(), nullable=True),
        sa.Column("repo", sa.String(), nullable=True),
        sa.Column("pr_number", sa.Integer(), nullable=True),
        sa.Column("details", JSON, nullable=False),
        sa.Column("op_id", sa.String(length=32), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["actor_user_id"], ["users.id"], name="fk_actions_actor_user_id_users"),
        sa.PrimaryKeyConstraint("id", name="pk_actions"),
        sa.UniqueConstraint("op_id", "action_kind", name="uq_actions_op_id_action_kind"),
    )
    with op.batch_alter_table("actions") as batch:
        batch.create_index("ix_actions_action_kind", ["action_kind"], unique=False)
        batch.create_index("ix_actions_actor_user_id", ["actor_user_id"], unique=False)
        batch.create_index("ix_actions_repo_pr_number", ["repo", "pr_number"], unique=False)
        batch.create_index("ix_actions_rfc_slug", ["rfc_slug"], unique=False)


def _operations() -> None:
    op.create_table(
        "operations",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("actor_user_id", sa.Integer(), nullable=True),
        sa.Column("on_behalf_of", sa.String(), nullable=False),
        sa.Column("intent", JSON, nullable=False),
        sa.Column("effect", JSON, nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["actor_user_id"], ["users.id"], name="fk_operations_actor_user_id_users"),
        sa.PrimaryKeyConstraint("id", name="pk_operations"),
    )
    with op.batch_alter_table("operations") as batch:
        batch.create_index("ix_operations_state", ["state"], unique=False)


def _permission_events() -> None:
    op.create_table(
        "permission_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("actor_user_id", sa.Integer(), nullable=True),
        sa.Column("subject_user_id", sa.Integer(), nullable=False),
        sa.Column("event_kind", sa.String(), nullable=False),
        sa.Column("details", JSON, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_user_id"], ["users.id"], name="fk_permission_events_actor_user_id_users"
        ),
        sa.ForeignKeyConstraint(
            ["subject_user_id"], ["users.id"], name="fk_permission_events_subject_user_id_users"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_permission_events"),
    )
    with op.batch_alter_table("permission_events") as batch:
        batch.create_index("ix_permission_events_subject_user_id", ["subject_user_id"], unique=False)


def _rfc_seen() -> None:
    op.create_table(
        "rfc_seen",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("rfc_slug", sa.String(length=80), nullable=False),
        sa.Column("commit_sha", sa.String(), nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_rfc_seen_user_id_users"),
        sa.PrimaryKeyConstraint("user_id", "rfc_slug", name="pk_rfc_seen"),
    )


def _sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("revoked_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_sessions_user_id_users"),
        sa.PrimaryKeyConstraint("hash", name="pk_sessions"),
    )
    with op.batch_alter_table("sessions") as batch:
        batch.create_index("ix_sessions_user_id", ["user_id"], unique=False)


def _slug_reservations() -> None:
    op.create_table(
        "slug_reservations",
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("op_id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("pr_number", sa.Integer(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_slug_reservations_user_id_users"),
        sa.PrimaryKeyConstraint("slug", name="pk_slug_reservations"),
    )


def _threads() -> None:
    op.create_table(
        "threads",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("rfc_slug", sa.String(), nullable=True),
        sa.Column("branch_name", sa.String(), nullable=True),
        sa.Column("repo", sa.String(), nullable=True),
        sa.Column("pr_number", sa.Integer(), nullable=True),
        sa.Column("anchor", JSON, nullable=True),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("resolved_by", sa.Integer(), nullable=True),
        sa.Column("resolved_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name="fk_threads_created_by_users"),
        sa.ForeignKeyConstraint(["resolved_by"], ["users.id"], name="fk_threads_resolved_by_users"),
        sa.PrimaryKeyConstraint("id", name="pk_threads"),
    )
    with op.batch_alter_table("threads") as batch:
        batch.create_index("ix_threads_repo_pr_number", ["repo", "pr_number"], unique=False)
        batch.create_index("ix_threads_rfc_slug", ["rfc_slug"], unique=False)


def _user_logins() -> None:
    op.create_table(
        "user_logins",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("login", sa.String(length=255), nullable=False),
        sa.Column("held_from", TIME, nullable=False),
        sa.Column("held_until", TIME, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_user_logins_user_id_users"),
        sa.PrimaryKeyConstraint("id", name="pk_user_logins"),
    )
    with op.batch_alter_table("user_logins") as batch:
        batch.create_index("ix_user_logins_login", ["login"], unique=False)
        batch.create_index("ix_user_logins_user_id", ["user_id"], unique=False)


def _watches() -> None:
    op.create_table(
        "watches",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("rfc_slug", sa.String(length=80), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("last_act_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_watches_user_id_users"),
        sa.PrimaryKeyConstraint("user_id", "rfc_slug", name="pk_watches"),
    )


def _thread_messages() -> None:
    op.create_table(
        "thread_messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("thread_id", sa.Integer(), nullable=False),
        sa.Column("author_user_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("op_id", sa.String(length=32), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["author_user_id"], ["users.id"], name="fk_thread_messages_author_user_id_users"
        ),
        sa.ForeignKeyConstraint(["thread_id"], ["threads.id"], name="fk_thread_messages_thread_id_threads"),
        sa.PrimaryKeyConstraint("id", name="pk_thread_messages"),
        sa.UniqueConstraint("op_id", name="uq_thread_messages_op_id"),
    )
    with op.batch_alter_table("thread_messages") as batch:
        batch.create_index("ix_thread_messages_thread_id", ["thread_id"], unique=False)
