"""What the doctor needs to know of a deployment."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """How mail leaves."""

    host: str
    port: int
    starttls: bool
    user: str | None
    password: str | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """A deployment under examination; the attributes are settings of §17."""

    gitea_url: str
    bot_user: str
    bot_token: str = field(repr=False)
    org: str
    meta_repo: str
    client_id: str
    client_secret: str = field(repr=False)
    app_url: str
    webhook_secret: str = field(repr=False)
    storage_url: str = field(repr=False)
    database_folder: Path
    env_file: Path | None
    unknown_names: tuple[str, ...] = ()
    mail: MailServer | None = None

    @property
    def webhook_url(self) -> str:
        """The address Gitea calls."""
        return f"{self.app_url}/api/webhooks/gitea"

    @property
    def callback_url(self) -> str:
        """The redirect address that the OAuth application must have."""
        return f"{self.app_url}/auth/callback"

    @property
    def meta(self) -> str:
        """The meta repository, `<org>/<name>`."""
        return f"{self.org}/{self.meta_repo}"
