"""A conflict resolved entirely in the browser by somebody who knows no Git, and the original closes itself (§10.9)."""

from __future__ import annotations

import base64
import re

from playwright.async_api import Page, expect

from tests.e2e.test_workspace import contributing, entry
from tests.support.browser import People, open_page
from tests.support.editing import everything_is_sent
from tests.support.forge import wait_until
from tests.support.server import META, ORG, OWNER, RunningServer

BODY = "# Clashing\n\nEvery person speaks.\n\nNobody stays alone.\n"


async def proposed(page: Page, title: str) -> int:
    """Somebody opens the branch's pull request; its number."""
    await everything_is_sent(page)
    await page.get_by_test_id("open-pr").click()
    await expect(page.get_by_test_id("pr-title")).not_to_have_value("")
    await page.get_by_test_id("pr-title").fill(title)
    await page.get_by_test_id("pr-submit").click()
    await page.wait_for_url(re.compile(r"/pr/\d+$"))
    return int(page.url.rpartition("/")[2])


def change_main(server: RunningServer, path: str, text: str) -> None:
    """Somebody commits another version of a file to main on Gitea."""
    files = [{"operation": "upload", "path": path, "content": base64.b64encode(text.encode()).decode()}]
    answer = server.forge.admin.post(
        f"/api/v1/repos/{ORG}/{META}/contents",
        json={"files": files, "branch": "main", "message": "Change it"},
    )
    assert answer.status_code == 201, answer.text


async def clashing(people: People, server: RunningServer, slug: str) -> Page:
    """The writer's page of a replay that asks one thing."""
    body = f"# {slug.capitalize()}\n\nEvery person speaks.\n"
    writer = await contributing(people, server, slug, body=body)
    await writer.locator(".cm-line").nth(2).click()
    await writer.keyboard.press("End")
    await writer.keyboard.press("Shift+Home")
    await writer.keyboard.type("Every person sings.")
    old = await proposed(writer, "Let them sing")
    change_main(server, f"rfcs/{slug}.md", entry(slug, body=body.replace("speaks", "hums")))
    await writer.get_by_test_id("pr-resolve").click()
    await writer.wait_for_url(f"**/rfc/{slug}/pr/{old}/resolve")
    await writer.get_by_test_id("resolve-begin").click()
    await expect(writer.get_by_test_id("clash")).to_have_count(1)
    return writer


async def test_two_people_see_each_others_choices_and_keep_only_what_their_page_showed(
    people: People, server: RunningServer
) -> None:
    writer = await clashing(people, server, "choosing")
    owner = await people.person(OWNER, writer.url.removeprefix(server.url))
    await writer.get_by_test_id("conflict-mine").click()
    await expect(writer.get_by_test_id("clash-wording")).to_contain_text("sings")
    promised = await writer.locator("#seen-all").input_value()
    await expect(owner.get_by_test_id("clash-wording")).to_contain_text("sings")
    await expect(owner.get_by_test_id("clash-chosen-by")).to_contain_text("Writer Person")

    await owner.get_by_test_id("conflict-theirs").click()

    await expect(writer.get_by_test_id("clash-wording")).to_contain_text("hums")
    await expect(writer.get_by_test_id("clash-chosen-by")).to_contain_text("Owner Person")
    # A browser that this has not reached yet: it says what it shows, and nothing else is kept.
    await writer.locator("#seen-all").evaluate("(field, seen) => { field.value = seen; }", promised)
    await writer.get_by_test_id("resolve-take").click()
    await expect(writer.get_by_test_id("toast")).to_contain_text("so nothing was kept")
    await expect(writer.get_by_test_id("clash")).to_have_count(1)
    await writer.reload()
    await writer.get_by_test_id("resolve-take").click()
    await expect(writer.get_by_test_id("clash")).to_have_count(0)
    await from_the_dead_end_it_is_begun_again_or_withdrawn(writer)


async def from_the_dead_end_it_is_begun_again_or_withdrawn(page: Page) -> None:
    """Main says all of it already: choose otherwise after all, or withdraw it."""
    told = "1 of 1 commit replayed; nothing of it was left to do"
    await expect(page.get_by_test_id("resolve-steps")).to_contain_text(told)
    story = "Main moved on while this pull request was open."
    await expect(page.locator(".r-resolve__story")).to_have_text(story)
    await page.get_by_test_id("resolve-again").click()
    await page.get_by_test_id("ask-cancel").click()
    await expect(page.get_by_test_id("resolve-again")).to_be_focused()
    await page.get_by_test_id("resolve-again").click()
    await page.get_by_test_id("ask-confirm").click()
    await expect(page.get_by_test_id("clash")).to_have_count(1)
    await expect(page.get_by_test_id("clash-wording")).to_have_count(0)
    await page.get_by_test_id("conflict-theirs").click()
    await page.get_by_test_id("resolve-take").click()
    await page.get_by_test_id("resolve-withdraw").click()
    await page.wait_for_url(re.compile(r"/pr/\d+$"))
    await expect(page.get_by_test_id("pr-state")).to_contain_text("Withdrawn")


async def test_a_conflict_is_resolved_sentence_by_sentence_and_the_old_one_closes(
    people: People, server: RunningServer
) -> None:
    writer = await contributing(people, server, "clashing", login=OWNER, body=BODY)
    lines = writer.locator(".cm-line")
    await lines.nth(2).click()
    await writer.keyboard.press("End")
    await writer.keyboard.type(" They listen too.")
    await lines.nth(4).click()
    await writer.keyboard.press("End")
    await writer.keyboard.press("Shift+Home")
    await writer.keyboard.type("Nobody ever stays alone.")
    old = await proposed(writer, "Let them listen")
    on_main = BODY.replace("Nobody stays alone.", "Nobody stays alone for long.")
    change_main(server, "rfcs/clashing.md", entry("clashing", body=on_main))

    repository = f"/api/v1/repos/{ORG}/{META}/pulls"
    await writer.get_by_test_id("pr-resolve").click()
    await writer.wait_for_url(f"**/rfc/clashing/pr/{old}/resolve")
    await writer.get_by_test_id("resolve-begin").click()
    await expect(writer.get_by_test_id("clash")).to_have_count(1)
    await writer.get_by_test_id("conflict-mine").click()
    await expect(writer.get_by_test_id("clash-wording")).to_contain_text("Nobody ever stays alone.")
    await writer.reload()
    await expect(writer.get_by_test_id("clash-wording")).to_contain_text("Nobody ever stays alone.")
    await expect(writer.get_by_test_id("resolve-preview")).to_contain_text("They listen too.")
    await writer.get_by_test_id("conflict-write").click()
    await writer.get_by_test_id("conflict-text").fill("Nobody ever stays alone for long.")
    await writer.get_by_test_id("conflict-use").click()
    await expect(writer.get_by_test_id("resolve-preview")).to_contain_text(
        "Nobody ever stays alone for long."
    )
    await writer.get_by_test_id("resolve-take").click()
    await writer.get_by_test_id("resolve-open").click()
    await writer.wait_for_url(re.compile(rf"/pr/(?!{old}\b)\d+$"))

    new = int(writer.url.rpartition("/")[2])
    assert f"Supersedes: #{old}" in server.forge.admin.get(f"{repository}/{new}").json()["body"]
    await writer.get_by_test_id("pr-merge").click()
    await expect(writer.get_by_test_id("pr-state")).to_contain_text("Merged")
    wait_until(
        lambda: server.forge.admin.get(f"{repository}/{old}").json()["state"] == "closed",
        what="the superseded pull request closed",
    )
    await open_page(writer, f"/rfc/clashing/pr/{old}")
    await expect(writer.get_by_test_id("pr-state")).to_contain_text("Superseded")
    await expect(writer.get_by_test_id("pr-superseding")).to_contain_text(f"Replaced by #{new}")
    await the_list_and_the_history_tell_it(writer, server, old, new)


async def the_list_and_the_history_tell_it(page: Page, server: RunningServer, old: int, new: int) -> None:
    """What became of both, in the list of pull requests and in the versions of main."""
    await open_page(page, "/rfc/clashing/prs")
    await expect(page.get_by_test_id(f"pull-row-{new}")).to_contain_text("Merged")
    await expect(page.get_by_test_id(f"pull-row-{old}")).to_contain_text(f"replaced by #{new}")
    await open_page(page, "/rfc/clashing")
    await page.get_by_test_id("history-link").click()
    await expect(page.get_by_test_id("history-row").first).to_contain_text(f"PR #{new}")
    await page.get_by_test_id("history-from").last.check()
    later = "# Clashing\n\nEvery person speaks. They listen too.\n"
    change_main(server, "rfcs/clashing.md", entry("clashing", body=later))
    await expect(page.get_by_test_id("history-row").first).to_contain_text("Change it")
    await expect(page.get_by_test_id("history-from").last).to_be_checked()
    await page.get_by_test_id("history-compare").click()
    await expect(page.get_by_test_id("diff-view").locator("ins").first).to_be_visible()
    await page.get_by_test_id("diff-mode-source").click()
    await expect(page.get_by_test_id("diff-view")).to_contain_text("They listen too.")
    await open_page(page, "/rfc/clashing/history?to=abc")
    await expect(page.get_by_test_id("history-problem")).to_contain_text("“abc” is not a version")
