"""Graduation as people see it (§13): the owner begins it, everybody watches, and the text has a home of its own."""

from __future__ import annotations

import base64
import re
from pathlib import Path

from playwright.async_api import Page, expect

from tests.e2e.test_workspace import BESIDE, contributing, reading
from tests.support.browser import People, open_page, ready
from tests.support.held_back import HeldBack
from tests.support.server import META, ORG, OWNER, READER, WRITER, RunningServer

MERGE = rf"^/api/v1/repos/{ORG}/{META}/pulls/\d+/merge$"
CREATE = rf"^/api/v1/(orgs|admin/users)/{ORG}/repos$"
TEXT = "# Memory\n\nWhat a record of a person is not.\n\nSee [the notes](../notes.txt) and [itself](memory.md).\n"


async def begin(page: Page, owner: str) -> None:
    await page.get_by_test_id("graduate-open").click()
    await expect(page.get_by_test_id("graduate-owners")).to_have_value(owner)
    await page.get_by_test_id("graduate-start").click()


async def test_everybody_watches_a_graduation_step_by_step_and_a_push_to_its_repository_arrives(
    people: People, server: RunningServer, tmp_path: Path
) -> None:
    writer = await reading(people, server, WRITER, "memory", body=TEXT)
    admin = await people.person(OWNER, None, viewport=BESIDE)
    await claimed(writer, admin, "memory")
    await open_page(writer, "/rfc/memory")
    reader = await people.person(READER, None, viewport=BESIDE)
    await open_page(reader, "/rfc/memory")
    await expect(reader.get_by_test_id("graduate-open")).to_have_count(0)
    server.forge.faults.set({"path": MERGE, "method": "POST", "action": "delay_before", "times": 1})

    await begin(writer, WRITER)

    for page in (writer, reader):
        for number, state in enumerate(("done", "done", "done", "run", "wait"), 1):
            step = page.get_by_test_id(f"graduate-step-{number}")
            await expect(step).to_have_attribute("data-state", state)
    server.forge.faults.release()
    for page in (writer, reader):
        await expect(page.get_by_test_id("graduate-step-5")).to_have_attribute("data-state", "done")
        await expect(page.get_by_test_id("rfc-state")).to_have_text("Active")
        await expect(page.get_by_test_id("rfc-breadcrumb")).to_contain_text("RFC-")
        notes = page.get_by_test_id("rfc-body").get_by_role("link", name="the notes")
        await expect(notes).to_have_attribute("href", re.compile("-memory/"))
        beside = page.get_by_test_id("rfc-body").get_by_role("link", name="itself")
        await expect(beside).to_have_attribute("href", "/rfc/memory")
        await expect(page.get_by_test_id("show-new-text")).to_have_count(0)  # not a word of it is another
    server.forge.faults.clear()

    await open_page(reader, "/rfc/memory")
    listed = server.forge.admin.get(f"/api/v1/orgs/{ORG}/repos").raise_for_status().json()
    (repo,) = [one["full_name"] for one in listed if one["name"].endswith("-memory")]
    push(repo, "RFC.md", TEXT.replace("is not.", "is not, pushed with Git."), server)
    await reader.get_by_test_id("show-new-text").click()
    await expect(reader.get_by_test_id("rfc-body")).to_contain_text("is not, pushed with Git.")


async def claimed(page: Page, admin: Page, slug: str) -> None:
    """Somebody asks to own an entry, and an admin agrees."""
    await page.get_by_test_id("claim").click()
    await page.wait_for_url(f"**/rfc/{slug}/pr/*")
    await open_page(admin, page.url)
    await admin.get_by_test_id("claim-merge").click()
    for one in (page, admin):
        await expect(one.get_by_test_id("pr-state")).to_have_text("Merged")


def push(repo: str, path: str, text: str, server: RunningServer) -> None:
    """Somebody commits to main beside the app; the repository's own webhook is all that tells of it."""
    files = [{"operation": "upload", "path": path, "content": base64.b64encode(text.encode()).decode()}]
    body = {"files": files, "branch": "main", "message": "Push it"}
    server.forge.admin.post(f"/api/v1/repos/{repo}/contents", json=body).raise_for_status()


async def test_what_is_taken_is_said_beside_its_field_and_a_failure_in_words(
    people: People, server: RunningServer
) -> None:
    owner, line = await reading(people, server, OWNER, "oblivion", body=TEXT), HeldBack()
    await owner.get_by_test_id("graduate-open").click()
    await expect(owner.get_by_test_id("graduate-repo")).to_have_value(re.compile(r"^rfc-000\d-oblivion$"))
    await owner.get_by_test_id("graduate-number").fill("RFC-0042")
    await expect(owner.get_by_test_id("graduate-repo")).to_have_value("rfc-0042-oblivion")
    await line.watch(owner)
    await open_page(owner, "/rfc/oblivion")
    line.held_from = "offered"
    await owner.get_by_test_id("graduate-open").click()
    await owner.get_by_test_id("graduate-repo").fill(META)  # before there is a suggestion
    line.release()
    await expect(owner.get_by_test_id("graduate-number")).not_to_have_value("")
    await expect(owner.get_by_test_id("graduate-repo")).to_be_focused()
    await expect(owner.get_by_test_id("graduate-repo")).to_have_value(META)
    await owner.get_by_test_id("graduate-owners").fill("nobody-there")
    await expect(owner.locator("#graduate-repo-hint")).to_have_text(
        f"There is a repository {ORG}/{META} already."
    )
    await expect(owner.locator("#graduate-owners-hint")).to_have_text(
        "Nobody on Gitea is called nobody-there."
    )
    await owner.get_by_test_id("graduate-start").click()
    await expect(owner.get_by_test_id("graduate-repo")).to_be_focused()  # the first of both
    await owner.get_by_test_id("graduate-repo").fill("rfc-oblivion")
    await owner.get_by_test_id("graduate-owners").fill(OWNER)
    server.forge.faults.set({"path": CREATE, "method": "POST", "action": "status", "status": 403})

    await owner.get_by_test_id("graduate-start").click()

    await expect(owner.get_by_test_id("graduate-note")).to_contain_text(
        "Gitea refuses the bot. Everything was undone, and nothing of it is left."
    )
    server.forge.faults.clear()
    await expect(owner.get_by_test_id("rfc-state")).to_have_text("Super-draft")


async def test_the_queue_leads_to_the_dialog_which_opens_once(people: People, server: RunningServer) -> None:
    owner = await reading(people, server, OWNER, "recollection", body=TEXT)
    await open_page(owner, "/admin/graduation")

    await owner.get_by_test_id("graduation-row-recollection").get_by_test_id("graduation-start").click()

    await expect(owner.get_by_test_id("graduate-owners")).to_have_value(OWNER)
    await expect(owner).to_have_url(re.compile("/rfc/recollection$"))
    await owner.reload()
    await ready(owner)
    await expect(owner.get_by_test_id("graduate-start")).to_be_hidden()
    reader = await people.person(READER, None)
    await open_page(reader, "/rfc/recollection?graduate")
    await expect(reader.get_by_test_id("rfc-title")).to_have_text("The recollection")
    await expect(reader.get_by_test_id("graduate-start")).to_be_hidden()


async def test_what_a_closed_branch_says_is_carried_to_a_new_one_and_main_keeps_its_words(
    people: People, server: RunningServer
) -> None:
    body = "# Traces\n\nWhat is left of a walk. It fades.\n\nNobody owns it alone.\n"
    reader = await contributing(people, server, "traces", login=READER, body=body)
    closed = reader.url.partition("?")[0]
    text = body.replace("It fades.", "It fades 🌫.").replace("owns it alone", "owns it for long")
    editor = reader.get_by_test_id("editor").locator(".cm-content")
    await editor.fill(text)
    await reader.get_by_test_id("save-now").click()
    await expect(reader.get_by_test_id("save-state")).to_contain_text("Committed")
    owner = await people.person(OWNER, None, viewport=BESIDE)
    await open_page(owner, "/rfc/traces")
    await owner.get_by_test_id("graduate-open").click()
    await expect(owner.get_by_test_id("graduate-closing")).to_contain_text("can carry it to a new branch")
    await owner.get_by_test_id("graduate-start").click()
    await expect(reader.get_by_test_id("carry-note")).to_contain_text("graduated")
    listed = server.forge.admin.get(f"/api/v1/orgs/{ORG}/repos").raise_for_status().json()
    (repo,) = [one["full_name"] for one in listed if one["name"].endswith("-traces")]
    push(repo, "RFC.md", body.replace("alone", "by themselves"), server)

    await reader.get_by_test_id("note-carry").click()

    await reader.wait_for_url("**/branch/reader-draft-*")
    carried = reader.url.partition("?")[0]
    await expect(editor).to_contain_text("It fades 🌫.")
    await expect(editor).to_contain_text("Nobody owns it by themselves.")
    await reader.get_by_role("tab", name="Changes").click()
    card = reader.locator('[data-testid^="change-card-"]')
    await expect(card).to_contain_text("So says the branch edit-traces-")
    await expect(editor).not_to_contain_text("for long")
    await card.get_by_test_id("change-accept").click()
    await expect(editor).to_contain_text("Nobody owns it for long.")
    await expect(editor).not_to_contain_text("by themselves")
    await open_page(reader, closed)
    await expect(reader.get_by_test_id("note-carry")).to_have_count(0)
    await reader.get_by_test_id("carried-to").click()
    await reader.wait_for_url(f"{carried}*")


async def test_what_is_suggested_in_the_field_one_is_in_gives_way_to_what_one_types(
    people: People, server: RunningServer
) -> None:
    owner, line = await reading(people, server, OWNER, "given-way", body=TEXT), HeldBack()
    await line.watch(owner)
    await open_page(owner, "/rfc/given-way")
    line.held_from = "offered"
    await owner.get_by_test_id("graduate-open").click()
    field = owner.get_by_test_id("graduate-owners")
    await expect(field).to_be_visible()  # what is not shown yet takes no focus
    await field.focus()
    await expect(field).to_be_focused()
    await line.until_held("offered")
    line.release()
    await expect(field).to_have_value(OWNER)
    await owner.keyboard.type(WRITER)
    await expect(field).to_have_value(WRITER)


async def test_a_suggested_number_that_was_taken_meanwhile_is_followed_by_the_next(
    people: People, server: RunningServer
) -> None:
    first = await reading(people, server, OWNER, "early", body=TEXT)
    second = await reading(people, server, OWNER, "late", body=TEXT)
    for page in (second, first):
        await page.get_by_test_id("graduate-open").click()
        await expect(page.get_by_test_id("graduate-owners")).to_have_value(OWNER)
    number = await first.get_by_test_id("graduate-number").input_value()
    await expect(second.get_by_test_id("graduate-number")).to_have_value(number)
    await first.get_by_test_id("graduate-start").click()
    await expect(first.get_by_test_id("graduate-step-5")).to_have_attribute("data-state", "done")

    await second.get_by_test_id("graduate-start").click()

    following = f"RFC-{int(number[-4:]) + 1:04}"
    await expect(second.get_by_test_id("graduate-problem")).to_contain_text(number)
    await expect(second.get_by_test_id("graduate-number")).to_have_value(following)
    await expect(second.get_by_test_id("graduate-repo")).to_have_value(f"{following.lower()}-late")
    await second.get_by_test_id("graduate-start").click()
    await expect(second.get_by_test_id("rfc-state")).to_have_text("Active")
