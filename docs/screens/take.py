"""Take the pictures of this folder from a running `rfc-ui demo`.

    python docs/screens/take.py [http://127.0.0.1:8080]

Needs Playwright and a Chromium on PATH. Each page is taken in three ways: light and dark at 1440 x 900, and a phone of
390 x 844. The run also fails when a page is wider than its window, there or at 320 pixels.
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
NAMES = ("chromium", "chromium-browser", "google-chrome")
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
  el.getBoundingClientRect().right > innerWidth + 1 && el.checkVisibility()
  && !el.closest('.r-sr, .r-clip, pre, .r-wide, .r-contents')).map((el) => el.className || el.tagName).slice(0, 5)"""

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
    "palette": Shot("writer", "/catalog", palette),
    "error-404": Shot("writer", "/rfc/gaurdian"),
    "philosophy": Shot(None, "/philosophy"),
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
    await page.locator("[data-rows] li, .r-land").first.wait_for(state="attached")
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
