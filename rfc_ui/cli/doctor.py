"""`rfc-ui doctor`: one line for each thing that can be wrong."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from rfc_ui.cli.configuration import EnvFile, home_given
from rfc_ui.cli.outcome import FAILED, CommandFailed

if TYPE_CHECKING:
    from rfc_ui.settings import Settings
    from services.ops.doctor.patient import MailServer, Patient


def doctor(env_file: EnvFile = None) -> None:
    """Check every part of a deployment for real; exit 1 if anything fails."""
    from rfc_ui.settings import Settings
    from services.ops.doctor.examination import examine
    from services.ops.doctor.findings import Verdict, fail, ok
    from services.ops.doctor.machine import check_restore

    home = home_given(env_file)
    restored = ok("restore", "none is half done") if home is None else check_restore(home)
    typer.echo(restored.line())
    try:
        settings = Settings.load(env_file)
    except RuntimeError as error:
        typer.echo(
            fail("settings", f"RuntimeError: {error}", "set it; `rfc-ui config` shows the rest").line()
        )
        raise CommandFailed("Nothing else can be checked before the settings are right.") from error
    typer.echo(ok("settings", "complete and well-formed").line())
    failed = int(restored.verdict is Verdict.FAIL)
    for finding in examine(_patient(settings, env_file)):
        typer.echo(finding.line())
        failed += finding.verdict is Verdict.FAIL
    if failed:
        raise CommandFailed(f"{failed} check{'' if failed == 1 else 's'} failed.", exit_code=FAILED)


def _patient(settings: Settings, env_file: Path | None) -> Patient:
    from rfc_ui.environment import DEFAULT_ENV_FILE
    from rfc_ui.settings import unknown_names
    from services.ops.doctor.patient import Patient

    used = env_file or (DEFAULT_ENV_FILE if DEFAULT_ENV_FILE.is_file() else None)
    return Patient(
        gitea_url=settings.gitea_url,
        bot_user=settings.gitea_bot_user,
        bot_token=settings.gitea_bot_token.get_secret_value(),
        org=settings.gitea_org,
        meta_repo=settings.meta_repo,
        client_id=settings.oauth_client_id,
        client_secret=settings.oauth_client_secret.get_secret_value(),
        app_url=settings.app_url,
        webhook_secret=settings.gitea_webhook_secret.get_secret_value(),
        storage_url=settings.storage_url,
        database_folder=settings.home if settings.database_path else _there(settings.home),
        env_file=used,
        unknown_names=unknown_names(env_file),
        mail=_mail_server(settings),
    )


def _there(folder: Path) -> Path:
    """The folder, or the nearest above it: a start makes what is missing."""
    return next(each for each in (folder, *folder.absolute().parents) if each.is_dir())


def _mail_server(settings: Settings) -> MailServer | None:
    from services.ops.doctor.patient import MailServer

    if settings.smtp_host is None:
        return None
    return MailServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        starttls=settings.smtp_starttls,
        user=settings.smtp_user,
        password=settings.smtp_password.get_secret_value() if settings.smtp_password else None,
    )
