"""Take the pictures of this folder from a running `rfc-ui demo`.

    python docs/screens/take.py [http://127.0.0.1:8080]

Needs Playwright, a Chromium on PATH, and for two of the pages a demo that was started with models, which nobody asks:

    ENABLED_MODELS="claude=anthropic:claude-sonnet-4-5,gpt=openai:gpt-5" make demo

Each page is taken in three ways: light and dark at 1440 x 900, and a phone of 390 x 844. The run also fails when a page
is wider than its window, there or at 320 pixels.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, Page, StorageState, async_playwright

HERE = Path(__file__).resolve().parent
NAMES = ("chromium", "chromium-browser", "google-chrome", "chromium-headless-shell")
WIDE = {"viewport": {"width": 1440, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
NARROW = {"viewport": {"width": 320, "height": 640}, "has_touch": True, "is_mobile": True}
WAYS = {
    "light": {**WIDE, "color_scheme": "light"},
    "dark": {**WIDE, "color_scheme": "dark"},
    "phone": {**PHONE, "color_scheme": "light"},
    "narrow": {**NARROW, "color_scheme": "light"},
}
WIDER = """() => [...document.querySelectorAll('body *')].filter((el) =>
  el.getBoundingClientRect().right > Math.min(innerWidth, screen.width) + 1 && el.checkVisibility()
  && !el.closest('.r-sr, .r-clip, pre, .r-wide, .r-contents, .r-tabs'))
  .map((el) => el.className || el.tagName).slice(0, 5)"""

Act = Callable[[Page], Awaitable[None]]


async def nothing(page: Page) -> None:
    """The page as it opens."""


async def fill_in(page: Page) -> None:
    """The propose dialog, half way."""
    await page.get_by_test_id("propose-open").click()
    await page.get_by_test_id("propose-title").fill("Silence, and what it does not mean")
    await page.get_by_test_id("propose-pitch").fill(
        "Several documents treat an unanswered question as a yes.\n\n"
        "This RFC would say that silence is **not an answer**, and name the places where a community may still act."
    )
    await page.get_by_test_id("propose-tags").fill("core, law")
    await page.locator("#propose-slug-hint[data-state=free]").wait_for()


async def open_idea(page: Page) -> None:
    """The newest pending idea."""
    link = page.locator(".r-idealist a").first
    await page.goto(str(await link.evaluate("el => el.href")))


async def open_entry(page: Page) -> None:
    """The entry that moved last."""
    link = page.locator("[data-rows] a").first
    await page.goto(str(await link.evaluate("el => el.href")))


async def palette(page: Page) -> None:
    """The palette with an answer."""
    await page.keyboard.press("Control+k")
    await page.keyboard.type("h")


SELECT = """(article, words) => {
  const nodes = [], walker = document.createTreeWalker(article, NodeFilter.SHOW_TEXT);
  let text = "";
  while (walker.nextNode()) {
    const node = walker.currentNode;
    for (let at = 0; at < node.length; at++) nodes.push([node, at]);
    text += node.data;
  }
  const start = text.indexOf(words), [last, at] = nodes[start + words.length - 1];
  nodes[start][0].parentElement.scrollIntoView({ block: "center" });
  const range = document.createRange();
  range.setStart(...nodes[start]);
  range.setEnd(last, at + 1);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
}"""


async def branch_of(page: Page, slug: str) -> str:
    """The newest open branch of an entry; its address, or nothing."""
    answer = await page.request.get(f"/api/rfcs/{slug}/branches")
    found = [one["name"] for one in (await answer.json())["branches"] if one["name"] != "main"]
    return f"/rfc/{slug}/branch/{found[0]}" if found else ""


async def on_memory(page: Page, mode: str) -> None:
    """The branch that has everything."""
    await page.goto(f"{await branch_of(page, 'memory')}?mode={mode}")
    await page.wait_for_function("window.did_handshake")


async def talk(page: Page, tab: str) -> None:
    """A tab of the conversation, which is a column of its own on a phone."""
    column = page.locator(".r-tabbar button", has_text="Conversation")
    if await column.is_visible():
        await column.click()
    await page.get_by_test_id(f"talk-{tab}").click()


async def discuss(page: Page) -> None:
    """A branch as it is read."""
    await on_memory(page, "discuss")


async def contribute(page: Page) -> None:
    """A branch as it is written, at its end, where something was added."""
    await on_memory(page, "contribute")
    await page.locator(".cm-line").first.wait_for(state="attached")
    await page.locator(".cm-content").click()
    await page.keyboard.press("Control+End")
    await page.mouse.move(*(await centre(page)))
    await page.mouse.wheel(0, 1)  # the preview follows whoever scrolls


async def centre(page: Page) -> tuple[float, float]:
    """The middle of the source."""
    box = await page.get_by_test_id("editor").bounding_box()
    return (box["x"] + box["width"] / 2, 400) if box else (400, 400)


async def cards(page: Page) -> None:
    """The changes of a branch."""
    await on_memory(page, "discuss")
    await talk(page, "changes")


async def threads(page: Page) -> None:
    """The threads of a branch, one of them in focus with its passage."""
    await on_memory(page, "discuss")
    await page.locator("mark.thread").first.click()
    await talk(page, "threads")


async def tooltip(page: Page) -> None:
    """What can be done with selected words."""
    await on_memory(page, "discuss")
    await page.get_by_test_id("rfc-body").evaluate(SELECT, "To know the year of a battle is knowledge.")
    await page.get_by_test_id("selection-comment").wait_for()


async def orphan(page: Page) -> None:
    """A thread whose sentence was taken out; made at the first time."""
    address = await branch_of(page, "witness") or await lose_a_passage(page)
    await page.goto(f"{address}?mode=discuss")
    await page.wait_for_function("window.did_handshake")
    await talk(page, "threads")
    await page.get_by_test_id("orphan-tray").wait_for()


async def lose_a_passage(page: Page) -> str:
    """Comment on the first words of a new branch and take them out."""
    await page.goto("/rfc/witness")
    await page.wait_for_function("window.did_handshake")
    await page.get_by_test_id("start-contributing").click()
    await page.wait_for_url("**/branch/**")
    await page.wait_for_function("window.did_handshake")
    address = page.url.partition("?")[0]
    await page.goto(f"{address}?mode=discuss")
    await page.wait_for_function("window.did_handshake")
    words = (await page.get_by_test_id("rfc-body").locator("p").first.inner_text())[:40]
    await page.get_by_test_id("rfc-body").evaluate(SELECT, words)
    await page.get_by_test_id("selection-comment").click()
    await page.get_by_test_id("compose-text").fill("Is this true of somebody who only heard of it?")
    await page.get_by_test_id("compose-text").press("Enter")
    await page.get_by_test_id("compose-text").wait_for(state="detached")
    await page.goto(f"{address}?mode=contribute")
    await page.locator(".cm-line", has_text=words[:20]).first.click(click_count=3)
    await page.keyboard.type("It begins anew.")
    await page.get_by_test_id("save-now").click()
    await page.get_by_test_id("save-state").get_by_text("Committed").wait_for()
    return address


async def diagram(page: Page) -> None:
    """A drawn diagram."""
    await page.goto("/rfc/memory")
    await page.wait_for_function("window.did_handshake")
    await page.locator("pre[data-mermaid]").scroll_into_view_if_needed()
    drawn = page.locator(".r-diagram svg")
    await drawn.wait_for()
    await drawn.evaluate("svg => svg.scrollIntoView({ block: 'center' })")


async def inbox(page: Page) -> None:
    """What somebody who runs the app was told."""
    await page.get_by_test_id("inbox-row").first.wait_for()


async def funder(page: Page) -> None:
    """A stored key; needs a site with `ENABLED_MODELS`."""
    if await page.get_by_test_id("funder-anthropic").get_by_test_id("funder-remove").count():
        return
    await page.get_by_test_id("funder-anthropic").get_by_test_id("funder-key").fill("sk-ant-of-a-reviewer")
    await page.get_by_test_id("funder-anthropic").get_by_test_id("funder-store").click()
    await page.get_by_test_id("funder-remove").wait_for()


async def judged(page: Page) -> None:
    """The record of the copy-editor, of whose cards one was accepted and one declined."""
    await on_memory(page, "discuss")
    await talk(page, "changes")
    waiting = page.locator(".r-card[data-state=pending]")
    if await waiting.count() > 3:
        declined = page.get_by_test_id(str(await waiting.last.get_attribute("data-testid")))
        await declined.get_by_test_id("change-more").click()
        await declined.get_by_test_id("change-decline-why").click()
        await declined.get_by_test_id("change-reason").fill("It is a quotation")
        await declined.get_by_test_id("change-decline").click()
        await page.locator(".r-card[data-state=declined]").first.wait_for()
        await waiting.first.get_by_test_id("change-accept").click()
        await page.locator(".r-card[data-state=accepted]").first.wait_for()
    await page.goto("/admin/models")


def pull(slug: str, title: str, view: str = "") -> Act:
    """A pull request of an entry, in one of the views of its difference."""

    async def act(page: Page) -> None:
        await page.goto(f"/rfc/{slug}")
        link = page.locator('a[href*="/pr/"]', has_text=title).first
        await page.goto(f"{await link.evaluate('el => el.href')}?view={view}")
        await page.wait_for_function("window.did_handshake")
        await page.get_by_test_id("diff-view").wait_for()

    return act


async def struck(page: Page) -> None:
    """A thread about words that a pull request removes; made at the first time."""
    await pull("care", "Say that need", "rendered")(page)
    mark = page.locator("del mark.thread")
    if not await mark.count():
        await page.get_by_test_id("diff-view").evaluate(SELECT, "does not always speak")
        await page.get_by_test_id("selection-comment").click()
        await page.get_by_test_id("compose-text").fill("“Not always” leaves room. Do we want to lose that?")
        await page.get_by_test_id("compose-text").press("Enter")
        await mark.wait_for()
    await mark.click()


async def compared(page: Page) -> None:
    """The first and the last version of an entry."""
    await page.get_by_test_id("history-from").last.check()
    await page.get_by_test_id("history-compare").click()
    await page.get_by_test_id("diff-view").wait_for()


async def resolving(page: Page) -> None:
    """The pull request in conflict, its replay under way and one wording chosen."""
    await pull("care", "Say that need")(page)
    await page.get_by_test_id("pr-resolve").click()
    await page.wait_for_url("**/resolve")
    begin, clash = page.get_by_test_id("resolve-begin"), page.get_by_test_id("clash")
    await begin.or_(clash).first.wait_for()
    if await begin.is_visible():
        await begin.click()
    await clash.first.wait_for()


async def metadata_pull(page: Page) -> None:
    """The metadata PR that waits, opened once."""
    pending = page.get_by_test_id("metadata-pending").get_by_role("link")
    if not await pending.count():
        await page.get_by_test_id("metadata-open").click()
        await page.get_by_test_id("metadata-tags").fill("core, memory, law")
        await page.get_by_test_id("metadata-save").click()
        await page.wait_for_url("**/pr/*")
        return
    await page.goto(str(await pending.first.evaluate("el => el.href")))


async def clashing(page: Page) -> None:
    """A metadata PR whose field main has changed too; made at the first time."""
    pending = page.get_by_test_id("metadata-pending").get_by_role("link")
    if not await pending.count():
        await retag(page, "speech, person, law", by="metadata-save")
        await page.wait_for_url("**/pr/*")
        await page.goto("/rfc/voice")
        await page.wait_for_function("window.did_handshake")
        await retag(page, "speech, being heard", by="metadata-merge")
        await page.locator(".r-facts", has_text="being heard").wait_for()
    await page.goto(str(await pending.first.evaluate("el => el.href")))
    await page.get_by_test_id("metadata-clash").wait_for()


async def retag(page: Page, tags: str, *, by: str) -> None:
    """Change the tags of an entry in its metadata pane."""
    await page.get_by_test_id("metadata-open").click()
    await page.get_by_test_id("metadata-tags").fill(tags)
    await page.get_by_test_id(by).click()


@dataclass(frozen=True)
class Shot:
    """One page: who looks at it, where, and what they do there first."""

    login: str | None
    path: str
    act: Act = nothing


SHOTS = {
    "landing": Shot(None, "/"),
    "catalog": Shot(None, "/catalog"),
    "home": Shot("owner", "/"),
    "propose": Shot("writer", "/catalog", fill_in),
    "idea": Shot("owner", "/catalog", open_idea),
    "reading": Shot("writer", "/catalog", open_entry),
    "discuss": Shot("reviewer", "/catalog", discuss),
    "contribute": Shot("writer", "/catalog", contribute),
    "cards": Shot("writer", "/catalog", cards),
    "threads": Shot("writer", "/catalog", threads),
    "tooltip": Shot("writer", "/catalog", tooltip),
    "orphan-tray": Shot("writer", "/catalog", orphan),
    "pr-rendered": Shot("owner", "/catalog", pull("care", "Say that need", "rendered")),
    "pr-split": Shot("owner", "/catalog", pull("care", "Say that need", "split")),
    "pr-source": Shot("owner", "/catalog", pull("promise", "Say when a witness", "source")),
    "pr-withdrawn": Shot("owner", "/catalog", pull("promise", "Owe an apology")),
    "pr-struck": Shot("owner", "/catalog", struck),
    "pulls": Shot("owner", "/rfc/care/prs"),
    "history": Shot("writer", "/rfc/care/history"),
    "history-compare": Shot("writer", "/rfc/care/history", compared),
    "resolve": Shot("writer", "/catalog", resolving),
    "pr-metadata": Shot("reader", "/rfc/promise", metadata_pull),
    "pr-metadata-clash": Shot("owner", "/rfc/voice", clashing),
    "diagram": Shot("writer", "/catalog", diagram),
    "palette": Shot("writer", "/catalog", palette),
    "inbox": Shot("owner", "/inbox", inbox),
    "settings-notifications": Shot("owner", "/settings/notifications"),
    "settings-funder": Shot("reviewer", "/settings/funder", funder),
    "search": Shot("writer", "/search?q=person"),
    "admin-users": Shot("owner", "/admin/users"),
    "admin-audit": Shot("owner", "/admin/audit"),
    "admin-permissions": Shot("owner", "/admin/permissions"),
    "admin-graduation": Shot("owner", "/admin/graduation"),
    "admin-branches": Shot("owner", "/admin/branches"),
    "admin-sync": Shot("owner", "/admin/sync"),
    "admin-mail": Shot("owner", "/admin/mail"),
    "error-404": Shot("writer", "/rfc/gaurdian"),
    "philosophy": Shot(None, "/philosophy"),
    "admin-models": Shot("owner", "/catalog", judged),
}


async def sign_in(page: Page, login: str) -> None:
    """Through the forge's own pages."""
    await page.goto("/auth/login?next=/catalog")
    await page.locator("input[name=user_name]").fill(login)
    await page.locator("input[name=password]").fill(login)
    await page.locator("form button").first.click()
    consent, back = page.locator("#authorize-app"), page.get_by_test_id("user-menu")
    await consent.or_(back).first.wait_for()
    if await consent.count():
        await consent.click()
    await back.wait_for()


async def sessions(browser: Browser, address: str) -> dict[str | None, StorageState | None]:
    """Everybody's cookies: each signs in once, since sign-ins are limited."""
    states: dict[str | None, StorageState | None] = {None: None}
    for login in sorted({shot.login for shot in SHOTS.values() if shot.login}):
        context = await browser.new_context(base_url=address)
        await sign_in(await context.new_page(), login)
        states[login] = await context.storage_state()
        await context.close()
    return states


async def take(browser: Browser, name: str, way: str, **options: object) -> list[str]:
    """One picture; returns what was wider than the window."""
    shot = SHOTS[name]
    context = await browser.new_context(**WAYS[way], **options)  # type: ignore[arg-type]
    page = await context.new_page()
    await page.goto(shot.path)
    await page.wait_for_function("!document.getElementById('app') || window.did_handshake")
    await page.locator("[data-rows] li, .r-land, .r-page--wide").first.wait_for(state="attached")
    await shot.act(page)
    await page.wait_for_function("!document.getElementById('app') || window.did_handshake")
    await page.evaluate("document.fonts.ready")
    await page.wait_for_timeout(400)
    if way != "narrow":
        await page.screenshot(path=HERE / f"{name}-{way}.png")
    wider = await page.evaluate(WIDER)
    await context.close()
    return [f"{name}-{way}: {what}" for what in wider]


async def main(address: str, only: list[str]) -> int:
    """All pictures; 1 when a page was wider than its window."""
    async with async_playwright() as playwright:
        found = next((path for path in map(shutil.which, NAMES) if path), None)
        browser = await playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        signed_in = await sessions(browser, address)
        wider = [
            what
            for name, shot in SHOTS.items()
            if not only or name in only
            for way in WAYS
            for what in await take(browser, name, way, base_url=address, storage_state=signed_in[shot.login])
        ]
        await browser.close()
    print(*(wider or ["nothing is wider than its window"]), sep="\n")
    return 1 if wider else 0


if __name__ == "__main__":
    site = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"
    sys.exit(asyncio.run(main(site, sys.argv[2:])))
