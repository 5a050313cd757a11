"""Turns `FORGE=embedded` into a running forge, before the settings that it makes are read."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rfc_ui.cli.outcome import FAILED, WRONG_USE, CommandFailed
from rfc_ui.cli.ports import require_free_port

if TYPE_CHECKING:
    from rfc_ui.environment import Given
    from rfc_ui.settings import Settings
    from services.ops.embedded import EmbeddedForge, EmbeddedPlan
    from services.ops.embedded_backup import EmbeddedSite

FORGE_PORT = 3000
DEFAULT_ORG = "community"
DEFAULT_META = "meta"


def plan_of(env_file: Path | None) -> EmbeddedPlan | None:
    """Return what forge to run, or None if the settings name a Gitea; a missing setting ends the command."""
    from rfc_ui.settings import MADE_BY_EMBEDDED_FORGE, given_settings, missing_names

    try:
        given = given_settings(env_file, os.environ)
    except RuntimeError as error:
        raise CommandFailed(f"RuntimeError: {error}", exit_code=WRONG_USE) from error
    if "FORGE" not in given or given["FORGE"].value != "embedded":
        return None
    beside = () if "DATABASE_PATH" in given else ("DATABASE_PATH",)
    for name in (*missing_names(given), *beside):
        if name not in MADE_BY_EMBEDDED_FORGE:
            sentence = f"RuntimeError: Required environment variable {name} is not set"
            raise CommandFailed(sentence, exit_code=WRONG_USE)
    return _plan(given)


def foreseen_settings(env_file: Path | None) -> Settings:
    """The settings as they will be once the forge has made its part; what is malformed ends the command."""
    from rfc_ui.environment import Given
    from rfc_ui.settings import MADE_BY_EMBEDDED_FORGE, Settings, given_settings

    made = {name: Given(secrets.token_hex(32), "the embedded forge") for name in MADE_BY_EMBEDDED_FORGE}
    made["GITEA_URL"] = Given(f"http://127.0.0.1:{FORGE_PORT}", "the embedded forge")
    try:
        return Settings.from_given(made | given_settings(env_file, os.environ))
    except RuntimeError as error:
        raise CommandFailed(f"RuntimeError: {error}", exit_code=WRONG_USE) from error


def owner_login(env_file: Path | None) -> str:
    """Who becomes owner; `plan_of` has seen that it is set."""
    from rfc_ui.settings import given_settings

    return given_settings(env_file, os.environ)["OWNER_GITEA_LOGIN"].value


def site_of(env_file: Path | None) -> EmbeddedSite | None:
    """Return where a site with an embedded forge lies, or None if the settings name a Gitea."""
    from rfc_ui.settings import given_settings
    from services.ops.embedded_backup import EmbeddedSite

    if plan_of(env_file) is None:
        return None
    return EmbeddedSite(Path(given_settings(env_file, os.environ)["DATABASE_PATH"].value))


def start_forge(plan: EmbeddedPlan, *, option: str = "GITEA_URL") -> EmbeddedForge:
    """Start the forge and see to its accounts; a failure ends the command with the forge's own sentence.

    Nothing is written before its port is known to be free.
    """
    from services.ops.embedded import start_embedded_forge
    from services.ops.forge_accounts import SetupRefused
    from services.ops.forge_process import ForgeNotStarted

    require_free_port(plan.host, plan.port, option=option)
    try:
        return start_embedded_forge(plan)
    except ForgeNotStarted as error:
        raise CommandFailed(f"The embedded forge did not start: {error}", exit_code=WRONG_USE) from error
    except SetupRefused as error:
        raise CommandFailed(f"The embedded forge can't be set up: {error}", exit_code=FAILED) from error


def _plan(given: Mapping[str, Given]) -> EmbeddedPlan:
    from services.ops.embedded import EmbeddedPlan

    forge_url = _value(given, "GITEA_URL", f"http://127.0.0.1:{FORGE_PORT}")
    return EmbeddedPlan(
        home=Path(given["DATABASE_PATH"].value).parent,
        host="127.0.0.1",
        port=_listening_port(forge_url),
        forge_url=forge_url,
        app_url=given["APP_URL"].value.rstrip("/"),
        org=_value(given, "GITEA_ORG", DEFAULT_ORG),
        org_title=_value(given, "SITE_NAME", DEFAULT_ORG),
        meta_repo=_value(given, "META_REPO", DEFAULT_META),
    )


def _value(given: Mapping[str, Given], name: str, default: str) -> str:
    return given[name].value.rstrip("/") if name in given else default


def _listening_port(forge_url: str) -> int:
    """A public address is the proxy's, which passes requests on to the usual port."""
    parts = urlsplit(forge_url)
    local = parts.hostname in ("127.0.0.1", "localhost")
    return parts.port if local and parts.port else FORGE_PORT
