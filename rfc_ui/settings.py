"""The settings of §17, read once at start: typed, validated, frozen; secrets never print themselves."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError, model_validator
from pydantic_core import ErrorDetails

from rfc_ui.environment import Given, read_env_file, read_environment
from rfc_ui.setting_types import (
    Count,
    DatabaseUrl,
    Days,
    GiteaName,
    HttpAddress,
    Key,
    Line,
    MailAddress,
    Models,
    Networks,
    Port,
    ReadableFile,
    RedisUrl,
    Seconds,
    Secret,
    SiteAddress,
    Token,
)

EMBEDDED_VALUES = "embedded.env"
"""File beside the database in which `FORGE=embedded` keeps the Gitea and OAuth values it made."""


class Settings(BaseModel):
    """Everything the operator can set; attributes are the lower-case names of §17."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    gitea_url: HttpAddress
    gitea_bot_user: GiteaName
    gitea_bot_token: Token
    gitea_org: GiteaName
    meta_repo: GiteaName
    oauth_client_id: Line
    oauth_client_secret: Token
    app_url: SiteAddress
    secret_key: Key
    owner_gitea_login: GiteaName
    gitea_webhook_secret: Secret
    database_path: Path | None = None
    database_url: DatabaseUrl | None = None

    smtp_host: Line | None = None
    smtp_port: Port = 587
    smtp_user: Line | None = None
    smtp_password: SecretStr | None = None
    smtp_starttls: bool = True
    email_from: MailAddress | None = None
    email_from_name: Line = "RFC UI"
    webhook_email_bounce_secret: Secret | None = None

    enabled_models: Models = ()
    anthropic_api_key: Token | None = None
    google_api_key: Token | None = None
    openai_api_key: Token | None = None
    openai_base_url: HttpAddress | None = None

    reconcile_seconds: Seconds = 300
    hygiene_tick_seconds: Seconds = 3600
    hygiene_close_after_days: Days = 30
    hygiene_delete_after_days: Days = 90
    manual_flush_seconds: Seconds = 300
    email_delay_seconds: Seconds = 120
    email_bundle_threshold: Count = 3
    digest_tick_seconds: Seconds = 900

    credentials_key: Key | None = None
    unsubscribe_key: Key | None = None
    philosophy_file: ReadableFile | None = None
    site_name: Line = "RFC UI"
    site_pitch: Line = "A community writes its standards together, in the open."
    redis_url: RedisUrl | None = None
    metrics_token: Secret | None = None
    trusted_proxies: Networks = ("127.0.0.1", "::1")
    forge: Literal["embedded"] | None = None
    log_format: Literal["json", "text"] = "text"

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        if self.database_path and self.database_url:
            raise ValueError("DATABASE_PATH: DATABASE_URL is set as well; keep one of them")
        if self.smtp_host and not self.email_from:
            raise ValueError("EMAIL_FROM: it is needed because SMTP_HOST is set")
        if self.gitea_bot_user.lower() == self.owner_gitea_login.lower():
            raise ValueError("OWNER_GITEA_LOGIN: it is the bot's account; name a person")
        return self

    @classmethod
    def load(cls, env_file: Path | None = None, environ: Mapping[str, str] | None = None) -> Self:
        """Read `env_file`, else `./.env`, under the real environment.

        Raises RuntimeError: the sentence names the variable and never repeats a value.
        """
        return cls.from_given(given_settings(env_file, os.environ if environ is None else environ))

    @classmethod
    def from_given(cls, given: Mapping[str, Given]) -> Self:
        """Validate what was given, by upper-case name; raises RuntimeError naming the first thing wrong."""
        for name in missing_names(given):
            raise RuntimeError(f"Required environment variable {name} is not set")
        try:
            return cls.model_validate({name.lower(): one.value for name, one in given.items()})
        except ValidationError as error:
            raise RuntimeError(_sentence(error.errors(include_url=False)[0])) from None

    @property
    def storage_url(self) -> str:
        """The database as an async SQLAlchemy URL; it may contain a password."""
        if self.database_url is None:
            return f"sqlite+aiosqlite:///{self.database_path}"
        scheme, _, rest = self.database_url.get_secret_value().partition("://")
        driver = {"postgresql": "postgresql+psycopg", "sqlite": "sqlite+aiosqlite"}.get(scheme, scheme)
        return f"{driver}://{rest}"

    @property
    def home(self) -> Path:
        """The folder of DATABASE_PATH; with DATABASE_URL systemd's StateDirectory, else one that is the account's own.

        Never the current directory: what is kept there would be elsewhere after each start from another place.
        """
        if self.database_path is not None:
            return self.database_path.parent
        scheme, _, path = self.storage_url.partition(":///")
        beside = Path(path.partition("?")[0]).parent if scheme.startswith("sqlite") else None
        return _state_folder(os.environ, without=beside)

    @property
    def backup_dir(self) -> Path:
        """Where the automatic backup before a migration goes."""
        return self.home / "backups"

    @property
    def webhook_url(self) -> str:
        """The address that Gitea calls."""
        return f"{self.app_url}/api/webhooks/gitea"

    @property
    def meta_repository(self) -> str:
        """The meta repository as `<org>/<name>`."""
        return f"{self.gitea_org}/{self.meta_repo}"


@dataclass(frozen=True, slots=True)
class ShownSetting:
    """One line of `rfc-ui config`; a secret's value is already replaced by a word."""

    name: str
    value: str
    source: str


def _state_folder(environ: Mapping[str, str], *, without: Path | None) -> Path:
    """`without` is the folder where systemd gives none and the database is a file."""
    given = environ.get("STATE_DIRECTORY", "").partition(":")[0]
    if given:
        return Path(given)
    if without is not None:
        return without
    base = environ.get("XDG_STATE_HOME", "")
    return (Path(base) if base.startswith("/") else Path.home() / ".local" / "state") / "rfc-ui"


SETTING_NAMES: tuple[str, ...] = tuple(name.upper() for name in Settings.model_fields)
REQUIRED_NAMES: tuple[str, ...] = tuple(
    name.upper() for name, field in Settings.model_fields.items() if field.is_required()
)
SECRET_NAMES: frozenset[str] = frozenset(
    name.upper() for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)
)
MADE_BY_EMBEDDED_FORGE: frozenset[str] = frozenset(
    {
        "GITEA_URL",
        "GITEA_BOT_USER",
        "GITEA_BOT_TOKEN",
        "GITEA_ORG",
        "META_REPO",
        "OAUTH_CLIENT_ID",
        "OAUTH_CLIENT_SECRET",
        "GITEA_WEBHOOK_SECRET",
    }
)


def missing_names(given: Mapping[str, Given]) -> tuple[str, ...]:
    """Return the required names nobody gave, in §17's order."""
    missing = [name for name in REQUIRED_NAMES if name not in given]
    if "DATABASE_PATH" not in given and "DATABASE_URL" not in given:
        missing.append("DATABASE_PATH")
    return tuple(missing)


def show_settings(env_file: Path | None, environ: Mapping[str, str]) -> tuple[ShownSetting, ...]:
    """Return every setting with its value and where it comes from; secrets only say whether they are set."""
    given = given_settings(env_file, environ)
    return tuple(_shown(name, given.get(name)) for name in SETTING_NAMES)


def unknown_names(env_file: Path | None) -> tuple[str, ...]:
    """Return the names in the env file that no setting has: most often a slip of the pen."""
    known = {*SETTING_NAMES, *(f"{name}_FILE" for name in SETTING_NAMES)}
    return tuple(name for name in read_env_file(env_file) if name not in known)


def given_settings(env_file: Path | None, environ: Mapping[str, str]) -> dict[str, Given]:
    """Return every setting somebody gave, what `FORGE=embedded` made included; raises RuntimeError."""
    given = read_environment(SETTING_NAMES, env_file=env_file, environ=environ)
    made = _embedded_values(given)
    return made | given if made else given


def _embedded_values(given: Mapping[str, Given]) -> dict[str, Given]:
    """What `FORGE=embedded` made at its first start; missing before that."""
    database = given.get("DATABASE_PATH")
    if "FORGE" not in given or given["FORGE"].value != "embedded" or database is None:
        return {}
    path = Path(database.value).parent / EMBEDDED_VALUES
    if not path.is_file():
        return {}
    return read_environment(MADE_BY_EMBEDDED_FORGE, env_file=path, environ={})


def _shown(name: str, given: Given | None) -> ShownSetting:
    if given is not None:
        return ShownSetting(name, "(hidden)" if name in SECRET_NAMES else given.value, given.source)
    field = Settings.model_fields[name.lower()]
    if field.is_required():
        return ShownSetting(name, "", "missing")
    default = field.get_default()
    return ShownSetting(name, _words(default), "default" if default not in (None, ()) else "not set")


def _words(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(str(part) for part in value)
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _sentence(error: ErrorDetails) -> str:
    reason = error["msg"].removeprefix("Value error, ")
    if error["loc"]:
        return f"Environment variable {str(error['loc'][0]).upper()} is malformed: {reason}"
    name, _, why = reason.partition(": ")
    return f"Environment variable {name} is malformed: {why}"
