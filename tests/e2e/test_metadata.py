"""Metadata PRs and claims as people see them in their browsers (§9.6, §13.1)."""

from __future__ import annotations

import re

from playwright.async_api import Page, expect

from services.domain.entry import Entry, compose_entry
from services.domain.identifiers import Slug
from tests.e2e.test_pull import picture
from tests.support.browser import People, open_page, ready
from tests.support.held_back import HeldBack
from tests.support.meta_files import write_file
from tests.support.server import OWNER, READER, WRITER, RunningServer


def entry(slug: str, **more: object) -> str:
    return compose_entry(Entry(slug=Slug(slug), title=slug.capitalize(), body="Words.\n", **more))  # type: ignore[arg-type]


async def arrive(page: Page, slug: str) -> None:
    """Open an entry once the app has heard of it."""
    await page.get_by_test_id(f"catalog-row-{slug}").click()
    await page.wait_for_url(f"**/rfc/{slug}")
    await ready(page)


PLACES = "all => all.map((one) => one.getBoundingClientRect()).map(({ x, y }) => [x, y])"
"""Where things stand, all at one moment."""


async def test_a_claim_is_merged_by_an_admin_and_both_pages_follow(
    people: People, server: RunningServer
) -> None:
    write_file(server, "rfcs/wonder.md", entry("wonder"))
    writer, owner = await people.person(WRITER), await people.person(OWNER)
    await arrive(writer, "wonder")
    await arrive(owner, "wonder")

    await writer.get_by_test_id("claim").click()
    await writer.wait_for_url("**/rfc/wonder/pr/*")
    await owner.get_by_test_id("metadata-pending").get_by_role("link").click()
    await owner.wait_for_url("**/rfc/wonder/pr/*")
    await ready(owner)
    await expect(owner.get_by_test_id("metadata-changes")).to_contain_text("nobody")
    await owner.set_viewport_size({"width": 390, "height": 844})
    cells = owner.locator('td[data-label="Before"], td[data-label="After"]')
    (left, above), (right, beside) = await cells.evaluate_all(PLACES)
    assert left < right
    assert above == beside
    await owner.set_viewport_size({"width": 1280, "height": 720})
    await owner.get_by_test_id("claim-merge").click()

    for page in (owner, writer):
        await expect(page.get_by_test_id("pr-state")).to_have_text("Merged")
    await writer.goto("/rfc/wonder")
    await expect(writer.locator(".r-facts")).to_contain_text("Writer")
    await expect(writer.get_by_test_id("claim")).to_have_count(0)


async def test_a_button_that_is_being_pressed_stays_where_it_is_until_it_is_let_go(
    people: People, server: RunningServer
) -> None:
    write_file(server, "rfcs/steadiness.md", entry("steadiness"))
    here, there = await people.person(WRITER, None), await people.person(WRITER)
    late = HeldBack()
    await late.watch(here)
    await open_page(here, "/catalog")
    await arrive(here, "steadiness")
    await arrive(there, "steadiness")
    late.held = True
    await there.get_by_test_id("claim").click()
    await there.wait_for_url("**/rfc/steadiness/pr/*")
    await late.until_held("metadata-pending")

    await here.get_by_test_id("catalog-search").focus()
    await here.get_by_test_id("metadata-open").hover()
    await here.mouse.down()
    late.release()
    await here.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    await expect(here.get_by_test_id("claim")).to_have_count(1)
    await here.mouse.up()

    await expect(here.get_by_test_id("metadata-pane")).to_be_visible()
    await expect(here.get_by_test_id("claim")).to_have_count(0)
    await expect(here.get_by_test_id("metadata-pending")).to_contain_text("own")


async def test_a_saved_title_is_a_pr_that_whoever_may_merges_with_one_click(
    people: People, server: RunningServer
) -> None:
    write_file(server, "rfcs/patience.md", entry("patience", owners=(WRITER,), tags=("core",)))
    writer, reader = await people.person(WRITER), await people.person(READER)
    await arrive(writer, "patience")
    await arrive(reader, "patience")

    await reader.get_by_test_id("metadata-open").click()
    await reader.get_by_test_id("metadata-tags").fill("core, time")
    await expect(reader.get_by_test_id("metadata-merge")).to_have_count(0)
    await reader.get_by_test_id("metadata-owners").fill("nobody-at-all")
    await reader.get_by_test_id("metadata-save").click()
    await expect(reader.locator("#metadata-owners-hint")).to_have_text(
        "There is nobody called “nobody-at-all” on Gitea."
    )
    await reader.get_by_test_id("metadata-owners").fill(WRITER)
    await reader.get_by_test_id("metadata-save").click()
    await reader.wait_for_url("**/rfc/patience/pr/*")
    await expect(reader.get_by_test_id("pr-state")).to_have_text("Open")
    await expect(reader.get_by_test_id("pr-merge")).to_have_count(0)

    await writer.get_by_test_id("metadata-open").click()
    await expect(writer.locator("#metadata-tags-hint")).to_contain_text("changes this too")
    await writer.get_by_test_id("metadata-title").fill("Patience, and waiting")
    await writer.get_by_test_id("metadata-merge").click()
    await expect(writer.get_by_test_id("rfc-title")).to_have_text("Patience, and waiting")
    await expect(writer.get_by_test_id("metadata-pane")).to_be_hidden()
    asked = writer.get_by_test_id("metadata-pending").get_by_role("link")
    await expect(asked).to_have_count(1)
    await asked.click()
    await writer.wait_for_url("**/rfc/patience/pr/*")
    await ready(writer)
    first = writer.url
    await writer.get_by_test_id("pr-merge").click()

    await expect(writer).not_to_have_url(first)
    await ready(writer)
    await expect(writer.get_by_test_id("pr-state")).to_have_text("Merged")
    await expect(reader.get_by_test_id("pr-state")).to_have_text("Merged")
    await writer.goto("/rfc/patience")
    await expect(writer.locator(".r-facts")).to_contain_text("time")


async def test_a_withdrawn_rfc_says_why_and_stays_readable(people: People, server: RunningServer) -> None:
    write_file(server, "rfcs/haste.md", entry("haste"))
    owner = await people.person(OWNER)
    await arrive(owner, "haste")

    await owner.get_by_test_id("metadata-open").click()
    await owner.get_by_test_id("metadata-withdrawal").check()
    await owner.get_by_test_id("metadata-merge").click()
    await expect(owner.locator("#metadata-reason-hint")).to_contain_text("a reason is needed")
    await owner.get_by_test_id("metadata-reason").fill("Patience says it better.")
    await owner.get_by_test_id("metadata-merge").click()

    await expect(owner.get_by_test_id("rfc-state")).to_have_text("Withdrawn")
    await expect(owner.get_by_test_id("withdrawn-note")).to_contain_text("Patience says it better.")
    await owner.set_viewport_size({"width": 390, "height": 844})
    assert await owner.get_by_test_id("rfc-breadcrumb").evaluate("one => one.scrollWidth <= one.clientWidth")
    assert await owner.locator("main .r-bar").first.evaluate("one => one.scrollWidth <= one.clientWidth")
    await expect(owner.get_by_test_id("rfc-body")).to_contain_text("Words.")
    await expect(owner).to_have_title(re.compile("Haste"))


async def test_a_title_that_main_changed_too_is_chosen_in_the_browser_and_the_older_pr_closes_itself(
    people: People, server: RunningServer
) -> None:
    write_file(server, "rfcs/silence-kept.md", entry("silence-kept", owners=(WRITER,), tags=("core",)))
    writer, reader = await people.person(WRITER), await people.person(READER)
    await arrive(writer, "silence-kept")
    await arrive(reader, "silence-kept")
    await reader.get_by_test_id("metadata-open").click()
    await reader.get_by_test_id("metadata-title").fill("Silence")
    await reader.get_by_test_id("metadata-tags").fill("core, time")
    await reader.get_by_test_id("metadata-save").click()
    await reader.wait_for_url("**/pr/*")
    await ready(reader)
    first = reader.url

    # the owner changes both fields meanwhile: the reader is told at once, field by field
    await writer.get_by_test_id("metadata-open").click()
    await writer.get_by_test_id("metadata-title").fill("Kept silence")
    await writer.get_by_test_id("metadata-tags").fill("core, law")
    await writer.get_by_test_id("metadata-merge").click()
    await expect(writer.get_by_test_id("rfc-title")).to_have_text("Kept silence")
    title, tags = (
        reader.locator(f'[data-testid="metadata-clash"][data-field="{one}"]') for one in ("title", "tags")
    )
    await expect(title).to_contain_text("Kept silence")
    await picture(reader, "clash-light")

    await title.get_by_test_id("conflict-mine").click()
    await expect(title.get_by_test_id("conflict-both")).to_have_count(0)
    await expect(reader.get_by_test_id("metadata-renew")).to_have_attribute("aria-disabled", "true")
    await tags.get_by_test_id("conflict-both").click()
    await expect(tags).to_contain_text("Will be")
    await picture(reader, "clash-chosen")
    await reader.get_by_test_id("metadata-renew").click()
    await expect(reader).not_to_have_url(first)
    await ready(reader)
    await expect(reader.get_by_test_id("metadata-note")).to_contain_text("is closed when this one is merged")

    await writer.goto(reader.url)
    await ready(writer)
    await writer.get_by_test_id("pr-merge").click()
    await expect(writer.get_by_test_id("pr-state")).to_have_text("Merged")
    await reader.goto(first)
    await ready(reader)
    await expect(reader.get_by_test_id("pr-state")).to_have_text("Merged")
    await expect(reader.get_by_test_id("metadata-note")).to_contain_text("Merged as #")
    await reader.goto("/rfc/silence-kept")
    await expect(reader.get_by_test_id("rfc-title")).to_have_text("Silence")
    await expect(reader.locator(".r-facts")).to_contain_text("law")
