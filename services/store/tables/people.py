"""People and their sessions: `users`, `user_logins`, `sessions` (§5, §6.1)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, false, true
from sqlmodel import Field

from services.store.tables.columns import StoredTable, UtcDateTime, now


class User(StoredTable, table=True):
    """A person who signed in at least once, keyed by Gitea's numeric id."""

    __tablename__ = "users"

    id: int | None = Field(default=None, primary_key=True)
    gitea_id: int = Field(unique=True, sa_type=BigInteger)
    gitea_login: str = Field(unique=True, max_length=255)
    email: str = ""
    display_name: str = ""
    avatar_url: str = ""
    role: str = Field(default="contributor", sa_column_kwargs={"server_default": "contributor"})
    muted: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    mute_reason: str | None = None
    email_personal_direct: bool = Field(default=True, sa_column_kwargs={"server_default": true()})
    email_watched_structural: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    email_admin_actionable: bool = Field(default=True, sa_column_kwargs={"server_default": true()})
    email_opt_out_all: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    digest_cadence: str = Field(default="weekly", sa_column_kwargs={"server_default": "weekly"})
    notification_quiet_hours_start: str | None = None
    notification_quiet_hours_end: str | None = None
    notification_quiet_hours_timezone: str | None = None
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    last_seen_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class UserLogin(StoredTable, table=True):
    """Who held which login from when to when; `held_until` is null for the present one."""

    __tablename__ = "user_logins"

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="users.id", index=True)
    login: str = Field(index=True, max_length=255)
    held_from: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    held_until: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Session(StoredTable, table=True):
    """A signed-in browser: only the SHA-256 of its token is stored."""

    __tablename__ = "sessions"

    hash: str = Field(primary_key=True, max_length=64)
    user_id: int = Field(foreign_key="users.id", index=True)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
