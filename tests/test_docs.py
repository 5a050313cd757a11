"""Every setting, command, audit kind and check is documented, and the documents name nothing that is gone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rfc_ui.cli.app import app
from rfc_ui.settings import SETTING_NAMES
from services.domain.audit import ActionKind, PermissionEventKind

ROOT = Path(__file__).resolve().parents[1]
RUNBOOK = (ROOT / "RUNBOOK.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLE = (ROOT / "deploy" / ".env.example").read_text(encoding="utf-8")
DOCUMENTS = sorted(
    path for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")] if path.name != "SPEC.md"
)


def commands() -> set[str]:
    named = {command.callback.__name__ for command in app.registered_commands if command.callback}
    return named | {str(group.name) for group in app.registered_groups}


def test_the_runbook_has_a_row_for_every_setting_and_for_nothing_else() -> None:
    section = RUNBOOK.split("## 10. Settings")[1].split("## 11.")[0]

    assert set(re.findall(r"^\| `([A-Z_]+)` \|", section, re.MULTILINE)) == set(SETTING_NAMES)


def test_the_example_file_lists_every_setting_and_nothing_else() -> None:
    assert sorted(re.findall(r"^([A-Z_]+)=", EXAMPLE, re.MULTILINE)) == sorted(SETTING_NAMES)


def test_the_example_file_gives_no_secret_a_value() -> None:
    from rfc_ui.settings import SECRET_NAMES

    given = dict(re.findall(r"^([A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE))

    assert {name: given[name] for name in SECRET_NAMES if given[name]} == {}


def test_the_runbook_has_every_command() -> None:
    section = RUNBOOK.split("## 11. Commands")[1].split("## 12.")[0]

    assert sorted(name for name in commands() if f"`rfc-ui {name}" not in section) == []


def test_the_readme_shows_the_two_commands() -> None:
    assert [command for command in ("make demo", "make test") if command not in README] == []


@pytest.mark.parametrize("kinds", [ActionKind, PermissionEventKind])
def test_the_runbook_explains_every_kind_in_the_record(kinds: type[ActionKind | PermissionEventKind]) -> None:
    section = RUNBOOK.split("## 12. The record")[1]

    assert sorted(kind.value for kind in kinds if f"`{kind.value}`" not in section) == []


def test_the_troubleshooting_table_has_every_check_of_the_doctor() -> None:
    section = RUNBOOK.split("## 9. Troubleshooting")[1].split("## 10.")[0]
    sources = (ROOT / "services" / "ops" / "doctor").glob("*.py")
    code = "".join(path.read_text(encoding="utf-8") for path in sources)
    checks = set(re.findall(r"\b(?:ok|note|fail)\(\s*\"([a-z-]+)\"", code))

    assert sorted(check for check in checks if f"| {check} |" not in section) == []


def test_the_specification_is_in_the_repository() -> None:
    sections = re.findall(
        r"^## §(\d+)", (ROOT / "docs" / "SPEC.md").read_text(encoding="utf-8"), re.MULTILINE
    )

    assert [int(number) for number in sections] == list(range(1, 21))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", text)

    assert [target for target in targets if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_paths_in_documents_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    paths = re.findall(r"`((?:rfc_ui|pages|components|services|tests|deploy|docs)/[\w./-]+)`", text)

    assert sorted({path for path in paths if not (ROOT / path).exists()}) == []


def test_decisions_are_numbered_and_fit_on_a_page() -> None:
    records = sorted((ROOT / "docs" / "decisions").glob("*.md"))

    assert [path.name[:4] for path in records] == [f"{number:04}" for number in range(1, len(records) + 1)]
    assert [path.name for path in records if len(path.read_text(encoding="utf-8").split()) > 450] == []
