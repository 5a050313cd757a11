"""How the running application is put together."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from nicegui import core

from rfc_ui import bootstrap
from rfc_ui.settings import Settings
from services.domain.errors import Busy, StorageUnavailable
from services.domain.events import EntryChanged, rfc_topic
from services.domain.identifiers import Slug
from services.live import bus
from services.store.queries import events
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


@pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
async def test_what_one_server_commits_is_told_to_the_pages_of_another_at_once(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By LISTEN and NOTIFY, not by the look that each server takes every second (§4.3)."""
    monkeypatch.setattr(bus, "TAIL_SECONDS", 3600)
    monkeypatch.setattr(core, "loop", asyncio.get_running_loop())  # where NiceGUI's own server sets it
    given = {name: value for name, value in SETTINGS.items() if name != "DATABASE_PATH"}
    settings = Settings.load(environ=given | {"DATABASE_URL": database_url})
    first = await bootstrap.build(settings, serves=True)
    second = await bootstrap.build(settings, serves=True)
    told = asyncio.Event()
    second.context.bus.subscribe([rfc_topic(Slug("human"))], lambda _: told.set())
    second.begin(prepare=lambda _: asyncio.Event().wait())  # its own start writes nothing that would wake it

    async with first.context.store.write() as work:
        await events.append(work, EntryChanged(Slug("human")))
    await asyncio.wait_for(told.wait(), 20)

    await second.close()
    await first.close()
