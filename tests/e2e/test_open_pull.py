"""Opening a pull request from a branch, as people see it (§10.1, §10.2)."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.e2e.test_workspace import BESIDE, contributing, path_of
from tests.support.browser import People, open_page
from tests.support.editing import everything_is_sent
from tests.support.server import OWNER, READER, RunningServer

BODY = "# Pulled\n\nIt speaks.\n"


async def test_a_private_branch_is_proposed_and_said_to_become_public_before(
    people: People, server: RunningServer
) -> None:
    writer = await contributing(people, server, "pulled", login=OWNER, body=BODY)
    await expect(writer.get_by_test_id("open-pr")).to_have_count(0)
    await writer.locator(".cm-content").click()
    await writer.keyboard.press("Control+End")
    await writer.keyboard.type("\nIt listens.\n")
    await everything_is_sent(writer)
    await writer.get_by_test_id("branch-settings-open").click()
    await writer.get_by_test_id("visibility-private").check()
    await writer.keyboard.press("Escape")

    await writer.get_by_test_id("open-pr").click()

    await expect(writer.get_by_test_id("pull-makes-public")).to_contain_text("makes it public")
    await expect(writer.get_by_test_id("pr-title")).to_have_value(re.compile("^Change "))
    await expect(writer.get_by_test_id("pr-description")).to_have_value(re.compile("Changes:"))
    await writer.get_by_test_id("pr-title").fill("WIP: not yet")
    await writer.get_by_test_id("pr-submit").click()
    await expect(writer.locator("#pull-title-hint")).to_contain_text("Gitea never merges")
    await writer.get_by_test_id("pr-title").fill("Let it listen")
    address = path_of(writer, server)
    await writer.get_by_test_id("pr-submit").click()
    await writer.wait_for_url(re.compile(r"/rfc/pulled/pr/\d+$"))

    reader = await people.person(READER, None, viewport=BESIDE)
    await open_page(reader, address)
    await expect(reader.get_by_test_id("pull-link")).to_contain_text("PR #")
    await expect(reader.locator(".r-sys")).to_contain_text(["The branch is public from now on."])
    await expect(reader.get_by_test_id("rfc-body")).to_contain_text("It listens.")
