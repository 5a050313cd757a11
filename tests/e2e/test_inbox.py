"""The bell, the inbox and “Your turn” in real browsers (§15.2, §15.3)."""

from __future__ import annotations

from playwright.async_api import expect

from tests.e2e.test_two_browsers import propose
from tests.support.browser import People, open_page
from tests.support.server import OWNER, WRITER


async def test_the_bell_counts_live_and_opening_the_thing_clears_it_everywhere(people: People) -> None:
    writer, owner = await people.person(WRITER), await people.person(OWNER)
    second = await owner.context.new_page()
    await open_page(second, "/inbox")
    await second.get_by_test_id("inbox-row").first.or_(second.get_by_text("Nothing has happened")).wait_for()
    if await second.get_by_test_id("inbox-mark-all").count():
        await second.get_by_test_id("inbox-mark-all").click()
    await expect(second.get_by_test_id("inbox-count")).to_be_hidden()

    await propose(writer, title="Bell ringing", slug="bell-ringing", pitch="Live.")

    row = second.get_by_test_id("inbox-row").filter(has_text="Bell ringing")
    turn = second.get_by_test_id("your-turn-row").filter(has_text="Bell ringing")
    for page in (owner, second):
        await expect(page.get_by_test_id("inbox-count")).to_have_text("1")
    await expect(row).to_contain_text("proposed the idea")
    await expect(turn).to_be_visible()

    await row.get_by_role("link").click()
    await expect(owner.get_by_test_id("inbox-count")).to_be_hidden()
    await second.get_by_test_id("merge-proposal").click()
    await open_page(second, "/inbox?unread=1")
    await expect(turn).to_have_count(0)

    await expect(writer.get_by_test_id("inbox-count")).not_to_be_hidden()
    await open_page(writer, "/rfc/bell-ringing")
    await expect(writer.get_by_test_id("inbox-count")).to_be_hidden()
    await writer.get_by_test_id("watch-menu").click()
    await writer.get_by_role("button", name="Muted").click()
    await expect(writer.get_by_test_id("watch-menu")).to_contain_text("Muted")
