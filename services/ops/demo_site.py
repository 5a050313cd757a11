"""The demo's folder: what it keeps, who may use it, and the settings it runs with."""

from __future__ import annotations

import fcntl
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dotenv import dotenv_values

from services.domain.identifiers import Login
from services.ops.embedded import EmbeddedPlan, write_private
from services.store.locks import starting_alone
from services.usecases.accounts import GiteaProfile

SETTINGS_FILE = "demo.env"
DATABASE_FILE = "rfc.db"
PREPARED_FILE = "sample-data-is-complete"
LOG_FILE = "demo.log"
ORG = "ohm"
META_REPO = "meta"
SITE_NAME = "Open Human Model"
SITE_PITCH = "One word at a time, we write down together what we mean by being human."


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """Somebody who can sign in to the demo; the password is the login."""

    login: str
    full_name: str
    role: str


ACCOUNTS = (
    DemoAccount("owner", "Olive Owner", "owner"),
    DemoAccount("moderator", "Mo Derator", "admin"),
    DemoAccount("writer", "Site Writer", "contributor"),
    DemoAccount("reviewer", "Rhea Viewer", "contributor"),
    DemoAccount("reader", "Ria Reader", "contributor"),
)
OWNER = ACCOUNTS[0].login
ADMINS = frozenset(account.login for account in ACCOUNTS if account.role == "admin")


class DemoFolderInUse(Exception):
    """Another demo runs on this folder."""


class NotADemoFolder(Exception):
    """`--fresh` would delete something that no demo made."""


@contextmanager
def demo_folder(folder: Path, *, fresh: bool) -> Iterator[None]:
    """Hold the folder for this process; `fresh` empties it first, if a demo made it."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()) and not (folder / ".demo.lock").exists():
        raise NotADemoFolder(f"{folder} is not empty and was not made by a demo; name another with --data.")
    with (folder / ".demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DemoFolderInUse(f"Another demo is running on {folder}; name another with --data.") from None
        with starting_alone(f"sqlite:///{folder / DATABASE_FILE}"):
            if fresh:
                _empty(folder)
            yield


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.name.endswith(".lock"):
            continue  # held by this process: another that finds none would hold one of its own
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def write_demo_settings(folder: Path, *, app_url: str) -> Path:
    """Write the settings of this start and return their file; the secret stays that of the first start."""
    path = folder / SETTINGS_FILE
    present = dotenv_values(path, interpolate=False) if path.is_file() else {}
    values = {
        "FORGE": "embedded",
        "APP_URL": app_url,
        "SECRET_KEY": present.get("SECRET_KEY") or secrets.token_hex(32),
        "OWNER_GITEA_LOGIN": OWNER,
        "DATABASE_PATH": str(folder / DATABASE_FILE),
        "SITE_NAME": f"'{SITE_NAME}'",
        "SITE_PITCH": f"'{SITE_PITCH}'",
    }
    lines = "".join(f"{name}={value}\n" for name, value in values.items())
    write_private(path, f"# Written by every start of the demo.\n{lines}")
    return path


def demo_plan(folder: Path, *, host: str, forge_port: int, forge_url: str, app_url: str) -> EmbeddedPlan:
    """What forge the demo runs."""
    return EmbeddedPlan(
        home=folder,
        host=host,
        port=forge_port,
        forge_url=forge_url,
        app_url=app_url,
        org=ORG,
        org_title=SITE_NAME,
        meta_repo=META_REPO,
    )


def is_prepared(folder: Path) -> bool:
    """Whether an earlier start finished the sample data."""
    return (folder / PREPARED_FILE).exists()


def note_prepared(folder: Path) -> None:
    """Remember that the sample data is complete."""
    (folder / PREPARED_FILE).touch()


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """An account as the forge numbers it."""

    account: DemoAccount
    gitea_id: int
    avatar_url: str

    def profile(self) -> GiteaProfile:
        """What sign-in would learn from the forge."""
        return GiteaProfile(
            id=self.gitea_id,
            login=Login(self.account.login),
            email=f"{self.account.login}@demo.invalid",
            display_name=self.account.full_name,
            avatar_url=self.avatar_url,
        )
