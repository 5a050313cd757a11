"""Asking a model, as people see it in their browsers (§8.4–§8.6). The copy-editor answers: it needs no network."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing

from playwright.async_api import Page, expect

from tests.e2e.test_landing import lose_patience
from tests.e2e.test_workspace import BESIDE, contributing, path_of, reading
from tests.support.browser import People, open_page
from tests.support.forge import wait_until
from tests.support.held_back import HeldBack
from tests.support.server import OWNER, READER, REVIEWER, WRITER, RunningServer

BODY = "Every humann lives.\n\n## Scope\n\nNobody anwers alone.\n"


async def ask(page: Page, question: str) -> None:
    await page.get_by_test_id("prompt-input").fill(question)
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("prompt-input")).to_have_value("")


def has_seen_all(server: RunningServer, login: str, slug: str) -> bool:
    """Whether it is stored that somebody has seen the last message of a conversation: a page says so afterwards."""
    query = (
        "SELECT count(*) FROM branch_chat_seen AS seen JOIN threads ON threads.id = seen.thread_id"
        " WHERE threads.rfc_slug = ? AND seen.user_id = (SELECT id FROM users WHERE gitea_login = ?)"
        " AND seen.message_id = (SELECT max(id) FROM thread_messages WHERE thread_id = threads.id)"
    )
    with closing(sqlite3.connect(f"file:{server.database}?mode=ro", uri=True)) as database:
        return bool(database.execute(query, (slug, login)).fetchone()[0])


async def test_an_answer_and_its_cards_come_to_everybody(people: People, server: RunningServer) -> None:
    writer = await contributing(people, server, "asked", login=OWNER, body=BODY)
    reader = await people.person(READER, None, viewport=BESIDE)
    await open_page(reader, path_of(writer, server))

    await ask(writer, "Check the spelling.")

    for page in (writer, reader):
        cards = page.locator(".r-card[data-change]")
        await expect(cards).to_have_count(2)
        await expect(page.get_by_test_id("chat-message").nth(0)).to_contain_text("Check the spelling.")
        answer = page.get_by_test_id("chat-message").nth(1)
        await expect(answer.locator(".r-msg__head")).to_contain_text("asked by Owner Person")
        await expect(answer).not_to_have_attribute("data-streaming", re.compile(".*"))
        await expect(page.get_by_test_id("talk-changes")).to_contain_text("2")
    await expect(writer.get_by_test_id("change-accept")).to_have_count(2)
    await expect(reader.get_by_test_id("change-accept")).to_have_count(0)
    patched = await reader.locator(".r-talk").evaluate(PLAIN)
    wait_until(lambda: has_seen_all(server, READER, "asked"))
    await reader.reload()
    await expect(reader.locator(".r-card[data-change]")).to_have_count(2)
    assert await reader.locator(".r-talk").evaluate(PLAIN) == patched


async def test_a_question_about_a_section_is_about_the_one_that_is_being_written(
    people: People, server: RunningServer
) -> None:
    body = "Begin.\n\n" + "".join(f"## Part {number}\n\nWords.\n\n" for number in range(1, 9))
    writer = await contributing(people, server, "section-written", body=body)
    section = writer.get_by_test_id("prompt-reach-section")

    await writer.locator(".cm-line", has_text="Part 3").click()
    await expect(section).to_contain_text("§3")
    await writer.keyboard.press("Control+End")
    await writer.keyboard.type("The end.")
    await expect(section).to_contain_text("§8")


PLAIN = "list => list.innerHTML.replace(/<time[^]*?<.time>/g, '')"
"""The list as it is, without the times, which people are told anew every minute."""


async def test_a_question_can_be_about_a_section(people: People, server: RunningServer) -> None:
    writer = await contributing(people, server, "section-asked", login=OWNER, body=BODY)
    await writer.get_by_test_id("mode-toggle").get_by_text("Discuss").click()
    await expect(writer.get_by_test_id("rfc-body")).to_be_visible()
    section = writer.get_by_test_id("prompt-reach-section")
    await expect(section).to_contain_text("§1")

    await section.click()
    await expect(writer.get_by_test_id("prompt-reach")).to_have_attribute("data-value", "section")
    await ask(writer, "Check this section.")

    await expect(writer.locator(".r-card[data-change] del")).to_have_text(["anwers"])


async def test_a_passage_is_asked_about(people: People, server: RunningServer) -> None:
    writer = await contributing(people, server, "passage-asked", login=OWNER, body=BODY)

    await writer.evaluate(
        "document.dispatchEvent(new CustomEvent('rfc:ask', {detail: {quote: 'Every humann lives.', start: 0, end: 19}}))"
    )
    await expect(writer.get_by_test_id("prompt-quote")).to_contain_text("Every humann lives.")
    await expect(writer.get_by_test_id("prompt-input")).to_be_focused()
    await ask(writer, "Check this.")

    await expect(writer.locator(".r-card[data-change] del")).to_have_text(["humann"])
    await expect(writer.get_by_test_id("chat-message").first.locator("blockquote")).to_have_text(
        "Every humann lives."
    )
    await expect(writer.get_by_test_id("prompt-quote")).to_have_count(0)


async def test_whoever_goes_on_elsewhere_before_it_is_sent_stays_there(
    people: People, server: RunningServer
) -> None:
    page, line = await reading(people, server, READER, "gone-on", body=BODY), HeldBack()
    await line.watch(page)
    await open_page(page, "/rfc/gone-on")
    chat, prompt = page.get_by_test_id("chat-input"), page.get_by_test_id("prompt-input")

    for box, elsewhere in ((chat, prompt), (prompt, chat)):
        line.held = True
        await box.fill("What is this about?")
        await box.press("Enter")
        await elsewhere.click()
        line.release()
        await expect(box).to_have_value("")
        await page.keyboard.type("Half a word")
        await expect(elsewhere).to_be_focused()
        await expect(elsewhere).to_have_value("Half a word")


async def test_who_can_ask_nobody_reads_why(people: People, server: RunningServer) -> None:
    writer = await reading(people, server, WRITER, "why-off", body=BODY)
    stranger = await people.stranger(viewport=BESIDE)
    await open_page(stranger, "/rfc/why-off")

    await expect(stranger.get_by_test_id("prompt-off")).to_have_text("Sign in to ask a model.")
    await expect(stranger.get_by_test_id("prompt-input")).to_be_hidden()
    await lose_patience(writer)  # an attempt to reconnect in vain is told in the console
    await writer.get_by_test_id("prompt-input").fill("Kept?")
    await writer.context.set_offline(True)
    await expect(writer.get_by_test_id("prompt-off")).to_contain_text("while the connection is lost")
    await writer.context.set_offline(False)
    await expect(writer.get_by_test_id("prompt-input")).to_have_value("Kept?")
    await expect(writer.get_by_test_id("prompt-off")).to_have_count(0)


async def test_a_question_is_kept_over_a_reload(people: People, server: RunningServer) -> None:
    writer = await reading(people, server, WRITER, "kept-question", body=BODY)
    box = writer.get_by_test_id("prompt-input")
    await box.fill("First line")
    await box.press("Shift+Enter")
    await box.press_sequentially("second")

    await writer.reload()

    await expect(writer.get_by_test_id("prompt-input")).to_have_value("First line\nsecond")


async def test_on_main_cards_wait_for_the_askers_branch(people: People, server: RunningServer) -> None:
    writer = await reading(people, server, WRITER, "waits-on-main", body=BODY)
    reader = await people.person(READER, None, viewport=BESIDE)
    await open_page(reader, "/rfc/waits-on-main")

    await ask(writer, "Check the spelling.")

    await expect(reader.locator(".r-card__say")).to_have_text(["Waits for Writer Person’s branch"] * 2)
    await expect(writer.locator(".r-card__say")).to_have_text(["Waits for your branch"] * 2)
    await writer.locator(".r-card").first.get_by_role("button", name="Start contributing").click()
    await writer.wait_for_url("**/branch/**")
    await expect(writer.get_by_test_id("change-accept")).to_have_count(2)
    await expect(reader.get_by_text("Moved to a branch")).to_have_count(2)


async def test_names_are_completed(people: People, server: RunningServer) -> None:
    await people.person(REVIEWER, None)
    writer = await reading(people, server, WRITER, "mentions", body=BODY)
    box = writer.get_by_test_id("chat-input")

    await box.press_sequentially("Look, @rev")
    await expect(writer.get_by_test_id("mention-option").locator("visible=true")).to_have_text(
        "@reviewerReviewer Person"
    )
    await box.press("Enter")

    await expect(box).to_have_value("Look, @reviewer ")
    await box.press("Enter")
    await expect(writer.get_by_test_id("chat-message")).to_contain_text("Look, @reviewer")


async def test_what_is_new_stands_below_a_line(people: People, server: RunningServer) -> None:
    writer = await reading(people, server, WRITER, "unread-talk", body=BODY)
    reader = await people.person(READER, None, viewport=BESIDE)
    await open_page(reader, "/rfc/unread-talk")
    await say(writer, "Seen at once")
    await expect(reader.get_by_test_id("chat-message")).to_contain_text("Seen at once")
    wait_until(lambda: has_seen_all(server, READER, "unread-talk"))
    await open_page(reader, "/catalog")
    await say(writer, "Not seen yet")

    await open_page(reader, "/rfc/unread-talk")

    await expect(reader.locator(".r-talk > *")).to_have_text(
        [re.compile("Seen at once"), "New since your last visit", re.compile("Not seen yet")]
    )
    wait_until(lambda: has_seen_all(server, READER, "unread-talk"))
    await reader.reload()
    await expect(reader.locator(".r-unread")).to_have_count(0)


async def say(page: Page, words: str) -> None:
    await page.get_by_test_id("chat-input").fill(words)
    await page.get_by_test_id("chat-send").click()
    await expect(page.get_by_test_id("chat-input")).to_have_value("")
