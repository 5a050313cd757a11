"""The bell, the inbox and “Your turn” in real browsers (§15.2, §15.3)."""

from __future__ import annotations

from playwright.async_api import expect

from tests.e2e.test_two_browsers import propose
from tests.support.browser import People, open_page
from tests.support.server import OWNER, READER, WRITER


async def test_the_bell_counts_live_and_opening_the_thing_clears_it_everywhere(people: People) -> None:
    writer, owner = await people.person(WRITER), await people.person(OWNER)
    second = await people.person(OWNER, "/inbox")  # another browser, with a session of its own
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

    await open_page(owner, "/inbox")
    await row.get_by_role("link").click()
    await expect(owner.get_by_test_id("inbox-count")).to_be_hidden()
    for width in (1280, 390):  # a bar of a phone has room for a bell and the number
        await second.set_viewport_size({"width": width, "height": 800})
        await expect(second.locator("#notifies")).to_be_visible()
        button = second.get_by_test_id("merge-proposal")
        await expect(button).to_have_accessible_description("Will notify 1")

    elsewhere = owner.get_by_test_id("your-turn-row").filter(has_text="Bell ringing")
    await expect(elsewhere).to_be_visible()
    await second.get_by_test_id("merge-proposal").click()
    await expect(elsewhere).to_have_count(0)

    await expect(writer.get_by_test_id("inbox-count")).not_to_be_hidden()
    await open_page(writer, "/rfc/bell-ringing")
    await expect(writer.get_by_test_id("inbox-count")).to_be_hidden()
    await writer.get_by_test_id("watch-menu").click()
    await writer.get_by_role("button", name="Muted").click()
    await expect(writer.get_by_test_id("watch-menu")).to_contain_text("Muted")


async def test_somebody_to_mute_is_found_by_the_beginning_of_their_name(people: People) -> None:
    writer, _ = await people.person(WRITER), await people.person(READER)
    await open_page(writer, "/settings/notifications")
    field = writer.get_by_label("Mute someone")
    await field.press_sequentially("read")
    option = writer.locator(f"#mute-people option[value={READER}]")
    await option.wait_for(state="attached")

    await field.fill(READER)
    await field.press("Enter")
    unmute = writer.get_by_role("button", name="Unmute")
    await expect(unmute).to_have_count(1)
    await unmute.click()
    await expect(unmute).to_have_count(0)


async def test_what_waits_for_somebody_is_gone_when_somebody_else_has_done_it(people: People) -> None:
    writer, owner = await people.person(WRITER), await people.person(OWNER, "/inbox")
    turn = owner.get_by_test_id("your-turn-row").filter(has_text="Bell taken back")
    await propose(writer, title="Bell taken back", slug="bell-taken-back", pitch="Or not.")
    await expect(turn).to_be_visible()

    await writer.get_by_test_id("withdraw-proposal").click()

    await expect(turn).to_have_count(0)
