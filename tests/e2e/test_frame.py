"""The frame of every page in a browser (§14): theme, palette, keys, columns, phone, accessibility."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, Route, expect

from components.page_error import PageError, Step, page_error_html
from components.shell import Columns
from services.domain.entry import EntryState
from tests.support.stage import ANA, Stage, entry, idea, shown

ROWS = (
    entry("Human", number=1, state=EntryState.ACTIVE, hours=1),
    entry("Guardian", number=31, state=EntryState.ACTIVE, hours=2, tags=("law",)),
    entry("Memory", hours=3),
)
IDEAS = (idea(5, "Silence"),)
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def stage(**changes: Any) -> Stage:
    return Stage(**({"rows": ROWS, "ideas": IDEAS, "viewer": ANA} | changes))


async def theme(page: Page) -> str | None:
    return await page.evaluate("document.documentElement.dataset.theme ?? null")  # type: ignore[no-any-return]


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def leave_the_stage(browser: Browser) -> AsyncIterator[None]:
    yield
    for context in browser.contexts:
        await context.close()


async def test_the_theme_goes_round_and_is_kept(browser: Browser) -> None:
    page = await stage().open(browser)
    toggle, seen = page.get_by_test_id("theme-toggle"), []

    for _ in range(3):
        await toggle.click()
        await page.reload()
        await shown(page)
        seen.append((await theme(page), await toggle.get_attribute("aria-label")))

    assert seen == [("light", "Theme: light"), ("dark", "Theme: dark"), (None, "Theme: automatic")]


async def test_the_theme_is_there_before_the_first_paint(browser: Browser) -> None:
    page = await stage().open(browser)
    await page.get_by_test_id("theme-toggle").click()
    await page.add_init_script(
        "new MutationObserver(() => { if (document.body && !window.atBody) window.atBody ="
        " document.documentElement.dataset.theme }).observe(document, { childList: true, subtree: true })"
    )

    await page.reload()

    assert await page.evaluate("window.atBody") == "light"


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("guard", "/rfc/guardian"),
        ("RFC-31", "/rfc/guardian"),
        ("0001", "/rfc/human"),
        ("sile", "/proposal/5"),
        ("philos", "/philosophy"),
    ],
)
async def test_the_palette_jumps(browser: Browser, typed: str, address: str) -> None:
    page = await stage().open(browser, "/rfc/memory")

    await page.keyboard.press("Control+k")
    await page.keyboard.type(typed)
    await page.keyboard.press("Enter")

    await page.wait_for_url(f"**{address}")


async def test_the_palette_acts(browser: Browser) -> None:
    page = await stage().open(browser)

    await page.keyboard.press("Control+k")
    await page.keyboard.type("theme")
    await page.keyboard.press("Enter")

    assert await theme(page) == "light"


async def test_what_the_server_finds_moves_no_selection(browser: Browser) -> None:
    page = await stage().open(browser)
    pull = {
        "url": "http://stage.test/rfc/human/pr/3",
        "number": 3,
        "title": [{"text": "theme", "hit": True}],
        "rfc": "human",
    }
    await page.route("**/api/search?**", lambda route: route.fulfill(json={"rfcs": [], "pulls": [pull]}))

    await page.keyboard.press("Control+k")
    await page.keyboard.type("theme")
    await expect(page.get_by_role("option", name="PR #3: theme")).to_be_visible()
    await page.keyboard.press("Enter")

    await expect(page.locator("html")).to_have_attribute("data-theme", "light")


async def test_the_palette_works_where_there_is_no_catalog_column(browser: Browser) -> None:
    page = await stage(viewer=None, columns=Columns.ONE).open(browser, "/")

    await page.get_by_role("button", name="Search or jump to").click()
    await page.keyboard.type("memo")
    await expect(page.get_by_role("option", name="Memory")).to_be_visible()
    await page.keyboard.press("Enter")

    await page.wait_for_url("**/rfc/memory")


async def test_the_palette_jumps_for_who_types_faster_than_the_catalog_arrives(browser: Browser) -> None:
    shows, arrives = stage(viewer=None, columns=Columns.ONE), asyncio.Event()
    page = await shows.open(browser, "/")

    async def late(route: Route) -> None:
        await arrives.wait()
        await route.fulfill(body=shows.edition.body, content_type="application/json")

    await page.route("**/api/catalog**", late)

    await page.keyboard.press("Control+k")
    await page.keyboard.type("memo")
    await expect(page.get_by_role("option", name="All hits")).to_be_visible()
    await page.keyboard.press("Enter")
    arrives.set()

    await page.wait_for_url("**/rfc/memory")


async def test_escape_closes_the_palette_and_gives_the_focus_back(browser: Browser) -> None:
    page = await stage().open(browser)
    button = page.get_by_role("button", name="Search or jump to")
    await button.press("Enter")
    await expect(page.get_by_test_id("palette-input")).to_be_focused()

    await page.keyboard.press("Escape")

    await expect(button).to_be_focused()


async def test_proposing_from_the_palette_hands_the_words_to_the_dialog(browser: Browser) -> None:
    page = await stage().open(browser)
    await page.evaluate(
        "document.addEventListener('rfc:propose', event => { event.preventDefault(); window.asked = event.detail.title })"
    )

    await page.keyboard.press("Control+k")
    await page.keyboard.type("Quiet hours")
    await page.keyboard.press("Enter")

    assert await page.evaluate("window.asked") == "Quiet hours"


async def test_without_a_dialog_proposing_leads_to_a_page_that_has_one(browser: Browser) -> None:
    page = await stage().open(browser, "/rfc/human")

    await page.get_by_test_id("propose-open").click()

    await page.wait_for_url("**/catalog")


async def test_the_keyboard_is_explained(browser: Browser) -> None:
    page = await stage().open(browser)

    await page.keyboard.press("?")

    await expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()


async def test_single_keys_can_be_switched_off(browser: Browser) -> None:
    page = await stage().open(browser)
    await page.keyboard.press("?")
    await page.get_by_role("dialog").get_by_role("checkbox").uncheck()
    await page.keyboard.press("Escape")
    await page.locator("main").focus()

    await page.keyboard.press("/")
    await page.keyboard.press("?")

    await expect(page.locator("main")).to_be_focused()
    await expect(page.get_by_role("dialog", name="Keyboard")).to_be_hidden()


async def test_keys_typed_into_a_field_are_text(browser: Browser) -> None:
    page = await stage().open(browser)

    await page.get_by_test_id("catalog-search").type("a/b?")

    await expect(page.get_by_test_id("catalog-search")).to_have_value("a/b?")


async def test_columns_collapse_and_stay_so(browser: Browser) -> None:
    page = await stage(columns=Columns.THREE).open(browser, viewport={"width": 1440, "height": 900})
    column = page.locator("[data-col=catalog]")
    await page.get_by_role("button", name="Collapse the catalog").click()
    await page.reload()
    collapsed = await column.evaluate("el => el.offsetWidth")

    await page.get_by_role("button", name="Show the catalog").click()

    assert (collapsed, await column.evaluate("el => el.offsetWidth")) == (44, 264)


async def test_on_a_narrow_window_the_catalog_is_a_drawer(browser: Browser) -> None:
    page = await stage(columns=Columns.THREE).open(browser, viewport={"width": 1000, "height": 800})
    column = page.locator("[data-col=catalog]")
    await expect(column).to_be_hidden()

    await page.keyboard.press("/")
    await expect(page.get_by_test_id("catalog-search")).to_be_focused()
    await page.get_by_test_id("catalog-search").press("Escape")
    await page.keyboard.press("Escape")

    await expect(column).to_be_hidden()
    await expect(page.get_by_role("button", name="Open the catalog")).to_be_focused()


async def test_on_a_phone_the_columns_are_tabs(browser: Browser) -> None:
    page = await stage(columns=Columns.THREE).open(browser, **PHONE)
    front = {}

    for tab in ("Catalog", "Conversation", "Document"):
        await page.get_by_role("navigation", name="Columns").get_by_role("button", name=tab).click()
        front[tab] = await page.locator("[data-col]").evaluate_all(
            "all => all.filter(el => el.checkVisibility()).map(el => el.dataset.col)"
        )

    assert front == {"Catalog": ["catalog"], "Conversation": ["talk"], "Document": ["document"]}


async def test_the_skip_link_leads_to_the_document(browser: Browser) -> None:
    page = await stage().open(browser)

    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")

    await expect(page.locator("main")).to_be_focused()


async def test_a_toast_is_shown_and_said(browser: Browser) -> None:
    page = await stage().open(browser)

    await page.evaluate("rfc.toast('It could not be saved.', { bad: true })")

    await expect(page.get_by_test_id("toast")).to_have_text("It could not be saved.")
    await expect(page.locator("#r-live")).to_have_text("It could not be saved.")
    await page.get_by_role("button", name="Dismiss").click()
    await expect(page.get_by_test_id("toast")).to_have_count(0)


async def test_what_was_typed_survives_a_reload(browser: Browser) -> None:
    page = await stage(document='<textarea data-draft="here" aria-label="Message"></textarea>').open(browser)
    field = page.get_by_role("textbox", name="Message")
    await field.fill("Half a sentence")

    await page.reload()

    await expect(field).to_have_value("Half a sentence")
    await page.evaluate("rfc.clearDraft('here')")
    await page.reload()
    await expect(field).to_have_value("")


async def test_signing_out_leaves_nothing_behind_in_the_tab(browser: Browser) -> None:
    page = await stage(
        document='<h1>Here</h1><textarea data-draft="here" aria-label="Message"></textarea>'
    ).open(browser)
    await page.get_by_role("textbox", name="Message").fill("Half a sentence")
    await page.get_by_test_id("catalog-search").fill("mem")

    await page.get_by_test_id("user-menu").click()
    await page.get_by_test_id("sign-out").click()
    await page.wait_for_url("**/auth/logout**")

    assert await page.get_by_test_id("catalog-search").input_value() == ""
    assert await page.get_by_role("textbox", name="Message").input_value() == ""


ERROR = page_error_html(
    PageError(status=404, title="There is no RFC called “gaurdian”.", text="It may have a slip in it.",
              steps=(Step(label="Open Guardian", path="/rfc/guardian"), Step(label="Propose it", act="propose")))
)  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("columns", list(Columns))
async def test_the_frame_has_no_accessibility_violation(
    browser: Browser, columns: Columns, scheme: str
) -> None:
    page = await stage(columns=columns).open(browser, color_scheme=scheme)
    if columns is not Columns.ONE:
        await page.get_by_test_id("pending-ideas").locator("summary").click()

    found = await Axe().run(page)

    assert (found.violations_count, found.generate_report() if found.violations_count else "") == (0, "")


@pytest.mark.parametrize("opened", ["palette", "keys", "menu", "more", "phone", "error"])
async def test_what_opens_has_no_accessibility_violation(browser: Browser, opened: str) -> None:
    shows = stage() if opened != "error" else stage(document=ERROR)
    # Half faded in, words have too little contrast.
    page = await shows.open(browser, reduced_motion="reduce", **(PHONE if opened == "phone" else {}))
    match opened:
        case "palette":
            await page.keyboard.press("Control+k")
            await page.keyboard.type("m")
        case "keys":
            await page.keyboard.press("?")
        case "menu":
            await page.get_by_test_id("user-menu").click()
        case "more":
            await page.get_by_test_id("catalog-more").click()

    found = await Axe().run(page)

    assert (found.violations_count, found.generate_report() if found.violations_count else "") == (0, "")
