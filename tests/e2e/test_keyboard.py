"""Every flow of the product by keyboard alone (§14): no mouse event occurs, and what has the focus shows it."""

from __future__ import annotations

import re

from playwright.async_api import Locator, Page, expect

from tests.support.browser import People, ready
from tests.support.editing import add_entry
from tests.support.keyboard import LONGEST_WAY, Keyboard
from tests.support.server import OWNER, READER, WRITER, RunningServer

DESK = {"width": 1440, "height": 900}
SWITCH = "#email_watched_structural"
PITCH = "Every humann lives.\n\nNobody anwers alone. Evrybody counts."


async def sign_in(keys: Keyboard, login: str) -> None:
    """From the landing page through the forge's own pages and back."""
    page = keys.page
    await keys.use(page.get_by_test_id("sign-in"))
    await page.wait_for_url(re.compile("/user/login"))
    await keys.to(page.locator("input[name=user_name]"))
    await keys.type(login)
    await keys.to(page.locator("input[name=password]"))
    await keys.type(login, "Enter")
    consent, back = page.locator("#authorize-app"), page.get_by_test_id("user-menu")
    await consent.or_(back).first.wait_for()
    if await consent.count():
        await keys.use(consent)
    await back.wait_for()
    await ready(page)


async def propose(keys: Keyboard) -> str:
    """By the palette; the address of the idea's page."""
    page = keys.page
    await keys.palette("propose new")
    await expect(page.get_by_test_id("propose-title")).to_be_focused()
    await keys.type("Keyed")
    await expect(page.get_by_test_id("propose-slug")).to_have_value("keyed")
    await keys.to(page.get_by_test_id("propose-pitch"))
    await keys.type(PITCH)
    await keys.use(page.get_by_test_id("propose-submit"))
    await page.wait_for_url("**/proposal/*")
    await ready(page)
    return "/proposal/" + page.url.rpartition("/")[2]


async def seen_in_catalog(keys: Keyboard, slug: str) -> None:
    """Where Tab has scrolled a long list on the way, a new row stands above its window: Shift+Tab and Home lead to it."""
    row = keys.page.get_by_test_id(f"catalog-row-{slug}")
    await expect(row.or_(keys.page.get_by_role("button", name="new above")).first).to_be_visible()
    for _ in range(LONGEST_WAY):
        if await row.is_visible():
            return
        await keys.press("Shift+Tab", "Home")
    raise AssertionError(f"{slug} is not in the catalog")


async def comment_on_paragraph(keys: Keyboard, words: str) -> None:
    """Walk to the second paragraph and comment on it."""
    page = keys.page
    await keys.use(page.get_by_test_id("paragraph-comment"))
    await expect(page.get_by_test_id("margin-comment")).to_be_focused()
    await keys.press("ArrowDown", "c")
    await expect(page.get_by_test_id("compose-text")).to_be_focused()
    await keys.type(words, "Enter")
    await expect(page.get_by_test_id("compose-text")).to_have_count(0)


async def cards_decided(keys: Keyboard) -> None:
    """Ask the copy-editor; accept one card, decline one, and accept one in one's own words."""
    page = keys.page
    await keys.to(page.get_by_test_id("prompt-input"))
    await keys.type("Check the spelling.", "Enter")
    cards = page.locator(".r-card[data-change]")
    await expect(page.locator(".r-card[data-state=pending]")).to_have_count(3)
    names = [await one.get_attribute("data-testid") or "" for one in await cards.all()]
    first, second, third = (page.get_by_test_id(name) for name in names)
    await keys.use(first.get_by_test_id("change-accept"))
    await expect(first).to_have_attribute("data-state", "accepted")
    await keys.press("j", "d")
    await expect(second).to_have_attribute("data-state", "declined")
    await keys.press("j", "e")
    await expect(page.get_by_test_id("change-text")).to_be_focused()
    await keys.press("Control+a")
    await keys.type("Everyone", "Control+Enter")
    await expect(third).to_have_attribute("data-state", "accepted")


async def write_and_save(keys: Keyboard) -> None:
    """In the editor, out of it with Esc and Tab, and saved."""
    page = keys.page
    await keys.to(page.get_by_test_id("editor").locator(".cm-content"))
    await keys.press("Control+End")
    await keys.type("\n\nIt is written with keys.")
    await expect(page.get_by_test_id("preview")).to_contain_text("It is written with keys.")
    await keys.press("Escape")
    await keys.use(page.get_by_test_id("save-now"))
    await expect(page.get_by_test_id("save-state")).to_contain_text("Committed")


async def settings_looked_at(keys: Keyboard) -> None:
    """The branch's, left with Esc; the focus is back where it was."""
    page = keys.page
    await keys.use(page.get_by_test_id("branch-settings-open"))
    await expect(page.get_by_test_id("branch-settings")).to_be_visible()
    await keys.press("Escape")
    await expect(page.get_by_test_id("branch-settings")).to_be_hidden()
    await expect(page.get_by_test_id("branch-settings-open")).to_be_focused()


async def signed_out(keys: Keyboard) -> None:
    """By the menu of one's own picture."""
    await keys.use(keys.page.get_by_test_id("user-menu"), by="Shift+Tab")
    await keys.use(keys.page.get_by_test_id("sign-out"), by="ArrowUp")
    await keys.page.get_by_test_id("sign-in").first.wait_for()


async def open_pull(keys: Keyboard) -> str:
    """The address of its page."""
    page = keys.page
    await keys.use(page.get_by_test_id("open-pr"))
    await expect(page.get_by_test_id("pr-title")).not_to_have_value("")
    await keys.write(page.get_by_test_id("pr-title"), "Spell it")
    await keys.use(page.get_by_test_id("pr-submit"))
    await page.wait_for_url(re.compile(r"/pr/\d+$"))
    await ready(page)
    return page.url


async def review(keys: Keyboard) -> None:
    """From change to change, a section ticked, a comment and a suggestion."""
    page = keys.page
    await keys.press("n")
    await expect(page.get_by_test_id("diff-position")).to_have_text(re.compile("^1 of"))
    await keys.press("n", "p")
    await expect(page.get_by_test_id("diff-position")).to_have_text(re.compile("^1 of"))
    await keys.use(page.get_by_test_id("section-viewed").first, "Space")
    await expect(page.get_by_test_id("diff-viewed")).to_have_text(re.compile("^Viewed 1"))
    await comment_on_paragraph(keys, "Is this so?")
    await keys.use(page.get_by_test_id("paragraph-comment"))
    await expect(page.get_by_test_id("margin-comment")).to_be_focused()
    await keys.press("Enter")
    await expect(page.get_by_test_id("selection-comment")).to_be_focused()
    await keys.to(page.get_by_test_id("selection-suggest"), by="ArrowRight")
    await keys.press("Enter")
    await expect(page.get_by_test_id("compose-text")).to_be_focused()
    await expect(page.get_by_test_id("compose-text")).not_to_have_value("")
    await keys.press("Control+a")
    await keys.type("Every human being lives.", "Control+Enter")
    await expect(page.get_by_test_id("compose-text")).to_have_count(0)


def the_suggestion(page: Page) -> Locator:
    return page.locator(".r-card[data-state=pending]").filter(has_text="being")


async def test_a_text_is_proposed_written_reviewed_and_merged_by_keyboard(
    people: People, server: RunningServer
) -> None:
    writer = await Keyboard.at(await people.stranger(viewport=DESK), "/")
    await sign_in(writer, WRITER)
    idea = await propose(writer)

    owner = await Keyboard.at(await people.person(OWNER, None, viewport=DESK), idea)
    await owner.use(owner.page.get_by_test_id("merge-proposal"))
    for one in (owner, writer):
        await seen_in_catalog(one, "keyed")

    await writer.palette("keyed")
    await writer.page.wait_for_url("**/rfc/keyed")
    await ready(writer.page)
    await expect(writer.page.get_by_test_id("rfc-body")).to_contain_text("Every humann lives.")
    await comment_on_paragraph(writer, "Who is nobody?")
    await expect(writer.page.locator("mark.thread")).to_have_count(1)

    await writer.use(writer.page.get_by_test_id("start-contributing"))
    await writer.page.wait_for_url("**/branch/**")
    await ready(writer.page)
    await settings_looked_at(writer)
    await write_and_save(writer)
    await writer.use(writer.page.get_by_test_id("mode-toggle").get_by_text("Discuss"), by="Shift+Tab")
    await expect(writer.page.get_by_test_id("rfc-body")).to_be_visible()
    await cards_decided(writer)
    pull = await open_pull(writer)

    await owner.go(pull)
    await review(owner)
    await expect(the_suggestion(writer.page)).to_be_visible()
    await writer.use(the_suggestion(writer.page).get_by_test_id("change-accept"))
    await expect(owner.page.get_by_test_id("diff-view")).to_contain_text("human being")
    await owner.use(owner.page.get_by_test_id("pr-merge"))
    await expect(owner.page.get_by_test_id("pr-state")).to_have_text(re.compile("Merged"))
    await signed_out(writer)
    assert [*writer.unseen, *owner.unseen] == []


async def claimed(reader: Keyboard, owner: Keyboard) -> None:
    """A contributor asks to own the entry, and the owner of the site agrees."""
    await reader.use(reader.page.get_by_test_id("claim"))
    await reader.page.wait_for_url("**/rfc/keyed-claim/pr/*")
    await owner.go(reader.page.url)
    await owner.use(owner.page.get_by_test_id("claim-merge"))
    for one in (owner, reader):
        await expect(one.page.get_by_test_id("pr-state")).to_have_text("Merged")


async def retitled(keys: Keyboard) -> None:
    """By the metadata pane, merged at once by whoever may."""
    page = keys.page
    await keys.use(page.get_by_test_id("metadata-open"))
    await keys.write(page.get_by_test_id("metadata-title"), "Keyed, and claimed")
    await keys.use(page.get_by_test_id("metadata-merge"))
    await expect(page.get_by_test_id("rfc-title")).to_have_text("Keyed, and claimed")
    await expect(page.get_by_test_id("metadata-pane")).to_be_hidden()


async def graduated(keys: Keyboard) -> None:
    """By the dialog, which leaves the page as it is when it is closed with Esc."""
    page = keys.page
    await keys.use(page.get_by_test_id("graduate-open"))
    await expect(page.get_by_test_id("graduate-owners")).to_have_value(READER)
    await keys.press("Escape")
    await expect(page.get_by_test_id("graduate-open")).to_be_focused()
    await keys.press("Enter")
    await expect(page.get_by_test_id("graduate-owners")).to_have_value(READER)
    await keys.use(page.get_by_test_id("graduate-start"))
    await expect(page.get_by_test_id("graduate-step-5")).to_have_attribute("data-state", "done")
    await keys.press("Escape")
    await expect(page.get_by_test_id("rfc-state")).to_have_text("Active")


async def notices_read(keys: Keyboard) -> None:
    """One row is marked as read, then all."""
    page = keys.page
    await keys.use(page.get_by_test_id("inbox-bell"))
    await page.wait_for_url("**/inbox")
    await ready(page)
    unread = page.locator("[data-testid=inbox-row][data-unread]")
    await expect(unread.filter(has_text="Yours now")).to_have_count(1)
    before = await unread.count()
    await keys.use(unread.first.get_by_role("button", name="Mark as read"))
    await expect(unread).to_have_count(before - 1)
    if before > 1:
        await keys.use(page.get_by_test_id("inbox-mark-all"))
        await expect(unread).to_have_count(0)


async def wishes_told(keys: Keyboard) -> None:
    """A switch, a choice and a form of the notification settings; the focus stays where it was.

    What was chosen counts once the page is drawn with it: until then an earlier answer may still be on its way.
    """
    page = keys.page
    await keys.palette("settings notif")
    await page.wait_for_url("**/settings/notifications")
    await ready(page)
    switch, cadence = page.locator(SWITCH), page.locator("#digest_cadence")
    for on in (True, False):
        await keys.use(switch, "Space")
        await expect(page.locator(f"{SWITCH}{'[checked]' if on else ':not([checked])'}")).to_be_visible()
        await expect(switch).to_be_checked(checked=on)
        await expect(switch).to_be_focused()
    await keys.to(cadence)
    for key, value in (("ArrowDown", "daily"), ("ArrowUp", "weekly")):
        await keys.press(key)
        await expect(cadence.locator("option[selected]")).to_have_attribute("value", value)
        await expect(cadence).to_have_value(value)
        await expect(cadence).to_be_focused()
    await keys.write(page.locator("#quiet-start"), "half past", "Enter")
    await expect(page.get_by_role("alert")).to_be_visible()


async def test_an_entry_is_claimed_and_graduated_and_notices_are_read_by_keyboard(
    people: People, server: RunningServer
) -> None:
    add_entry(server, "keyed-claim", "Nobody owns it.\n")
    owner = await Keyboard.at(await people.person(OWNER, None, viewport=DESK), "/catalog")
    reader = await Keyboard.at(await people.person(READER, None, viewport=DESK), "/catalog")
    await reader.press("/")
    await reader.type("keyed-claim")
    # what is typed before the rows have come hides them all
    await expect(reader.page.get_by_test_id("catalog-row-keyed-claim")).to_be_visible()
    await reader.press("ArrowDown", "Enter")
    await reader.page.wait_for_url("**/rfc/keyed-claim")
    await ready(reader.page)
    await claimed(reader, owner)

    await reader.go("/rfc/keyed-claim")
    await retitled(reader)
    await graduated(reader)
    await reader.go("/catalog")  # a page that is in sight reads what it shows
    await owner.go("/rfc/keyed-claim")
    await owner.write(
        owner.page.get_by_test_id("chat-input"), f"Yours now, @{READER} as you wished.", "Enter"
    )
    await expect(reader.page.get_by_test_id("inbox-count")).not_to_be_hidden()
    await notices_read(reader)
    await wishes_told(reader)
    assert [*reader.unseen, *owner.unseen] == []


async def test_a_mouse_would_be_noticed(people: People) -> None:
    keys = await Keyboard.at(await people.stranger(viewport=DESK), "/philosophy")

    # the last of what one click gives, so that nothing of it comes after the test has looked
    async with keys.page.expect_console_message(lambda said: said.text.endswith("mouseup")):
        await keys.page.locator("h1").first.click()

    assert people.troubles.seen[0].startswith("console: a mouse was used: ")
    people.troubles.seen.clear()
