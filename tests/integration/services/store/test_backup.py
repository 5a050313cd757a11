"""Copies are whole while people write, and a restored one takes the database's place (§17)."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.domain.actors import Role
from services.domain.errors import Busy, Invalid, NotFound, StorageUnavailable
from services.domain.identifiers import Login, OperationId
from services.store import backup as backup_module
from services.store.backup import PgDumpMissing, backup, restore
from services.store.locks import serving
from services.store.queries import deliveries, operations, outbox, users
from services.store.queries.deliveries import webhook_deliveries
from services.store.queries.notifications import outbox as outbox_table
from services.store.queries.operations import OperationState
from services.store.queries.outbox import MailState
from services.store.unit_of_work import Store

pytestmark = pytest.mark.usefixtures("no_leftovers")


@pytest.fixture
def no_leftovers(tmp_path: Path) -> object:
    """Nothing half-written stays beside a database or a backup."""
    yield
    assert [path.name for path in tmp_path.rglob(".*") if path.is_file()] == []


async def remember(store: Store, delivery: str) -> None:
    async with store.write() as work:
        await deliveries.remember(work, delivery_id=delivery, event="push", repo="o/r")


async def remembered(url: str) -> list[str]:
    store = await Store.open(url)
    async with store.read() as work:
        rows = await work.rows(webhook_deliveries.select().order_by(webhook_deliveries.c.delivery_id))
    await store.close()
    return [row["delivery_id"] for row in rows]


async def fill(url: str, *names: str) -> None:
    store = await Store.open(url)
    for name in names:
        await remember(store, name)
    await store.close()


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_a_restored_backup_brings_the_state_of_its_moment_back(
    database_url: str, tmp_path: Path
) -> None:
    copy = tmp_path / "copies" / "one"
    await fill(database_url, "before")
    await asyncio.to_thread(backup, database_url, copy)
    await fill(database_url, "after")

    await asyncio.to_thread(restore, database_url, copy)

    assert await remembered(database_url) == ["before"]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


async def test_a_copy_made_while_people_write_is_one_moment(sqlite_store: Store, tmp_path: Path) -> None:
    """Each unit writes two rows: a copy holds both or neither, whenever it is made."""
    done = asyncio.Event()

    async def write_pairs() -> int:
        number = 0
        while not done.is_set():
            async with sqlite_store.write() as work:
                for half in "ab":
                    name = f"{number:05}{half}"
                    await deliveries.remember(work, delivery_id=name, event="push", repo="o/r")
            number += 1
        return number

    writing = asyncio.create_task(write_pairs())
    url = sqlite_store.url.render_as_string()
    for number in range(5):
        await asyncio.to_thread(backup, url, tmp_path / f"copy{number}")
    done.set()

    pairs = await writing
    counts = []
    for number in range(5):
        with closing(sqlite3.connect(tmp_path / f"copy{number}")) as copy:
            assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            rows = [row[0] for row in copy.execute("SELECT delivery_id FROM webhook_deliveries ORDER BY 1")]
        counts.append(len(rows))
        assert rows == [f"{pair:05}{half}" for pair in range(len(rows) // 2) for half in "ab"]
    assert counts == sorted(counts)
    assert counts[-1] <= 2 * pairs


async def test_what_was_under_way_is_parked_by_a_restore(database_url: str, tmp_path: Path) -> None:
    store = await Store.open(database_url)
    async with store.write() as work:
        for name in ("pending", "done"):
            await operations.begin(
                work,
                id=OperationId(name),
                kind="propose_idea",
                actor_user_id=None,
                on_behalf_of="writer",
                intent={},
            )
        await operations.finish(work, id=OperationId("done"), effect={})
    await store.close()
    await asyncio.to_thread(backup, database_url, tmp_path / "copy")

    await asyncio.to_thread(restore, database_url, tmp_path / "copy")

    store = await Store.open(database_url)
    async with store.read() as work:
        found = [await operations.find(work, id=OperationId(name)) for name in ("pending", "done")]
    await store.close()
    assert [row.state if row else None for row in found] == [OperationState.PARKED, OperationState.DONE]


async def test_mails_that_waited_are_parked_by_a_restore_and_not_sent_again(
    database_url: str, tmp_path: Path
) -> None:
    store = await Store.open(database_url)
    at = datetime(2026, 5, 1, 12, tzinfo=UTC)
    async with store.write() as work:
        person = await users.insert(
            work,
            gitea_id=1,
            login=Login("ada"),
            email="ada@example.org",
            display_name="Ada",
            avatar_url="",
            role=Role.CONTRIBUTOR,
            at=at,
        )
        mail = {"user_id": person, "attempts": 0, "due_at": at, "created_at": at, "updated_at": at}
        await work.insert_many(outbox_table, [mail | {"state": state.value} for state in MailState])
    await store.close()
    await asyncio.to_thread(backup, database_url, tmp_path / "copy")

    await asyncio.to_thread(restore, database_url, tmp_path / "copy")

    store = await Store.open(database_url)
    async with store.write() as work:
        assert await outbox.lease(work, domain="example.org", limit=9, at=at) == []
        found = {row.id: (row.state, row.why) for row in await outbox.list_recent(work)}
    await store.close()
    parked = (MailState.PARKED, "restored from a backup: it may have been sent")
    untouched = [MailState.SENT, MailState.SKIPPED, MailState.PARKED]
    assert sorted(found.values(), key=str) == sorted(
        [parked, parked, *((state, None) for state in untouched)], key=str
    )


async def test_a_backup_of_a_release_without_mails_can_be_restored(database_url: str, tmp_path: Path) -> None:
    store = await Store.open(database_url)
    async with store.write() as work:
        await work._connection.exec_driver_sql("DROP TABLE outbox")
    await store.close()
    await fill(database_url, "before")
    await asyncio.to_thread(backup, database_url, tmp_path / "copy")

    await asyncio.to_thread(restore, database_url, tmp_path / "copy")

    assert await remembered(database_url) == ["before"]


async def test_a_backup_that_breaks_off_leaves_everything_as_it_was(
    database_url: str, tmp_path: Path
) -> None:
    await fill(database_url, *(f"d{number:05}" for number in range(500)))
    await asyncio.to_thread(backup, database_url, tmp_path / "copy")
    whole = (tmp_path / "copy").read_bytes()
    (tmp_path / "copy").write_bytes(whole[: len(whole) * 2 // 3])

    with pytest.raises(Invalid, match="is damaged|is not a backup of RFC UI"):
        await asyncio.to_thread(restore, database_url, tmp_path / "copy")

    assert len(await remembered(database_url)) == 500


def test_there_is_a_database_at_every_moment_of_a_restore(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed just before the restored one takes its place, the former one is still there to be served."""
    backup(sqlite_url, tmp_path / "copy")
    replace = Path.replace

    def killed(self: Path, target: Path) -> Path:
        if target == tmp_path / "rfc.db":
            assert target.is_file()
            raise KeyboardInterrupt
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        restore(sqlite_url, tmp_path / "copy")

    with closing(sqlite3.connect(tmp_path / "rfc.db")) as former:
        assert former.execute("SELECT count(*) FROM users").fetchone() == (0,)


async def test_the_replaced_sqlite_database_is_kept_beside_it(sqlite_url: str, tmp_path: Path) -> None:
    await fill(sqlite_url, "before")
    await asyncio.to_thread(backup, sqlite_url, tmp_path / "copy")
    await fill(sqlite_url, "after")

    replaced = await asyncio.to_thread(restore, sqlite_url, tmp_path / "copy")

    assert replaced is not None
    assert await remembered(f"sqlite:///{replaced}") == ["after", "before"]
    assert await remembered(sqlite_url) == ["before"]


async def test_a_backup_can_be_restored_where_there_was_no_database(sqlite_url: str, tmp_path: Path) -> None:
    await fill(sqlite_url, "before")
    await asyncio.to_thread(backup, sqlite_url, tmp_path / "copy")
    fresh = f"sqlite:///{tmp_path / 'fresh' / 'rfc.db'}"

    assert await asyncio.to_thread(restore, fresh, tmp_path / "copy") is None
    assert await remembered(fresh) == ["before"]


async def test_a_damaged_database_can_be_replaced(sqlite_url: str, tmp_path: Path) -> None:
    await fill(sqlite_url, "before")
    await asyncio.to_thread(backup, sqlite_url, tmp_path / "copy")
    (tmp_path / "rfc.db").write_bytes(b"not a database at all" * 500)

    await asyncio.to_thread(restore, sqlite_url, tmp_path / "copy")

    assert await remembered(sqlite_url) == ["before"]


async def test_restore_refuses_while_a_server_runs(database_url: str, tmp_path: Path) -> None:
    await fill(database_url, "before")
    backup(database_url, tmp_path / "copy")

    with serving(database_url), serving(database_url), pytest.raises(Busy) as refused:
        restore(database_url, tmp_path / "copy")

    assert refused.value.message == (
        "The server is running on this database; stop it before you restore a backup."
    )
    restore(database_url, tmp_path / "copy")
    assert await remembered(database_url) == ["before"]


async def test_what_is_no_backup_changes_nothing(database_url: str, tmp_path: Path) -> None:
    await fill(database_url, "kept")
    nonsense = tmp_path / "nonsense"
    nonsense.write_bytes(b"not a backup at all" * 100)

    with pytest.raises(Invalid, match="is not a backup of RFC UI"):
        restore(database_url, nonsense)
    with pytest.raises(NotFound, match="There is no backup at"):
        restore(database_url, tmp_path / "nothing")

    assert await remembered(database_url) == ["kept"]


async def test_another_programs_database_is_no_backup(sqlite_url: str, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other")) as other:
        other.execute("CREATE TABLE songs (title TEXT)")
        other.commit()

    with pytest.raises(Invalid, match="is not a backup of RFC UI: no such table: alembic_version"):
        restore(sqlite_url, tmp_path / "other")

    assert await remembered(sqlite_url) == []


async def test_a_damaged_backup_is_refused(sqlite_url: str, tmp_path: Path) -> None:
    await fill(sqlite_url, *(f"d{number:04}" for number in range(50)))
    backup(sqlite_url, tmp_path / "copy")
    content = bytearray((tmp_path / "copy").read_bytes())
    content[4096 * 3 : 4096 * 9] = b"\xff" * (4096 * 6)
    (tmp_path / "copy").write_bytes(content)

    with pytest.raises(Invalid):
        restore(sqlite_url, tmp_path / "copy")

    assert len(await remembered(sqlite_url)) == 50


def test_a_backup_never_overwrites(database_url: str, tmp_path: Path) -> None:
    (tmp_path / "copy").write_text("mine")

    with pytest.raises(Invalid, match="There is already something at"):
        backup(database_url, tmp_path / "copy")

    assert (tmp_path / "copy").read_text() == "mine"


def test_without_a_database_there_is_no_backup(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="There is no database at"):
        backup(f"sqlite:///{tmp_path / 'rfc.db'}", tmp_path / "copy")

    assert files(tmp_path) == []


@pytest.mark.postgres
def test_without_postgres_tools_the_remedy_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    monkeypatch.setattr(backup_module, "POSTGRES_HOMES", tmp_path)

    with pytest.raises(PgDumpMissing) as refused:
        backup("postgresql://postgres@/rfc", tmp_path / "copy")

    assert refused.value.hint == (
        "Install PostgreSQL's client tools (`pg_dump`, `pg_restore`, `psql`), or back the server up itself."
    )


@pytest.mark.postgres
@pytest.mark.usefixtures("postgres_cluster")
def test_a_postgres_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable, match=r"^pg_dump failed: "):
        backup(f"postgresql://postgres@/rfc?host={tmp_path}", tmp_path / "copy")

    assert files(tmp_path) == []
