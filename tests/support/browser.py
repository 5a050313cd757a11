"""Chromium for tests: a context for each person, signing in through the forge's own pages, waiting on states."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Cookie,
    Error,
    Page,
    Response,
    async_playwright,
    expect,
)

from tests.support.server import address_of_its_own
from tests.support.shaking import slow_hands_if_asked, slowness

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
"""Debian's build for programs alone comes first: a page costs it half as much."""
PATIENCE = 60_000
"""Milliseconds to wait for a state before the test fails."""
SECONDS_TO_CLOSE = 20
SESSIONS: dict[tuple[str, str], list[Cookie]] = {}
"""The cookies of who signed in where, by address and login."""
SEATS: dict[tuple[str, str], BrowserContext] = {}
"""The contexts that outlive a test, by address and login; each has a blank page first."""
STORED_BY_PAGES = "local_storage,indexeddb,cache_storage,service_workers"


def chromium_on_path() -> str | None:
    """Where the system's Chromium is; without one, Playwright starts its own."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


@asynccontextmanager
async def running_browser() -> AsyncIterator[Browser]:
    """A browser that people's contexts are opened in."""
    slow_hands_if_asked()
    playwright = await async_playwright().start()
    browser = await playwright.chromium.launch(
        executable_path=chromium_on_path(), headless=True, args=list(ARGUMENTS)
    )
    expect.set_options(timeout=PATIENCE)
    yield browser
    # On a busy machine Playwright's driver has been seen to wait for ever; it ends with this process at the latest.
    for leave in (browser.close, playwright.stop):
        with suppress(TimeoutError):
            async with asyncio.timeout(SECONDS_TO_CLOSE):
                await leave()


@dataclass
class Troubles:
    """What a browser complained about: script errors, refused content, answers of 500."""

    seen: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        """Collect what happens on `page`."""
        page.on("pageerror", self._on_error)
        page.on("console", self._on_console)
        page.on("response", self._on_response)

    def _on_error(self, error: Error) -> None:
        # A navigation that a second one overtakes loses its fade: Chromium calls that an error of the page.
        if "Transition was" not in error.message:
            self.seen.append(f"error: {error}")

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.seen.append(f"console: {message.text}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 500:
            self.seen.append(f"{response.status}: {response.url}")


@dataclass
class People:
    """Opens a browser context for each person of a test, and closes or clears them all after it."""

    browser: Browser
    url: str
    troubles: Troubles = field(default_factory=Troubles)
    contexts: list[BrowserContext] = field(default_factory=list)
    signed_in: set[str] = field(default_factory=set)

    async def stranger(self, **options: object) -> Page:
        """A page of somebody without a session; `options` are those of `browser.new_context`."""
        return await self._page_in(await self._new_context(**options))

    async def person(self, login: str, path: str | None = "/catalog", **options: object) -> Page:
        """A page of somebody who is signed in, at `path`; None: nowhere yet.

        Their session of an earlier test goes on if it still holds, because signing in takes a second, and so does
        their browser's cache; somebody's second window in one test has a session and a cache of its own.
        """
        first = login not in self.signed_in
        self.signed_in.add(login)
        context = await (self._seat(login) if first and not options else self._new_context(**options))
        page = await self._page_in(context)
        if first and await _goes_on(page, SESSIONS.get((self.url, login), [])):
            if path is not None:
                await open_page(page, path)
            return page
        await sign_in(page, login, path or "/catalog")
        SESSIONS[self.url, login] = await context.cookies(self.url)
        return page

    async def leave(self) -> None:
        """Close every context, but empty those that later tests go on with."""
        for context in self.contexts:
            seat = next((key for key, kept in SEATS.items() if kept is context), None)
            try:
                async with asyncio.timeout(SECONDS_TO_CLOSE):
                    await (self._clear(context) if seat else context.close())
            except TimeoutError:
                if seat:
                    del SEATS[seat]

    async def _seat(self, login: str) -> BrowserContext:
        """The context that somebody has in every test; loading all scripts anew for each test takes a second."""
        known = SEATS.get((self.url, login))
        if known is None or not known.pages or known.browser is not self.browser:
            known = SEATS[self.url, login] = await self._new_context()
            await known.new_page()
        else:
            await known.set_extra_http_headers(_from_elsewhere())
            self.contexts.append(known)
        return known

    async def _clear(self, context: BrowserContext) -> None:
        """Leave only a blank page, which keeps what the browser has loaded, and nothing that pages have stored."""
        blank, *others = context.pages
        for page in others:
            await page.close()
        await context.set_offline(offline=False)
        session = await context.new_cdp_session(blank)
        await session.send(
            "Storage.clearDataForOrigin", {"origin": self.url, "storageTypes": STORED_BY_PAGES}
        )
        await session.detach()

    async def _new_context(self, **options: object) -> BrowserContext:
        context = await self.browser.new_context(
            base_url=self.url,
            extra_http_headers=_from_elsewhere(),
            **options,  # type: ignore[arg-type]
        )
        context.set_default_timeout(PATIENCE)
        self.contexts.append(context)
        return context

    async def _page_in(self, context: BrowserContext) -> Page:
        page = await context.new_page()
        self.troubles.watch(page)
        if (rate := slowness()) > 1:
            session = await context.new_cdp_session(page)
            await session.send("Emulation.setCPUThrottlingRate", {"rate": rate})
        return page


def _from_elsewhere() -> dict[str, str]:
    return {"x-forwarded-for": address_of_its_own()}


async def _goes_on(page: Page, cookies: list[Cookie]) -> bool:
    """Whether the session of these cookies still holds; the page's context has it then."""
    await page.context.clear_cookies()
    if not cookies:
        return False
    await page.context.add_cookies(cookies)  # type: ignore[arg-type]
    answer = await page.context.request.get("/settings/notifications", max_redirects=0)
    if answer.status != 200:
        await page.context.clear_cookies()
    return answer.status == 200


async def sign_in(page: Page, login: str, path: str = "/catalog") -> None:
    """Sign in through the forge's login and consent pages, and come back to `path`."""
    await page.goto(f"/auth/login?next={path}")
    await page.locator("input[name=user_name]").fill(login)
    await page.locator("input[name=password]").fill(login)
    await page.locator("form button, form input[type=submit]").first.click()
    consent = page.locator("#authorize-app")
    back = page.get_by_test_id("user-menu")
    await consent.or_(back).first.wait_for()
    if await consent.count():
        await consent.click()
    await back.wait_for()
    await expect(page).to_have_url(re.compile(re.escape(path) + "$"))
    await ready(page)


async def ready(page: Page) -> None:
    """Wait until the page's socket is connected, so that what is pushed arrives."""
    await page.wait_for_function("window.did_handshake === true")


async def open_page(page: Page, path: str) -> None:
    """Go to `path` and wait until the page lives.

    The page one comes from may load itself anew at that moment, as after a restart; one would click again then.
    """
    try:
        await page.goto(path)
    except Error as error:
        if not any(words in error.message for words in ("ERR_ABORTED", "interrupted by another navigation")):
            raise
        await page.goto(path)
    await ready(page)
