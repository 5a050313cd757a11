"""ARCHITECTURE §6 and §1: sizes, broad handlers, layers, and nothing of any one machine in the repository."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
FLOORS = ("services", "components", "pages", "rfc_ui")
LONGEST_MODULE = 400
LONGEST_FUNCTION = 60
MEDIAN_FUNCTION = 10
NINTH_DECILE = 30
BORDERS = {
    "rfc_ui/http/": "request",
    "rfc_ui/security/": "socket handler",
    "services/jobs/": "job",
    "services/usecases/hints.py": "job",
    "services/usecases/sagas/runs.py": "job",
    "services/usecases/send_mail.py": "job",
    "services/live/": "bus subscriber",
    "pages/live.py": "bus subscriber",
    "pages/gathered.py": "bus subscriber",
    "pages/errors.py": "request",
    "rfc_ui/cli/": "command",
    "services/forge/": "request and worker of the forge, a server of its own",
}
TEXT_SUFFIXES = {
    ".py",
    ".md",
    ".toml",
    ".txt",
    ".yml",
    ".yaml",
    ".cfg",
    ".lock",
    ".sh",
    ".example",
    ".conf",
    "",
}
FOREIGN = re.compile(
    r"/home/\w+|index[-]url|extra[-]index|registry\s*=\s*\"http|\"resolved\":\s*\"http|find[-]links"
)


def tracked_files() -> list[Path]:
    command = ["git", "ls-files", "-co", "--exclude-standard"]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / line for line in listing.splitlines() if (ROOT / line).is_file()]


def product_modules() -> list[Path]:
    return [
        path for path in tracked_files() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in FLOORS
    ]


def functions_of(path: Path) -> list[tuple[str, int]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [
        (
            f"{path.relative_to(ROOT)}:{node.lineno} {node.name}",
            (node.end_lineno or node.lineno) - node.lineno + 1,
        )
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def test_no_module_is_longer_than_400_lines() -> None:
    lengths = {path: path.read_text(encoding="utf-8").count("\n") for path in product_modules()}

    assert {
        str(path.relative_to(ROOT)): count for path, count in lengths.items() if count > LONGEST_MODULE
    } == {}


def test_functions_are_short() -> None:
    functions = [function for path in product_modules() for function in functions_of(path)]
    lengths = sorted(length for _, length in functions)

    assert [name for name, length in functions if length > LONGEST_FUNCTION] == []
    assert statistics.median(lengths) <= MEDIAN_FUNCTION
    assert lengths[int(len(lengths) * 0.9)] <= NINTH_DECILE


def test_broad_handlers_stand_only_at_the_borders() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in product_modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id == "Exception"))
    ]

    assert [place for place in found if not place.startswith(tuple(BORDERS))] == []


def test_no_file_names_a_machine_or_a_registry() -> None:
    home = f"{ROOT.parent}/"
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked_files()
        if path.suffix in TEXT_SUFFIXES and path != Path(__file__)
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if home in line or FOREIGN.search(line)
    ]

    assert found == []


def test_nothing_is_left_for_later() -> None:
    pattern = re.compile(r"\b(TODO|FIXME|XXX)\b|NotImplementedError|pytest\.mark\.(skip|xfail)\b")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked_files()
        if path.suffix in {".py", ".js"} and path != Path(__file__)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]

    assert found == []


def test_imports_go_one_way() -> None:
    lint = Path(sys.executable).with_name("lint-imports")

    done = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-test.lock"])
def test_every_locked_package_has_hashes(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    pinned = re.findall(r"^(\S+==\S+?)(?: ;[^\n]*?)? \\\n    --hash=sha256:", text, re.MULTILINE)

    assert len(pinned) == len(re.findall(r"^[a-z0-9]\S*==", text, re.MULTILINE)) > 0


def test_what_pyproject_names_is_locked() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    lock = (ROOT / "requirements-test.lock").read_text(encoding="utf-8").lower()
    names = {re.split(r"[\[<>=]", requirement)[0].lower().replace(".", "-") for requirement in named}

    assert (
        sorted(name for name in names if f"\n{name}==" not in f"\n{lock}" and f"\n{name}[" not in lock) == []
    )


def test_acts_are_recorded_by_the_one_writer_that_also_tells_whom_they_concern() -> None:
    """Besides it only the seed, for its own acts (§15.1)."""
    allowed = {"record.py", "seed.py"}
    found = [
        str(path.relative_to(ROOT))
        for path in product_modules()
        if "actions.append(" in path.read_text(encoding="utf-8") and path.name not in allowed
    ]

    assert found == []


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-test.lock"])
def test_every_extra_that_a_locked_package_asks_for_is_in_the_lock(lock: str) -> None:
    """Older pips look for `name[extra]` anew if the lock has it without, and then refuse what is newer than it."""
    locked = dict(locked_packages(ROOT / lock))
    asked = list(extras_asked_for(locked))

    assert [extra for _, extra in asked if extra == "standard"]  # uvicorn's at least: the test sees something
    assert [f"{name}[{extra}]" for name, extra in asked if extra not in locked[name]] == []


def locked_packages(lock: Path) -> Iterator[tuple[str, frozenset[str]]]:
    """What a lock pins that this Python would install, with the extras it is pinned with."""
    for line in lock.read_text(encoding="utf-8").splitlines():
        if line[:1].isalnum():
            pinned = Requirement(line.removesuffix("\\").strip())
            if pinned.marker is None or pinned.marker.evaluate():
                yield canonicalize_name(pinned.name), frozenset(pinned.extras)


def extras_asked_for(locked: dict[str, frozenset[str]]) -> Iterator[tuple[str, str]]:
    """Locked packages with an extra that the project or a locked package needs them with."""
    needs = [(need, "test") for need in distribution("rfc-ui").requires or ()]
    for name, extras in locked.items():
        needs += [(need, extra) for need in distribution(name).requires or () for extra in extras or {""}]
    for text, extra in needs:
        need = Requirement(text)
        wanted = need.marker is None or need.marker.evaluate({"extra": extra})
        if wanted and canonicalize_name(need.name) in locked:
            yield from ((canonicalize_name(need.name), each) for each in need.extras)


def test_no_template_of_a_component_ends_before_its_last_line() -> None:
    """A backtick within ends it early, and every page with the component stays dead."""
    ends = {
        str(path.relative_to(ROOT)): re.findall(
            r"\n  template: `[^`]*`(.?)", path.read_text(encoding="utf-8")
        )
        for path in sorted((ROOT / "components").rglob("*.js"))
    }
    assert {name: found for name, found in ends.items() if set(found) - {","}} == {}
