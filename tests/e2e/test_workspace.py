"""A branch and its workspace, as people see it in their browsers (§8.1, §8.3, §8.9–§8.11, §11)."""

from __future__ import annotations

import re

from playwright.async_api import Page, expect

from tests.support import http
from tests.support.browser import People, open_page, ready
from tests.support.editing import everything_is_sent, let_everybody_edit
from tests.support.forge import wait_until
from tests.support.meta_files import write_file
from tests.support.server import OWNER, READER, REVIEWER, WRITER, RunningServer

BODY = "A human lives.\n\n## Definition\n\nA human is born and dies.\n\n## Scope\n\nNobody answers alone.\n"
BESIDE = {"width": 1440, "height": 900}


def entry(slug: str, body: str = BODY, state: str = "super-draft") -> str:
    return f"---\nslug: {slug}\ntitle: The {slug}\nstate: {state}\nproposed_by: {WRITER}\n---\n{body}"


async def reading(people: People, server: RunningServer, login: str, slug: str, **more: str) -> Page:
    """Somebody's page of an entry that was just committed."""
    page = await people.person(login, None, viewport=BESIDE)
    write_file(server, f"rfcs/{slug}.md", entry(slug, **more))
    wait_until(lambda: http.answers(f"{server.url}/api/rfcs/{slug}"), what=slug)
    await open_page(page, f"/rfc/{slug}")
    return page


TROUBLE_IN_THE_BAR = """() => {
  const bar = document.querySelector("main .r-bar"), edge = bar.getBoundingClientRect().right;
  const parts = [...bar.querySelectorAll("button, a, .r-chip, .r-state")].filter((part) => part.checkVisibility() && part.offsetWidth > 1);
  const places = parts.map((part) => ({ what: part.textContent || part.ariaLabel, at: part.getBoundingClientRect() }));
  return places.filter(({ at }, index) => at.right > edge + 1 || (places[index + 1]?.at.left ?? edge) < at.right - 1)
    .map(({ what }) => what);
}"""
"""What of the bar is cut off or lies over its neighbour."""


async def contributing(
    people: People, server: RunningServer, slug: str, *, login: str = WRITER, body: str = BODY
) -> Page:
    """Somebody's page of a new branch, its editor joined."""
    page = await reading(people, server, login, slug, body=body)
    await page.get_by_test_id("start-contributing").click()
    await page.wait_for_url("**/branch/**")
    await ready(page)
    await expect(page.get_by_test_id("editor").locator(".cm-content")).to_contain_text(body.splitlines()[0])
    return page


def path_of(page: Page, server: RunningServer) -> str:
    return page.url.removeprefix(server.url).split("?")[0]


async def type_at_the_top(page: Page, words: str) -> None:
    await page.locator(".cm-content").click()
    await page.keyboard.press("Control+Home")
    await page.keyboard.type(words)
    await everything_is_sent(page)  # what is saved next is all of it


async def test_what_is_typed_appears_marked_for_every_reader_and_is_committed_on_request(
    people: People, server: RunningServer
) -> None:
    writer = await contributing(people, server, "typed")
    reader = await people.person(READER, None, viewport=BESIDE)
    await open_page(reader, path_of(writer, server))

    await type_at_the_top(writer, "Every word counts. ")

    for page, where in ((writer, "preview"), (reader, "rfc-body")):
        await expect(page.get_by_test_id(where).locator("ins")).to_have_text(
            re.compile(r"^Every word counts\.\s?$")
        )
        await expect(page.get_by_test_id("flush-card")).to_contain_text("Every word counts.")
    await expect(reader.get_by_test_id("presence")).to_contain_text("Writer Person is editing")
    await expect(writer.get_by_test_id("save-state")).to_have_text(
        re.compile(r"^Saved \d+ s ago, commits in \d:\d\d$")
    )
    await writer.get_by_test_id("save-now").click()
    for page in (writer, reader):
        await expect(page.get_by_test_id("flush-card")).to_have_count(0)
    await expect(writer.get_by_test_id("save-state")).to_have_text(re.compile(r"^Committed [0-9a-f]{7}$"))
    fresh = await people.stranger(viewport=BESIDE)
    await open_page(fresh, path_of(writer, server))
    await reader.wait_for_function(
        "opened => document.querySelector('[data-testid=rfc-body]').innerHTML === opened",
        arg=await fresh.get_by_test_id("rfc-body").inner_html(),
    )


async def test_what_explains_a_mark_does_not_cover_what_can_be_done_with_the_chosen_words(
    people: People, server: RunningServer
) -> None:
    writer = await contributing(people, server, "chosen")
    await type_at_the_top(writer, "Every word counts. ")
    mark = writer.get_by_test_id("preview").locator("ins")
    # The words are chosen in a text that is not drawn anew any more: with the last key, a space, too.
    await writer.wait_for_function(
        "words => document.querySelector('[data-testid=preview] ins')?.textContent === words",
        arg="Every word counts. ",
    )
    explained = writer.locator(".r-work > .r-hover")
    await writer.get_by_test_id("save-now").click()
    await expect(writer.get_by_test_id("save-state")).to_contain_text("Committed")

    await mark.click(click_count=3)

    await expect(writer.get_by_test_id("selection-ask")).to_be_visible()
    await writer.wait_for_function("document.querySelector('.r-work > .r-hover').matches(':popover-open')")
    await expect(explained).to_be_hidden()
    await writer.get_by_test_id("selection-comment").click()
    await expect(writer.get_by_test_id("compose-text")).to_be_focused()
    await writer.get_by_test_id("compose-cancel").click()
    await writer.get_by_test_id("mode-toggle").hover()
    await mark.hover()
    await expect(explained).to_be_visible()


async def test_the_mode_is_the_viewers_and_stays_over_a_reload(people: People, server: RunningServer) -> None:
    page = await contributing(people, server, "modes")
    await expect(page.get_by_test_id("editor")).to_be_visible()

    await page.get_by_test_id("mode-toggle").get_by_text("Discuss").click()

    await expect(page.get_by_test_id("rfc-body")).to_be_visible()
    await expect(page.get_by_test_id("editor")).to_have_count(0)
    await expect(page).to_have_url(re.compile(r"\?mode=discuss$"))
    await page.reload()
    await ready(page)
    await expect(page.get_by_test_id("mode-toggle").get_by_text("Discuss")).to_have_attribute(
        "aria-pressed", "true"
    )
    await page.get_by_test_id("mode-toggle").get_by_text("Contribute").dblclick()
    await expect(page.get_by_test_id("editor").locator(".cm-content")).to_contain_text("A human lives.")
    await page.get_by_test_id("mode-toggle").get_by_text("Discuss").click()
    await expect(page.get_by_test_id("editor")).to_have_count(0)


async def test_the_catalog_makes_room_while_one_writes(people: People, server: RunningServer) -> None:
    page = await contributing(people, server, "room")
    search = page.get_by_test_id("catalog-search")
    await expect(search).to_be_hidden()

    await page.get_by_test_id("mode-toggle").get_by_text("Discuss").click()

    await expect(search).to_be_visible()


async def test_changes_can_be_hidden(people: People, server: RunningServer) -> None:
    page = await contributing(people, server, "hidden")
    await page.locator(".cm-line", has_text="Nobody answers alone.").click()
    await page.keyboard.press("Home")
    await page.keyboard.press("Shift+End")
    await page.keyboard.press("Delete")
    struck = page.get_by_test_id("preview").locator("del", has_text="Nobody answers alone.")
    await expect(struck).to_be_visible()

    await page.get_by_test_id("show-changes").uncheck()

    await expect(struck).to_be_hidden()


async def test_strangers_sign_in_first_and_come_back(people: People, server: RunningServer) -> None:
    await reading(people, server, WRITER, "looked-at-by-strangers")
    page = await people.stranger()
    await open_page(page, "/rfc/looked-at-by-strangers")

    start = page.get_by_test_id("start-contributing")

    await expect(start).to_have_attribute("href", "/auth/login?next=%2Frfc%2Flooked-at-by-strangers")


async def test_a_withdrawn_rfc_says_why_nobody_contributes(people: People, server: RunningServer) -> None:
    page = await reading(people, server, WRITER, "gone", state="withdrawn")

    await expect(page.get_by_test_id("start-contributing")).to_have_attribute("aria-disabled", "true")
    await expect(page.locator("#why-not-start")).to_have_text(
        "It has been withdrawn: its text stays as it is."
    )


async def test_the_breadcrumb_leads_to_main_and_branches_by_keyboard(
    people: People, server: RunningServer
) -> None:
    page = await contributing(people, server, "crumbs")
    name = path_of(page, server).rsplit("/", 1)[1]

    await page.get_by_test_id("rfc-breadcrumb").press("Enter")

    await expect(page.get_by_test_id(f"branch-option-{name}")).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await expect(page.get_by_test_id("branch-option-main")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("rfc-breadcrumb")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Home")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/rfc/crumbs")


async def test_a_private_branch_is_not_there_for_others(people: People, server: RunningServer) -> None:
    page = await contributing(people, server, "secret")
    reader = await people.person(READER, None)
    await open_page(reader, path_of(page, server))
    await page.get_by_test_id("branch-settings-open").click()
    await page.get_by_test_id("visibility-private").check()
    await expect(page.get_by_test_id("branch-state")).to_have_text("Private")
    await expect(reader.locator("h1")).to_contain_text("has no branch")

    answer = await reader.goto(path_of(page, server))

    assert answer is not None
    assert answer.status == 404
    await page.get_by_test_id("branch-invite").fill(READER)
    await page.get_by_test_id("branch-grant").click()
    await expect(page.get_by_test_id(f"revoke-{READER}")).to_be_visible()
    await open_page(reader, path_of(page, server))
    await expect(reader.get_by_test_id("rfc-body")).to_contain_text("A human lives.")


async def test_an_unknown_guest_is_refused_beside_the_field(people: People, server: RunningServer) -> None:
    page = await contributing(people, server, "guests")
    await page.get_by_test_id("branch-settings-open").click()

    await page.get_by_test_id("branch-invite").fill("nobody-at-all")
    await page.keyboard.press("Enter")

    await expect(page.locator("#branch-invite-hint")).to_contain_text("nobody-at-all")
    await expect(page.get_by_test_id("branch-invite")).to_have_value("nobody-at-all")


async def test_a_closed_branch_can_be_read_and_reopened(people: People, server: RunningServer) -> None:
    page = await contributing(people, server, "closed")
    await page.get_by_test_id("branch-settings-open").click()

    await page.get_by_test_id("branch-close").click()

    await expect(page.get_by_test_id("branch-reopen")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("branch-note")).to_contain_text("This branch is closed.")
    await expect(page.get_by_test_id("rfc-body")).to_contain_text("A human lives.")
    await expect(page.get_by_test_id("mode-toggle").get_by_text("Contribute")).to_have_attribute(
        "aria-disabled", "true"
    )
    await page.get_by_test_id("note-reopen").click()
    await expect(page.get_by_test_id("branch-note")).to_have_count(0)


async def test_who_writes_is_told_why_that_ends_and_goes_on_where_it_is_reopened(
    people: People, server: RunningServer
) -> None:
    page = await contributing(people, server, "sent-away")
    owner = await people.person(OWNER, path_of(page, server))
    await owner.get_by_test_id("branch-settings-open").click()

    await owner.get_by_test_id("branch-close").click()
    await expect(page.get_by_test_id("toast")).to_contain_text("This branch is closed.")
    await expect(page.locator(".cm-content")).to_have_count(0)
    await owner.get_by_test_id("branch-reopen").click()

    await expect(page.get_by_test_id("editor").locator(".cm-content")).to_contain_text("A human lives.")
    await type_at_the_top(page, "Again. ")
    await expect(page.get_by_test_id("preview")).to_contain_text("Again. ")


async def test_escape_then_tab_leaves_the_editor(people: People, server: RunningServer) -> None:
    page = await contributing(people, server, "leaving")
    await page.locator(".cm-content").click()

    await page.keyboard.press("Escape")
    await page.keyboard.press("Tab")

    await expect(page.locator(".cm-content")).not_to_be_focused()


async def test_every_button_of_the_bar_can_be_seen_and_none_lies_over_another(
    people: People, server: RunningServer
) -> None:
    page = await contributing(people, server, "barred", login=OWNER)
    await type_at_the_top(page, "More. ")
    await expect(page.get_by_test_id("open-pr")).to_be_visible()
    await page.get_by_test_id("branch-settings-open").click()
    await page.get_by_test_id("visibility-private").check()
    await page.keyboard.press("Escape")
    private = page.get_by_test_id("branch-state").get_by_text("Private")
    await expect(private).to_be_visible()

    for path in (page.url, f"{path_of(page, server)}?mode=discuss", "/rfc/barred"):
        await open_page(page, path)
        await page.evaluate("document.fonts.ready.then(() => null)")
        for width in (320, 390, 760, 920, 1024, 1120, 1280, 1440):
            await page.set_viewport_size({"width": width, "height": 768})
            assert (path, width, await page.evaluate(TROUBLE_IN_THE_BAR)) == (path, width, [])
            if "contribute" in path:
                await expect(page.get_by_test_id("save-now")).to_be_visible()


async def test_why_one_may_not_edit_is_told_below_the_bar_which_holds_names_chips_and_buttons(
    people: People, server: RunningServer
) -> None:
    writer = await contributing(people, server, "told-below")
    reader = await people.person(READER, None, viewport=BESIDE)
    stranger = await people.stranger(viewport=BESIDE)
    for page in (reader, stranger):
        await open_page(page, path_of(writer, server))

    await expect(reader.get_by_test_id("edit-note")).to_contain_text("can edit this branch")
    await expect(stranger.get_by_test_id("edit-note")).to_have_text("Sign in to edit.")
    await expect(reader.get_by_role("button", name="Contribute")).to_have_accessible_description(
        re.compile("can edit this branch")
    )
    await let_everybody_edit(writer)
    await expect(reader.get_by_test_id("edit-note")).to_have_count(0)


async def test_headings_in_the_contents_and_the_switch_of_marks_are_24_px_to_a_finger(
    people: People, server: RunningServer
) -> None:
    page = await contributing(people, server, "big-enough", body=f"{BODY}\n## Limits\n\nNone.\n")
    await type_at_the_top(page, "More. ")
    await page.get_by_test_id("mode-toggle").get_by_text("Discuss").click()
    await expect(page.locator(".r-contents a").first).to_be_visible()

    heights = await page.locator(".r-contents a").evaluate_all("all => all.map((one) => one.offsetHeight)")
    assert min(heights) >= 24
    reached = await page.get_by_test_id("show-changes").evaluate(
        """one => { const { x, y, width, height } = one.getBoundingClientRect();
            return [[0, -11.5], [0, 11.5], [-11.5, 0], [11.5, 0]].every(([by, down]) =>
                document.elementFromPoint(x + width / 2 + by, y + height / 2 + down) === one); }"""
    )
    assert reached


async def test_on_a_phone_what_is_typed_can_be_saved_now(people: People, server: RunningServer) -> None:
    page = await contributing(people, server, "saved-on-a-phone")
    await page.set_viewport_size({"width": 390, "height": 844})
    await type_at_the_top(page, "More. ")
    save = page.get_by_test_id("save-now")
    await expect(save).not_to_have_attribute("aria-disabled", "true")

    await save.click()

    await expect(save).to_have_attribute("aria-disabled", "true")


async def test_on_a_phone_source_and_preview_take_turns(people: People, server: RunningServer) -> None:
    page = await contributing(people, server, "turns")
    await page.set_viewport_size({"width": 320, "height": 640})
    await expect(page.get_by_test_id("preview")).to_be_hidden()

    await page.get_by_test_id("show-preview").click()

    await expect(page.get_by_test_id("preview")).to_be_visible()
    await expect(page.get_by_test_id("editor")).to_be_hidden()
    assert await page.evaluate("document.documentElement.scrollWidth") == 320
    await page.get_by_test_id("show-source").click()
    await expect(page.get_by_test_id("editor")).to_be_visible()


async def test_source_and_preview_scroll_together(people: People, server: RunningServer) -> None:
    body = "".join(
        f"## Part {number}\n\n{'A sentence that fills lines. ' * 30}\n\n" for number in range(1, 13)
    )
    page = await reading(people, server, REVIEWER, "scrolling", body=f"A human lives.\n\n{body}")
    await page.get_by_test_id("start-contributing").click()
    await page.wait_for_url("**/branch/**")
    await expect(page.locator(".cm-content")).to_contain_text("A human lives.")

    await page.locator(".cm-scroller").hover()
    await page.mouse.wheel(0, 3000)
    await expect(page.locator("#doc-part-1")).not_to_be_in_viewport()

    await page.wait_for_function("document.querySelector('.cm-scroller').scrollTop > 1000")
    before = await page.locator(".cm-scroller").evaluate("one => one.scrollTop")
    await page.get_by_test_id("preview").hover()
    await page.mouse.wheel(0, -9000)
    await page.wait_for_function(
        "before => document.querySelector('.cm-scroller').scrollTop < before - 500", arg=before
    )
