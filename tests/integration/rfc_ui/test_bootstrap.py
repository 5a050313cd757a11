"""How the running application is put together."""

from __future__ import annotations

from pathlib import Path

import pytest

from rfc_ui import bootstrap
from rfc_ui.settings import Settings
from services.domain.errors import Busy, StorageUnavailable
from tests.integration.rfc_ui.cli.test_command import SETTINGS


async def test_a_start_keeps_its_backups_where_the_service_may_write(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With `DATABASE_URL` that is systemd's StateDirectory: the working folder is read-only there."""
    given = {name: value for name, value in SETTINGS.items() if name != "DATABASE_PATH"}
    given |= {"DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path / 'rfc.db'}"}
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "state"))
    folders: list[Path] = []

    def migrate(_url: str, *, backup_dir: Path) -> None:
        folders.append(backup_dir)
        raise StorageUnavailable("that is enough")

    monkeypatch.setattr(bootstrap, "migrate", migrate)
    with pytest.raises(StorageUnavailable):
        await bootstrap.build(Settings.load(environ=given))

    assert folders == [tmp_path / "state" / "backups"]


async def test_a_second_server_is_refused_on_sqlite_and_leaves_what_is_under_way_alone_on_postgres(
    database_url: str,
) -> None:
    """Mails that the first one sends and answers that it gives are not the second one's to take up (§4.2, §4.3)."""
    given = {name: value for name, value in SETTINGS.items() if name != "DATABASE_PATH"}
    settings = Settings.load(environ=given | {"DATABASE_URL": database_url})
    first = await bootstrap.build(settings, serves=True)
    command = await bootstrap.build(settings)

    if database_url.startswith("sqlite"):
        with pytest.raises(Busy, match="Another server runs on this SQLite file"):
            await bootstrap.build(settings, serves=True)
    else:
        second = await bootstrap.build(settings, serves=True)
        assert not second.is_alone
        await second.close()
    await command.close()
    await first.close()
    third = await bootstrap.build(settings, serves=True)

    assert (first.is_alone, command.is_alone, third.is_alone) == (True, False, True)
    await third.close()
