"""Several people write one branch in their browsers (§8.9)."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.support.browser import People
from tests.support.editing import (
    Clone,
    branch_of,
    everything_is_sent,
    expect_source,
    front_matter,
    join_branch,
    let_everybody_edit,
    path_of,
    put_caret,
    source_of,
    start_branch,
)
from tests.support.forge import wait_until
from tests.support.server import META, ORG, REVIEWER, RunningServer

OUT_OF_THE_EDITOR = "document.activeElement.closest('[data-testid=editor]') === null"
BODY = "A human lives.\n\nNobody answers alone.\n"
UNUSUAL = (
    "Ein Mensch 👩‍👩‍👧 lebt.\r\n"
    "人は一人ではない。\r\n"
    "e\u0301 and a\u0308 are combined.\n"
    "\tA tab\tand a trailing space. \n"
    "🙂🙃 one line, two faces.\r\n"
    "No end"
)
"""Each line with an end of its own, the last with none."""


async def test_two_people_type_at_once_and_see_each_others_words_and_carets(
    people: People, server: RunningServer
) -> None:
    writer = await start_branch(people, server, "at-once", BODY)
    await let_everybody_edit(writer)
    reviewer = await join_branch(people, REVIEWER, path_of(writer, server))

    await put_caret(writer, "Control+Home", "End")
    await put_caret(reviewer, "Control+End", "ArrowUp", "End")
    for one, other in zip("abcdefgh", "12345678", strict=True):
        await writer.keyboard.type(one)
        await reviewer.keyboard.type(other)

    for page in (writer, reviewer):
        await expect_source(page, "A human lives.abcdefgh\n\nNobody answers alone.12345678\n")
    await expect(writer.locator(".r-caret")).to_have_attribute("data-name", "Reviewer Person")
    await expect(reviewer.locator(".r-caret")).to_have_attribute("data-name", "Writer Person")


async def test_everybody_undoes_their_own_words_only(people: People, server: RunningServer) -> None:
    writer = await start_branch(people, server, "own-undo", BODY)
    await let_everybody_edit(writer)
    reviewer = await join_branch(people, REVIEWER, path_of(writer, server))
    await put_caret(writer, "Control+Home")
    await writer.keyboard.insert_text("Mine. ")  # keys that come slowly are undone one by one
    await expect_source(reviewer, "Mine. " + BODY)
    await put_caret(reviewer, "Control+Home")
    await reviewer.keyboard.type("Theirs. ")
    await expect_source(writer, "Theirs. Mine. " + BODY)

    await writer.keyboard.press("Control+z")

    for page in (writer, reviewer):
        await expect_source(page, "Theirs. " + BODY)


async def test_one_commit_names_everybody_who_typed(people: People, server: RunningServer) -> None:
    writer = await start_branch(people, server, "co-authors", BODY)
    await let_everybody_edit(writer)
    reviewer = await join_branch(people, REVIEWER, path_of(writer, server))
    await put_caret(writer, "Control+Home")
    await writer.keyboard.type("Few. ")
    await put_caret(reviewer, "Control+End")
    await reviewer.keyboard.type("Many more words than that.")
    await expect_source(writer, "Few. " + BODY + "Many more words than that.")
    await everything_is_sent(writer)

    await writer.get_by_test_id("save-now").click()

    await expect(writer.get_by_test_id("save-state")).to_have_text(re.compile("^Committed "))
    log = Clone(server).log(branch_of(writer), "%an|%(trailers:key=Co-authored-by,valueonly,separator=%x2C)")
    assert log == ["Reviewer Person|Writer Person <writer@noreply.127.0.0.1>"]


async def test_the_last_one_to_leave_leaves_a_commit(people: People, server: RunningServer) -> None:
    writer = await start_branch(people, server, "left", BODY)
    await let_everybody_edit(writer)
    reviewer = await join_branch(people, REVIEWER, path_of(writer, server))
    branch = branch_of(writer)
    for page, words in ((writer, "Writer wrote this. "), (reviewer, "Reviewer too. ")):
        await put_caret(page, "Control+Home")
        await page.keyboard.type(words)
        await everything_is_sent(page)

    await writer.context.close()
    await reviewer.context.close()

    people.contexts = [one for one in people.contexts if one not in (writer.context, reviewer.context)]
    log = wait_until(
        lambda: Clone(server).log(branch, "%an|%(trailers:key=Co-authored-by,valueonly)"),
        seconds=40,
        what="the commit",
    )
    assert log == ["Writer Person|Reviewer Person <reviewer@noreply.127.0.0.1>"]


async def test_unusual_characters_keep_their_place_and_every_byte(
    people: People, server: RunningServer
) -> None:
    page = await start_branch(people, server, "unusual", UNUSUAL)
    shown = UNUSUAL.replace("\r\n", "\n")
    await expect_source(page, shown)

    await put_caret(page, "Control+Home", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown", "End")
    await page.keyboard.insert_text(" 新しい 👍🏽")
    await put_caret(page, "Control+Home", "End")
    await page.keyboard.insert_text(" e\u0301🙂")
    await everything_is_sent(page)
    await page.get_by_test_id("save-now").click()

    await expect(page.get_by_test_id("save-state")).to_have_text(re.compile("^Committed "))
    wanted = UNUSUAL.replace("lebt.", "lebt. e\u0301🙂").replace("two faces.", "two faces. 新しい 👍🏽")
    assert Clone(server).file(branch_of(page), "unusual") == (front_matter("unusual") + wanted).encode()


async def test_tab_indents_and_after_escape_it_leaves_the_editor(
    people: People, server: RunningServer
) -> None:
    page = await start_branch(people, server, "keys", BODY)
    await put_caret(page, "Control+Home")
    await page.keyboard.press("Tab")
    indented = await source_of(page)

    await page.keyboard.press("Escape")
    await page.keyboard.press("Tab")

    assert indented == "  " + BODY
    assert await page.evaluate(OUT_OF_THE_EDITOR) is True
    assert await source_of(page) == indented


async def test_after_an_escape_that_closed_the_completions_too_tab_leaves_the_editor(
    people: People, server: RunningServer
) -> None:
    page = await start_branch(people, server, "completed", "*Written.*\n")
    await expect(page.locator(".cm-line span").first).to_be_visible()  # the language is known by now
    await put_caret(page, "Control+Home")
    await page.keyboard.type("<di")
    await expect(page.locator(".cm-tooltip-autocomplete")).to_be_visible()

    await page.keyboard.press("Escape")
    await expect(page.locator(".cm-tooltip-autocomplete")).to_be_hidden()
    await page.keyboard.press("Tab")

    assert await page.evaluate(OUT_OF_THE_EDITOR) is True
    assert await source_of(page) == "<di*Written.*\n"


async def test_a_branch_deleted_on_gitea_while_open_loses_nothing_that_was_typed(
    people: People, server: RunningServer
) -> None:
    page = await start_branch(people, server, "deleted-there", BODY)
    await put_caret(page, "Control+Home")
    await page.keyboard.type("Typed before. ")
    await everything_is_sent(page)

    address = f"/api/v1/repos/{ORG}/{META}/branches/{branch_of(page)}"
    server.forge.admin.delete(address).raise_for_status()

    await expect(page.get_by_test_id("branch-note")).to_contain_text("has been deleted")
    await expect(page.get_by_test_id("editor")).to_have_count(0)
    await page.get_by_test_id("note-restore").click()
    await expect(page.get_by_test_id("branch-note")).to_have_count(0)
    await page.get_by_test_id("mode-toggle").get_by_text("Contribute").click()
    await expect_source(page, "Typed before. " + BODY)
