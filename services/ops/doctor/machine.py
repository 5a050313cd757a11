"""Checks of this machine: the env file, the disk, the database, the clock, the way mail leaves."""

from __future__ import annotations

import shutil
import smtplib
import sqlite3
import stat
import tempfile
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from services.domain.errors import ProductError, SchemaTooNew
from services.ops.doctor.findings import Finding, fail, note, ok
from services.ops.doctor.patient import MailServer, Patient
from services.ops.embedded import RESTORE_AGAIN, is_half_restored
from services.store.engine import is_sqlite, sqlite_file, storage_url
from services.store.migrate import pending

LEAST_FREE_BYTES = 256 * 1024 * 1024
CLOCK_TOLERANCE_SECONDS = 30
MAIL_SECONDS = 10
OWN_FOLDER = "the file and its folder belong to the service's account; only one `serve` per SQLite file"
POSTGRES_ANSWERS = (
    "is DATABASE_URL right, does PostgreSQL run and take connections? `psql` with that address shows it"
)


def check_restore(home: Path) -> Finding:
    """No restore changed the site without reaching its end."""
    if is_half_restored(home):
        return fail("restore", f"{home}: {RESTORE_AGAIN}", "repeat it with the same backup, or with another")
    return ok("restore", "none is half done")


def check_env_file(patient: Patient) -> Finding:
    """Nobody but its owner may read the file with the secrets; names that mean nothing are pointed out."""
    if patient.env_file is None:
        return ok("env-file", "settings come from the environment")
    if patient.env_file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        seen = f"{patient.env_file} can be read or written by others"
        return fail("env-file", seen, f"chmod 600 {patient.env_file}")
    if patient.unknown_names:
        names = ", ".join(patient.unknown_names)
        return note("env-file", f"no setting is called {names}", "correct or remove the line")
    return ok("env-file", f"{patient.env_file} is readable by its owner only")


def check_disk(folder: Path) -> Finding:
    """There is room for the database to grow."""
    place = folder if folder.exists() else folder.parent
    try:
        free = shutil.disk_usage(place).free
    except OSError as error:
        return fail("disk", f"{place}: {error.strerror}", "make the folder of DATABASE_PATH")
    seen = f"{free // 2**20:,} MB free at {place}"
    return ok("disk", seen) if free >= LEAST_FREE_BYTES else fail("disk", seen, "make room")


def check_database(patient: Patient) -> Finding:
    """It can be opened, is sound, its folder can be written to, and its schema is this version's."""
    url = storage_url(patient.storage_url)
    try:
        steps = pending(patient.storage_url)
    except SchemaTooNew as error:
        return fail("database", error.message, error.hint)
    except ProductError as error:
        return fail("database", error.message, OWN_FOLDER if is_sqlite(url) else POSTGRES_ANSWERS)
    if is_sqlite(url):
        damage, refusal = _sqlite_trouble(sqlite_file(url)), _write_trouble(sqlite_file(url))
        if damage:
            return fail("database", damage, "see “Backup and restore” in the RUNBOOK")
        if refusal:
            return fail("database", refusal, OWN_FOLDER)
    if steps:
        return note("database", f"{len(steps)} migrations are pending", "the next start applies them")
    return ok("database", "reachable, sound, schema up to date")


def _sqlite_trouble(path: Path) -> str:
    if not path.exists():
        return ""
    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
            answer = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.Error as error:
        return f"{path}: {error}"
    return "" if answer == "ok" else f"{path} is damaged: {answer}"


def _write_trouble(path: Path) -> str:
    """A file is really made beside the database and removed: SQLite keeps its log there."""
    folder = next((each for each in path.absolute().parents if each.exists()), path.parent)
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-"):
            pass
        if path.exists():
            with path.open("r+b"):
                pass
    except OSError as error:
        return f"{error.filename or folder} can't be written by this account: {error.strerror}"
    return ""


def check_clock(server_date: str | None, *, now: datetime) -> Finding:
    """This machine and Gitea agree about the time, or sign-in tokens are refused. `server_date` is HTTP's Date."""
    if server_date is None:
        return note("clock", "Gitea does not say what time it is")
    skew = abs((parsedate_to_datetime(server_date).astimezone(UTC) - now).total_seconds())
    seen = f"{skew:.0f} s apart from Gitea's"
    if skew <= CLOCK_TOLERANCE_SECONDS:
        return ok("clock", seen)
    return fail("clock", seen, "timedatectl set-ntp true, on whichever machine is wrong")


def check_mail(mail: MailServer | None) -> Finding:
    """The mail server takes our account; nothing is sent."""
    if mail is None:
        return note("smtp", "SMTP_HOST is not set: mails are written to the log")
    try:
        with smtplib.SMTP(mail.host, mail.port, timeout=MAIL_SECONDS) as connection:
            if mail.starttls:
                connection.starttls()
            if mail.user and mail.password:
                connection.login(mail.user, mail.password)
    except (OSError, smtplib.SMTPException) as error:
        remedy = "check SMTP_HOST, SMTP_PORT, SMTP_STARTTLS, SMTP_USER and SMTP_PASSWORD"
        return fail("smtp", f"{mail.host}:{mail.port}: {type(error).__name__}", remedy)
    return ok("smtp", f"{mail.host}:{mail.port} takes our mail")
