"""People and their sessions: `users`, `user_logins`, `sessions` (§5, §6.1)."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from services.store.tables.columns import UtcDateTime, now


class User(SQLModel, table=True):
    """A person who signed in at least once, keyed by Gitea's numeric id."""

    __tablename__ = "users"

    id: int | None = Field(default=None, primary_key=True)
    gitea_id: int = Field(unique=True)
    gitea_login: str = Field(unique=True, max_length=255)
    email: str = ""
    display_name: str = ""
    avatar_url: str = ""
    role: str = "contributor"
    muted: bool = False
    email_personal_direct: bool = True
    email_watched_structural: bool = False
    email_admin_actionable: bool = True
    email_opt_out_all: bool = False
    digest_cadence: str = "weekly"
    notification_quiet_hours_start: str | None = None
    notification_quiet_hours_end: str | None = None
    notification_quiet_hours_timezone: str | None = None
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    last_seen_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class UserLogin(SQLModel, table=True):
    """Who held which login from when to when; `held_until` is null for the present one."""

    __tablename__ = "user_logins"

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="users.id", index=True)
    login: str = Field(index=True, max_length=255)
    held_from: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    held_until: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Session(SQLModel, table=True):
    """A signed-in browser: only the SHA-256 of its token is stored."""

    __tablename__ = "sessions"

    hash: str = Field(primary_key=True, max_length=64)
    user_id: int = Field(foreign_key="users.id", index=True)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
