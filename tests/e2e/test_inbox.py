"""The bell, the inbox and “Your turn” in real browsers (§15.2, §15.3)."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from playwright.async_api import Page, expect

from tests.e2e.test_two_browsers import propose
from tests.support.browser import People, open_page
from tests.support.server import OWNER, READER, WRITER, RunningServer


async def everything_read(inbox: Page) -> None:
    """What other tests told this person is not counted."""
    await inbox.get_by_test_id("inbox-row").first.or_(inbox.get_by_text("Nothing has happened")).wait_for()
    if await inbox.get_by_test_id("inbox-mark-all").count():
        await inbox.get_by_test_id("inbox-mark-all").click()
    # a page that was just opened has the number of the one before for a moment
    await expect(inbox.get_by_test_id("inbox-mark-all")).to_have_count(0)
    await expect(inbox.get_by_test_id("inbox-count")).to_be_hidden()


async def test_the_bell_counts_live_and_opening_the_thing_clears_it_everywhere(people: People) -> None:
    writer, owner = await people.person(WRITER), await people.person(OWNER)
    second = await people.person(OWNER, "/inbox")  # another browser, with a session of its own
    await everything_read(second)
    await open_page(writer, "/inbox")
    await everything_read(writer)
    await open_page(writer, "/catalog")

    await propose(writer, title="Bell ringing", slug="bell-ringing", pitch="Live.")

    row = second.get_by_test_id("inbox-row").filter(has_text="Bell ringing")
    turn = second.get_by_test_id("your-turn-row").filter(has_text="Bell ringing")
    for page in (owner, second):
        await expect(page.get_by_test_id("inbox-count")).to_have_text("1")
    await expect(row).to_contain_text("proposed the idea")
    await expect(turn).to_be_visible()

    await owner.goto("/no/such/page")  # needs no socket, and says it all the same
    await expect(owner.get_by_test_id("inbox-count")).to_have_text("1")
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
    await expect(writer.locator("#r-watch")).to_be_visible()
    button = await writer.get_by_test_id("watch-menu").bounding_box()
    menu = await writer.locator("#r-watch").bounding_box()
    assert button is not None
    assert menu is not None
    assert 0 <= menu["y"] - (button["y"] + button["height"]) <= 8  # right below it
    await writer.get_by_role("button", name="Muted").click()
    await expect(writer.get_by_test_id("watch-menu")).to_contain_text("Muted")


async def test_what_was_told_long_ago_is_shown_too(people: People, server: RunningServer) -> None:
    writer, owner = await people.person(WRITER), await people.person(OWNER)
    await propose(writer, title="Told for years", slug="told-for-years", pitch="Old.")
    told = owner.get_by_test_id("inbox-row")
    await open_page(owner, "/inbox?rfc=told-for-years")
    await expect(told).to_have_count(1)
    with closing(sqlite3.connect(server.database, timeout=60)) as database:  # the app may be writing
        names = [row[1] for row in database.execute("PRAGMA table_info(notifications)")]
        kept = ", ".join(name for name in names if name not in ("id", "signal"))
        database.execute(
            f"INSERT INTO notifications (signal, {kept})"
            " WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120)"
            f" SELECT signal || '-' || i, {kept} FROM notifications, n WHERE rfc_slug = 'told-for-years'"
            " AND user_id = (SELECT id FROM users WHERE gitea_login = 'owner')"
        )
        database.commit()

    await open_page(owner, "/inbox?rfc=told-for-years")
    await expect(told).to_have_count(100)
    await owner.get_by_test_id("inbox-older").click()

    await expect(told).to_have_count(121)
    await expect(owner.get_by_test_id("inbox-older")).to_have_count(0)
    await owner.get_by_test_id("inbox-mark-all").click()
    await expect(told.filter(has_text="Unread: ")).to_have_count(0)
    await expect(told).to_have_count(121)


async def test_what_is_typed_in_the_settings_stays_while_something_else_is_saved(people: People) -> None:
    page = await people.person(READER, "/settings/notifications")
    field, switch = page.locator("#quiet-start"), page.locator("#email_watched_structural")
    was = await switch.is_checked()
    await field.fill("21:3")
    for on in (not was, was):
        await switch.click()
        await expect(
            page.locator(f"#email_watched_structural{'[checked]' if on else ':not([checked])'}")
        ).to_be_visible()
        await expect(field).to_have_value("21:3")

    await field.press("Enter")
    await expect(page.get_by_role("alert")).to_be_visible()


async def test_what_the_settings_refuse_says_why_at_its_form_and_keeps_what_was_typed(people: People) -> None:
    page = await people.person(READER, "/settings/notifications")
    start, end, zone = (page.locator(f"#quiet-{name}") for name in ("start", "end", "zone"))
    for text in ("25:00", "9"):  # the second refusal says the same, so nothing is drawn again
        await start.fill(text)
        await end.fill("07:00")
        await end.press("Enter")
        await expect(page.get_by_test_id("settings-quiet").get_by_role("alert")).to_be_in_viewport()
        await expect(start).to_have_value(text)
        await expect(end).to_have_value("07:00")
    await zone.fill("Middle/Earth")
    await start.fill("21:00")
    await page.get_by_test_id("quiet-save").click()
    await expect(page.get_by_role("alert")).to_contain_text("no such time zone")
    await expect(zone).to_have_value("Middle/Earth")

    whom = page.get_by_label("Mute someone")
    await whom.fill("nobody-here")
    await page.get_by_test_id("mute-save").click()
    await expect(page.get_by_test_id("settings-mutes").get_by_role("alert")).to_be_in_viewport()
    await expect(page.get_by_role("alert")).to_have_count(1)
    await expect(whom).to_have_value("nobody-here")
    await expect(page.get_by_test_id("mute-save")).to_be_focused()


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


async def test_a_row_that_was_read_stays_in_line_with_the_others(people: People) -> None:
    writer, owner = await people.person(WRITER), await people.person(OWNER, "/inbox")
    rows = owner.get_by_test_id("inbox-row").filter(has_text="Bell in")
    await propose(writer, title="Bell in line", slug="bell-in-line", pitch="Both.")
    await rows.get_by_role("link").focus()
    await propose(writer, title="Bell in step", slug="bell-in-step", pitch="Both.")
    await expect(rows).to_have_count(2)
    await expect(rows.filter(has_text="Bell in line").get_by_role("link")).to_be_focused()
    unread = owner.locator("[data-testid=inbox-row][data-unread]", has_text="Bell in line")
    await unread.get_by_role("button", name="Mark as read").click()
    await expect(unread).to_have_count(0)

    places = await rows.locator(".r-chip").evaluate_all(
        "chips => [...new Set(chips.map(chip => Math.round(chip.getBoundingClientRect().right)))]"
    )
    assert len(places) == 1


async def test_what_waits_for_somebody_is_gone_when_somebody_else_has_done_it(people: People) -> None:
    writer, owner = await people.person(WRITER), await people.person(OWNER, "/inbox")
    turn = owner.get_by_test_id("your-turn-row").filter(has_text="Bell taken back")
    await propose(writer, title="Bell taken back", slug="bell-taken-back", pitch="Or not.")
    await expect(turn).to_be_visible()

    await writer.get_by_test_id("withdraw-proposal").click()

    await expect(turn).to_have_count(0)
