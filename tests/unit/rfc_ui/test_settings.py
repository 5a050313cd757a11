"""§17 Environment: what is required, what is refused by name, and that no secret is ever shown."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path

import pytest
from pydantic import ValidationError

from rfc_ui.bootstrap import post_office
from rfc_ui.settings import (
    REQUIRED_NAMES,
    SECRET_NAMES,
    SETTING_NAMES,
    Settings,
    show_settings,
    unknown_names,
)
from services.mail.unsubscribe import Wish

SECRET = "q7Zr9vKx2LmN4pT8wYb3cD6fGhJ1sA5e"


def complete(**changes: str) -> dict[str, str]:
    values = {
        "GITEA_URL": "https://git.example.org/",
        "GITEA_BOT_USER": "rfc-bot",
        "GITEA_BOT_TOKEN": "5f1d7a84db00d2fce00b31a7fc73224f12313456",
        "GITEA_ORG": "wiggleverse",
        "META_REPO": "meta",
        "OAUTH_CLIENT_ID": "9cf64a5b-5f4e-4f9a-a0b1-0d6d3e1a1a11",
        "OAUTH_CLIENT_SECRET": "gto_kx83hf7sk2j4hf8sk2j4hf8sk2j4h",
        "APP_URL": "https://rfc.example.org",
        "SECRET_KEY": SECRET,
        "OWNER_GITEA_LOGIN": "ada",
        "GITEA_WEBHOOK_SECRET": SECRET[::-1],
        "DATABASE_PATH": "rfc.db",
    }
    return values | changes


def load(environ: Mapping[str, str], env_file: Path | None = None) -> Settings:
    return Settings.load(env_file, environ)


@pytest.fixture(autouse=True)
def _empty_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_complete_environment_loads_with_the_defaults_of_the_specification() -> None:
    settings = load(complete())

    assert settings.gitea_url == "https://git.example.org"
    assert settings.meta_repository == "wiggleverse/meta"
    assert settings.storage_url == "sqlite+aiosqlite:///rfc.db"
    assert (settings.reconcile_seconds, settings.manual_flush_seconds, settings.email_delay_seconds) == (
        300,
        300,
        120,
    )
    assert settings.forge is None


@pytest.mark.parametrize("name", [*REQUIRED_NAMES, "DATABASE_PATH"])
def test_a_missing_required_variable_stops_with_its_name(name: str) -> None:
    environ = complete()
    del environ[name]

    with pytest.raises(RuntimeError) as stopped:
        load(environ)

    assert type(stopped.value) is RuntimeError
    assert str(stopped.value) == f"Required environment variable {name} is not set"


@pytest.mark.parametrize("name", REQUIRED_NAMES)
def test_an_empty_required_variable_counts_as_missing(name: str) -> None:
    with pytest.raises(RuntimeError, match=f"Required environment variable {name} is not set"):
        load(complete(**{name: "  "}))


def test_an_empty_optional_variable_counts_as_unset() -> None:
    settings = load(complete(RECONCILE_SECONDS="", SMTP_HOST=" ", LOG_FORMAT=""))

    assert (settings.reconcile_seconds, settings.smtp_host, settings.log_format) == (300, None, "text")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GITEA_URL", "git.example.org"),
        ("GITEA_URL", "ftp://git.example.org"),
        ("GITEA_URL", "https://bot:word@git.example.org"),
        ("APP_URL", "https://rfc.example.org/sub"),
        ("APP_URL", "https://"),
        ("APP_URL", "https://[broken"),
        ("GITEA_ORG", "two words"),
        ("META_REPO", "wiggleverse/meta"),
        ("OWNER_GITEA_LOGIN", "rfc-bot"),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "a" * 40),
        ("SECRET_KEY", "abab" * 12),
        ("GITEA_WEBHOOK_SECRET", "short"),
        ("DATABASE_URL", "mysql://root@db/rfc"),
        ("DATABASE_URL", "postgresql://rfc:pw@db:port/rfc"),
        ("DATABASE_URL", "sqlite+aiosqlite://"),
        ("RECONCILE_SECONDS", "soon"),
        ("RECONCILE_SECONDS", "0"),
        ("HYGIENE_CLOSE_AFTER_DAYS", "-1"),
        ("SMTP_PORT", "70000"),
        ("SMTP_STARTTLS", "perhaps"),
        ("EMAIL_FROM", "nobody"),
        ("ENABLED_MODELS", "claude"),
        ("ENABLED_MODELS", "claude=nobody:model"),
        ("ENABLED_MODELS", "a=openai:x,a=openai:y"),
        ("OPENAI_BASE_URL", "localhost:11434"),
        ("PHILOSOPHY_FILE", "no-such-file.md"),
        ("REDIS_URL", "http://redis"),
        ("TRUSTED_PROXIES", "10.0.0.0/8,proxy"),
        ("TRUSTED_PROXIES", ","),
        ("ENABLED_MODELS", " , "),
        ("SECRET_KEY", "insecure-dev-key-0a9b8c7d6e5f4g3h2i1j0k"),
        ("SECRET_KEY", "django-insecure-x7$2kq9!zr4mw0c8v5b1n6t3"),
        ("FORGE", "gitea"),
        ("LOG_FORMAT", "xml"),
        ("SITE_NAME", "two\nlines"),
    ],
)
def test_a_malformed_value_is_refused_by_name(name: str, value: str) -> None:
    environ = complete(**{name: value})
    if name == "DATABASE_URL":
        del environ["DATABASE_PATH"]

    with pytest.raises(RuntimeError, match=f"^Environment variable {name} is malformed: "):
        load(environ)


@pytest.mark.parametrize(
    "name", ["SECRET_KEY", "GITEA_WEBHOOK_SECRET", "GITEA_BOT_TOKEN", "OAUTH_CLIENT_SECRET"]
)
@pytest.mark.parametrize(
    "value",
    [
        "change-me-change-me-change-me-change-me",
        "your-secret-key-goes-here-32-characters",
        "replace_this_with_a_random_value_please",
        "<a random value of 32 characters here.>",
        "an-example-secret-that-is-long-enough-1",
        "secret",
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    ],
)
def test_a_default_secret_is_refused_by_name_without_repeating_it(name: str, value: str) -> None:
    with pytest.raises(RuntimeError) as stopped:
        load(complete(**{name: value}))

    assert str(stopped.value).startswith(f"Environment variable {name} is malformed: ")
    assert value not in str(stopped.value).replace("default", "")


def test_random_secrets_of_every_usual_form_are_taken() -> None:
    for _ in range(200):
        for value in (secrets.token_hex(16), secrets.token_urlsafe(32), secrets.token_hex(32)):
            load(complete(SECRET_KEY=value, GITEA_WEBHOOK_SECRET=value[:16]))


def test_mail_needs_a_sender() -> None:
    with pytest.raises(RuntimeError, match="^Environment variable EMAIL_FROM is malformed: it is needed"):
        load(complete(SMTP_HOST="mail.example.org"))


def test_only_one_database_may_be_named() -> None:
    with pytest.raises(RuntimeError, match="^Environment variable DATABASE_PATH is malformed: DATABASE_URL"):
        load(complete(DATABASE_URL="postgresql://rfc:pw@db/rfc"))


def test_a_postgresql_address_gets_the_driver_that_the_product_uses() -> None:
    environ = complete(DATABASE_URL="postgresql://rfc:pw@db/rfc")
    del environ["DATABASE_PATH"]

    assert load(environ).storage_url == "postgresql+psycopg://rfc:pw@db/rfc"


def test_a_secret_can_come_from_a_file_without_its_last_line_end(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(SECRET + "\n")
    environ = complete(SECRET_KEY_FILE=str(tmp_path / "key"))
    del environ["SECRET_KEY"]

    assert load(environ).secret_key.get_secret_value() == SECRET


@pytest.mark.parametrize("content", [None, "", b"\xff\xfe"])
def test_an_unusable_secret_file_is_refused_by_name(tmp_path: Path, content: str | bytes | None) -> None:
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    environ = complete(SECRET_KEY_FILE=str(path))
    del environ["SECRET_KEY"]

    with pytest.raises(RuntimeError, match="SECRET_KEY_FILE names"):
        load(environ)


def test_a_value_and_its_file_together_are_refused(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(SECRET)

    with pytest.raises(RuntimeError, match="^SECRET_KEY and SECRET_KEY_FILE are both set"):
        load(complete(SECRET_KEY_FILE=str(tmp_path / "key")))


def test_the_real_environment_wins_over_the_env_file(tmp_path: Path) -> None:
    env_file = tmp_path / "site.env"
    env_file.write_text("SITE_NAME='From the file'\nSITE_PITCH=Kept # a remark\nexport LOG_FORMAT=json\n")

    settings = load(complete(SITE_NAME="From outside"), env_file)

    assert (settings.site_name, settings.site_pitch, settings.log_format) == ("From outside", "Kept", "json")


def test_dot_env_in_the_working_directory_is_read_when_no_file_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SITE_NAME=Here\n")

    assert load(complete()).site_name == "Here"


def test_a_named_env_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="can't be read: No such file"):
        load(complete(), tmp_path / "missing.env")


def test_a_line_that_is_no_assignment_is_refused_by_its_number(tmp_path: Path) -> None:
    env_file = tmp_path / "site.env"
    env_file.write_text("SITE_NAME=Here\nSITE_PITCH\n")

    with pytest.raises(RuntimeError, match=f"^Line 2 of {env_file} is not of the form NAME=value$"):
        load(complete(), env_file)


def test_names_that_no_setting_has_are_found(tmp_path: Path) -> None:
    env_file = tmp_path / "site.env"
    env_file.write_text("RECONSILE_SECONDS=60\nSECRET_KEY_FILE=/run/key\nSITE_NAME=Here\n")

    assert unknown_names(env_file) == ("RECONSILE_SECONDS",)


def test_settings_are_frozen() -> None:
    settings = load(complete())

    with pytest.raises(ValidationError):
        settings.site_name = "Another"


def test_no_secret_is_printed_by_settings_or_by_what_config_shows() -> None:
    secret_values = {name: SECRET[::2] + name.lower().replace("_", "") + SECRET for name in SECRET_NAMES}
    addresses = {
        "DATABASE_URL": "postgresql://rfc:hunter2hunter2@db/rfc",
        "REDIS_URL": "redis://:hunter2hunter2@cache/0",
    }
    environ = complete(**(secret_values | addresses))
    del environ["DATABASE_PATH"]
    secrets = {value for name, value in environ.items() if name in SECRET_NAMES}

    printed = repr(load(environ)) + str(load(environ)) + repr(show_settings(None, environ))

    assert [value for value in secrets if value in printed] == []
    assert "hunter2" not in printed


def test_config_shows_every_setting_with_where_it_comes_from() -> None:
    shown = {one.name: (one.value, one.source) for one in show_settings(None, complete(SITE_NAME="Here"))}

    assert tuple(shown) == SETTING_NAMES
    assert shown["SITE_NAME"] == ("Here", "environment")
    assert shown["SECRET_KEY"] == ("(hidden)", "environment")
    assert shown["SMTP_PORT"] == ("587", "default")
    assert shown["SMTP_HOST"] == ("", "not set")


def test_config_shows_what_is_missing() -> None:
    shown = {one.name: one.source for one in show_settings(None, {})}

    assert [name for name, source in shown.items() if source == "missing"] == list(REQUIRED_NAMES)


def test_the_embedded_forge_brings_its_own_gitea_values(tmp_path: Path) -> None:
    made = ("GITEA_URL", "GITEA_BOT_USER", "GITEA_BOT_TOKEN", "GITEA_ORG", "META_REPO", "OAUTH_CLIENT_ID")
    made += ("OAUTH_CLIENT_SECRET", "GITEA_WEBHOOK_SECRET")
    everything = complete(GITEA_URL="http://127.0.0.1:3000")
    (tmp_path / "embedded.env").write_text("".join(f"{name}={everything[name]}\n" for name in made))
    environ = {name: value for name, value in everything.items() if name not in made}

    settings = load(environ | {"FORGE": "embedded", "DATABASE_PATH": str(tmp_path / "rfc.db")})

    assert (settings.gitea_url, settings.forge) == ("http://127.0.0.1:3000", "embedded")


def test_unsubscribe_links_outlive_the_session_key_only_where_they_have_their_own() -> None:
    own_key = {"UNSUBSCRIBE_KEY": "u3Xp8qWn5tRk2vYb7mZc4dFg6hJs9aLe"}
    for own, outlives in ((own_key, True), ({}, False)):
        token = post_office(load(complete(**own))).links.token(Wish(1, ("digest",)))
        rotated = post_office(load(complete(**own, SECRET_KEY="w8Nf3kPz6yHt1xQv5bMr9cJd2gLs7aUe")))
        assert (rotated.links.read(token) == Wish(1, ("digest",))) is outlives


@pytest.mark.parametrize(
    ("environ", "home"),
    [
        ({"STATE_DIRECTORY": "/var/lib/rfc-ui:/var/lib/more", "XDG_STATE_HOME": "/x"}, "/var/lib/rfc-ui"),
        ({"XDG_STATE_HOME": "/x"}, "/x/rfc-ui"),
        ({"XDG_STATE_HOME": "relative", "HOME": "/srv/ada"}, "/srv/ada/.local/state/rfc-ui"),
        ({"HOME": "/srv/ada"}, "/srv/ada/.local/state/rfc-ui"),
    ],
)
def test_what_lies_beside_postgresql_never_depends_on_the_current_folder(
    environ: dict[str, str], home: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("STATE_DIRECTORY", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    given = complete(DATABASE_URL="postgresql://rfc:pw@db/rfc")
    del given["DATABASE_PATH"]
    beside_sqlite = given | {"DATABASE_URL": "sqlite+aiosqlite:////srv/rfc/rfc.db?timeout=3"}

    assert load(given).backup_dir == Path(home) / "backups"
    assert load(beside_sqlite).home == Path(environ.get("STATE_DIRECTORY", "/srv/rfc").partition(":")[0])
