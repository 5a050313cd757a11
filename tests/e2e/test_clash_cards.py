"""Somebody commits on Gitea beside somebody's typing: both wordings are seen, and people choose (§8.10)."""

from __future__ import annotations

import base64
import re

import pytest
from playwright.async_api import Page, expect

from tests.support.browser import People, open_page
from tests.support.editing import (
    Clone,
    branch_of,
    everything_is_sent,
    expect_source,
    front_matter,
    let_everybody_edit,
    path_of,
    put_caret,
    start_branch,
)
from tests.support.server import META, ORG, READER, REVIEWER, RunningServer

BODY = "# The text\n\nA human lives. It speaks.\n\nNobody answers alone.\n"


def commit_beside(server: RunningServer, branch: str, slug: str, wordings: dict[str, str]) -> None:
    """The reviewer commits other wordings on Gitea at once, through its API."""
    path = f"/api/v1/repos/{ORG}/{META}/contents/rfcs/{slug}.md"
    present = server.forge.admin.get(path, params={"ref": branch}).json()
    text = base64.b64decode(present["content"]).decode()
    for old, new in wordings.items():
        text = text.replace(old, new)
    body = {
        "branch": branch,
        "sha": present["sha"],
        "content": base64.b64encode(text.encode()).decode(),
        "message": "Another wording",
        "author": {"name": "Reviewer Person", "email": "reviewer@example.org"},
    }
    answer = server.forge.admin.put(path, json=body)
    assert answer.status_code == 200, answer.text


async def with_a_clash(people: People, server: RunningServer, slug: str) -> Page:
    """The writer's page of a branch on which typing and a commit changed one sentence."""
    writer = await start_branch(people, server, slug, BODY)
    await let_everybody_edit(writer)
    await put_caret(writer, "Control+Home", "ArrowDown", "ArrowDown", "End", "Backspace", "Control+Backspace")
    await writer.keyboard.type("thinks.")
    await everything_is_sent(writer)
    commit_beside(server, branch_of(writer), slug, {"It speaks.": "It sings."})
    await writer.get_by_test_id("save-now").click()
    await expect(writer.get_by_test_id("save-state")).to_have_text(re.compile("^Committed "))
    return writer


async def test_both_wordings_are_kept_and_everybody_sees_it(people: People, server: RunningServer) -> None:
    await people.person(REVIEWER, None)
    writer = await with_a_clash(people, server, "clash-both")
    reader = await people.person(READER, None)
    await open_page(reader, path_of(writer, server) + "?mode=discuss")

    card = writer.locator(".r-card[data-change]")
    await expect(card).to_contain_text("This passage was changed here and on Gitea at the same time.")
    await expect(card.get_by_test_id("clash-mine")).to_contain_text("It speaks thinks.")
    await expect(card.get_by_test_id("clash-theirs")).to_contain_text("Committed by Reviewer Person")
    for page in (writer, reader):
        mine = page.locator(".r-card[data-change]").get_by_test_id("clash-mine")
        await expect(mine).to_contain_text("Typed here by Writer Person")
    await expect(card.get_by_test_id("clash-theirs")).to_contain_text("It speaks sings.")
    await expect(reader.get_by_test_id("conflict-both")).to_be_visible()
    await card.get_by_test_id("conflict-both").click()

    for page in (writer, reader):
        await expect(page.locator(".r-card[data-change]")).to_have_attribute("data-state", "accepted")
        await expect(page.locator(".r-card[data-change]")).to_contain_text("Both wordings kept")
    wanted = BODY.replace("It speaks.", "It thinks. It sings.")
    await expect_source(writer, wanted)
    await expect(reader.get_by_test_id("rfc-body").locator("ins", has_text="It sings.")).to_be_visible()
    clone = Clone(server)
    assert clone.file(branch_of(writer), "clash-both") == (front_matter("clash-both") + wanted).encode()
    log = clone.log(branch_of(writer), "%an|%(trailers:key=On-behalf-of,valueonly)")
    assert log[0] == "Writer Person|Writer Person <writer>"


async def test_who_types_is_told_of_it_and_led_to_the_card(people: People, server: RunningServer) -> None:
    writer = await with_a_clash(people, server, "clash-told")

    words = "This passage was changed here and on Gitea at the same time."
    told = writer.get_by_test_id("toast").filter(has_text=words)
    await expect(told.locator(".i-triangle-alert")).to_be_visible()
    send = await writer.get_by_test_id("prompt-send").bounding_box()
    toast = await told.bounding_box()
    assert send is not None
    assert toast is not None
    assert toast["y"] + toast["height"] <= send["y"]
    await told.get_by_test_id("toast-lead").click()

    card = writer.locator(".r-card[data-change]")
    await expect(card).to_be_focused()
    await expect(card.get_by_test_id("conflict-mine")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 390])
async def test_of_several_at_once_one_warning_tells_the_number_and_covers_no_button(
    people: People, server: RunningServer, width: int
) -> None:
    writer = await start_branch(people, server, f"clash-two-{width}", BODY)
    for down, words in ((2, "thinks."), (4, "together.")):
        await put_caret(
            writer, "Control+Home", *["ArrowDown"] * down, "End", "Backspace", "Control+Backspace"
        )
        await writer.keyboard.type(words)
    await everything_is_sent(writer)
    await writer.set_viewport_size({"width": width, "height": 800})
    save = writer.get_by_test_id("save-now")
    await expect(save).not_to_have_attribute("aria-disabled", "true")
    wordings = {"It speaks.": "It sings.", "answers alone.": "answers once."}
    commit_beside(server, branch_of(writer), f"clash-two-{width}", wordings)
    await save.dispatch_event("click")  # a phone shows it in a menu

    told = writer.get_by_test_id("toast")
    words = "2 passages were changed here and on Gitea at the same time."
    await expect(told.filter(has_text=words)).to_have_count(1)
    toast = await told.filter(has_text=words).bounding_box()
    send = await writer.get_by_test_id("prompt-send").bounding_box()
    assert toast is not None
    assert send is not None
    assert toast["y"] + toast["height"] <= send["y"]
    await told.filter(has_text=words).get_by_role("button", name="Show the first").click()
    await expect(writer.locator(".r-card[data-change]").first).to_be_focused()


async def test_the_card_follows_the_typing_and_a_refusal_stays_on_it(
    people: People, server: RunningServer
) -> None:
    writer = await with_a_clash(people, server, "clash-typed")
    reader = await people.person(READER, None)
    await open_page(reader, path_of(writer, server) + "?mode=discuss")
    theirs = reader.locator(".r-card[data-change]")
    await theirs.get_by_test_id("change-more").click()
    await theirs.get_by_test_id("change-edit").click()
    await theirs.get_by_test_id("change-text").fill("It thinks.")
    await theirs.get_by_role("button", name="Use this wording").click()
    await expect(theirs.locator("[data-problem]")).to_contain_text("That is what stands there already.")

    await put_caret(writer, "Control+Home", "ArrowDown", "ArrowDown", "End", "ArrowLeft")
    await writer.keyboard.type(" aloud")
    await everything_is_sent(writer)
    card = writer.locator(".r-card[data-change]")
    await expect(card.get_by_test_id("clash-mine")).to_contain_text("thinks aloud.")
    await expect(writer.locator(".cm-content")).to_be_focused()
    await reader.wait_for_function(
        "document.querySelector('.r-card template[data-opens=edit]').innerHTML.includes('aloud')"
    )
    await expect(theirs.get_by_test_id("change-text")).to_be_focused()
    await expect(theirs.get_by_test_id("change-text")).to_have_value("It thinks.")
    await expect(theirs.locator("[data-problem]")).to_contain_text("That is what stands there already.")
    await card.get_by_test_id("conflict-theirs").click()

    await expect(card).to_have_attribute("data-state", "accepted")
    await expect_source(writer, BODY.replace("It speaks.", "It sings."))


async def test_a_wording_is_chosen_by_keys(people: People, server: RunningServer) -> None:
    writer = await with_a_clash(people, server, "clash-keys")
    await writer.get_by_test_id("mode-toggle").get_by_text("Discuss").click()
    card = writer.locator(".r-card[data-change]")
    await expect(card).to_be_visible()  # the text may be committed before the conversation shows it
    await writer.get_by_test_id("rfc-body").click(position={"x": 2, "y": 2})

    await writer.keyboard.press("j")
    await expect(card).to_be_focused()
    await expect(card.locator("kbd")).to_have_text(["d", "a", "b"])
    await writer.keyboard.press("b")

    await expect(card).to_contain_text("Both wordings kept")
    await expect(writer.get_by_test_id("rfc-body").locator("ins", has_text="It sings.")).to_be_visible()


async def test_who_may_not_edit_sees_both_wordings_and_no_buttons(
    people: People, server: RunningServer
) -> None:
    writer = await with_a_clash(people, server, "clash-read")
    await writer.get_by_test_id("branch-settings-open").click()
    await writer.get_by_test_id("edit-access").select_option("creator")
    await writer.keyboard.press("Escape")
    reader = await people.person(READER, None)
    await open_page(reader, path_of(writer, server))

    card = reader.locator(".r-card[data-change]")

    await expect(card.get_by_test_id("clash-theirs")).to_contain_text("It speaks sings.")
    await expect(card).to_contain_text("Waits for somebody who may edit this branch")
    await expect(card.locator("button")).to_have_count(0)
