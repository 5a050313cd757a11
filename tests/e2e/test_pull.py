"""Reviewing a pull request, as people see it (§10.3–§10.5)."""

from __future__ import annotations

import os
import re
from pathlib import Path

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from tests.e2e.test_workspace import TROUBLE_IN_THE_BAR, contributing, path_of
from tests.support.browser import People, open_page, ready
from tests.support.editing import everything_is_sent
from tests.support.server import OWNER, WRITER, RunningServer

WIDE = {"width": 1440, "height": 900}
QUIET = "".join(f"Sentence number {number} stays as it is.\n\n" for number in range(8))
BODY = (
    f"# Reviewed\n\nIt opens quietly.\n\n## Why\n\n{QUIET}The last one counts all of them here.\n\n"
    "## Who\n\nNobody speaks for someone else.\n\n- one thing\n- another thing\n"
)
STRUCK = """
## What goes

A whole paragraph goes *entirely*, with `marks` in it.

- an item stays
- an item vanishes

```py
keep = 1
gone = 2
```

| a | b |
|---|---|
| kept cell | kept |
| lost cell | lost |
"""
LEFT = """
## What goes

- an item stays

```py
keep = 1
```

| a | b |
|---|---|
| kept cell | kept |
"""
KINDS = ["whole paragraph goes", "an item vanishes", "gone = 2", "lost cell"]
"""Of a paragraph, a list, code and a table."""
RIGHT_EDGE = "(one) => one.getBoundingClientRect().right"
LEFT_EDGE = "(element) => element.getBoundingClientRect().left"
BEYOND_THE_COLUMN = """() => [...document.querySelectorAll("main .r-pullhead *, main .r-facts *")]
  .filter((part) => part.getBoundingClientRect().right > innerWidth).map((part) => part.outerHTML)"""
SELECT = """([words, struck]) => {
  const article = document.querySelector('[data-testid="diff-view"]');
  const walker = document.createTreeWalker(article, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const at = walker.currentNode.data.indexOf(words);
    if (at < 0 || Boolean(walker.currentNode.parentElement.closest("del")) !== struck) continue;
    walker.currentNode.parentElement.scrollIntoView({ block: "center" });
    getSelection().setBaseAndExtent(walker.currentNode, at, walker.currentNode, at + words.length);
    return true;
  }
  return false;
}"""
"""Whether the words are there; they are selected then."""


async def pull_of(people: People, server: RunningServer, slug: str, more: str = "", left: str = "") -> Page:
    """The writer's page of a pull request that changes two sections, and makes `left` of `more` behind them."""
    page = await contributing(people, server, slug, login=WRITER, body=BODY + more)
    changed = (
        BODY.replace("all of them", "all three").replace("else.\n", "else. The record names both.\n") + left
    )
    await page.locator(".cm-content").click()
    await page.keyboard.press("Control+A")
    await page.keyboard.insert_text(changed)
    await everything_is_sent(page)
    await page.get_by_test_id("open-pr").click()
    await expect(page.get_by_test_id("pr-title")).not_to_have_value("")
    await page.get_by_test_id("pr-title").fill("Say who speaks")
    await page.get_by_test_id("pr-submit").click()
    await page.wait_for_url(re.compile(r"/pr/\d+$"))
    await ready(page)
    return page


async def select(page: Page, words: str, *, struck: bool = False) -> None:
    await page.wait_for_function(SELECT, arg=[words, struck])


async def write(page: Page, how: str, text: str) -> None:
    await page.get_by_test_id(f"selection-{how}").click()
    await page.get_by_test_id("compose-text").fill(text)
    await page.get_by_test_id("compose-send").click()
    await expect(page.get_by_test_id("compose-text")).to_have_count(0)


async def picture(page: Page, name: str) -> None:
    folder = os.environ.get("RFC_UI_PICTURES")
    if folder:
        await page.screenshot(path=str(Path(folder) / f"{name}.png"))


async def violations(page: Page) -> str:
    found = await Axe().run(page, context="main, aside")
    serious = [one for one in found.response["violations"] if one["impact"] in ("serious", "critical")]
    return "\n".join(f"{one['id']}: {[node['html'][:160] for node in one['nodes'][:3]]}" for one in serious)


async def test_a_question_is_about_a_section_one_sees_and_not_about_a_folded_one(
    people: People, server: RunningServer
) -> None:
    last = f"\n## Last\n\n{QUIET}"
    writer = await pull_of(people, server, "asked-while-folded", more=last, left=last)

    await expect(writer.get_by_test_id("diff-view").get_by_role("heading", name="Last")).to_be_hidden()
    await expect(writer.get_by_test_id("prompt-reach-section")).to_contain_text("§1")


async def test_a_pull_request_is_read_reviewed_and_merged_before_everybodys_eyes(
    people: People, server: RunningServer
) -> None:
    writer = await pull_of(people, server, "reviewed")
    arbiter = await people.person(OWNER, None, viewport=WIDE)
    await open_page(arbiter, path_of(writer, server))
    diff = arbiter.get_by_test_id("diff-view")
    await expect(arbiter.get_by_test_id("pr-state")).to_have_text(re.compile("Open"))
    await expect(diff.locator("del")).to_have_text(["of them"])
    await expect(diff.locator("ins")).to_have_text(["three", "The record names both."])
    await expect(arbiter.get_by_role("button", name="⋯ 7 paragraphs unchanged")).to_be_visible()
    await picture(arbiter, "rendered")

    # section by section
    contents = arbiter.get_by_test_id("diff-contents")
    await expect(contents.locator(".r-tocn:visible")).to_have_text(["1", "1"])
    await contents.get_by_role("link", name=re.compile("Who")).click()
    await expect(contents.locator("[aria-current]")).to_contain_text("Who")

    # from change to change, by keyboard
    await arbiter.keyboard.press("n")
    await expect(arbiter.get_by_test_id("diff-position")).to_have_text("1 of 2")
    await arbiter.keyboard.press("n")
    await expect(diff.locator("[data-current]")).to_contain_text("The record names both.")
    await arbiter.keyboard.press("p")
    await expect(diff.locator("[data-current]")).to_contain_text("all")

    # a review of an unchanged sentence, seen by the writer at once
    await select(arbiter, "Nobody speaks for someone else.")
    await write(arbiter, "comment", "Is this so?")
    await expect(writer.locator('[data-testid^="thread-"]').first).to_contain_text("Is this so?")
    await expect(writer.get_by_test_id("diff-view").locator("mark.thread")).to_have_text(
        "Nobody speaks for someone else."
    )

    # a suggestion, accepted in place by the branch's people
    await select(arbiter, "The record names both.")
    await write(arbiter, "suggest", "The record names both, in order.")
    await writer.get_by_role("tab", name=re.compile("Chat")).click()
    await writer.get_by_test_id("change-accept").first.click()
    for page in (writer, arbiter):
        await expect(page.get_by_test_id("diff-view")).to_contain_text("The record names both, in order.")
    await expect(writer.get_by_test_id("change-accept")).to_have_count(0)

    # one made in a thread offers to resolve it
    await select(arbiter, "speaks for someone")
    await write(arbiter, "suggest", "speaks for anyone")
    await writer.get_by_test_id("change-accept").first.click()
    await writer.get_by_test_id("toast-lead").click()
    thread = writer.locator('[data-testid^="thread-"][data-state="open"]')
    await expect(thread).to_contain_text("A change made in this thread was accepted. Is it settled?")
    await thread.get_by_test_id("thread-resolve").click()
    await expect(arbiter.locator('[data-testid^="thread-"][data-state="resolved"]')).to_have_count(1)
    for page in (writer, arbiter):  # nothing is ticked or merged before its commit is shown
        await expect(page.get_by_test_id("diff-view").locator("ins", has_text="anyone")).to_have_count(1)

    # the three views, and a tick that stays
    await expect(arbiter.get_by_test_id("diff-viewed")).to_have_text("Viewed 0 of 2")
    await arbiter.get_by_test_id("section-viewed").first.check()
    await expect(arbiter.get_by_test_id("diff-viewed")).to_have_text("Viewed 1 of 2")
    await expect(contents.locator(".r-tocn:visible")).to_have_count(1)
    await expect(contents.locator(".i-check:visible")).to_have_count(1)
    await arbiter.get_by_test_id("diff-mode-split").click()
    await expect(diff).to_have_class(re.compile("r-sbs"))
    await expect(diff.locator('.row-ins[data-side="after"]').first).to_contain_text("all three")
    await picture(arbiter, "split")
    await arbiter.get_by_test_id("diff-mode-source").click()
    await expect(diff.locator('.ins[data-side="after"] ins').first).to_have_text("three")
    await picture(arbiter, "source")
    await arbiter.get_by_test_id("diff-mode-rendered").click()
    await expect(arbiter.get_by_test_id("diff-mode-rendered")).to_have_attribute("aria-checked", "true")
    assert await violations(arbiter) == ""
    await arbiter.reload()
    await ready(arbiter)
    await expect(arbiter.get_by_test_id("diff-viewed")).to_have_text("Viewed 1 of 2")

    await arbiter.get_by_test_id("pr-merge").dblclick()

    await expect(arbiter.get_by_test_id("toast")).to_have_text(
        re.compile("^Merged")
    )  # it stays for a while only
    for page in (arbiter, writer):
        await expect(page.get_by_test_id("pr-state")).to_have_text(re.compile("Merged"))
    await expect(writer.get_by_test_id("pr-merge")).to_have_count(0)

    # words of a merged one are nothing to act on any more, but people still talk
    await writer.get_by_role("tab", name=re.compile("Chat")).click()
    await expect(writer.locator('[data-testid^="change-card-"]').first).to_be_visible()
    await expect(writer.get_by_test_id("change-undo")).to_have_count(0)
    await expect(writer.get_by_test_id("prompt-off")).to_contain_text("This PR has been merged.")
    await select(writer, "Nobody speaks for")
    await expect(writer.locator(".r-seltool__off")).to_contain_text("This PR has been merged.")
    await expect(writer.get_by_test_id("selection-suggest")).to_have_count(0)
    await expect(writer.get_by_test_id("chat-input")).to_be_visible()


async def test_only_who_may_decides_and_words_can_be_edited_and_withdrawn(
    people: People, server: RunningServer
) -> None:
    writer = await pull_of(people, server, "withdrawn-pull")
    stranger = await people.stranger(viewport={"width": 390, "height": 844})
    await open_page(stranger, path_of(writer, server))
    await picture(stranger, "phone")
    await expect(writer.get_by_test_id("pr-merge")).to_have_attribute("aria-disabled", "true")

    await writer.get_by_test_id("pr-edit").click()
    await writer.get_by_test_id("pr-title").fill("Say who speaks for whom")
    await writer.get_by_test_id("pr-save").click()
    await expect(stranger.get_by_test_id("pr-heading")).to_have_text("Say who speaks for whom")
    await expect(writer.get_by_test_id("pr-save")).to_be_hidden()  # Gitea may tell of it before it is over
    await writer.emulate_media(color_scheme="dark")
    await picture(writer, "dark")

    # two presses are one, and the second does not land on what stands there afterwards
    await writer.get_by_test_id("pr-withdraw").dblclick()

    await expect(stranger.get_by_test_id("pr-state")).to_have_text(re.compile("Withdrawn"))
    await writer.get_by_test_id("pr-reopen").dblclick()
    await expect(writer.get_by_test_id("pr-state")).to_have_text(re.compile("Open"))
    await expect(stranger.get_by_test_id("pr-state")).to_have_text(re.compile("Open"))
    await expect(writer.get_by_test_id("pr-withdraw")).not_to_have_attribute("aria-busy", "true")
    await expect(writer.get_by_test_id("toast")).to_have_count(0)


async def test_c_comments_on_the_change_one_went_to_and_nothing_moves_under_the_pointer(
    people: People, server: RunningServer
) -> None:
    writer = await pull_of(people, server, "walked-by-keys")
    await writer.set_viewport_size(WIDE)  # type: ignore[arg-type]
    for mode in ("rendered", "split", "source"):
        button = writer.get_by_test_id(f"diff-mode-{mode}")
        before = await button.evaluate(LEFT_EDGE)
        await button.click()
        await expect(button).to_have_attribute("aria-checked", "true")
        assert await button.evaluate(LEFT_EDGE) == before
        await writer.get_by_test_id("diff-view").hover()
        rail = writer.locator("html[data-catalog-rail]")
        await expect(rail).to_have_count(1 if mode == "split" else 0)

        await writer.keyboard.press("n")
        await expect(writer.get_by_test_id("diff-position")).to_have_text(re.compile("of 2"))
        await writer.keyboard.press("c")
        await expect(writer.get_by_test_id("compose-text")).to_be_focused()
        await writer.keyboard.type(f"np? {mode}")
        await expect(writer.get_by_test_id("compose-text")).to_have_value(f"np? {mode}")
        await writer.keyboard.press("Enter")
        await expect(
            writer.locator('[data-testid^="thread-"][data-state="open"]').filter(has_text=mode)
        ).to_have_count(1)


async def test_what_somebody_else_wrote_meanwhile_is_shown_and_not_overwritten(
    people: People, server: RunningServer
) -> None:
    writer = await pull_of(people, server, "reworded-twice")
    owner = await people.person(OWNER, None)
    await open_page(owner, path_of(writer, server))
    for page in (writer, owner):
        await page.get_by_test_id("pr-edit").click()
        await expect(page.get_by_test_id("pr-title")).to_have_value("Say who speaks")

    # each changes something else
    await owner.get_by_test_id("pr-title").fill("Say who speaks for whom")
    await owner.get_by_test_id("pr-save").click()
    await expect(writer.get_by_test_id("pr-heading")).to_have_text("Say who speaks for whom")
    await expect(owner.get_by_test_id("pr-save")).to_be_hidden()  # Gitea may tell of it before it is over
    await writer.get_by_test_id("pr-description").fill("From the writer.")
    await writer.get_by_test_id("pr-save").click()
    await expect(owner.get_by_test_id("pr-described")).to_have_text("From the writer.")
    await expect(owner.get_by_test_id("pr-heading")).to_have_text("Say who speaks for whom")
    await expect(writer.get_by_test_id("pr-save")).to_be_hidden()

    # both change the same
    for page in (writer, owner):
        await page.get_by_test_id("pr-edit").click()
        await expect(page.get_by_test_id("pr-save")).to_be_visible()
        await expect(page.get_by_test_id("pr-description")).to_have_value("From the writer.")
    await owner.get_by_test_id("pr-description").fill("From the ow")
    await owner.reload()  # nothing written is lost
    await expect(owner.get_by_test_id("pr-description")).to_be_visible()
    await expect(owner.get_by_test_id("pr-description")).to_have_value("From the ow")
    await owner.get_by_test_id("pr-description").fill("From the owner.")
    await owner.get_by_test_id("pr-save").click()
    await expect(writer.get_by_test_id("pr-described")).to_have_text("From the owner.")
    await expect(owner.get_by_test_id("pr-save")).to_be_hidden()
    await writer.get_by_test_id("pr-description").fill("Better, from the writer.")
    await writer.get_by_test_id("pr-save").click()
    await expect(writer.get_by_test_id("pr-words-problem")).to_contain_text(
        "The description has been changed by somebody else while you were writing: nothing was saved."
    )
    await expect(writer.get_by_test_id("pr-description-now")).to_contain_text("From the owner.")
    await expect(writer.get_by_test_id("pr-title-now")).to_have_count(0)
    await expect(writer.get_by_test_id("pr-description")).to_have_value("Better, from the writer.")
    await expect(writer.get_by_test_id("pr-described")).to_have_text("From the owner.")

    # and decides knowingly; who asks for the form while it is being saved gets it again
    await writer.get_by_test_id("pr-save").evaluate(
        """(save) => { save.click(); document.querySelector('[data-testid="pr-edit"]').click(); }"""
    )
    for page in (writer, owner):
        await expect(page.get_by_test_id("pr-described")).to_have_text("Better, from the writer.")
    await expect(writer.get_by_test_id("pr-save")).not_to_have_attribute("data-busy", "")
    await expect(writer.get_by_test_id("pr-words-problem")).to_have_count(0)
    await expect(writer.get_by_test_id("pr-description")).to_be_visible()
    await expect(writer.get_by_test_id("pr-description")).to_have_value("Better, from the writer.")
    await writer.reload()  # nor kept once it is saved
    await expect(writer.get_by_test_id("pr-described")).to_have_text("Better, from the writer.")
    await expect(writer.get_by_test_id("pr-save")).to_be_hidden()


async def test_removed_words_are_commented_on_and_suggested_back_in_all_three_views(
    people: People, server: RunningServer
) -> None:
    writer = await pull_of(people, server, "struck-words", STRUCK, LEFT)
    arbiter = await people.person(OWNER, None, viewport=WIDE)
    await open_page(arbiter, path_of(writer, server))
    marks = arbiter.get_by_test_id("diff-view").locator("mark.thread")
    threads = arbiter.locator('[data-testid^="thread-"][data-state="open"]')

    # in the rendered text
    await select(arbiter, "of them", struck=True)
    await expect(arbiter.get_by_test_id("selection-comment")).to_be_visible()
    await expect(arbiter.get_by_test_id("selection-ask")).to_have_count(0)
    await write(arbiter, "comment", "Why not of them?")
    await expect(arbiter.locator("del mark.thread")).to_have_text("of them")
    await expect(threads).to_contain_text("on removed words")
    await expect(writer.get_by_test_id("diff-view").locator("del mark.thread")).to_have_text("of them")

    for words in KINDS:
        await select(arbiter, words, struck=True)
        await write(arbiter, "comment", f"Why no {words}?")
    for mode in ("split", "source", "rendered"):
        await arbiter.get_by_test_id(f"diff-mode-{mode}").click()
        await expect(arbiter.get_by_test_id(f"diff-mode-{mode}")).to_have_attribute("aria-checked", "true")
        await expect(marks).to_have_text(["of them", *KINDS])
    for number in range(1, 1 + len(KINDS)):
        await threads.nth(1).get_by_test_id("thread-resolve").click()
        await expect(threads).to_have_count(1 + len(KINDS) - number)

    # in the source, where marks of the text count as well; its thread follows into the other views
    await arbiter.get_by_test_id("diff-mode-source").click()
    await expect(arbiter.locator('.del[data-side="before"] mark.thread')).to_have_text("of them")
    await select(arbiter, "- one thing")
    await write(arbiter, "comment", "Which one?")
    await expect(marks).to_have_text(["of them", "- one thing"])

    # side by side, what stands unchanged in the older version as well
    await arbiter.get_by_test_id("diff-mode-split").click()
    await expect(arbiter.locator('.r-cell[data-side="before"] mark.thread')).to_have_text("of them")
    await expect(arbiter.locator('.r-cell[data-side="after"] mark.thread')).to_have_text("one thing")
    await select(arbiter, "of them", struck=True)
    await write(arbiter, "suggest", "of us")
    await writer.get_by_role("tab", name=re.compile("Changes|Chat")).first.click()
    await writer.get_by_test_id("change-accept").first.click()
    await writer.get_by_test_id("toast-lead").click()  # it stays for a while only
    await expect(
        arbiter.locator('.r-cell[data-side="after"]').filter(has_text="counts all of us here")
    ).to_be_visible()
    await expect(marks).to_have_text(["of ", "them", "one thing"])
    await picture(arbiter, "struck-split")

    # and settled like any other
    await arbiter.get_by_test_id("diff-mode-rendered").click()
    await (
        writer.locator('[data-testid^="thread-"][data-state="open"]')
        .filter(has_text="of them")
        .get_by_test_id("thread-resolve")
        .click()
    )
    await expect(marks).to_have_text(["one thing"])


async def test_the_inbox_leads_to_the_thread_on_removed_words_of_the_pull_request(
    people: People, server: RunningServer
) -> None:
    writer = await pull_of(people, server, "led-to-struck", STRUCK, LEFT)
    arbiter = await people.person(OWNER, None, viewport=WIDE)
    await open_page(arbiter, path_of(writer, server))
    await open_page(writer, "/inbox?rfc=led-to-struck")
    await select(arbiter, "of them", struck=True)

    await write(arbiter, "comment", "Why not of them?")

    row = writer.get_by_test_id("inbox-row").filter(has_text="Why not of them?")
    await expect(row).to_contain_text("wrote a review comment on your PR")
    await expect(row.locator(".r-in__where")).to_have_text(re.compile(r"PR #\d+ "))
    turn = writer.get_by_test_id("your-turn-row").filter(has_text="Why not of them?")
    await expect(turn.get_by_role("link", name="Answer", exact=True)).to_have_attribute(
        "href", re.compile(r"^/rfc/led-to-struck/pr/\d+#thread-\d+$")
    )
    await row.get_by_role("link").click()
    await writer.wait_for_url(re.compile(r"/rfc/led-to-struck/pr/\d+"))
    await ready(writer)  # from then on the thread counts as read
    await expect(writer.locator('[data-testid^="thread-"][data-state="open"]')).to_be_focused()
    await expect(writer.get_by_test_id("diff-view").locator("del mark.thread")).to_be_in_viewport()

    await open_page(writer, "/inbox?rfc=led-to-struck")
    await expect(row).to_be_visible()
    await expect(row).not_to_have_attribute("data-unread", "")


async def test_a_long_slug_leaves_room_for_what_one_may_do_and_stays_on_the_page(
    people: People, server: RunningServer
) -> None:
    slug = "a-slug-nobody-should-ever-have-chosen-because-it-fills-a-whole-line-all-by-itself"[:80]
    writer = await pull_of(people, server, slug)
    pull = writer.url
    await writer.goto(f"/rfc/{slug}")
    await writer.get_by_test_id("claim").click()
    await writer.wait_for_url("**/pr/*")
    for address in (pull, writer.url):
        await open_page(writer, address)
        for width in (1440, 1000, 390):
            await writer.set_viewport_size({"width": width, "height": 900})
            assert await writer.evaluate(TROUBLE_IN_THE_BAR) == []
            assert await writer.evaluate(BEYOND_THE_COLUMN) == []
    await open_page(writer, f"{pull}?view=split")
    await writer.set_viewport_size({"width": 320, "height": 640})
    await expect(writer.get_by_test_id("diff-mode-split")).to_have_attribute("aria-checked", "true")
    await expect(writer.get_by_test_id("prompt-reach-section")).to_have_text("Section")
    send = "document.querySelector('[data-testid=prompt-send]')"
    await writer.wait_for_function(f"() => ({RIGHT_EDGE})({send}) <= 320")
