"""What the demo is for, in two browsers: a review from the branch to the merge, and a conflict resolved (§10)."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from playwright.async_api import Browser, expect

from services.ops.demo_site import META_REPO, ORG
from tests.e2e.test_pull import select, write
from tests.support.browser import People, open_page, ready
from tests.support.demo import Demo
from tests.support.editing import everything_is_sent
from tests.support.history import Told, history_of
from tests.support.keyboard import Keyboard
from tests.support.server import OWNER, REVIEWER, WRITER

UNCHANGED = "A promise that is not accepted binds nobody"
WAS, IS = "Both help later.", "Both help later, and both can be wrong."
BETTER = "Both help later, and either can be wrong."


async def test_a_text_is_proposed_reviewed_and_merged_on_the_demo(
    browser: Browser, own_demo: Demo, tmp_path: Path
) -> None:
    crowd = People(browser, own_demo.url)
    repository = f"{own_demo.forge_url}/{ORG}/{META_REPO}"
    before = head_of(repository)
    text = own_demo.get("/api/rfcs/promise/raw").text

    # one opens a PR from a branch
    writer = await crowd.person(WRITER, None)
    await open_page(writer, "/rfc/promise")
    await writer.get_by_test_id("start-contributing").click()
    await writer.wait_for_url("**/branch/**")
    await ready(writer)
    await expect(writer.locator(".cm-content")).to_contain_text("People bind their future selves")
    await writer.locator(".cm-content").click()
    await writer.keyboard.press("Control+A")
    await writer.keyboard.insert_text(text.replace(WAS, IS))
    await everything_is_sent(writer)
    await writer.get_by_test_id("open-pr").click()
    await expect(writer.get_by_test_id("pr-title")).not_to_have_value("")
    await writer.get_by_test_id("pr-title").fill("Witnesses can be wrong")
    await writer.get_by_test_id("pr-submit").click()
    await writer.wait_for_url(re.compile(r"/pr/\d+$"))
    await ready(writer)

    # the other comments on an unchanged sentence of the rendered difference, and suggests
    reviewer = await crowd.person(REVIEWER, None)
    await open_page(reviewer, writer.url)
    await reviewer.get_by_test_id("diff-unfold").click()
    await select(reviewer, UNCHANGED)
    await write(reviewer, "comment", "Does silence accept?")
    thread = writer.locator('[data-testid^="thread-"][data-state="open"]')
    await expect(thread).to_contain_text("Does silence accept?")
    await expect(writer.get_by_test_id("diff-view").locator("mark.thread")).to_have_text(UNCHANGED)
    await select(reviewer, "both can be wrong")
    await write(reviewer, "suggest", "either can be wrong")
    await writer.get_by_role("tab", name=re.compile("Changes")).click()
    await writer.get_by_test_id("change-accept").click()
    await expect(reviewer.get_by_test_id("diff-view").locator("ins")).to_contain_text("either can be wrong")

    # ticks the section, and merges as its arbiter; the other page follows
    await reviewer.get_by_test_id("section-viewed").check()
    await expect(reviewer.get_by_test_id("diff-viewed")).to_have_text("Viewed 1 of 1")
    await expect(writer.get_by_test_id("pr-merge")).to_have_attribute("aria-disabled", "true")
    await reviewer.get_by_test_id("pr-merge").click()
    for page in (reviewer, writer):
        await expect(page.get_by_test_id("pr-state")).to_contain_text("Merged")
    assert own_demo.get("/api/rfcs/promise/raw").text == text.replace(WAS, BETTER)

    # and Git shows one merge commit, with the right people
    merge, suggestion, edit = history_of(repository, tmp_path, "rfcs/promise.md", since=before)
    assert (merge.merges, merge.on_behalf_of, merge.committer) == (True, "Rhea Viewer <reviewer>", "RFC bot")
    site_writer = "Site Writer <writer@noreply.127.0.0.1>"
    assert (suggestion, edit) == (
        Told(
            False,
            site_writer,
            "rfc-bot",
            "Site Writer <writer>",
            True,
            ("Rhea Viewer <reviewer@noreply.127.0.0.1>",),
        ),
        Told(False, site_writer, "rfc-bot", "Site Writer <writer>", True),
    )
    await crowd.leave()


def head_of(repository: str) -> str:
    """Where main stands."""
    listed = subprocess.run(
        ["git", "ls-remote", f"{repository}.git", "main"],
        check=True,
        capture_output=True,
        text=True,
        timeout=30,
    )
    return listed.stdout.split()[0]


async def test_the_demos_conflict_is_resolved_in_the_browser_alone_and_without_a_mouse(
    browser: Browser, own_demo: Demo
) -> None:
    crowd = People(browser, own_demo.url)
    listed = own_demo.get("/api/rfcs/care/prs").json()["prs"]
    (old,) = [pull["number"] for pull in listed if pull["state"] == "open"]
    writer = await crowd.person(WRITER, None)
    keys = await Keyboard.at(writer, f"/rfc/care/pr/{old}")
    await expect(writer.get_by_test_id("pr-conflict")).to_be_visible()

    await keys.use(writer.get_by_test_id("pr-resolve"))
    await writer.wait_for_url(f"**/pr/{old}/resolve")
    await ready(writer)
    await keys.use(writer.get_by_test_id("resolve-begin"))
    await expect(writer.get_by_test_id("clash")).to_have_count(1)
    await keys.use(writer.get_by_test_id("conflict-mine"))
    await expect(writer.get_by_test_id("clash-wording").locator("ins")).to_have_text("seldom speaks")
    await keys.use(writer.get_by_test_id("resolve-take"))
    await keys.use(writer.get_by_test_id("resolve-open"))
    await writer.wait_for_url(re.compile(rf"/pr/(?!{old}\b)\d+$"))

    owner = await crowd.person(OWNER, None)
    await open_page(owner, writer.url)
    await open_page(writer, f"/rfc/care/pr/{old}")
    await owner.get_by_test_id("pr-merge").click()
    await expect(owner.get_by_test_id("pr-state")).to_contain_text("Merged")
    await expect(writer.get_by_test_id("pr-state")).to_contain_text("Superseded")
    await open_page(writer, "/rfc/care")
    await expect(writer.get_by_test_id("rfc-body")).to_contain_text("Need seldom speaks")
    assert [*keys.unseen, *crowd.troubles.seen] == []
    await crowd.leave()
