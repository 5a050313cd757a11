"""A whole site with `FORGE=embedded` as one file, and back (§17 `backup`, `restore`).

The file holds the database, the forge's rows and repositories, and the values made for both (`site_archive`). The
database is copied first: like a Gitea that went on after a backup, a forge that is newer is caught up with.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from services.domain.clock import now
from services.domain.errors import Busy, Invalid, NotFound, ProductError, StorageUnavailable
from services.ops.embedded import (
    ADMIN_PASSWORD_FILE,
    BOT_PASSWORD_FILE,
    FORGE_FOLDER,
    OWNER_PASSWORD_FILE,
    UNFINISHED_RESTORE,
    VALUES_FILE,
)
from services.ops.site_archive import no_backup, read_archive, write_archive
from services.store.backup import appearing, backup, check_integrity, copy_sqlite, put_back
from services.store.locks import locked, not_serving
from services.store.ownership import give_all_as, give_as, replace_as

DATABASE = "database"
FORGE_ROWS = "forge.db"
FORGE_LOCK = ".forge.lock"
REPOSITORIES = "repositories"
OBJECTS = "objects"
KEPT = (VALUES_FILE, ADMIN_PASSWORD_FILE, OWNER_PASSWORD_FILE, BOT_PASSWORD_FILE)
PARTS = (DATABASE, FORGE_FOLDER, *KEPT)
NAMES = (
    "SELECT users.login, repositories.name, repositories.renaming_to FROM repositories"
    " JOIN users ON users.id = owner_id ORDER BY repositories.id"
)
FORGE_WAITS = 30.0
"""Seconds: the forge's own patience for a write; it writes nothing while its rows and references are copied."""
UNFINISHED = (".lock", ".new")
"""How files and folders end that Git or the forge are still writing."""


@dataclass(frozen=True, slots=True)
class EmbeddedSite:
    """Where such a site lies: its SQLite file, and beside it the forge and its values."""

    database: Path

    @property
    def url(self) -> str:
        """The database as an SQLAlchemy URL."""
        return f"sqlite+aiosqlite:///{self.database}"

    @property
    def home(self) -> Path:
        """The folder of everything."""
        return self.database.parent

    @property
    def forge(self) -> Path:
        """The forge's folder."""
        return self.home / FORGE_FOLDER


@dataclass(frozen=True, slots=True)
class Replaced:
    """Where a restore put what was there before; None for what was not."""

    database: Path | None
    forge: Path | None


def back_up_site(site: EmbeddedSite, path: Path) -> None:
    """Copy the whole site to `path` while it runs; the file appears only when it is complete and checked.

    Raises NotFound where there is no such site, Invalid when something is at `path` already or a repository is
    damaged, Busy while another backup is made, StorageUnavailable when it can't be made.
    """
    if not site.forge.is_dir():
        raise NotFound(f"There is no embedded forge at {site.forge}.", hint="Check DATABASE_PATH.")
    with appearing(path) as partial, _staging(site, "backup") as staged:
        backup(site.url, staged / DATABASE)
        _stage_forge(site.forge, staged / FORGE_FOLDER)
        _check_repositories(staged / FORGE_FOLDER)
        for name in KEPT:
            with suppress(FileNotFoundError):
                shutil.copy2(site.home / name, staged / name)
        write_archive(staged, partial)


def restore_site(site: EmbeddedSite, path: Path) -> Replaced:
    """Put a backup in the place of the site; what it replaces is kept beside it.

    Raises Busy while a server runs on it, NotFound and Invalid for what is no such backup: nothing is changed then.
    A kill before the end leaves a note that keeps the site from starting until a restore has reached its end.
    """
    if not path.is_file():
        raise NotFound(f"There is no backup at {path}.", hint="Check the path.")
    try:
        with (
            not_serving(site.url, act="restore a backup"),
            _forge_at_rest(site.forge),
            _staging(site, "restore") as staged,
        ):
            _unpack(path, staged)
            note = site.home / UNFINISHED_RESTORE
            note.touch()
            give_as(note, site.home)
            try:
                database = put_back(site.url, staged / DATABASE, told=path)
            except ProductError:
                note.unlink()
                raise
            replaced = Replaced(database, _put_forge_back(site, staged))
            note.unlink()
    except OSError as error:
        raise StorageUnavailable(f"{site.home} can't be written: {error.strerror}.") from error
    return replaced


@contextmanager
def _forge_at_rest(forge: Path) -> Iterator[None]:
    """Keep forges from the folder: one may outlive its app by seconds, or run alone. Busy while one does."""
    if not forge.is_dir():
        yield
        return
    with (forge / FORGE_LOCK).open("w") as lock:
        give_as(forge / FORGE_LOCK, forge)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(f"A forge runs on {forge}; stop it before you restore a backup.", hint="") from None
        yield


@contextmanager
def _staging(site: EmbeddedSite, act: str) -> Iterator[Path]:
    """A folder beside the database, one at a time; what an act that was killed left is removed."""
    with locked(site.url, act, wait=False):
        for leftover in site.home.glob(f".{act}-*"):
            shutil.rmtree(leftover)
        with tempfile.TemporaryDirectory(prefix=f".{act}-", dir=site.home) as folder:
            yield Path(folder)


def _stage_forge(forge: Path, staged: Path) -> None:
    """The forge's rows and references at one moment; half done acts of that moment the forge's start completes."""
    repositories = staged / REPOSITORIES
    repositories.mkdir(parents=True)
    for repository in _repositories(forge / REPOSITORIES):
        _stage_objects(repository, repositories / repository.relative_to(forge / REPOSITORIES))
    with _writing_nothing(forge / FORGE_ROWS):
        copy_sqlite(forge / FORGE_ROWS, staged / FORGE_ROWS)
        for repository in _repositories(forge / REPOSITORIES):
            target = repositories / repository.relative_to(forge / REPOSITORIES)
            _stage_references(repository, target)
            _stage_objects(repository, target)  # after the references: what those name is there by now


@contextmanager
def _writing_nothing(rows: Path) -> Iterator[None]:
    try:
        with closing(sqlite3.connect(rows, timeout=FORGE_WAITS, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            finally:
                connection.execute("ROLLBACK")
    except sqlite3.Error as error:
        raise StorageUnavailable(f"The forge's database could not be copied: {error}.") from error


def _repositories(root: Path) -> list[Path]:
    return sorted(root.glob("*/*.git"))


def _stage_references(repository: Path, target: Path) -> None:
    """Everything but the objects."""
    for folder, folders, files in os.walk(repository):
        here = target / Path(folder).relative_to(repository)
        here.mkdir(parents=True, exist_ok=True)
        if Path(folder) == repository:
            folders.remove(OBJECTS)
        for name in files:
            if not name.endswith(UNFINISHED):
                with suppress(FileNotFoundError):
                    shutil.copy2(Path(folder) / name, here / name)


def _stage_objects(repository: Path, target: Path) -> None:
    """Objects never change, so a second name for each is a copy of it."""
    root = repository / OBJECTS
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(("tmp_", "incoming-"))]
        here = target / OBJECTS / Path(folder).relative_to(root)
        here.mkdir(parents=True, exist_ok=True)
        for name in files:
            if not name.startswith("tmp_") and not name.endswith(UNFINISHED):
                _name_again(Path(folder) / name, here / name)


def _name_again(source: Path, target: Path) -> None:
    try:
        target.hardlink_to(source)
    except (FileExistsError, FileNotFoundError):
        return
    except OSError:
        shutil.copy2(source, target)


def _check_repositories(forge: Path) -> None:
    """Every repository that the rows name is there and sound; folders without a row are removed.

    Those are what a deletion or a move left behind.
    """
    named = set(_named_repositories(forge))
    for repository in _repositories(forge / REPOSITORIES):
        if repository not in named:
            shutil.rmtree(repository)
    for repository in sorted(named):
        _check_repository(repository, forge)


def _named_repositories(forge: Path) -> Iterator[Path]:
    """Where the repositories of the rows lie; one that is being moved may lie under either name."""
    with closing(sqlite3.connect(forge / FORGE_ROWS)) as rows:
        found = rows.execute(NAMES).fetchall()
    for owner, name, renaming_to in found:
        folder = (
            forge / REPOSITORIES / owner.lower()
        )  # the forge's folders are lower case: names don't differ by it
        places = [folder / f"{each.lower()}.git" for each in (renaming_to, name) if each]
        place = next((each for each in places if each.is_dir()), None)
        if place is None:
            raise Invalid(
                f"The repository {owner}/{name} is missing: the forge's database names it, its folder is not there.",
                field="path",
                hint="Take its folder from an earlier backup, or delete the repository in the forge.",
            )
        yield place


def _check_repository(repository: Path, forge: Path) -> None:
    checks = ("--connectivity-only", "--no-dangling", "--no-progress")
    command = ["git", "-C", str(repository), "fsck", *checks]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip() or f"exit {done.returncode}").splitlines()[0]
        name = repository.relative_to(forge / REPOSITORIES).with_suffix("")
        raise Invalid(f"The repository {name} is damaged: {said}.", field="path", hint="Repair it first.")


def _unpack(path: Path, staged: Path) -> None:
    """What the archive holds, checked; Invalid for what is no whole backup of an embedded site."""
    read_archive(path, staged, tops=PARTS)
    rows = staged / FORGE_FOLDER / FORGE_ROWS
    if not (staged / DATABASE).is_file() or not rows.is_file():
        raise no_backup(path)
    try:
        with closing(sqlite3.connect(rows)) as connection:
            check_integrity(connection, path)
    except sqlite3.Error as error:
        raise no_backup(path) from error
    _check_repositories(staged / FORGE_FOLDER)


def _put_forge_back(site: EmbeddedSite, staged: Path) -> Path | None:
    """Swap the forge's folder, then its values; where the former folder is now."""
    aside = site.home / f"{FORGE_FOLDER}.replaced-{now():%Y%m%dT%H%M%S%f}"
    former = aside if site.forge.exists() else None
    incoming = staged / FORGE_FOLDER
    give_all_as(incoming, site.home if former is None else site.forge)
    if former is not None:
        incoming.chmod(stat.S_IMODE(site.forge.stat().st_mode))
        site.forge.rename(former)
    incoming.rename(site.forge)
    for name in KEPT:
        present = site.home / name
        if former is not None and present.exists():
            shutil.copy2(present, former / name)
            give_as(former / name, present)
        if (staged / name).exists():
            replace_as(staged / name, present)
    return former
