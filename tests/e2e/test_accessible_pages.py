"""Every page of the site in light and dark, at three widths: nothing serious or critical for axe, none too wide (§14)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page

from tests.support.browser import People, open_page
from tests.support.demo import Demo
from tests.support.server import OWNER

WIDTHS = (1440, 900, 390)
NARROWEST = 320
"""WCAG 2.2, 1.4.10: nothing has to be scrolled sideways there."""
PARTS = 3
"""In so many tests all pages are looked at: on a busy machine one alone would take longer than a test may."""
ADMIN_TABS = ("users", "graduation", "audit", "permissions", "branches", "sync", "mail", "models")
FIXED = (
    "/",
    "/catalog",
    "/inbox",
    "/settings/notifications",
    "/settings/funder",
    "/philosophy",
    "/search?q=person",
    "/search?q=zzz",
)
EVERY_RULE = {"resultTypes": ["violations"], "iframes": False}
COLOURS = EVERY_RULE | {"runOnly": ["color-contrast", "link-in-text-block"]}
"""What the dark theme can change."""
SERIOUS = """(options) => axe.run(document, options).then(({ violations }) => violations
  .filter((one) => ["serious", "critical"].includes(one.impact))
  .flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.html.slice(0, 200)} ${node.failureSummary}`)))"""


@pytest_asyncio.fixture(loop_scope="session")
async def crowd(browser: Browser, demo: Demo) -> AsyncIterator[People]:
    opened = People(browser, demo.url)
    yield opened
    await opened.leave()
    assert opened.troubles.seen == []


def addresses(demo: Demo) -> list[str]:
    """One page of each kind that the site has, of each state that an RFC, a branch or a pull request is in."""
    entries: dict[object, str] = {}
    pulls: dict[object, str] = {}
    branches: dict[object, str] = {}
    for rfc in demo.get("/api/rfcs").json()["rfcs"]:
        path = f"/rfc/{rfc['slug']}"
        entries[rfc["state"]] = path
        for pull in demo.get(f"/api/rfcs/{rfc['slug']}/prs").json()["prs"]:
            pulls[pull["state"], pull["kind"]] = pull["url"].removeprefix(demo.url)
        for branch in demo.get(f"/api/rfcs/{rfc['slug']}/branches").json()["branches"]:
            branches[branch["state"]] = f"{path}/branch/{branch['name']}"
    lists = [f"{path}/{kind}" for path in list(entries.values())[:1] for kind in ("prs", "history")]
    modes = [f"{path}?mode={mode}" for path in branches.values() for mode in ("discuss", "contribute")]
    ideas = [f"/proposal/{idea['number']}" for idea in demo.get("/api/proposals").json()["proposals"][:1]]
    found = [*FIXED, *entries.values(), *lists, *modes, *pulls.values(), *ideas]
    return [*found, *(f"/admin/{tab}" for tab in ADMIN_TABS)]


WIDER = """() => {
  const scrolls = (el) => ["auto", "scroll"].includes(getComputedStyle(el).overflowX);
  const within = (el) => el && (scrolls(el) || within(el.parentElement));
  return [...document.body.querySelectorAll("*")]
    .filter((el) => el.getBoundingClientRect().right > innerWidth + 1 && el.checkVisibility())
    .filter((el) => !el.closest(".r-sr, .r-clip") && !within(el.parentElement))
    .map((el) => `wider than its window: ${el.outerHTML.slice(0, 120)}`) }"""


DRAWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


async def resize(page: Page, width: int) -> None:
    """Until the page is drawn at that width, with what scripts put in its place once in a frame."""
    await page.set_viewport_size({"width": width, "height": 900})
    await page.evaluate(DRAWN)


async def findings(page: Page, path: str, widths: Iterable[int] = WIDTHS) -> list[str]:
    """What axe has against the page, in each theme and width; each thing once."""
    seen: dict[str, str] = {}
    await page.evaluate(Axe().axe_script)
    for width in widths:
        await resize(page, width)
        for theme, rules in (("light", EVERY_RULE), ("dark", COLOURS)):
            await page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
            for one in await page.evaluate(SERIOUS, rules):
                seen.setdefault(one, f"{path} {theme} {width}: {one}")
    for width in (*widths, NARROWEST):
        await resize(page, width)
        for one in await page.evaluate(WIDER):
            seen.setdefault(one, f"{path} {width}: {one}")
    return list(seen.values())


async def test_no_page_for_strangers_has_a_serious_accessibility_violation(crowd: People) -> None:
    stranger = await crowd.stranger()
    await open_page(stranger, "/")
    found = await findings(stranger, "/ for strangers")
    await stranger.goto("/nowhere")
    found += await findings(stranger, "/nowhere")

    assert not found, "\n".join(found)


@pytest.mark.timeout(540)  # a third of some forty pages, six times each
@pytest.mark.parametrize("part", range(PARTS))
async def test_no_page_has_a_serious_accessibility_violation(crowd: People, demo: Demo, part: int) -> None:
    owner = await crowd.person(OWNER)
    found: list[str] = []

    for path in addresses(demo)[part::PARTS]:
        await open_page(owner, path)
        found += await findings(owner, path)

    assert not found, "\n".join(found)
