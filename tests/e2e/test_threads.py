"""Selecting words, threads beside the text, and what is unread, as people see them (§8.2, §8.12–§8.14)."""

from __future__ import annotations

import base64
import re

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Locator, Page, expect

from tests.support import http
from tests.support.browser import People, open_page, ready
from tests.support.forge import wait_until
from tests.support.held_back import HeldBack
from tests.support.meta_files import write_file
from tests.support.server import META, ORG, READER, REVIEWER, WRITER, RunningServer

BODY = """
A human is a being that speaks. It listens to *others* as well, and it waits.

Nobody is left out. The rule holds for everyone, always.
"""


def entry(slug: str, body: str) -> str:
    return f"---\nslug: {slug}\ntitle: The {slug}\nstate: super-draft\nproposed_by: {WRITER}\n---\n{body}"


def rewrite(server: RunningServer, slug: str, body: str) -> None:
    """Commit another text of an entry."""
    path = f"/api/v1/repos/{ORG}/{META}/contents/rfcs/{slug}.md"
    content = base64.b64encode(entry(slug, body).encode()).decode()
    sha = server.forge.admin.get(path).json()["sha"]
    answer = server.forge.admin.put(path, json={"content": content, "sha": sha, "message": "Change it"})
    assert answer.status_code == 200, answer.text


async def opened(
    people: People, server: RunningServer, slug: str, *logins: str, body: str = BODY
) -> list[Page]:
    """Pages of people who look at an entry that was just committed."""
    pages = [await people.person(login, None) for login in logins]
    write_file(server, f"rfcs/{slug}.md", entry(slug, body))
    wait_until(lambda: http.answers(f"{server.url}/api/rfcs/{slug}"), what=slug)
    for page in pages:
        await open_page(page, f"/rfc/{slug}")
    return pages


async def select(page: Page, words: str) -> None:
    """Select words of the text, as a mouse would, once they are there."""
    await expect(page.get_by_test_id("rfc-body")).to_contain_text(words)
    await page.get_by_test_id("rfc-body").evaluate(
        """(article, words) => {
            const plain = [], nodes = [];
            const walker = document.createTreeWalker(article, NodeFilter.SHOW_TEXT);
            while (walker.nextNode()) for (let at = 0; at < walker.currentNode.length; at++) {
                plain.push(walker.currentNode.data[at]); nodes.push([walker.currentNode, at]);
            }
            const start = plain.join("").indexOf(words);
            if (start < 0) throw new Error(`no ${words}`);
            const range = document.createRange();
            range.setStart(...nodes[start]);
            const [last, at] = nodes[start + words.length - 1];
            range.setEnd(last, at + 1);
            getSelection().removeAllRanges();
            getSelection().addRange(range);
        }""",
        words,
    )


async def comment_on(page: Page, words: str, text: str) -> None:
    await select(page, words)
    await page.get_by_test_id("selection-comment").click()
    await page.get_by_test_id("compose-text").fill(text)
    await page.get_by_test_id("compose-text").press("Enter")
    await expect(page.get_by_test_id("compose-text")).to_have_count(0)


async def read_by_staying(page: Page, slug: str) -> None:
    """Have the text before one's eyes for ten seconds, leave, and come back."""
    await expect(page.get_by_test_id("since")).to_have_attribute("data-there", "")
    await open_page(page, "/catalog")
    await open_page(page, f"/rfc/{slug}")


async def marked(page: Page) -> str:
    """The words that are marked as having a thread."""
    return "".join(await page.locator("mark.thread").all_text_contents())


def cards(page: Page) -> Locator:
    return page.locator("article.r-thread")


async def test_a_comment_is_seen_by_others_at_once_and_follows_its_words_until_they_are_gone(
    people: People, server: RunningServer
) -> None:
    reader, reviewer = await opened(people, server, "following", READER, REVIEWER)

    await comment_on(reader, "listens to others as well", "Who are they?")

    for page in (reader, reviewer):
        await expect(page.locator("mark.thread").first).to_be_visible()
        assert await marked(page) == "listens to others as well"
        await expect(page.locator(".r-margin[data-threads]")).to_have_text("1")
    await reviewer.locator("mark.thread").first.click()
    await expect(cards(reviewer)).to_be_visible()
    await expect(cards(reviewer)).to_contain_text("Who are they?")
    await cards(reviewer).get_by_test_id("thread-reply").fill("Everyone.")
    await cards(reviewer).get_by_test_id("thread-reply").press("Enter")
    await expect(cards(reader)).to_contain_text("Everyone.")

    rewrite(server, "following", BODY.replace("A human", "Before all, a human"))
    await reader.get_by_test_id("show-new-text").click()
    await expect(reader.get_by_test_id("rfc-body")).to_contain_text("Before all")
    await expect(reader.locator("mark.thread").first).to_be_visible()
    assert await marked(reader) == "listens to others as well"

    rewrite(server, "following", "\nNobody is left out. The rule holds for everyone, always.\n")
    await expect(reviewer.get_by_test_id("orphan-tray")).to_contain_text("listens to others as well")
    await reviewer.get_by_test_id("show-new-text").click()
    await expect(reviewer.locator("mark.thread")).to_have_count(0)


async def test_an_emoji_at_the_edge_of_what_is_sent_around_the_words_is_no_obstacle(
    people: People, server: RunningServer
) -> None:
    body = f"\n\U0001f600 {'y' * 31} the chosen words {'x' * 31} \U0001f600 and more.\n"
    (reader,) = await opened(people, server, "emoji", READER, body=body)

    await comment_on(reader, "the chosen words", "Why these?")

    await expect(reader.locator("mark.thread")).to_have_text("the chosen words")
    await expect(cards(reader)).to_contain_text("Why these?")


async def test_an_uncertain_place_asks_whoever_opened_the_thread(
    people: People, server: RunningServer
) -> None:
    reader, reviewer = await opened(people, server, "uncertain", READER, REVIEWER)
    await comment_on(reader, "A human is a being that speaks", "Really?")

    rewrite(server, "uncertain", BODY.replace("a being that speaks", "a being who talks"))
    await expect(cards(reviewer)).to_contain_text("can say whether this belongs")
    await reader.get_by_test_id("thread-confirm").click()

    await expect(reader.get_by_test_id("thread-confirm")).to_have_count(0)
    await expect(cards(reader).locator(".r-thread__quote")).to_have_text("A human is a being")


async def test_a_thread_is_resolved_and_reopened_by_whoever_opened_it(
    people: People, server: RunningServer
) -> None:
    reader, reviewer = await opened(people, server, "resolving", READER, REVIEWER)
    await comment_on(reader, "always", "Too strong.")
    await expect(reviewer.locator("mark.thread")).to_have_count(1)
    await expect(reviewer.get_by_test_id("thread-resolve")).to_have_count(0)

    await cards(reader).get_by_test_id("thread-resolve").click()

    await expect(reviewer.locator("mark.thread")).to_have_count(0)
    await expect(reader.get_by_test_id("thread-reopen")).to_be_visible()
    await reader.get_by_test_id("thread-reopen").click()
    await expect(reviewer.locator("mark.thread")).to_have_count(1)


async def test_what_is_pressed_while_an_answer_is_on_its_way_is_done_as_well(
    people: People, server: RunningServer
) -> None:
    (reviewer,) = await opened(people, server, "pressed-meanwhile", REVIEWER)
    reader, line = await people.person(READER, None), HeldBack()
    await line.watch(reader)
    await open_page(reader, "/rfc/pressed-meanwhile")
    await comment_on(reader, "always", "Too strong.")
    await comment_on(reader, "Nobody", "Who?")
    await expect(reviewer.locator("mark.thread")).to_have_count(2)
    numbers = [await cards(reader).nth(at).get_attribute("data-thread") for at in (0, 1)]

    # two threads, one after the other
    line.held = True
    await cards(reader).nth(0).get_by_test_id("thread-resolve").click()
    await cards(reader).nth(1).get_by_test_id("thread-resolve").click()
    await reader.get_by_test_id("prompt-input").focus()
    await expect(reviewer.locator("mark.thread")).to_have_count(0)
    for number in numbers:  # an answer that came later would be taken for the next one
        await line.until_held(f'settled\\", [{number},')
    line.release()
    await expect(reader.get_by_test_id("thread-reopen")).to_have_count(2)
    await expect(reader.get_by_test_id("prompt-input")).to_be_focused()

    # one thread, twice: its card shows what was done before the answer comes
    line.held_from = "settled"
    await reader.get_by_test_id("thread-reopen").first.click()
    await expect(reviewer.locator("mark.thread")).to_have_count(1)
    await reader.get_by_test_id("thread-resolve").click()
    await expect(reviewer.locator("mark.thread")).to_have_count(0)
    line.release()
    await expect(reader.get_by_test_id("thread-reopen")).to_have_count(2)
    await expect(reader.locator("[data-testid^=thread-][data-busy]")).to_have_count(0)


async def test_a_flag_is_a_line_and_becomes_a_discussion(people: People, server: RunningServer) -> None:
    (reader,) = await opened(people, server, "flagging", READER)
    await select(reader, "Nobody is left out")
    await reader.get_by_test_id("selection-flag").click()
    await reader.get_by_test_id("compose-text").fill("Who says so?")
    await reader.get_by_test_id("compose-send").click()
    await expect(reader.locator('mark.thread[data-look="flag"]')).to_have_text("Nobody is left out")

    await reader.get_by_test_id("thread-discuss").click()

    await expect(reader.locator('mark.thread[data-look="flag"]')).to_have_count(0)
    await expect(reader.locator("mark.thread")).to_have_text("Nobody is left out")


async def test_ask_puts_the_quote_into_the_prompt_bar(people: People, server: RunningServer) -> None:
    (reader,) = await opened(people, server, "asking", READER)
    await select(reader, "The rule holds")
    await reader.get_by_test_id("selection-ask").click()
    await expect(reader.get_by_test_id("prompt-quote")).to_contain_text("The rule holds")
    await expect(reader.get_by_test_id("prompt-input")).to_be_focused()
    await expect(reader.get_by_test_id("prompt-reach")).to_have_attribute("data-value", "selection")


async def test_suggest_opens_the_source_of_the_passage_and_makes_a_card(
    people: People, server: RunningServer
) -> None:
    (reader,) = await opened(people, server, "suggesting", READER)
    await select(reader, "listens to others as well")
    await reader.get_by_test_id("selection-suggest").click()
    box = reader.get_by_test_id("compose-text")
    await expect(box).to_have_value("listens to *others* as well")

    await box.fill("listens to *everyone*")
    await reader.get_by_test_id("compose-reason").fill("Nobody is left out")
    await reader.get_by_test_id("compose-send").click()

    await expect(reader.locator(".r-card")).to_contain_text("everyone")


async def test_suggest_takes_the_marks_of_the_words_at_its_edges(
    people: People, server: RunningServer
) -> None:
    body = "\n- **Offer** it when asked, as in [the rule](other.md).\n"
    (reader,) = await opened(people, server, "edges", READER, body=body)
    await select(reader, "Offer it when asked, as in the rule")
    await reader.get_by_test_id("selection-suggest").click()
    box = reader.get_by_test_id("compose-text")
    await expect(box).to_have_value("**Offer** it when asked, as in [the rule](other.md)")

    await box.fill("**Give** it when asked")
    await reader.get_by_test_id("compose-send").click()

    await expect(reader.locator(".r-card")).to_contain_text("Give")


async def test_everything_is_reached_by_keyboard(people: People, server: RunningServer) -> None:
    (reader,) = await opened(people, server, "keyboard", READER)
    await reader.get_by_test_id("paragraph-comment").focus()
    await reader.keyboard.press("Enter")
    add = reader.get_by_test_id("margin-comment")
    await expect(add).to_be_focused()
    await reader.keyboard.press("ArrowDown")
    await reader.keyboard.press("Enter")
    await expect(reader.get_by_test_id("selection-comment")).to_be_focused()
    await reader.keyboard.press("ArrowRight")
    await expect(reader.get_by_test_id("selection-ask")).to_be_focused()
    await reader.keyboard.press("Escape")
    await expect(add).to_be_focused()

    await reader.keyboard.press("c")
    await reader.keyboard.type("About all of it.")
    await reader.keyboard.press("Enter")

    await expect(reader.locator("mark.thread")).to_have_text(
        "Nobody is left out. The rule holds for everyone, always."
    )
    await expect(reader.get_by_test_id("compose-text")).to_have_count(0)  # until then nothing else is chosen
    await select(reader, "a being")
    await expect(reader.get_by_test_id("selection-comment")).to_be_visible()
    await reader.keyboard.press("Tab")
    await expect(reader.get_by_test_id("selection-comment")).to_be_focused()


async def test_a_box_that_is_opened_while_a_comment_is_on_its_way_stays(
    people: People, server: RunningServer
) -> None:
    (reviewer,) = await opened(people, server, "two-at-once", REVIEWER)
    reader, line = await people.person(READER, None), HeldBack()
    await line.watch(reader)
    await open_page(reader, "/rfc/two-at-once")
    box = reader.get_by_test_id("compose-text")
    await select(reader, "always")
    await reader.get_by_test_id("selection-comment").click()
    await box.fill("The first.")

    line.held = True
    await box.press("Enter")
    await box.press("Escape")
    await expect(box).to_have_count(0)
    await select(reader, "Nobody")
    await reader.get_by_test_id("selection-comment").click()
    await box.fill("The second.")
    await expect(reviewer.locator("mark.thread")).to_have_text("always")
    line.release()

    await expect(reader.locator("#r-live")).to_have_text("Your comment is posted.")
    await expect(box).to_have_value("The second.")
    await box.press("Enter")
    await expect(reviewer.locator("mark.thread")).to_have_text(["Nobody", "always"])


async def test_whoever_writes_elsewhere_before_a_comment_is_posted_is_not_called_away(
    people: People, server: RunningServer
) -> None:
    (reviewer,) = await opened(people, server, "called-away", REVIEWER)
    reader, line = await people.person(READER, None), HeldBack()
    await line.watch(reader)
    await open_page(reader, "/rfc/called-away")
    await reader.get_by_test_id("paragraph-comment").focus()
    await reader.keyboard.press("Enter")
    await expect(reader.get_by_test_id("margin-comment")).to_be_focused()
    await reader.keyboard.press("c")
    await expect(reader.get_by_test_id("compose-text")).to_be_focused()
    await reader.keyboard.type("Who?")

    line.held = True
    await reader.keyboard.press("Enter")
    await expect(reviewer.locator("mark.thread").first).to_be_visible()
    await reader.get_by_test_id("chat-input").click()
    await reader.keyboard.type("Half a")
    line.release()
    await expect(reader.get_by_test_id("compose-text")).to_have_count(0)
    await reader.keyboard.type(" thought")

    await expect(reader.get_by_test_id("chat-input")).to_be_focused()
    await expect(reader.get_by_test_id("chat-input")).to_have_value("Half a thought")


async def test_a_stranger_is_told_how_to_comment(people: People, server: RunningServer) -> None:
    await opened(people, server, "strangers", READER)
    page = await people.stranger()
    await open_page(page, "/rfc/strangers")
    await select(page, "always")
    await expect(page.locator(".r-seltool")).to_have_text("Sign in to comment.")


async def test_marks_survive_overlaps_and_leave_the_text_as_it_was(
    people: People, server: RunningServer
) -> None:
    (reader,) = await opened(people, server, "overlaps", READER)
    body = reader.get_by_test_id("rfc-body")
    await body.evaluate("async (one) => one.offsetHeight && (await document.fonts.ready, null)")
    before, height = await body.text_content(), await body.evaluate("one => one.offsetHeight")
    await comment_on(reader, "listens to others as well", "One.")
    await comment_on(reader, "others as well, and it waits", "Two.")

    await expect(reader.locator("mark.thread mark.thread").first).to_be_visible()
    assert (
        await body.evaluate(
            "one => [...one.querySelectorAll('.r-margin')].map(button => button.remove()) && one.textContent"
        )
        == before
    )
    assert await body.evaluate("one => one.offsetHeight") == height


async def test_threads_toolbar_and_form_have_no_accessibility_violation(
    people: People, server: RunningServer
) -> None:
    (reader,) = await opened(people, server, "accessible", READER)
    await reader.emulate_media(reduced_motion="reduce")  # half faded in, words have too little contrast
    await comment_on(reader, "A human is a being that speaks", "Really?")
    await comment_on(reader, "listens to others as well", "Who?")
    rewrite(
        server,
        "accessible",
        BODY.replace("a being that speaks", "a being who talks").replace(" It listens", ""),
    )
    await expect(reader.get_by_test_id("thread-confirm")).to_be_visible()
    await reader.get_by_test_id("show-new-text").click()
    await select(reader, "Nobody")
    await expect(reader.get_by_test_id("selection-comment")).to_be_visible()
    assert await violations(reader) == ""
    await reader.get_by_test_id("selection-comment").click()
    await expect(reader.get_by_test_id("compose-text")).to_be_focused()
    assert await violations(reader) == ""


async def violations(page: Page) -> str:
    ours = [[".r-beside"], [".r-threads"], ["article.r-doc"]]
    found = await Axe().run(page, context={"include": ours})
    return str(found.generate_report()) if found.violations_count else ""


async def test_an_address_leads_to_a_thread(people: People, server: RunningServer) -> None:
    (reader,) = await opened(people, server, "addressed", READER)
    await comment_on(reader, "always", "Here.")
    name = await cards(reader).get_attribute("id")
    await open_page(reader, "/catalog")
    await open_page(reader, f"/rfc/addressed#{name}")
    await expect(cards(reader)).to_be_focused()
    await expect(reader.locator("mark.thread[data-focus]")).to_have_text("always")


async def test_what_changed_since_the_last_visit_is_tinted_stepped_through_and_marked_as_read(
    people: People, server: RunningServer
) -> None:
    (reader,) = await opened(people, server, "unread", READER)
    await expect(reader.get_by_test_id("since")).to_be_hidden()
    await read_by_staying(reader, "unread")
    rewrite(server, "unread", BODY.replace("Nobody is", "Nobody was") + "\nAt last.\n")
    await reader.get_by_test_id("show-new-text").click()

    await expect(reader.get_by_test_id("since")).to_contain_text(
        re.compile(r"2 sentences changed since you last read it, (just now|\d+ minutes? ago)")
    )
    await expect(reader.locator("mark.since")).to_have_text(["Nobody was left out.", "At last."])
    await reader.get_by_test_id("since-next").click()
    await expect(reader.get_by_test_id("since-place")).to_have_text("1 of 2")
    await reader.get_by_test_id("since-previous").click()
    await expect(reader.get_by_test_id("since-place")).to_have_text("2 of 2")
    await expect(reader.locator("mark.since[data-current]")).to_have_text("At last.")

    await reader.get_by_test_id("mark-read").click()

    await expect(reader.get_by_test_id("since")).to_be_hidden()
    await expect(reader.locator("mark.since")).to_have_count(0)
    await open_page(reader, "/catalog")
    await expect(reader.get_by_test_id("catalog-row-unread")).not_to_have_attribute("data-unread", "")


async def test_threads_on_a_branch_stay_beside_its_changes_while_somebody_types(
    people: People, server: RunningServer
) -> None:
    (writer,) = await opened(people, server, "beside", WRITER)
    await writer.set_viewport_size({"width": 1440, "height": 900})
    await writer.get_by_test_id("start-contributing").click()
    await writer.wait_for_url("**/branch/**")
    await ready(writer)
    reader = await people.person(READER, None)
    await open_page(reader, writer.url.removeprefix(server.url).split("?")[0])

    await write(writer, "Every word counts. ")
    await expect(reader.get_by_test_id("rfc-body").locator("ins")).to_have_text(
        re.compile(r"^Every word counts\.")
    )
    await comment_on(reader, "Nobody is left out", "Nobody?")
    for page in (reader, writer):
        await expect(page.locator("mark.thread")).to_have_text("Nobody is left out")
    await write(writer, "And so on. ")
    await expect(reader.get_by_test_id("rfc-body")).to_contain_text("And so on. Every word counts. A human")
    for page in (reader, writer):
        await expect(page.locator("mark.thread")).to_have_text("Nobody is left out")
    await expect(writer.get_by_test_id("flush-card")).to_be_visible()

    await comment_on(reader, "Every word", "Each?")

    await expect(reader.locator("ins mark.thread")).to_have_text("Every word")
    await expect(writer.get_by_test_id("flush-card")).to_have_count(0)


async def write(page: Page, words: str) -> None:
    """Type at the beginning of the source."""
    await page.locator(".cm-content").click()
    await page.keyboard.press("Control+Home")
    await page.keyboard.type(words)
