"""`FORGE=embedded`: runs a forge beside the app and makes the Gitea and OAuth values for it (§17)."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, fields
from datetime import timedelta
from pathlib import Path

from dotenv import dotenv_values

from services.ops.forge_accounts import ForgeSetup, OAuthApplication, SetupRefused
from services.ops.forge_process import ForgePlace, ForgeProcess

VALUES_FILE = "embedded.env"
ADMIN_PASSWORD_FILE = "forge-admin-password"  # noqa: S105 - a file's name
OWNER_PASSWORD_FILE = "forge-owner-password"  # noqa: S105 - a file's name
BOT_PASSWORD_FILE = "forge-bot-password"  # noqa: S105 - a file's name
FORGE_FOLDER = "forge"
UNFINISHED_RESTORE = "restore-unfinished"
"""A file beside the database while a restore is under way; a kill leaves it there."""
RESTORE_AGAIN = "a restore is under way or did not reach its end; run `rfc-ui restore FILE` again."
SITE_ADMIN = "root"
BOT = "rfc-bot"
APPLICATION = "RFC UI"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedValues:
    """The settings that an embedded forge brings; field names are the lower-case names of §17."""

    gitea_url: str
    gitea_bot_user: str
    gitea_bot_token: str
    gitea_org: str
    meta_repo: str
    oauth_client_id: str
    oauth_client_secret: str
    gitea_webhook_secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedPlan:
    """What to run: `home` is the folder of the database; the forge's repositories lie in `home/forge`."""

    home: Path
    host: str
    port: int
    forge_url: str
    app_url: str
    org: str
    org_title: str
    meta_repo: str


@dataclass(frozen=True, slots=True)
class EmbeddedForge:
    """A running forge and the admin's way into it."""

    process: ForgeProcess
    admin_password: str
    url: str

    def setup(self) -> ForgeSetup:
        """Open the forge's API as its site admin."""
        return ForgeSetup(self.url, admin=SITE_ADMIN, password=self.admin_password)

    def run_behind(self, by: timedelta) -> None:
        """Let its clock go late; zero is right again."""
        self.process.run_behind(by)

    def stop(self) -> None:
        """End the forge."""
        self.process.stop()


def start_embedded_forge(plan: EmbeddedPlan) -> EmbeddedForge:
    """Start the forge, see to bot, organisation and OAuth application, and write `embedded.env`.

    Repeating it keeps every value that still works. Raises ForgeNotStarted or SetupRefused.
    """
    plan.home.mkdir(parents=True, exist_ok=True)
    if is_half_restored(plan.home):
        raise SetupRefused(RESTORE_AGAIN)
    password = kept_secret(plan.home / ADMIN_PASSWORD_FILE)
    place = ForgePlace(data=plan.home / FORGE_FOLDER, host=plan.host, port=plan.port, root_url=plan.forge_url)
    process = ForgeProcess(place, admin=SITE_ADMIN, admin_password=password)
    forge = EmbeddedForge(process, password, f"http://{plan.host}:{plan.port}")
    try:
        with forge.setup() as setup:
            _write_values(plan.home / VALUES_FILE, _provided(setup, plan))
    except BaseException:
        forge.stop()
        raise
    return forge


def is_half_restored(home: Path) -> bool:
    """Whether a restore changed this folder and did not reach its end."""
    return (home / UNFINISHED_RESTORE).exists()


def welcome_owner(forge: EmbeddedForge, home: Path, *, login: str) -> Path | None:
    """See to the owner's account; the file of its first password if it was made now."""
    path = home / OWNER_PASSWORD_FILE
    known = path.is_file()
    with forge.setup() as setup:
        setup.ensure_user(login, password=kept_secret(path), full_name=login, email=f"{login}@forge.invalid")
    return None if known else path


def _provided(setup: ForgeSetup, plan: EmbeddedPlan) -> EmbeddedValues:
    present = _present_values(plan.home / VALUES_FILE)
    bot_password = kept_secret(plan.home / BOT_PASSWORD_FILE)
    setup.ensure_user(BOT, password=bot_password, full_name="RFC bot", email="rfc-bot@forge.invalid")
    setup.ensure_organisation(plan.org, full_name=plan.org_title, owner=BOT)
    application = setup.ensure_application(
        APPLICATION,
        redirect_uri=f"{plan.app_url}/auth/callback",
        present=OAuthApplication(present.oauth_client_id, present.oauth_client_secret) if present else None,
    )
    return EmbeddedValues(
        gitea_url=plan.forge_url,
        gitea_bot_user=BOT,
        gitea_bot_token=_working_token(setup, present, bot_password),
        gitea_org=plan.org,
        meta_repo=plan.meta_repo,
        oauth_client_id=application.client_id,
        oauth_client_secret=application.client_secret,
        gitea_webhook_secret=present.gitea_webhook_secret if present else secrets.token_hex(32),
    )


def _working_token(setup: ForgeSetup, present: EmbeddedValues | None, bot_password: str) -> str:
    if present is not None and setup.token_works(present.gitea_bot_token):
        return present.gitea_bot_token
    return setup.new_token(BOT, password=bot_password, name="rfc-ui")


def _present_values(path: Path) -> EmbeddedValues | None:
    if not path.is_file():
        return None
    given = dotenv_values(path, interpolate=False)
    values = {field.name: given.get(field.name.upper()) or "" for field in fields(EmbeddedValues)}
    return EmbeddedValues(**values) if all(values.values()) else None


def _write_values(path: Path, values: EmbeddedValues) -> None:
    lines = (f"{field.name.upper()}={getattr(values, field.name)}\n" for field in fields(EmbeddedValues))
    write_private(path, "# Made by FORGE=embedded; made again if deleted.\n" + "".join(lines))


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step, readable by its owner only."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
    fresh.replace(path)


def kept_secret(path: Path) -> str:
    """Return the secret in a file, made at random if there is none; readable by its owner only."""
    if not path.is_file():
        write_private(path, secrets.token_urlsafe(24) + "\n")
    return path.read_text(encoding="utf-8").strip()
