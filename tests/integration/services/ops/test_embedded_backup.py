"""A site with an embedded forge is copied whole while both work, and put back whole or not at all (§17)."""

from __future__ import annotations

import io
import os
import shutil
import sqlite3
import stat
import subprocess
import tarfile
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import httpx
import pytest

from services.domain.errors import Busy, Invalid, NotFound, StorageUnavailable
from services.ops import embedded_backup
from services.ops.embedded import (
    UNFINISHED_RESTORE,
    VALUES_FILE,
    EmbeddedForge,
    EmbeddedPlan,
    start_embedded_forge,
)
from services.ops.embedded_backup import EmbeddedSite, back_up_site, restore_site
from services.ops.forge_accounts import SetupRefused
from services.ops.forge_process import ForgeNotStarted
from services.ops.site_archive import write_archive
from services.store.backup import backup
from services.store.locks import serving
from services.store.migrate import migrate
from tests.support.forge import free_port

ORG, REPOSITORY = "community", "meta"


def plan_in(home: Path) -> EmbeddedPlan:
    port = free_port()
    return EmbeddedPlan(
        home=home,
        host="127.0.0.1",
        port=port,
        forge_url=f"http://127.0.0.1:{port}",
        app_url="http://127.0.0.1:8000",
        org=ORG,
        org_title="Community",
        meta_repo=REPOSITORY,
    )


class Bot:
    """The bot's way to the forge, by its API."""

    def __init__(self, home: Path, forge: EmbeddedForge) -> None:
        given = dict(
            line.split("=", 1) for line in (home / VALUES_FILE).read_text().splitlines() if "=" in line
        )
        self.base = f"{forge.url}/api/v1"
        self.headers = {"Authorization": f"token {given['GITEA_BOT_TOKEN']}"}

    def send(self, method: str, path: str, **body: object) -> httpx.Response:
        return httpx.request(
            method,
            f"{self.base}{path}",
            json=body or None,
            headers=self.headers,
            trust_env=False,
            timeout=40,
        )

    def repository(self) -> None:
        made = self.send("POST", f"/orgs/{ORG}/repos", name=REPOSITORY, auto_init=True, default_branch="main")
        assert made.status_code == 201, made.text

    def merged(self, here: str) -> list[str]:
        """The titles of what is merged."""
        titles: list[str] = []
        for page in count(1):
            pulls = self.send("GET", f"{here}/pulls?state=closed&limit=50&page={page}").json()
            titles += [pull["title"] for pull in pulls if pull["merged"]]
            if not pulls:
                break
        return titles

    def merge_one(self, number: int) -> None:
        """A branch with a file, its pull request, and the merge."""
        here, name = f"/repos/{ORG}/{REPOSITORY}", f"edit-{number}"
        text = b64encode(f"{number}\n".encode()).decode()
        wanted = {"content": text, "message": "Add", "branch": "main", "new_branch": name}
        assert self.send("POST", f"{here}/contents/{number}.md", **wanted).status_code == 201
        opened = self.send("POST", f"{here}/pulls", title=name, head=name, base="main")
        merged = self.send("POST", f"{here}/pulls/{opened.json()['number']}/merge", Do="merge")
        while merged.status_code == 405:  # still looked at
            merged = self.send("POST", f"{here}/pulls/{opened.json()['number']}/merge", Do="merge")
        assert merged.status_code == 200, merged.text


@pytest.fixture
def site(tmp_path: Path) -> EmbeddedSite:
    home = tmp_path / "site"
    home.mkdir()
    site = EmbeddedSite(home / "rfc.db")
    migrate(site.url, backup_dir=home / "backups")
    return site


@pytest.fixture
def forge(site: EmbeddedSite) -> Iterator[EmbeddedForge]:
    forge = start_embedded_forge(plan_in(site.home))
    Bot(site.home, forge).repository()
    yield forge
    forge.stop()


@pytest.fixture
def copied(site: EmbeddedSite, forge: EmbeddedForge, tmp_path: Path) -> Path:
    """A backup of a small site; the forge is stopped."""
    Bot(site.home, forge).merge_one(1)
    back_up_site(site, tmp_path / "copy")
    forge.stop()
    return tmp_path / "copy"


def shape(home: Path) -> dict[str, bytes]:
    """Every file but locks, SQLite's own files and repositories' samples."""
    return {
        str(path.relative_to(home)): path.read_bytes()
        for path in sorted(home.rglob("*"))
        if path.is_file() and not path.name.endswith((".lock", "-wal", "-shm"))
    }


def test_copies_made_while_people_merge_hold_every_finished_merge_and_start_again(
    site: EmbeddedSite, forge: EmbeddedForge, tmp_path: Path
) -> None:
    bot, finished, enough = Bot(site.home, forge), [0], threading.Event()
    failed: list[BaseException] = []

    def merge_on() -> None:
        try:
            while not enough.is_set():
                bot.merge_one(finished[-1] + 1)
                finished.append(finished[-1] + 1)
        except BaseException as error:  # noqa: BLE001 - told by the test
            failed.append(error)

    merging = threading.Thread(target=merge_on)
    merging.start()
    certain = []
    for number in range(4):
        certain.append(finished[-1])
        back_up_site(site, tmp_path / f"copy{number}")
    enough.set()
    merging.join()
    forge.stop()

    assert failed == []
    for number, least in enumerate(certain):
        other = EmbeddedSite(tmp_path / f"other{number}" / "rfc.db")
        other.home.mkdir()
        restore_site(other, tmp_path / f"copy{number}")
        again = start_embedded_forge(plan_in(other.home))
        try:
            reader = Bot(other.home, again)
            here = f"/repos/{ORG}/{REPOSITORY}"
            files = reader.send("GET", f"{here}/contents").json()
            merged = reader.merged(here)
            there = {file["name"] for file in files}
            assert len(merged) >= least
            assert {f"{title.removeprefix('edit-')}.md" for title in merged} <= there
            assert {f"{one}.md" for one in range(1, least + 1)} <= there
        finally:
            again.stop()


def test_a_restore_keeps_what_it_replaces_and_brings_the_moment_back(
    copied: Path, site: EmbeddedSite
) -> None:
    before = shape(site.home / "forge" / "repositories")
    forge = start_embedded_forge(plan_in(site.home))
    Bot(site.home, forge).merge_one(2)
    forge.stop()
    after = shape(site.home / "forge" / "repositories")
    assert after != before

    replaced = restore_site(site, copied)

    assert shape(site.home / "forge" / "repositories") == before
    assert replaced.forge is not None
    assert replaced.database is not None
    assert shape(replaced.forge / "repositories") == after
    assert (replaced.forge / VALUES_FILE).is_file()
    assert not (site.home / UNFINISHED_RESTORE).exists()
    assert [path.name for path in site.home.iterdir() if path.name.startswith((".backup", ".restore"))] == []


def test_what_is_no_backup_of_such_a_site_changes_nothing(
    copied: Path, site: EmbeddedSite, tmp_path: Path
) -> None:
    alone, rubbish, climbing, torn, empty = (
        tmp_path / name for name in ("alone", "rubbish", "climbing", "torn", "empty")
    )
    backup(site.url, alone)
    rubbish.write_bytes(b"not a backup\n" * 100)
    torn.write_bytes(copied.read_bytes()[: copied.stat().st_size // 2])
    with tarfile.open(climbing, "w") as archive:
        member = tarfile.TarInfo("forge/../../climbed")
        member.size = 1
        archive.addfile(member, io.BytesIO(b"x"))
    with tarfile.open(empty, "w"):
        pass
    before = shape(site.home)

    for path in (alone, rubbish, climbing, torn, empty):
        with pytest.raises(Invalid, match="is not a backup of a site|damaged"):
            restore_site(site, path)
    with pytest.raises(NotFound):
        restore_site(site, tmp_path / "nowhere")
    with serving(site.url), pytest.raises(Busy, match="stop it before you restore"):
        restore_site(site, copied)

    assert shape(site.home) == before
    assert not (tmp_path / "climbed").exists()


ACCOUNT = 12345
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files to others")


def owners(home: Path) -> dict[str, tuple[int, int]]:
    return {
        str(path.relative_to(home)): (path.lstat().st_uid, path.lstat().st_gid)
        for path in (home, *home.rglob("*"))
        if path != home / "backups"
    }


@as_root
def test_what_root_restores_and_locks_belongs_to_the_services_account(
    copied: Path, site: EmbeddedSite, tmp_path: Path
) -> None:
    for path in (site.home, *site.home.rglob("*")):
        os.chown(path, ACCOUNT, ACCOUNT, follow_symlinks=False)
    site.database.chmod(0o640)
    other = EmbeddedSite(tmp_path / "other" / "rfc.db")
    other.home.mkdir()
    os.chown(other.home, ACCOUNT, ACCOUNT)

    back_up_site(site, tmp_path / "by-root")
    restore_site(site, copied)
    restore_site(other, copied)

    for home in (site.home, other.home):
        assert set(owners(home).values()) == {(ACCOUNT, ACCOUNT)}, owners(home)
    assert stat.S_IMODE(site.database.stat().st_mode) == 0o640
    assert stat.S_IMODE(other.database.stat().st_mode) == 0o600


def headers(path: Path) -> list[int]:
    """Where each member's header begins, and where the last one's content ends."""
    with tarfile.open(path) as archive:
        members = archive.getmembers()
        return [member.offset for member in members] + [archive.offset - tarfile.BLOCKSIZE]


def test_a_backup_cut_anywhere_before_its_end_changes_nothing(
    copied: Path, site: EmbeddedSite, tmp_path: Path
) -> None:
    whole, before = copied.read_bytes(), shape(site.home)
    *begins, end = headers(copied)
    assert len(begins) > 20
    cut = tmp_path / "cut"

    for length in (
        *begins,
        *(begin + 100 for begin in begins),
        *(begin + 512 for begin in begins[1:-1]),
        end - 1,
    ):
        cut.write_bytes(whole[:length])
        with pytest.raises(Invalid, match="is not a backup of a site|incomplete or damaged"):
            restore_site(site, cut)

    assert shape(site.home) == before


def test_a_backup_with_a_changed_lost_or_added_part_is_refused_by_its_name(
    copied: Path, site: EmbeddedSite, tmp_path: Path
) -> None:
    def edited(name: str, content: bytes | None) -> Path:
        path = tmp_path / "edited"
        with tarfile.open(copied) as source, tarfile.open(path, "w") as target:
            for member in source:
                stream = source.extractfile(member) if member.isreg() else None
                if member.name == name and content is None:
                    continue
                if member.name == name and content is not None:
                    stream, member.size = io.BytesIO(content), len(content)
                target.addfile(member, stream)
            if name not in source.getnames() and content is not None:
                added = tarfile.TarInfo(name)
                added.size = len(content)
                target.addfile(added, io.BytesIO(content))
        return path

    head = f"forge/repositories/{ORG}/{REPOSITORY}.git/HEAD"
    for name, content in (
        ("forge-admin-password", None),
        (head, None),
        (head, b"ref: refs/heads/else\n"),
        ("forge/more", b"more"),
    ):
        with pytest.raises(Invalid, match=name):
            restore_site(site, edited(name, content))


def test_a_damaged_database_in_a_backup_is_told_by_the_backups_name(
    copied: Path, site: EmbeddedSite, tmp_path: Path
) -> None:
    unpacked, broken = tmp_path / "unpacked", tmp_path / "broken"
    with tarfile.open(copied) as archive:
        archive.extractall(unpacked, filter="data")
    (unpacked / "manifest.json").unlink()
    with (unpacked / "database").open("r+b") as database:
        database.seek(4096)
        database.write(b"\0" * 4096)
    write_archive(unpacked, broken)

    with pytest.raises(Invalid, match=str(broken)):
        restore_site(site, broken)


def test_a_repository_that_is_named_and_not_there_is_an_error_with_its_name(
    copied: Path, site: EmbeddedSite, tmp_path: Path
) -> None:
    repositories = site.forge / "repositories" / ORG
    (repositories / "left.git" / "objects").mkdir(parents=True)  # of a deletion cut short: no row names it
    with closing(sqlite3.connect(site.forge / "forge.db")) as rows, rows:
        rows.execute("UPDATE repositories SET renaming_to = 'Moved'")
    (repositories / f"{REPOSITORY}.git").rename(repositories / "moved.git")

    back_up_site(site, tmp_path / "moved")
    shutil.rmtree(repositories / "moved.git")
    with pytest.raises(Invalid, match=f"The repository {ORG}/{REPOSITORY} is missing"):
        back_up_site(site, tmp_path / "missing")
    restore_site(site, tmp_path / "moved")

    assert [path.name for path in repositories.iterdir()] == ["moved.git"]


def test_a_forge_that_runs_without_its_app_keeps_a_restore_away(copied: Path, site: EmbeddedSite) -> None:
    forge = start_embedded_forge(plan_in(site.home))
    try:
        with pytest.raises(Busy, match="stop it before you restore a backup"):
            restore_site(site, copied)
        with pytest.raises(ForgeNotStarted, match="Another forge runs on"):
            start_embedded_forge(plan_in(site.home))
    finally:
        forge.stop()


def test_a_restore_cut_short_keeps_the_site_from_starting_until_it_is_repeated(
    copied: Path, site: EmbeddedSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(site: EmbeddedSite, staged: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(embedded_backup, "_put_forge_back", die)
        with pytest.raises(KeyboardInterrupt):
            restore_site(site, copied)
    (site.home / ".restore-left").mkdir()

    with pytest.raises(SetupRefused, match="run `rfc-ui restore FILE` again"):
        start_embedded_forge(plan_in(site.home))
    restore_site(site, copied)
    start_embedded_forge(plan_in(site.home)).stop()

    assert not (site.home / ".restore-left").exists()


def test_a_damaged_repository_is_named_and_gives_no_backup(
    copied: Path, site: EmbeddedSite, tmp_path: Path
) -> None:
    repository = site.forge / "repositories" / ORG / f"{REPOSITORY}.git"
    head = subprocess.check_output(
        ["git", "-C", str(repository), "rev-parse", "main^{tree}"], text=True
    ).strip()
    (repository / "objects" / head[:2] / head[2:]).unlink()

    with pytest.raises(Invalid, match=f"The repository {ORG}/{REPOSITORY} is damaged"):
        back_up_site(site, tmp_path / "another")

    assert not (tmp_path / "another").exists()


def test_a_backup_where_no_forge_is_or_another_file_stands_is_refused(
    copied: Path, site: EmbeddedSite, tmp_path: Path
) -> None:
    kept = copied.read_bytes()

    with pytest.raises(Invalid, match="already something"):
        back_up_site(site, copied)
    shutil.rmtree(site.forge)
    with pytest.raises(NotFound, match="no embedded forge"):
        back_up_site(site, tmp_path / "another")

    assert copied.read_bytes() == kept


def test_a_forge_that_writes_for_too_long_delays_the_backup_with_a_reason(
    copied: Path, site: EmbeddedSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_backup, "FORGE_WAITS", 0.05)
    with closing(sqlite3.connect(site.forge / "forge.db", isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageUnavailable, match="could not be copied"):
            back_up_site(site, tmp_path / "another")

    assert not (tmp_path / "another").exists()
