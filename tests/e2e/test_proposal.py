"""Proposing an idea and deciding on it, as people see it in their browsers (§9.1, §9.3)."""

from __future__ import annotations

import asyncio
import re

from playwright.async_api import Page, Route, expect

from tests.support.browser import People, open_page, ready
from tests.support.meta_files import write_file
from tests.support.server import OWNER, READER, REVIEWER, WRITER, RunningServer

FREE = "Free. It is kept for this idea while the idea is open."


async def fill_in(page: Page, *, title: str, pitch: str) -> None:
    await page.get_by_test_id("propose-open").click()
    await page.get_by_test_id("propose-title").fill(title)
    await page.get_by_test_id("propose-pitch").fill(pitch)
    await expect(page.locator("#propose-slug-hint")).to_have_text(FREE)


async def proposed(page: Page, title: str, pitch: str = "Because.") -> str:
    """Propose an idea; returns the path of its page."""
    await fill_in(page, title=title, pitch=pitch)
    await page.get_by_test_id("propose-submit").click()
    await page.wait_for_url("**/proposal/*")
    await ready(page)
    return "/proposal/" + page.url.rsplit("/", 1)[1]


async def shown(page: Page) -> list[str]:
    """What a page says about the idea, without how long ago it was."""
    parts = [
        await page.get_by_test_id("rfc-state").inner_text(),
        await page.get_by_test_id("rfc-title").inner_text(),
        await page.locator(".r-bar").first.inner_html(),
        await page.get_by_test_id("rfc-body").inner_html(),
        *await page.locator("[data-message]").evaluate_all("all => all.map((one) => one.outerHTML)"),
        *await page.locator(".r-note").evaluate_all("all => all.map((one) => one.outerHTML)"),
    ]
    return [re.sub(r"<time.*?</time>", "", part) for part in parts]


async def test_a_slug_follows_the_title_until_it_is_written_by_hand(people: People) -> None:
    page = await people.person(WRITER)
    slug = page.get_by_test_id("propose-slug")
    await page.get_by_test_id("propose-open").click()

    await page.get_by_test_id("propose-title").fill("Über die Stille")
    await expect(slug).to_have_value("uber-die-stille")
    await slug.fill("stillness")
    await page.get_by_test_id("propose-title").fill("Something else")

    await expect(page.locator("#propose-slug-hint")).to_have_text(FREE)
    await expect(slug).to_have_value("stillness")


async def test_a_slug_that_was_missing_or_emptied_is_suggested_again_but_not_while_one_writes_another(
    people: People,
) -> None:
    page = await people.person(WRITER)
    await page.clock.install()
    slug, hint = page.get_by_test_id("propose-slug"), page.locator("#propose-slug-hint")
    await page.get_by_test_id("propose-open").click()
    await page.get_by_test_id("propose-title").fill("信任")
    await page.get_by_test_id("propose-pitch").fill("Why.")
    await expect(hint).to_have_text("The title has no letters a slug could be made of. Write one.")
    await page.get_by_test_id("propose-submit").click()
    await expect(hint).to_have_text("A slug is needed.")

    await page.get_by_test_id("propose-title").fill("Relying on others")

    await expect(slug).to_have_value("relying-on-others")
    await expect(hint).to_have_text(FREE)
    await slug.fill("")
    await expect(hint).to_have_text("Its permanent name in addresses. Suggested from the title.")
    await page.clock.fast_forward(5_000)
    await slug.press_sequentially("relying")
    await expect(hint).to_have_text(FREE)
    await expect(slug).to_have_value("relying")
    await slug.fill("")
    await slug.press("Tab")
    await expect(slug).to_have_value("relying-on-others")


async def test_what_was_typed_is_there_again_after_a_reload(people: People) -> None:
    page = await people.person(WRITER)
    await fill_in(page, title="Kept over a reload", pitch="Every word\nof it")
    await page.get_by_test_id("propose-tags").fill("core, law")

    await page.reload()

    await expect(page.get_by_test_id("propose-title")).to_have_value("Kept over a reload")
    await expect(page.get_by_test_id("propose-slug")).to_have_value("kept-over-a-reload")
    await expect(page.get_by_test_id("propose-pitch")).to_have_value("Every word\nof it")
    await expect(page.get_by_test_id("propose-tags")).to_have_value("core, law")


async def test_the_preview_shows_what_will_be_shown_and_nothing_live(people: People) -> None:
    page = await people.person(WRITER)
    await page.get_by_test_id("propose-open").click()
    await page.get_by_test_id("propose-pitch").fill("A **bold** <script>alert(1)</script> [idea](beside.md)")

    await page.get_by_test_id("propose-preview").click()

    preview = page.get_by_test_id("propose-preview-text")
    await expect(preview).to_have_text("A bold <script>alert(1)</script> idea")
    await expect(preview.locator("strong")).to_have_text("bold")
    await expect(preview.locator("script")).to_have_count(0)
    await expect(preview.locator("a")).to_have_attribute("href", "/rfc/beside")


async def test_a_taken_slug_is_told_beside_it_and_nothing_typed_is_lost(people: People) -> None:
    writer, reviewer = await people.person(WRITER), await people.person(REVIEWER)
    await fill_in(reviewer, title="Asked for twice", pitch="The second one")
    path = await proposed(writer, "Asked for twice", "The first one")

    await reviewer.get_by_test_id("propose-submit").click()

    taken = f"The slug “asked-for-twice” is already used by the open idea #{path.rsplit('/', 1)[1]}."
    await expect(reviewer.locator("#propose-slug-hint")).to_have_text(taken)
    await expect(reviewer.get_by_test_id("propose-slug")).to_be_focused()
    await expect(reviewer.get_by_test_id("propose-pitch")).to_have_value("The second one")


async def test_pressing_propose_twice_opens_one_idea(people: People) -> None:
    page = await people.person(WRITER)
    await fill_in(page, title="Pressed twice", pitch="Only once")

    await page.get_by_test_id("propose-submit").dblclick()
    await page.wait_for_url("**/proposal/*")

    await expect(page.get_by_test_id("rfc-title")).to_have_text("Pressed twice")
    await page.get_by_test_id("pending-ideas").locator("summary").click()
    await expect(page.get_by_test_id("idea-row-pressed-twice")).to_have_count(1)


async def test_a_declined_idea_shows_its_reason_to_everyone(people: People) -> None:
    writer, owner = await people.person(WRITER), await people.person(OWNER)
    path = await proposed(writer, "To be declined")
    await open_page(owner, path)
    await owner.get_by_test_id("decline-proposal").click()
    await owner.get_by_test_id("decline-confirm").click()
    await expect(owner.get_by_text("Say why: a reason is needed.")).to_be_visible()

    await owner.get_by_test_id("decline-comment").fill("Consent says <b>this</b> already.")
    await owner.get_by_test_id("decline-confirm").click()

    for page in (writer, owner):
        await expect(page.get_by_test_id("rfc-state")).to_have_text("Declined")
        await expect(page.get_by_test_id("decline-reason")).to_contain_text(
            "Consent says <b>this</b> already."
        )
        await expect(page.get_by_test_id("propose-again")).to_have_count(int(page is writer))
    await expect(owner.get_by_test_id("decline-comment")).to_be_hidden()
    stranger = await people.stranger()
    await open_page(stranger, path)
    assert await shown(stranger) == await shown(owner)


async def test_a_reason_being_written_outlives_what_others_do(people: People) -> None:
    writer, owner = await people.person(WRITER), await people.person(OWNER)
    await open_page(owner, await proposed(writer, "Talked about meanwhile"))
    await owner.get_by_test_id("decline-proposal").click()
    await owner.get_by_test_id("decline-comment").fill("Not yet, because")

    await writer.get_by_test_id("chat-input").fill("One more thing")
    await writer.get_by_test_id("chat-send").click()

    await expect(owner.get_by_test_id("chat-message")).to_contain_text("One more thing")
    await expect(owner.get_by_test_id("decline-comment")).to_have_value("Not yet, because")
    await expect(owner.get_by_test_id("decline-comment")).to_be_focused()


async def test_the_proposer_takes_an_idea_back(people: People) -> None:
    writer, reader = await people.person(WRITER), await people.person(READER)
    await open_page(reader, await proposed(writer, "Taken back"))
    await expect(reader.get_by_test_id("withdraw-proposal")).to_have_count(0)
    await writer.get_by_test_id("withdraw-proposal").click()

    for page in (writer, reader):
        await expect(page.get_by_test_id("rfc-state")).to_have_text("Withdrawn")
    await expect(reader.get_by_test_id("propose-again")).to_have_count(0)


async def test_an_idea_that_came_to_nothing_is_proposed_again_without_typing_it_anew(people: People) -> None:
    writer, owner = await people.person(WRITER), await people.person(OWNER)
    await fill_in(writer, title="Second try", pitch="It **matters**.\n\nTruly.")
    await writer.get_by_test_id("propose-tags").fill("core, law")
    await writer.get_by_test_id("propose-submit").click()
    await writer.wait_for_url("**/proposal/*")
    await ready(writer)
    first = writer.url.rsplit("/", 1)[1]
    await open_page(owner, f"/proposal/{first}")
    await owner.get_by_test_id("decline-proposal").click()
    await owner.get_by_test_id("decline-comment").fill("Say it **shorter**.")
    await owner.get_by_test_id("decline-confirm").click()
    await expect(writer.get_by_test_id("decline-reason").locator("strong")).to_have_text("shorter")

    await writer.get_by_test_id("propose-again").click()

    await expect(writer.get_by_test_id("propose-title")).to_have_value("Second try")
    await expect(writer.get_by_test_id("propose-slug")).to_have_value("second-try")
    await expect(writer.get_by_test_id("propose-tags")).to_have_value("core, law")
    await expect(writer.get_by_test_id("propose-pitch")).to_have_value("It **matters**.\n\nTruly.")
    await expect(writer.locator("#propose-slug-hint")).to_have_text(FREE)
    await writer.get_by_test_id("propose-pitch").fill("It matters.")
    await writer.get_by_test_id("propose-title").press("Escape")
    await writer.get_by_test_id("propose-again").click()
    await expect(writer.get_by_test_id("propose-problem")).to_contain_text("is still here")
    await expect(writer.get_by_test_id("propose-pitch")).to_have_value("It matters.")
    await writer.get_by_test_id("propose-submit").click()
    await writer.wait_for_url(re.compile(rf"/proposal/(?!{first}$)\d+$"))
    await expect(writer.get_by_test_id("idea-before")).to_have_text(f"Proposed before as #{first}.")


async def test_pressing_merge_twice_merges_once_and_leads_on(people: People) -> None:
    writer, owner = await people.person(WRITER), await people.person(OWNER)
    path = await proposed(writer, "Merged by two presses", "The **text**.")
    await writer.get_by_test_id("chat-input").fill("Said before the merge")
    await writer.keyboard.press("Enter")
    await expect(writer.get_by_test_id("chat-message")).to_contain_text("Said before the merge")
    await open_page(owner, path)

    await owner.get_by_test_id("merge-proposal").dblclick()

    for page in (writer, owner):
        await expect(page.get_by_test_id("rfc-state")).to_have_text("Merged")
        # Gitea's word may come before the record of who did it
        await expect(page.get_by_test_id("idea-note")).to_contain_text("Merged by Owner Person")
    await expect(writer.get_by_text("Open the super-draft")).to_be_visible()
    # a second press that comes late does not open what stands there by then
    await owner.evaluate(
        "document.addEventListener('click', (event) => { window.left = event.defaultPrevented; })"
    )
    await owner.get_by_text("Open the super-draft").hover()
    await owner.mouse.down(click_count=2)
    await owner.mouse.up(click_count=2)
    await owner.wait_for_function("window.left === true")
    fresh = await people.stranger()
    await open_page(fresh, path)
    assert await shown(writer) == await shown(fresh)
    await writer.get_by_text("Open the super-draft").click()
    await expect(writer.get_by_test_id("rfc-state")).to_have_text("Super-draft")
    await expect(writer.get_by_test_id("chat-message")).to_contain_text("Said before the merge")


async def test_a_broken_idea_says_why_it_cannot_be_merged(people: People, server: RunningServer) -> None:
    owner = await people.person(OWNER)
    write_file(server, "rfcs/broken-idea.md", "no front matter", new_branch="idea-broken-idea-abcdef")
    opened = server.forge.admin.post(
        "/api/v1/repos/rfc/meta/pulls",
        json={"base": "main", "head": "idea-broken-idea-abcdef", "title": "Broken idea"},
    ).json()
    await owner.get_by_test_id("pending-ideas").locator("summary").click()
    await expect(owner.get_by_test_id("idea-row-broken-idea")).to_be_visible()

    await open_page(owner, f"/proposal/{opened['number']}")

    await expect(owner.get_by_test_id("merge-proposal")).to_have_attribute("aria-disabled", "true")
    await expect(owner.get_by_test_id("idea-note")).to_contain_text("It can't be merged as it is.")
    await expect(owner.get_by_test_id("decline-proposal")).to_be_enabled()


async def test_a_stranger_is_told_how_to_take_part(people: People) -> None:
    writer, stranger = await people.person(WRITER), await people.stranger()
    path = await proposed(writer, "Read by strangers")

    await open_page(stranger, path)

    await expect(stranger.get_by_test_id("chat-blocked")).to_have_text("Sign in to write here.")
    await expect(stranger.get_by_test_id("chat-input")).to_have_count(0)
    await expect(stranger.get_by_test_id("merge-proposal")).to_have_count(0)
    await expect(stranger.locator("main[data-col=document] .r-bar")).to_contain_text(
        "Waits for an admin’s decision"
    )


async def test_the_dialog_that_an_address_asks_for_opens_however_late_it_arrives(people: People) -> None:
    page, arrived = await people.person(READER, None), asyncio.Event()

    async def late(route: Route) -> None:
        await arrived.wait()
        await route.continue_()

    await page.route(re.compile("/components/.*propose_dialog"), late)
    await page.clock.install()
    await page.goto("/catalog?propose=Patience", wait_until="commit")
    await page.wait_for_function("window.rfc && !location.search")
    await page.clock.run_for(30_000)
    arrived.set()

    await expect(page.get_by_test_id("propose-title")).to_have_value("Patience")
    await expect(page.get_by_test_id("propose-title")).to_be_focused()
