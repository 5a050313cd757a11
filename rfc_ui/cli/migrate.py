"""`rfc-ui migrate`: brings the database to this version without starting the app."""

from __future__ import annotations

import typer

from rfc_ui.cli.configuration import EnvFile, load_settings, refuse_unfinished_restore, start_logging


def migrate(env_file: EnvFile = None) -> None:
    """Bring the database to this version; refused while the app runs on it."""
    from services.store.locks import not_serving
    from services.store.migrate import migrate as migrate_database

    settings = load_settings(env_file)
    start_logging(settings)
    refuse_unfinished_restore(settings.home)
    with not_serving(settings.storage_url, act="migrate it"):
        report = migrate_database(settings.storage_url, backup_dir=settings.backup_dir)
    if report.backup is not None:
        typer.echo(f"Backup before migrating: {report.backup}")
    for sentence in filter(None, [report.note, _done(report.applied), _newer(report.unknown)]):
        typer.echo(sentence)


def _done(applied: tuple[str, ...]) -> str:
    return f"Applied: {', '.join(applied)}" if applied else "Nothing to do: the database is at this version."


def _newer(unknown: tuple[str, ...]) -> str:
    return f"Applied by newer versions and left alone: {', '.join(unknown)}" if unknown else ""
