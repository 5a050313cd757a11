"""What a setting may look like; the errors say what is expected and never repeat the value."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from services.llm.enabled import EnabledModel, read_enabled_models

KEY_LENGTH = 32
SECRET_LENGTH = 16
DATABASE_URL_FORM = "expected postgresql+psycopg://user:password@host/name or sqlite+aiosqlite:///path"
_PLACEHOLDER = re.compile(
    r"change[-_ ]?(me|this|it)|changeit|replace[-_ ]?(me|this)|^your[-_ ]|^my[-_ ]?secret|placeholder|example"
    r"|^django-insecure|^insecure[-_ ]?(dev|key|secret)"
    r"|^(secret|password|dev|development|test|admin|default|token)[-_ ]?(key|secret|token|password)?\d*$"
    r"|^<.*>$|^(?P<same>.)(?P=same)*$|^\.{3}$|^(0123456789|1234567890|abcdefgh)",
    re.IGNORECASE,
)
_GITEA_NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9._-]{0,98}[A-Za-z0-9_-])?")


def _not_a_placeholder(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if _PLACEHOLDER.search(text):
        raise ValueError("it is a placeholder or a default that everybody knows; set a value of your own")
    if not text.isprintable() or " " in text:
        raise ValueError("it contains spaces or control characters")
    return value


def _at_least(length: int) -> AfterValidator:
    def check(value: SecretStr) -> SecretStr:
        text = value.get_secret_value()
        if len(text) < length or len(set(text)) < length // 4:
            raise ValueError(f"it is too easy to guess; use {length} or more random characters")
        return value

    return AfterValidator(check)


def _http_address(value: str) -> str:
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not value.isprintable() or " " in value:
        raise ValueError("expected an address such as https://host or http://127.0.0.1:8000")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("expected an address without a user name, a query or a fragment")
    return value.rstrip("/")


def _without_path(value: str) -> str:
    if urlsplit(value).path:
        raise ValueError("expected an address without a path")
    return value


def _gitea_name(value: str) -> str:
    if not _GITEA_NAME.fullmatch(value):
        raise ValueError("expected a name as Gitea writes it: letters, digits, dots, hyphens and underscores")
    return value


def _one_line(value: str) -> str:
    if not value.isprintable():
        raise ValueError("expected one line without control characters")
    return value


def mail_address(value: str) -> str:
    """The value, if it is an e-mail address; else a ValueError that says what was expected."""
    if not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+|[^@\s<>]+@localhost", value):
        raise ValueError("expected an e-mail address such as rfc@example.org")
    return value


def _readable_file(value: Path) -> Path:
    if not value.is_file():
        raise ValueError("there is no such file")
    return value


def _database_url(value: SecretStr) -> SecretStr:
    from sqlalchemy.exc import ArgumentError  # only where there is such an address: it takes a moment

    from services.store.engine import is_sqlite, sqlite_file, storage_url

    scheme = value.get_secret_value().partition("://")[0]
    if scheme not in ("postgresql", "postgresql+psycopg", "sqlite", "sqlite+aiosqlite"):
        raise ValueError(DATABASE_URL_FORM)
    try:
        url = storage_url(value.get_secret_value())
        if is_sqlite(url):
            sqlite_file(url)
    except (ValueError, ArgumentError):  # their words may repeat the password
        raise ValueError(DATABASE_URL_FORM) from None
    return value


def _redis_url(value: SecretStr) -> SecretStr:
    if value.get_secret_value().partition("://")[0] not in ("redis", "rediss"):
        raise ValueError("expected redis://host:6379/0 or rediss://…")
    return value


def _networks(value: object) -> object:
    if not isinstance(value, str):
        return value
    networks = tuple(part.strip() for part in value.split(",") if part.strip())
    if not networks:
        raise ValueError("expected addresses or networks separated by commas, such as 127.0.0.1")
    for network in networks:
        try:
            ipaddress.ip_network(network)
        except ValueError as error:
            raise ValueError(
                "expected addresses or networks separated by commas, such as 127.0.0.1"
            ) from error
    return networks


def _models(value: object) -> object:
    if not isinstance(value, str):
        return value
    models = read_enabled_models(value)
    if not models:
        raise ValueError("ENABLED_MODELS names no model; leave it empty for none")
    return models


Key = Annotated[SecretStr, AfterValidator(_not_a_placeholder), _at_least(KEY_LENGTH)]
Secret = Annotated[SecretStr, AfterValidator(_not_a_placeholder), _at_least(SECRET_LENGTH)]
Token = Annotated[SecretStr, AfterValidator(_not_a_placeholder)]
HttpAddress = Annotated[str, AfterValidator(_http_address)]
SiteAddress = Annotated[str, AfterValidator(_http_address), AfterValidator(_without_path)]
GiteaName = Annotated[str, AfterValidator(_gitea_name)]
Line = Annotated[str, AfterValidator(_one_line), Field(min_length=1, max_length=300)]
MailAddress = Annotated[str, AfterValidator(mail_address)]
ReadableFile = Annotated[Path, AfterValidator(_readable_file)]
DatabaseUrl = Annotated[SecretStr, AfterValidator(_database_url)]
RedisUrl = Annotated[SecretStr, AfterValidator(_redis_url)]
Networks = Annotated[tuple[str, ...], BeforeValidator(_networks)]
Models = Annotated[tuple[EnabledModel, ...], BeforeValidator(_models)]
Seconds = Annotated[int, Field(ge=1, le=31 * 86_400)]
Days = Annotated[int, Field(ge=1, le=3_650)]
Count = Annotated[int, Field(ge=1, le=1_000)]
Port = Annotated[int, Field(ge=1, le=65_535)]
