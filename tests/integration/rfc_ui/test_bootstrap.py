"""How the running application is put together."""

from __future__ import annotations

from pathlib import Path

import pytest

from rfc_ui import bootstrap
from rfc_ui.settings import Settings
from services.domain.errors import StorageUnavailable
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
