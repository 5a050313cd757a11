"""Graduation as people see it (§13): the owner begins it, everybody watches, and the text has a home of its own."""

from __future__ import annotations

import subprocess
from pathlib import Path

from playwright.async_api import Page, expect

from tests.e2e.test_workspace import BESIDE, reading
from tests.support.browser import People, open_page, ready
from tests.support.server import META, ORG, OWNER, READER, RunningServer

MERGE = rf"^/api/v1/repos/{ORG}/{META}/pulls/\d+/merge$"
CREATE = rf"^/api/v1/(orgs|admin/users)/{ORG}/repos$"
TEXT = "# Memory\n\nWhat a record of a person is not.\n"


async def begin(page: Page) -> None:
    await page.get_by_test_id("graduate-open").click()
    await expect(page.get_by_test_id("graduate-owners")).to_have_value(OWNER)
    await page.get_by_test_id("graduate-start").click()


async def test_the_owner_graduates_an_entry_while_somebody_else_watches_each_step(
    people: People, server: RunningServer, tmp_path: Path
) -> None:
    owner = await reading(people, server, OWNER, "memory", body=TEXT)
    reader = await people.person(READER, None, viewport=BESIDE)
    await open_page(reader, "/rfc/memory")
    await expect(reader.get_by_test_id("graduate-open")).to_have_count(0)
    server.forge.faults.set({"path": MERGE, "method": "POST", "action": "delay_before", "times": 1})

    await begin(owner)

    for page in (owner, reader):
        for number, state in enumerate(("done", "done", "done", "run", "wait"), 1):
            step = page.get_by_test_id(f"graduate-step-{number}")
            await expect(step).to_have_attribute("data-state", state)
    server.forge.faults.release()
    for page in (owner, reader):
        await expect(page.get_by_test_id("graduate-step-5")).to_have_attribute("data-state", "done")
        await expect(page.get_by_test_id("rfc-state")).to_have_text("Active")
    server.forge.faults.clear()

    await open_page(owner, "/rfc/memory")
    await owner.get_by_test_id("start-contributing").click()
    await owner.wait_for_url("**/branch/owner-draft-*")
    await ready(owner)
    await expect(owner.get_by_test_id("editor").locator(".cm-content")).to_contain_text("What a record")
    clone = cloned(server, "memory", tmp_path)
    assert [(clone / name).is_file() for name in ("README.md", ".rfc/metadata.yaml", ".rfc/dossier.md")] == [
        True
    ] * 3
    assert (clone / "RFC.md").read_text() == TEXT


async def test_what_is_taken_is_said_beside_its_field_and_a_failure_in_words(
    people: People, server: RunningServer
) -> None:
    owner = await reading(people, server, OWNER, "oblivion", body=TEXT)
    await owner.get_by_test_id("graduate-open").click()
    await expect(owner.get_by_test_id("graduate-number")).not_to_have_value("")
    await owner.get_by_test_id("graduate-repo").fill(META)
    await owner.get_by_test_id("graduate-owners").fill("nobody-there")
    await expect(owner.locator("#graduate-repo-hint")).to_have_text(
        f"There is a repository {ORG}/{META} already."
    )
    await expect(owner.locator("#graduate-owners-hint")).to_have_text(
        "Nobody on Gitea is called nobody-there."
    )
    await owner.get_by_test_id("graduate-repo").fill("rfc-oblivion")
    await owner.get_by_test_id("graduate-owners").fill(OWNER)
    server.forge.faults.set({"path": CREATE, "method": "POST", "action": "status", "status": 403})

    await owner.get_by_test_id("graduate-start").click()

    await expect(owner.get_by_test_id("graduate-note")).to_contain_text(
        "Gitea refuses the bot. Everything was undone, and nothing of it is left."
    )
    server.forge.faults.clear()
    await expect(owner.get_by_test_id("rfc-state")).to_have_text("Super-draft")


def cloned(server: RunningServer, slug: str, folder: Path) -> Path:
    """A clone of the RFC's own repository, as anybody makes one."""
    listed = server.forge.admin.get(f"/api/v1/orgs/{ORG}/repos").raise_for_status().json()
    (repo,) = [one for one in listed if one["name"].endswith(f"-{slug}")]
    target = folder / slug
    address = f"{server.forge.url}/{repo['full_name']}.git"
    subprocess.run(["git", "clone", "-q", address, str(target)], check=True, capture_output=True)
    return target
