"""The reading page and its conversation, as people see them in their browsers (§8.1, §8.2, §8.4)."""

from __future__ import annotations

import asyncio
import base64

from playwright.async_api import Browser, Page, Route, expect

from tests.support.browser import People, open_page, ready
from tests.support.meta_files import write_file
from tests.support.server import META, ORG, READER, WRITER, RunningServer, running_server

SECTIONS = "".join(
    f"\n## Part {number}\n\n{'A sentence that fills the page. ' * 40}\n" for number in range(1, 8)
)

SCROLL_TO = """(heading, share) => {
  const column = heading.closest(".r-scroll"), box = column.getBoundingClientRect();
  column.scrollTop += heading.getBoundingClientRect().top - box.top - box.height * share;
}"""
"""Until the heading stands below this share of its column."""


def entry(slug: str, body: str) -> str:
    return f"---\nslug: {slug}\ntitle: The {slug}\nstate: super-draft\nproposed_by: {WRITER}\ntags: [core]\n---\n{body}"


async def opened(people: People, server: RunningServer, slug: str, body: str) -> Page:
    """A stranger's page of an entry that was just committed."""
    page = await people.stranger()
    await open_page(page, "/catalog")
    write_file(server, f"rfcs/{slug}.md", entry(slug, body))
    await page.get_by_test_id(f"catalog-row-{slug}").click()
    await page.wait_for_url(f"**/rfc/{slug}")
    await ready(page)
    await letters_are_there(page)
    return page


def rewrite(server: RunningServer, slug: str, body: str) -> None:
    """Commit another text of an entry."""
    path = f"/api/v1/repos/{ORG}/{META}/contents/rfcs/{slug}.md"
    content = base64.b64encode(entry(slug, body).encode()).decode()
    sha = server.forge.admin.get(path).json()["sha"]
    answer = server.forge.admin.put(path, json={"content": content, "sha": sha, "message": "Change it"})
    assert answer.status_code == 200, answer.text


async def stands_at(page: Page, anchor: str, top: int) -> None:
    """Wait until a heading stands there, for the browser keeps a reader's place when it lays the page out."""
    await page.wait_for_function(
        "([id, top]) => Math.abs(document.getElementById(id).getBoundingClientRect().top - top) <= 1",
        arg=[f"doc-{anchor}", top],
    )


async def letters_are_there(page: Page) -> None:
    """Wait until the text is laid out in its own letters, so that nothing moves by itself any more."""
    await page.evaluate("document.fonts.ready.then(() => null)")


async def top_of(page: Page, anchor: str) -> int:
    """How far below the window's top a heading stands, in pixels."""
    return round(await page.locator(f"#doc-{anchor}").evaluate("one => one.getBoundingClientRect().top"))


async def test_a_super_draft_shows_what_it_is(people: People, server: RunningServer) -> None:
    page = await opened(people, server, "reading", "# The reading\n\nIt *says* something.\n")

    await expect(page.get_by_test_id("rfc-title")).to_have_text("The reading")
    await expect(page.get_by_test_id("rfc-state")).to_have_text("Super-draft")
    await expect(page.get_by_test_id("rfc-body")).to_have_text("It says something.")
    await expect(page.get_by_test_id("rfc-breadcrumb")).to_have_text("reading/main")
    await expect(page.get_by_test_id("raw-link")).to_have_attribute("href", "/api/rfcs/reading/raw")
    assert await page.locator("h1").count() == 1


async def test_a_link_to_a_heading_opens_there_and_marks_it_in_the_contents(
    people: People, server: RunningServer
) -> None:
    page = await opened(people, server, "headings", SECTIONS)
    await page.set_viewport_size({"width": 1440, "height": 900})

    await open_page(page, "/rfc/headings?from=elsewhere#part-5")

    current = page.locator(".r-contents [aria-current]")
    await expect(current).to_have_text("5Part 5")
    await expect(page.locator("#doc-part-5")).to_be_in_viewport()
    await page.locator(".r-contents").get_by_text("Part 2").click()
    await expect(page.locator("#doc-part-2")).to_be_in_viewport()
    await expect(current).to_have_text("2Part 2")
    await expect(page).to_have_url(f"{server.url}/rfc/headings?from=elsewhere#part-2")
    await page.go_back()
    await expect(page.locator("#doc-part-5")).to_be_in_viewport()


async def test_letters_that_come_late_call_nobody_back_to_the_heading(
    people: People, server: RunningServer
) -> None:
    await opened(people, server, "late-letters", SECTIONS)
    reader, arrived = await people.person(READER, None), asyncio.Event()
    await reader.route("**/*.woff2", lambda route: _continued_after(arrived, route))
    await reader.goto("/rfc/late-letters#part-5", wait_until="commit")
    await ready(reader)
    await expect(reader.locator("#doc-part-5")).to_be_focused()
    await reader.get_by_test_id("prompt-input").focus()
    await reader.keyboard.type("Half a")

    arrived.set()
    await reader.evaluate("document.fonts.ready.then(() => null)")
    await reader.keyboard.type(" thought")

    await expect(reader.get_by_test_id("prompt-input")).to_have_value("Half a thought")


async def test_back_leads_to_where_one_was_reading(people: People, server: RunningServer) -> None:
    page = await opened(people, server, "there-and-back", SECTIONS)
    await page.set_viewport_size({"width": 1440, "height": 900})
    await letters_are_there(page)
    await page.locator("#doc-part-2").evaluate(SCROLL_TO, 0.2)
    before = await top_of(page, "part-2")
    await page.locator(".r-contents").get_by_text("Part 6").click()
    await expect(page.locator("#doc-part-6")).to_be_in_viewport()

    await page.go_back()

    await expect(page.locator("#doc-part-2")).to_be_in_viewport()
    await stands_at(page, "part-2", before)
    await page.get_by_test_id("about-link").click()
    await page.wait_for_url("**/philosophy")
    await page.go_back()
    await ready(page)
    await expect(page.locator("#doc-part-2")).to_be_in_viewport()
    await stands_at(page, "part-2", before)
    await open_page(page, "/rfc/there-and-back")
    await expect(page.locator("#doc-part-2")).not_to_be_in_viewport()


async def test_a_heading_below_a_diagram_stays_where_its_link_led_until_one_scrolls(
    people: People, server: RunningServer
) -> None:
    chart = "".join(f"  A{number} --> A{number + 1}\n" for number in range(12))
    page = await opened(people, server, "drawn", f"```mermaid\ngraph TD\n{chart}```\n\n## End\n\nIt ends.\n")
    await page.set_viewport_size({"width": 1440, "height": 900})

    await open_page(page, "/rfc/drawn#end")

    await expect(page.locator(".r-diagram svg")).to_have_count(1)
    await expect(page.locator("#doc-end")).to_be_in_viewport()
    await page.mouse.move(700, 300)
    await page.mouse.wheel(0, -900)
    await expect(page.locator("#doc-end")).not_to_be_in_viewport()
    await page.locator(".r-docmain").evaluate("one => { one.style.paddingBottom = '300px'; }")
    await page.evaluate(
        "new Promise((on) => requestAnimationFrame(() => requestAnimationFrame(() => on(null))))"
    )
    await expect(page.locator("#doc-end")).not_to_be_in_viewport()


async def test_contents_and_prompt_name_the_same_section(people: People, server: RunningServer) -> None:
    await opened(people, server, "agreed", SECTIONS)
    writer = await people.person(WRITER, "/rfc/agreed", viewport={"width": 1440, "height": 900})
    await letters_are_there(writer)

    for share, number in ((0.1, 4), (0.25, 4), (0.4, 3)):
        await writer.locator("#doc-part-4").evaluate(SCROLL_TO, share)
        await expect(writer.locator(".r-contents [aria-current] b")).to_have_text(str(number))
        await expect(writer.get_by_test_id("prompt-reach-section")).to_contain_text(f"§{number}")


async def test_a_text_that_changes_waits_for_the_reader_and_keeps_their_place(
    people: People, server: RunningServer
) -> None:
    page = await opened(people, server, "moving", SECTIONS)
    await page.locator("#doc-part-4").evaluate("one => one.scrollIntoView()")
    before = await top_of(page, "part-4")

    rewrite(server, "moving", "\nA new beginning.\n" + SECTIONS)
    await expect(page.get_by_test_id("show-new-text")).to_be_visible()

    await stands_at(page, "part-4", before)
    await page.get_by_test_id("show-new-text").click()
    await expect(page.get_by_test_id("rfc-body")).to_contain_text("A new beginning.")
    await stands_at(page, "part-4", before)
    fresh = await people.stranger()
    await open_page(fresh, "/rfc/moving")
    body = page.get_by_test_id("rfc-body")
    assert await fresh.get_by_test_id("rfc-body").inner_html() == await body.inner_html()


async def test_a_message_reaches_every_reader(people: People, server: RunningServer) -> None:
    stranger = await opened(people, server, "talked-about", "Text.\n")
    writer = await people.person(WRITER, None)
    await open_page(writer, "/rfc/talked-about")

    await writer.get_by_test_id("chat-input").fill("First *line*")
    await writer.keyboard.press("Shift+Enter")
    await writer.keyboard.type("<b>second</b> [of it](talked-about.md)")
    await writer.keyboard.press("Enter")

    for page in (writer, stranger):
        message = page.get_by_test_id("chat-message")
        await expect(message).to_have_count(1)
        await expect(message.locator("em")).to_have_text("line")
        await expect(message).to_contain_text("<b>second</b>")
        await expect(message.locator("a")).to_have_attribute("href", "/rfc/talked-about")
    await expect(writer.get_by_test_id("chat-input")).to_have_value("")


async def test_a_message_being_written_survives_a_reload(people: People, server: RunningServer) -> None:
    await opened(people, server, "drafts", "Text.\n")
    reader = await people.person(READER, None)
    await open_page(reader, "/rfc/drafts")
    await reader.get_by_test_id("chat-input").fill("Half a thought")

    await reader.reload()

    await expect(reader.get_by_test_id("chat-input")).to_have_value("Half a thought")


async def test_no_script_of_a_document_ever_runs(people: People, server: RunningServer) -> None:
    page = await opened(
        people,
        server,
        "attack",
        "<script>window.hit = 1</script>\n\n<img src=x onerror='window.hit = 1'>\n\n"
        "[click](javascript:window.hit=1) # App\n\n## getElementById\n\n## app\n\n## c4\n",
    )

    await expect(page.get_by_test_id("rfc-body")).to_contain_text("<script>window.hit = 1</script>")
    assert await page.evaluate("window.hit") is None
    assert await page.evaluate("typeof document.getElementById") == "function"


async def test_the_page_fits_a_narrow_phone(people: People, server: RunningServer) -> None:
    wide = f"| {'a_long_cell_' * 8} | {'b' * 60} |\n|---|---|\n| 1 | 2 |\n\n```\n{'x' * 300}\n```\n\n{'y' * 300}\n"
    page = await opened(people, server, "narrow", wide)

    await page.set_viewport_size({"width": 320, "height": 640})

    assert await page.evaluate("document.documentElement.scrollWidth") == 320
    assert (
        await page.locator("main[data-col=document] .r-scroll").evaluate(
            "one => one.scrollWidth - one.clientWidth"
        )
        == 0
    )


async def test_while_gitea_is_away_reading_and_talking_go_on(browser: Browser) -> None:
    with running_server() as server:
        people = People(browser, server.url)
        writer = await people.person(WRITER)
        write_file(server, "rfcs/kept.md", entry("kept", "Still here.\n"))
        await expect(writer.get_by_test_id("catalog-row-kept")).to_be_visible()
        # a page that is open would load itself anew just when another is asked for
        await writer.goto("about:blank")
        server.forge.kill()
        server.restart()

        await open_page(writer, "/rfc/kept")

        await expect(writer.get_by_test_id("rfc-body")).to_have_text("Still here.")
        await expect(writer.get_by_test_id("outage")).to_contain_text("Gitea can’t be read at the moment.")
        await writer.get_by_test_id("chat-input").fill("Are you there?")
        await writer.keyboard.press("Enter")
        await expect(writer.get_by_test_id("chat-message")).to_contain_text("Are you there?")
        await writer.get_by_test_id("propose-open").click()
        await writer.get_by_test_id("propose-title").fill("While it is away")
        await writer.get_by_test_id("propose-pitch").fill("Kept for later")
        await expect(writer.get_by_test_id("propose-slug")).to_have_value("while-it-is-away")
        await writer.get_by_test_id("propose-submit").click()
        await expect(writer.get_by_test_id("propose-problem")).to_contain_text("Gitea", timeout=60_000)
        await expect(writer.get_by_test_id("propose-pitch")).to_have_value("Kept for later")
        await people.leave()


DIAGRAM = """
The way of a memory.

```mermaid
flowchart LR
  event([What happened]) --> trace["<img src=x onerror=window.ran=1>left of it"]
  click event "javascript:window.ran=1"
```

```mermaid
flowchart LR
  broken -->
```

It leads to [another](link-target.md).
"""


async def test_diagrams_are_drawn_and_nothing_in_them_runs(people: People, server: RunningServer) -> None:
    page = await opened(people, server, "diagrams", DIAGRAM)
    text = page.get_by_test_id("rfc-body")

    drawn = text.locator(".r-diagram svg")
    await expect(drawn).to_contain_text("What happened")
    await expect(drawn).to_have_count(1)
    await expect(drawn).to_contain_text("<img src=x")
    await expect(text).to_contain_text("This diagram can’t be drawn")
    await drawn.get_by_text("What happened").click()
    assert await page.evaluate("window.ran") is None
    assert await drawn.locator("a[href], a[*|href]").count() == 0
    assert await drawn.locator("img, foreignObject img, script").count() == 0
    await page.get_by_test_id("diagram-source").click()
    await expect(text.locator("pre").first).to_be_visible()
    await expect(drawn).to_be_hidden()


async def test_a_link_to_another_rfc_says_what_it_is_and_paper_shows_the_text_alone(
    people: People, server: RunningServer
) -> None:
    write_file(server, "rfcs/link-target.md", entry("link-target", "A target is *aimed* at.\n"))
    text = "It leads to [another](link-target.md).\n" + "\nMore words.\n" * 60
    page = await opened(people, server, "link-source", text)
    link = page.get_by_test_id("rfc-body").get_by_role("link", name="another")
    card = page.get_by_test_id("link-card")

    scrolled = asyncio.Event()
    await page.route("**/api/catalog/cards/*", lambda route: _continued_after(scrolled, route))
    async with page.expect_request("**/api/catalog/cards/*"):
        await link.hover()
    # A text that is still being laid out moves by itself, while the first card is on its way.
    await page.get_by_test_id("rfc-body").evaluate(
        """text => new Promise((seen) => {
            const column = text.closest(".r-scroll");
            column.addEventListener("scroll", seen, { once: true });
            column.scrollBy(0, 2);
        })"""
    )
    scrolled.set()
    await expect(card).to_contain_text("The link-target")
    await expect(card).to_contain_text("A target is aimed at.")
    await expect(card).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(card).to_be_hidden()

    await page.emulate_media(media="print")
    await expect(page.get_by_test_id("rfc-body")).to_be_visible()
    for beside in (page.locator(".r-top"), page.locator(".r-promptwrap"), page.locator("aside").first):
        await expect(beside).to_be_hidden()


async def _continued_after(happened: asyncio.Event, route: Route) -> None:
    await happened.wait()
    await route.continue_()
