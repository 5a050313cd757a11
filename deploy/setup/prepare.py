#!/usr/bin/env python3
"""Brings a machine with nothing but Python (with venv), git and make to where the product, or its tests, run.

`prepare.py run` installs the product into .venv; `prepare.py test` adds the test tools, a browser and, where it
can be had from Debian, PostgreSQL. Each step is skipped when it is already done, so that calling it again costs
milliseconds. Only the standard library is used: this runs before anything is installed.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
BROWSERS = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
)
LOCKS = {"run": "requirements.lock", "test": "requirements-test.lock"}


class CannotPrepare(Exception):
    """A step that a person has to do; the message says which."""


def main(arguments: list[str]) -> int:
    """Prepare for `run` or `test`; exit 1 with one sentence if something is missing that only a person can give."""
    if len(arguments) != 1 or arguments[0] not in LOCKS:
        sys.stderr.write("Use: prepare.py run | prepare.py test\n")
        return 2
    try:
        prepare(arguments[0])
    except CannotPrepare as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    return 0


def prepare(purpose: str) -> None:
    require_python()
    require_git()
    install_packages(purpose)
    if purpose == "test":
        install_browser()
        install_postgresql()


def require_python() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 - this runs before anything has checked it
        raise CannotPrepare(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}.")


def require_git() -> None:
    if shutil.which("git") is None:
        raise CannotPrepare("git is needed: install it (on Debian: apt-get install git).")


def install_packages(purpose: str) -> None:
    """The lock's packages and the project itself, unless a stamp says that this very lock is installed."""
    if any(is_installed(done) for done in {purpose, "test"}):  # the test lock contains the runtime lock
        return
    create_venv()
    say(f"Installing the packages of {LOCKS[purpose]} …")
    install_lock((ROOT / LOCKS[purpose]).read_text(encoding="utf-8"))
    pip("install", "--no-deps", "--no-build-isolation", "-e", str(ROOT))
    compile_packages()
    stamp(purpose).write_text(fingerprint(purpose))


def is_installed(purpose: str) -> bool:
    return stamp(purpose).is_file() and stamp(purpose).read_text() == fingerprint(purpose)


def stamp(purpose: str) -> Path:
    return VENV / f".installed-{purpose}"


def fingerprint(purpose: str) -> str:
    """Changes with the lock, with pyproject.toml and when the checkout moves (a venv knows its own place)."""
    parts = ((ROOT / LOCKS[purpose]).read_bytes(), (ROOT / "pyproject.toml").read_bytes(), str(ROOT).encode())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def create_venv() -> None:
    if PYTHON.exists():
        return
    say("Creating .venv …")
    run(
        [sys.executable, "-m", "venv", str(VENV)],
        "Python's venv is needed (on Debian: apt-get install python3-venv).",
    )


def pip(*arguments: str) -> None:
    command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments]
    run(command, "pip could not install the packages; its reason stands above.")


def install_lock(lock: str) -> None:
    """Install what the lock names, which is everything: nothing is left to resolve.

    Most of pip's time goes into reading what the index has of each package, so several pips share the work; should
    one of them stumble, a single one does what is left and says why it can't.
    """
    with tempfile.TemporaryDirectory() as folder:
        parts = [Path(folder, f"{number}.txt") for number in range(min(os.cpu_count() or 1, 4))]
        for number, part in enumerate(parts):
            part.write_text("\n".join(packages_of(lock)[number :: len(parts)]), encoding="utf-8")
        running = [subprocess.Popen(pip_install(part), stderr=subprocess.DEVNULL) for part in parts]
        codes = [each.wait() for each in running]
        if any(codes):
            everything = Path(folder, "lock.txt")
            everything.write_text(lock, encoding="utf-8")
            run(pip_install(everything), "pip could not install the packages; its reason stands above.")


def packages_of(lock: str) -> list[str]:
    """The lock cut into packages, each with its hashes."""
    return re.findall(r"^\w.*\n(?:[ ].*\n?)*", lock, re.MULTILINE)


def pip_install(lock: Path) -> list[str]:
    """The command that installs a lock, leaving the compiling to all cores."""
    options = ("--disable-pip-version-check", "--quiet")
    return [
        *(str(PYTHON), "-m", "pip", *options),
        *("install", "--no-deps", "--no-compile", "--require-hashes", "-r", str(lock)),
    ]


def compile_packages() -> None:
    """Once, by whoever may write here: the account that runs the service may not."""
    folders = [str(folder) for folder in VENV.glob("lib/python*/site-packages")]
    # Some packages ship files that are not this Python's: what comes of those doesn't matter.
    succeeds([str(PYTHON), "-m", "compileall", "-qq", "-j", "0", *folders])


def install_browser() -> None:
    """What the browser tests need, unless a stamp says that it was all seen to work."""
    ready = VENV / ".browser-works"
    if ready.is_file() and ready.read_text() == fingerprint("test"):
        return
    install_driver()
    install_chromium()
    ready.write_text(fingerprint("test"))


def install_driver() -> None:
    """Playwright's own program comes with its package, and needs a library that a bare Debian lacks."""
    driver = [str(PYTHON), "-m", "playwright", "--version"]
    if succeeds(driver) or (apt_install("libatomic1") and succeeds(driver)):
        return
    raise CannotPrepare(
        "The browser tests need Playwright, and its driver does not start; its reason stands above "
        "(on Debian, as root: apt-get install libatomic1), then run this again."
    )


def install_chromium() -> None:
    """Chromium from PATH, else from Debian as root, else Playwright's own, else a sentence."""
    if any(shutil.which(name) for name in BROWSERS):
        return
    for package in BROWSERS[:2]:
        if apt_install(package, "fonts-dejavu-core") and any(shutil.which(name) for name in BROWSERS):
            return
    if succeeds([str(PYTHON), "-m", "playwright", "install", "chromium"]):
        return
    raise CannotPrepare(
        "The browser tests need Chromium, and it could not be installed: put a `chromium` on PATH "
        "(on Debian, as root: apt-get install chromium), then run this again."
    )


def install_postgresql() -> None:
    """Where it can't be had, the tests that need it say so and are skipped."""
    if shutil.which("postgres") or any(Path("/usr/lib/postgresql").glob("*/bin/postgres")):
        return
    apt_install("postgresql")


def apt_install(*packages: str) -> bool:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    say(f"Installing {', '.join(packages)} from Debian's packages …")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    succeeds(["apt-get", "update", "-qq"], environment)
    return succeeds(["apt-get", "install", "-qq", "-y", "--no-install-recommends", *packages], environment)


def succeeds(command: list[str], environment: dict[str, str] | None = None) -> bool:
    return subprocess.run(command, check=False, env=environment, stdout=subprocess.DEVNULL).returncode == 0


def run(command: list[str], otherwise: str) -> None:
    if subprocess.run(command, check=False).returncode != 0:
        raise CannotPrepare(otherwise)


def say(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
