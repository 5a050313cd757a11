"""Merging an idea: from the click until the catalogs of two others show the new entry, in real browsers (§7.1)."""

from __future__ import annotations

import asyncio

from playwright.async_api import Page

from benchmarks.figure import Figure, percentile
from tests.e2e.test_two_browsers import propose
from tests.support.browser import People, open_page, running_browser
from tests.support.server import OWNER, READER, WRITER, RunningServer, running_server

IDEAS = 12

NOTE_THE_CLICK = (
    "document.addEventListener('click', () => { window.clicked = Date.now() }, {capture: true, once: true})"
)
NOTE_THE_ROW = """name => {
    window.seen = new Promise(done => {
        const look = () => document.querySelector(`[data-testid="catalog-row-${name}"]`) && done(Date.now());
        new MutationObserver(look).observe(document.body, {subtree: true, childList: true, attributes: true});
    });
}"""


def measure() -> list[Figure]:
    """Propose and merge ideas on an empty site, a reader and a stranger looking at the catalog."""
    with running_server() as server:
        return asyncio.run(_measure(server))


async def _measure(server: RunningServer) -> list[Figure]:
    async with running_browser() as browser:
        people = People(browser, server.url)
        writer, owner = await people.person(WRITER), await people.person(OWNER, None)
        watching = [await people.person(READER), await people.stranger()]
        await open_page(watching[1], "/catalog")
        times: list[float] = []
        for number in range(IDEAS):
            slug = f"timed-{number}"
            await open_page(writer, "/catalog")
            await propose(writer, title=slug.replace("-", " "), slug=slug, pitch="Why not.")
            await open_page(owner, writer.url.removeprefix(server.url))
            times += await _merge(owner, watching, slug)
        await people.leave()
    told = f"p50 {percentile(times, 0.5):.0f}, {IDEAS} ideas"
    return [Figure("merge to both catalogs, p95", percentile(times, 0.95), "ms", 1_000, told)]


async def _merge(owner: Page, watching: list[Page], slug: str) -> list[float]:
    """Milliseconds from the click, for each page that watches; all of them are on this machine's clock."""
    for page in watching:
        await page.evaluate(NOTE_THE_ROW, slug)
    await owner.evaluate(NOTE_THE_CLICK)
    await owner.get_by_test_id("merge-proposal").click()
    seen = [await page.evaluate("window.seen") for page in watching]
    clicked = await owner.evaluate("window.clicked")
    return [moment - clicked for moment in seen]
