"""The RUNBOOK's smoke list as one walk through the site: what has to work before an upgrade counts as done."""

from __future__ import annotations

from playwright.async_api import expect

from tests.support.browser import People, open_page, ready
from tests.support.server import OWNER, WRITER

ADMIN_TABS = ("users", "graduation", "audit", "permissions", "branches", "sync", "mail", "models")
SETTINGS = ("email", "digest", "quiet", "watches", "mutes")


async def test_the_smoke_list(people: People) -> None:
    # 1. the landing page
    stranger = await people.stranger()
    await open_page(stranger, "/")
    await expect(stranger.get_by_test_id("landing-title")).not_to_be_empty()
    await expect(stranger.get_by_test_id("landing-pitch")).not_to_be_empty()
    await expect(stranger.get_by_test_id("landing-deck-item")).to_have_count(3)
    await expect(stranger.get_by_test_id("sign-in")).to_have_text("Sign in with Gitea")

    # 2. a contributor proposes
    writer = await people.person(WRITER)
    await writer.get_by_test_id("propose-open").click()
    await writer.get_by_test_id("propose-title").fill("Smoke")
    await expect(writer.get_by_test_id("propose-slug")).to_have_value("smoke")
    await writer.get_by_test_id("propose-pitch").fill("Where there is smoke there is a server.")
    await writer.get_by_test_id("propose-submit").click()
    await writer.wait_for_url("**/proposal/*")
    await ready(writer)
    idea = "/proposal/" + writer.url.rpartition("/")[2]

    # 3. the owner merges, and everybody sees it without a reload
    owner = await people.person(OWNER, idea)
    await owner.get_by_test_id("merge-proposal").click()
    await expect(owner.get_by_test_id("catalog-row-smoke")).to_be_visible()
    await writer.get_by_test_id("catalog-row-smoke").click()
    await writer.wait_for_url("**/rfc/smoke")
    await expect(writer.get_by_test_id("rfc-body")).to_contain_text("there is a server")

    # 4. each tab of the admin pages
    await open_page(owner, "/admin")
    for tab in ADMIN_TABS:
        await owner.get_by_test_id(f"admin-tab-{tab}").click()
        await owner.wait_for_url(f"**/admin/{tab}")
        await expect(owner.get_by_test_id(f"admin-tab-{tab}")).to_have_attribute("aria-current", "page")
        await expect(owner.locator("main table, main .r-empty").first).to_be_visible()
    await open_page(owner, "/admin/audit?rfc=smoke")
    await expect(owner.get_by_test_id("audit-row").filter(has_text="merge_idea")).to_have_count(1)

    # 5. the notification settings
    await open_page(writer, "/settings/notifications")
    for section in SETTINGS:
        await expect(writer.get_by_test_id(f"settings-{section}")).to_be_visible()
