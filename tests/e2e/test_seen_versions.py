"""What somebody decides on is what their browser shows, however late it hears of anything newer (§9.3, §10.5)."""

from __future__ import annotations

import re

from playwright.async_api import Page, expect

from services.domain.entry import Entry, compose_entry
from services.domain.identifiers import Slug
from services.usecases import decide_idea, decide_metadata, decide_pull
from tests.e2e.test_metadata import arrive, entry
from tests.e2e.test_proposal import proposed
from tests.e2e.test_pull import pull_of
from tests.e2e.test_workspace import path_of
from tests.support.browser import People, open_page, ready
from tests.support.held_back import HeldBack
from tests.support.meta_files import write_file
from tests.support.server import OWNER, REVIEWER, WRITER, RunningServer


async def head_of(page: Page) -> str:
    found = await page.locator("[data-version]").first.get_attribute("data-version")
    assert found
    return found


def branch_of(server: RunningServer, path: str) -> str:
    """The branch of an idea's or metadata PR at its page's path."""
    number = path.rsplit("/", 1)[1]
    return str(server.forge.admin.get(f"/api/v1/repos/rfc/meta/pulls/{number}").json()["head"]["ref"])


async def test_a_pull_request_is_not_merged_with_words_that_the_browser_does_not_show_yet(
    people: People, server: RunningServer
) -> None:
    writer = await pull_of(people, server, "merged-unseen")
    line = HeldBack()
    arbiter = await people.person(OWNER, None)
    await line.watch(arbiter)
    await open_page(arbiter, path_of(writer, server))
    await expect(arbiter.get_by_test_id("diff-view")).to_contain_text("The record names both.")
    shown = await head_of(writer)

    line.held = True
    branch = branch_of(server, path_of(writer, server))
    write_file(
        server,
        "rfcs/merged-unseen.md",
        compose_entry(Entry(slug=Slug("merged-unseen"), title="Merged-unseen", body="Never shown.\n")),
        branch=branch,
    )
    await expect(writer.get_by_test_id("diff-view")).not_to_have_attribute("data-version", shown)
    await arbiter.get_by_test_id("pr-merge").click()
    await expect(arbiter.get_by_test_id("pr-merge")).to_have_attribute("aria-busy", "true")
    line.release()

    await expect(arbiter.get_by_test_id("toast")).to_contain_text(decide_pull.MOVED)
    await expect(arbiter.get_by_test_id("diff-view")).to_contain_text("Never shown.")
    await expect(arbiter.get_by_test_id("pr-state")).to_have_text(re.compile("Open"))
    await arbiter.get_by_test_id("pr-merge").click()
    await expect(arbiter.get_by_test_id("pr-state")).to_have_text(re.compile("Merged"))


async def test_an_idea_is_not_merged_while_its_new_text_only_waits_to_be_shown(
    people: People, server: RunningServer
) -> None:
    writer, owner = await people.person(WRITER), await people.person(OWNER)
    path = await proposed(writer, "Offered and not taken", "The first words.")
    await open_page(owner, path)
    write_file(
        server,
        "rfcs/offered-and-not-taken.md",
        compose_entry(
            Entry(slug=Slug("offered-and-not-taken"), title="Offered and not taken", body="Others.\n")
        ),
        branch=branch_of(server, path),
    )
    await expect(owner.get_by_test_id("show-new-text")).to_be_visible()

    await owner.get_by_test_id("merge-proposal").click()

    await expect(owner.get_by_test_id("toast")).to_contain_text(decide_idea.MOVED)
    await expect(owner.get_by_test_id("rfc-state")).to_have_text("Idea")
    await owner.get_by_test_id("show-new-text").click()
    await expect(owner.get_by_test_id("rfc-body")).to_have_text("Others.")
    await owner.get_by_test_id("merge-proposal").click()
    await expect(owner.get_by_test_id("rfc-state")).to_have_text("Merged")


async def test_a_metadata_pr_is_not_merged_with_values_that_the_browser_does_not_show_yet(
    people: People, server: RunningServer
) -> None:
    write_file(server, "rfcs/steadfast.md", entry("steadfast", owners=(WRITER,)))
    reviewer, line = await people.person(REVIEWER), HeldBack()
    await arrive(reviewer, "steadfast")
    await reviewer.get_by_test_id("metadata-open").click()
    await reviewer.get_by_test_id("metadata-tags").fill("core")
    await reviewer.get_by_test_id("metadata-save").click()
    await reviewer.wait_for_url("**/rfc/steadfast/pr/*")
    await ready(reviewer)
    writer = await people.person(WRITER, None)
    await line.watch(writer)
    await open_page(writer, path_of(reviewer, server))
    await expect(writer.get_by_test_id("metadata-changes")).to_contain_text("core")

    line.held = True
    branch = branch_of(server, path_of(reviewer, server))
    changed = entry("steadfast", owners=(WRITER,), tags=("unseen",))
    write_file(server, "rfcs/steadfast.md", changed, branch=branch)
    await expect(reviewer.get_by_test_id("metadata-changes")).to_contain_text("unseen")
    await writer.get_by_test_id("pr-merge").click()
    await expect(writer.get_by_test_id("pr-merge")).to_have_attribute("aria-busy", "true")
    line.release()

    await expect(writer.get_by_test_id("toast")).to_contain_text(decide_metadata.MOVED)
    await expect(writer.get_by_test_id("pr-state")).to_have_text("Open")
