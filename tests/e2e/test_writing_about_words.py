"""Writing about words that others change at that moment: the box stays, and every key goes into it (§8.9, §8.12)."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.e2e.test_cards import card, name_of, with_cards
from tests.e2e.test_threads import cards, select
from tests.support.browser import People
from tests.support.editing import join_branch, let_everybody_edit, path_of
from tests.support.server import REVIEWER, RunningServer

WORDS = "Evrybody counts"


async def writing_two(people: People, server: RunningServer, slug: str) -> tuple[Page, Page]:
    """One who reads a branch with pending cards, and one who may type there at the same time."""
    page = await with_cards(people, server, slug)
    await let_everybody_edit(page)
    return page, await join_branch(people, REVIEWER, path_of(page, server) + "?mode=contribute")


async def begin(page: Page, act: str, words: str = WORDS) -> None:
    await select(page, words)
    await page.get_by_test_id(f"selection-{act}").click()
    await expect(page.get_by_test_id("compose-text")).to_be_focused()


async def type_over_line(page: Page, holding: str, text: str) -> None:
    await page.locator(".cm-line", has_text=holding).click()
    await page.keyboard.press("Home")
    await page.keyboard.press("Shift+End")
    await page.keyboard.type(text)


@pytest.mark.parametrize("act", ["comment", "flag"])
async def test_the_box_stays_with_its_words_while_somebody_types_in_the_same_paragraph(
    people: People, server: RunningServer, act: str
) -> None:
    writer, other = await writing_two(people, server, f"staying-{act}")
    box = writer.get_by_test_id("compose-text")
    await begin(writer, act)
    await writer.keyboard.type("This is")

    await other.locator(".cm-line", has_text="Nobody").click()
    await other.keyboard.press("Home")
    await other.keyboard.type("Indeed: ")
    await expect(writer.get_by_test_id("rfc-body")).to_contain_text("Indeed:")
    await writer.keyboard.type(" just jotted, a draft")

    await expect(box).to_be_visible()
    await expect(box).to_be_focused()
    await expect(box).to_have_value("This is just jotted, a draft")
    await expect(writer.locator(".r-card[data-state=pending]")).to_have_count(3)
    gap = await writer.evaluate(
        """() => document.querySelector('.r-compose').getBoundingClientRect().top
            - [...CSS.highlights.get('r-composing')][0].getBoundingClientRect().bottom"""
    )
    assert 0 <= gap < 20
    await box.press("Enter")
    await expect(cards(writer)).to_contain_text("This is just jotted, a draft")
    await expect(writer.locator("mark.thread").last).to_have_text(WORDS)


async def test_an_accepted_card_leaves_the_box_and_keys_pressed_beside_it_do_nothing(
    people: People, server: RunningServer
) -> None:
    writer, other = await writing_two(people, server, "accepted-beside")
    box = writer.get_by_test_id("compose-text")
    await begin(writer, "comment", "anwers alone")
    await writer.keyboard.type("Is it")

    await card(other, "Evrybody").get_by_test_id("change-accept").click()
    await expect(writer.locator(".r-card[data-state=accepted]")).to_have_count(1)
    await writer.keyboard.type(" so?")

    await expect(box).to_be_visible()
    await expect(box).to_have_value("Is it so?")
    await writer.get_by_test_id("rfc-title").click()
    await writer.keyboard.type("ja?")
    await expect(writer.locator(".r-card[data-focus]")).to_have_count(0)
    await expect(writer.locator("dialog[open]")).to_have_count(0)
    await expect(writer.locator(".r-card[data-state=pending]")).to_have_count(2)
    await writer.keyboard.press("Escape")
    await expect(box).to_be_focused()
    await expect(box).to_have_value("Is it so?")


async def test_what_is_written_about_words_that_are_gone_is_kept_and_sent_about_others(
    people: People, server: RunningServer
) -> None:
    writer, other = await writing_two(people, server, "words-gone")
    await other.locator(".cm-line", has_text="Every humann").click()
    await other.keyboard.press("End")
    await other.keyboard.type(" Yes.")
    await expect(
        writer.get_by_test_id("show-changes")
    ).to_be_visible()  # the bar above the text, which moves it
    await expect(writer.get_by_test_id("rfc-body")).to_contain_text("lives. Yes.")
    box = writer.get_by_test_id("compose-text")
    await begin(writer, "comment")
    await writer.keyboard.type("They")
    before = await box.bounding_box()

    await type_over_line(other, "Evrybody", "All of them do.")
    await expect(writer.get_by_test_id("rfc-body").locator("ins").last).to_contain_text("All of them do.")
    await writer.keyboard.type(" do")

    await expect(box).to_be_focused()
    assert await box.bounding_box() == before
    await box.press("Enter")
    await expect(writer.locator(".r-compose [role=alert]")).to_contain_text("The text has changed")
    await expect(box).to_have_value("They do")
    await expect(box).to_be_focused()

    await select(writer, "All of them")
    await expect(writer.locator(".r-compose__quote")).to_contain_text("All of them")
    await expect(box).to_be_focused()
    await box.press("Enter")
    await expect(cards(writer)).to_contain_text("They do")
    await expect(writer.locator("mark.thread")).to_have_text("All of them")


async def test_a_passage_is_proposed_for_removal_by_leaving_nothing_of_it(
    people: People, server: RunningServer
) -> None:
    writer = await with_cards(people, server, "removing")
    await begin(writer, "suggest", "Nobody anwers alone.")
    box = writer.get_by_test_id("compose-text")
    await expect(box).to_have_value("Nobody anwers alone.")

    await box.fill("")
    await writer.get_by_test_id("compose-send").click()

    await expect(box).to_have_count(0)
    made = writer.get_by_test_id(await name_of(card(writer, "Nobody anwers alone.")))
    await expect(made.locator("ins")).to_have_count(0)
    await made.get_by_test_id("change-accept").click()
    await expect(made).to_have_attribute("data-state", "accepted")
