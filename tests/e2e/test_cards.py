"""Deciding on change cards, as people see it in their browsers (§8.7, §8.8)."""

from __future__ import annotations

import asyncio
import re

from playwright.async_api import Browser, Locator, Page, expect

from tests.e2e.test_prompt import ask
from tests.e2e.test_workspace import BESIDE, contributing, path_of, type_at_the_top
from tests.support.browser import People, open_page
from tests.support.editing import editor_is_ready, everything_is_sent
from tests.support.model_server import model_server
from tests.support.server import MODERATOR, REVIEWER, RunningServer, running_server

BODY = "Every humann lives.\n\n## Scope\n\nNobody anwers alone. Evrybody counts.\n"
CHANGE = (
    "<change><original>Every humann lives.</original><proposed>Every human lives.</proposed>"
    "<reason>So it is spelled.</reason></change>\n\nThere is more to say.\n\n"
)


async def with_cards(people: People, server: RunningServer, slug: str) -> Page:
    """Somebody's page of a branch of their own with three cards, in discuss mode."""
    page = await contributing(people, server, slug, login=MODERATOR, body=BODY)
    await page.get_by_test_id("mode-toggle").get_by_text("Discuss").click()
    await ask(page, "Check the spelling.")
    await expect(page.locator(".r-card[data-state=pending]")).to_have_count(3)
    return page


def card(page: Page, struck: str) -> Locator:
    return page.locator(".r-card[data-change]", has=page.locator("del", has_text=struck))


async def name_of(card: Locator) -> str:
    return await card.get_attribute("data-testid") or ""


async def test_accepting_takes_one_click_and_everybody_sees_it(people: People, server: RunningServer) -> None:
    writer = await with_cards(people, server, "accepted-card")
    reviewer = await people.person(REVIEWER, None, viewport=BESIDE)
    await open_page(reviewer, path_of(writer, server))
    name = await name_of(card(writer, "humann"))

    await writer.get_by_test_id(name).get_by_test_id("change-accept").dblclick()

    for page in (writer, reviewer):
        await expect(page.get_by_test_id(name)).to_have_attribute("data-state", "accepted")
        await expect(page.get_by_test_id("rfc-body").locator("ins").first).to_contain_text("human")
        await expect(page.get_by_test_id("talk-changes")).to_contain_text("2")
    undo = writer.get_by_test_id(name).get_by_test_id("change-undo")
    await undo.hover()  # the second press of a double click may be that late
    await writer.mouse.down(click_count=2)
    await writer.mouse.up(click_count=2)
    await expect(writer.get_by_test_id(name)).not_to_have_attribute("data-busy", "")
    await expect(writer.get_by_test_id(name)).to_have_attribute("data-state", "accepted")
    await undo.click()
    await expect(reviewer.get_by_test_id(name)).to_have_attribute("data-state", "undone")
    await expect(reviewer.get_by_test_id("rfc-body")).to_contain_text("Every humann lives.")


async def test_a_declined_card_tells_why(people: People, server: RunningServer) -> None:
    writer = await with_cards(people, server, "declined-card")
    name = await name_of(card(writer, "anwers"))
    declined = writer.get_by_test_id(name)

    await declined.get_by_test_id("change-more").click()
    await declined.get_by_test_id("change-decline-why").click()
    await declined.get_by_test_id("change-reason").fill("We spell it so")
    await declined.get_by_test_id("change-decline").click()

    await expect(declined).to_have_attribute("data-state", "declined")
    await expect(declined).to_contain_text("“We spell it so”")
    await declined.locator("[data-fold]").click()
    await expect(declined).to_contain_text("declined by Moderator Person")


async def test_a_card_is_accepted_in_ones_own_words(people: People, server: RunningServer) -> None:
    writer = await with_cards(people, server, "edited-card")
    name = await name_of(card(writer, "humann"))
    edited = writer.get_by_test_id(name)

    await edited.get_by_test_id("change-edit").click()
    await edited.get_by_test_id("change-text").fill("person")
    await edited.get_by_test_id("change-accept").click()

    await expect(edited).to_have_attribute("data-state", "accepted")
    await expect(writer.get_by_test_id("rfc-body")).to_contain_text("person")


async def test_cards_are_decided_by_keys(people: People, server: RunningServer) -> None:
    writer = await with_cards(people, server, "keyed-cards")
    await writer.get_by_test_id("rfc-body").click(position={"x": 2, "y": 2})
    names = [await name_of(one) for one in await writer.locator(".r-card[data-change]").all()]

    await writer.keyboard.press("j")
    await expect(writer.get_by_test_id(names[0])).to_be_focused()
    await expect(writer.get_by_test_id(names[0]).locator("kbd")).to_have_text(["a", "d", "e"])
    await writer.keyboard.press("a")
    await expect(writer.get_by_test_id(names[0])).to_have_attribute("data-state", "accepted")
    await writer.keyboard.press("j")
    await writer.keyboard.press("d")
    await expect(writer.get_by_test_id(names[1])).to_have_attribute("data-state", "declined")
    await writer.keyboard.press("j")
    await writer.keyboard.press("e")
    await expect(writer.get_by_test_id("change-text")).to_be_focused()
    await writer.keyboard.press("Escape")
    await expect(writer.get_by_test_id("change-text")).to_have_count(0)


async def test_a_card_keeps_the_focus_when_its_answer_ends(browser: Browser) -> None:
    async with model_server(says=[CHANGE], bytewise=False, waits=True) as model:
        with running_server(start=False, settings=model.settings()) as server:
            await asyncio.to_thread(server.start)
            people = People(browser, server.url)
            writer = await contributing(people, server, "ends-later", login=MODERATOR, body=BODY)
            other = await writer.context.new_page()
            await open_page(other, path_of(writer, server))
            await ask(writer, "Check the spelling.")
            only = writer.locator(".r-card[data-change]")
            await expect(only).to_have_attribute("data-state", "pending")
            await expect(writer.locator(".r-msg--model")).to_have_attribute("data-streaming", "")

            await only.get_by_test_id("change-more").click()
            await expect(only.get_by_test_id("change-decline-why")).to_be_focused()
            await other.get_by_test_id("prompt-stop").click()

            await expect(writer.get_by_test_id("answer-stopped")).to_be_visible()
            await expect(writer.locator(".r-msg--model")).not_to_have_attribute("data-streaming", "")
            await expect(only.get_by_test_id("change-decline-why")).to_be_visible()
            await expect(only.get_by_test_id("change-decline-why")).to_be_focused()
            await people.leave()
            assert people.troubles.seen == []


async def test_what_is_written_in_a_card_goes_on_when_the_card_changes_and_so_does_what_is_written_elsewhere(
    people: People, server: RunningServer
) -> None:
    writer = await with_cards(people, server, "written-in-a-card")
    edited = writer.get_by_test_id(await name_of(card(writer, "anwers")))
    other = await writer.context.new_page()
    await open_page(other, path_of(writer, server))
    await editor_is_ready(other)
    await expect(edited.locator(".r-card__head")).to_contain_text("§1")
    await edited.get_by_test_id("change-edit").click()
    await writer.keyboard.press("Home")

    await insert_heading(other, "Before")
    await expect(edited.locator(".r-card__head")).to_contain_text("§2")
    await writer.keyboard.type("Well, ")
    await expect(edited.get_by_test_id("change-text")).to_have_value(re.compile("^Well, "))

    await writer.get_by_test_id("chat-input").click()
    await insert_heading(other, "Before that")
    await expect(edited.locator(".r-card__head")).to_contain_text("§3")
    await writer.keyboard.type("I agree.")
    await expect(writer.get_by_test_id("chat-input")).to_have_value("I agree.")
    await expect(edited.get_by_test_id("change-text")).to_have_value(re.compile("^Well, "))
    await edited.get_by_role("button", name="Back").click()
    await edited.get_by_test_id("change-more").click()
    await insert_heading(other, "Before all")
    await expect(edited.locator(".r-card__head")).to_contain_text("§4")
    await expect(edited.get_by_test_id("change-decline-why")).to_be_focused()


async def insert_heading(page: Page, words: str) -> None:
    await type_at_the_top(page, f"## {words}\n\n")
    await everything_is_sent(page)
    await page.get_by_test_id("save-now").click()
    await expect(page.get_by_test_id("save-state")).to_have_text(re.compile("^Committed "))


async def test_single_keys_can_be_switched_off(people: People, server: RunningServer) -> None:
    writer = await with_cards(people, server, "keys-off")
    await writer.evaluate("localStorage.setItem('rfc-keys', 'off')")
    first = writer.locator(".r-card[data-change]").first
    await first.locator(".r-card__diff").click()
    await expect(first).to_have_attribute("data-focus", "")

    await writer.keyboard.press("a")

    await expect(first).not_to_have_attribute("data-busy", "")
    await expect(first.locator("kbd").first).to_be_hidden()
    await expect(first).to_have_attribute("data-state", "pending")


async def test_all_cards_of_an_answer_are_accepted_at_once(people: People, server: RunningServer) -> None:
    writer = await with_cards(people, server, "accepted-set")

    await writer.get_by_test_id("change-accept-all").click()

    await expect(writer.locator(".r-card[data-state=accepted]")).to_have_count(3)
    await expect(writer.locator(".r-cardset")).to_have_text("3 changes, 3 accepted")


async def test_what_one_window_decides_the_other_shows(people: People, server: RunningServer) -> None:
    writer = await with_cards(people, server, "decided-twice")
    other = await writer.context.new_page()
    await open_page(other, path_of(writer, server) + "?mode=discuss")
    name = await name_of(card(writer, "humann"))

    await writer.get_by_test_id(name).get_by_test_id("change-accept").click()
    await expect(other.get_by_test_id(name)).to_have_attribute("data-state", "accepted")


async def test_a_card_whose_passage_is_gone_says_so(people: People, server: RunningServer) -> None:
    writer = await with_cards(people, server, "stale-card")
    name = await name_of(card(writer, "humann"))
    await writer.get_by_test_id("mode-toggle").get_by_text("Contribute").click()
    await writer.locator(".cm-line", has_text="humann").click()
    await writer.keyboard.press("Home")
    await writer.keyboard.press("Shift+End")
    await writer.keyboard.type("Nobody is left.")
    await expect(writer.get_by_test_id("preview")).to_contain_text("Nobody is left.")

    stale = writer.get_by_test_id(name)
    # in one look: the card may say so by itself, and then there is nothing to press any more
    await writer.evaluate(
        "name => document.querySelector(`[data-testid=${name}] [data-testid=change-accept]`)?.click()", name
    )

    await expect(stale).to_have_attribute("data-state", "stale")
    await expect(stale).to_contain_text("Text has changed")
    await expect(stale.get_by_test_id("change-again")).to_be_visible()


async def test_a_mark_in_the_text_and_its_card_share_the_focus(people: People, server: RunningServer) -> None:
    writer = await with_cards(people, server, "shared-focus")
    name = await name_of(card(writer, "humann"))
    await writer.get_by_test_id(name).get_by_test_id("change-accept").click()
    await expect(writer.get_by_test_id(name)).to_have_attribute("data-state", "accepted")
    mark = writer.get_by_test_id("rfc-body").locator(".r-mark[data-change]").first
    await writer.get_by_test_id("talk-threads").click()

    await mark.click()

    await expect(writer.get_by_test_id(name)).to_be_focused()
    await expect(mark).to_have_attribute("data-focus", "")
    await expect(writer.get_by_test_id("talk-chat")).to_have_attribute("aria-selected", "true")


async def test_changes_are_a_list_of_their_own(people: People, server: RunningServer) -> None:
    writer = await with_cards(people, server, "listed-changes")

    await writer.get_by_test_id("talk-changes").click()

    await expect(writer.locator(".r-card:visible")).to_have_count(3)
    await expect(writer.get_by_test_id("chat-input")).to_be_hidden()
    await expect(writer.locator(".r-msg__body:visible")).to_have_count(0)
    await expect(writer.get_by_test_id("talk-changes")).to_have_text(re.compile("Changes3"))
