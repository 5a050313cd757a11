"""Writing while connections break and the server is killed: nothing typed is lost, and nothing comes twice (§8.9)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.e2e.test_cards import card, name_of
from tests.e2e.test_prompt import ask
from tests.support.browser import People
from tests.support.editing import (
    Clone,
    branch_of,
    editor_is_ready,
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
from tests.support.server import READER, REVIEWER, RunningServer, running_server

BODY = "A human lives.\n\nNobody answers alone.\n"


TOGETHER = "Everybody recieves a promise.\n\nWriter:\n\nReviewer:\n\nReader:\n"
PAUSE = 180
"""Milliseconds between two keys: a quick typist."""


@pytest.fixture(scope="module")
def fragile() -> Iterator[RunningServer]:
    """An app of its own, because these tests kill it."""
    with running_server() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def crowd(browser: Browser, fragile: RunningServer) -> AsyncIterator[People]:
    """People whose browsers may well complain."""
    opened = People(browser, fragile.url)
    yield opened
    await opened.leave()


async def lose_connection(page: Page) -> None:
    """Pull the plug, and wait until the editor has noticed."""
    await page.context.set_offline(True)
    await expect(page.get_by_test_id("editor")).to_have_attribute("data-state", "offline", timeout=40_000)


async def test_what_is_typed_without_a_connection_is_merged_on_return(
    crowd: People, fragile: RunningServer
) -> None:
    writer = await start_branch(crowd, fragile, "tunnel", BODY)
    await let_everybody_edit(writer)
    reviewer = await join_branch(crowd, REVIEWER, path_of(writer, fragile))
    await put_caret(writer, "Control+Home")
    await writer.keyboard.type("Before. ")
    await everything_is_sent(writer)

    await lose_connection(writer)
    await writer.keyboard.type("In the tunnel. ")
    await put_caret(reviewer, "Control+End")
    await reviewer.keyboard.type("Meanwhile outside.\n")
    await everything_is_sent(reviewer)
    await writer.context.set_offline(False)

    for page in (writer, reviewer):
        await expect_source(page, f"Before. In the tunnel. {BODY}Meanwhile outside.\n")


async def test_what_was_typed_is_there_after_the_server_was_killed(
    crowd: People, fragile: RunningServer
) -> None:
    writer = await start_branch(crowd, fragile, "killed", BODY)
    await put_caret(writer, "Control+Home")
    await writer.keyboard.type("Acknowledged. ")
    await everything_is_sent(writer)

    fragile.kill()
    await writer.keyboard.type("Typed into the void. ")
    fragile.start()

    await editor_is_ready(writer)
    await expect_source(writer, f"Acknowledged. Typed into the void. {BODY}")
    await writer.get_by_test_id("save-now").click()
    await expect(writer.get_by_test_id("save-state")).to_have_text(re.compile("^Committed "))
    saved = Clone(fragile).file(branch_of(writer), "killed").decode()
    assert saved == f"{front_matter('killed')}Acknowledged. Typed into the void. {BODY}"


async def test_the_very_first_words_survive_a_kill_too(crowd: People, fragile: RunningServer) -> None:
    writer = await start_branch(crowd, fragile, "first-words", BODY)
    await put_caret(writer, "Control+Home")

    fragile.kill()
    await writer.keyboard.type("First words. ")
    fragile.start()

    await editor_is_ready(writer)
    await expect_source(writer, f"First words. {BODY}")


async def test_a_kill_in_the_middle_of_typing_loses_no_key(crowd: People, fragile: RunningServer) -> None:
    writer = await start_branch(crowd, fragile, "mid-typing", BODY)
    await put_caret(writer, "Control+Home")
    words = "every key of this sentence counts, before and after. "
    for position, key in enumerate(words):
        if position == len(words) // 2:
            fragile.kill()
        await writer.keyboard.type(key)
    fragile.start()

    await editor_is_ready(writer)
    await expect_source(writer, words + BODY)


async def test_what_others_typed_before_a_kill_is_there_for_whoever_opens_the_page_next(
    crowd: People, fragile: RunningServer
) -> None:
    writer = await start_branch(crowd, fragile, "left-behind", BODY)
    await let_everybody_edit(writer)
    path = path_of(writer, fragile)
    await put_caret(writer, "Control+Home")
    await writer.keyboard.type("Left behind. ")
    await everything_is_sent(writer)

    fragile.kill()
    await writer.context.close()
    crowd.contexts.remove(writer.context)
    fragile.start()

    reviewer = await join_branch(crowd, REVIEWER, path)
    assert await source_of(reviewer) == f"Left behind. {BODY}"


async def test_three_people_type_at_once_one_of_them_in_a_tunnel_while_a_card_is_accepted(
    crowd: People, fragile: RunningServer
) -> None:
    writer = await start_branch(crowd, fragile, "three-people", TOGETHER)
    await let_everybody_edit(writer)
    reviewer, reader = [
        await join_branch(crowd, login, path_of(writer, fragile)) for login in (REVIEWER, READER)
    ]
    await ask(writer, "Check the spelling.")
    spelling = writer.get_by_test_id(await name_of(card(writer, "recieves")))
    for number, page in enumerate((writer, reviewer, reader), 1):
        await put_caret(page, "Control+Home", *["ArrowDown"] * 2 * number, "End")

    async def in_a_tunnel() -> None:
        await reader.keyboard.type(" before the tunnel came", delay=PAUSE)
        await lose_connection(reader)
        await reader.keyboard.type(" and all that was typed in it, without a word from outside", delay=PAUSE)
        await reader.context.set_offline(False)
        await reader.keyboard.type(" and behind it", delay=PAUSE)

    async def deciding() -> None:
        await writer.keyboard.type(" all that was typed before the card", delay=PAUSE)
        await spelling.get_by_test_id("change-accept").click()
        await put_caret(writer, "Control+Home", "ArrowDown", "ArrowDown", "End")
        await writer.keyboard.type(" and all that was typed after it", delay=PAUSE)

    words = " somebody who types and types and does not look at what the others do, until they are done"
    await asyncio.gather(in_a_tunnel(), deciding(), reviewer.keyboard.type(words, delay=PAUSE))

    await expect(spelling).to_have_attribute("data-state", "accepted")
    # However long accepting took, all three have a part in what is committed after it.
    for page in (writer, reviewer, reader):
        await page.keyboard.type(".")
    text = (
        "Everybody receives a promise.\n\n"
        "Writer: all that was typed before the card and all that was typed after it.\n\n"
        f"Reviewer:{words}.\n\n"
        "Reader: before the tunnel came and all that was typed in it, without a word from outside and behind it.\n"
    )
    for page in (writer, reviewer, reader):
        await everything_is_sent(page)
        await expect_source(page, text)
    await writer.get_by_test_id("save-now").click()
    await expect(writer.get_by_test_id("save-state")).to_have_text(re.compile("^Committed "))
    clone = Clone(fragile)
    assert clone.file(branch_of(writer), "three-people") == (front_matter("three-people") + text).encode()
    last = clone.log(branch_of(writer), "%an,%(trailers:key=Co-authored-by,valueonly,separator=%x2C)")[0]
    assert sorted(who.partition(" <")[0] for who in last.split(",")) == [
        "Reader Person",
        "Reviewer Person",
        "Writer Person",
    ]
