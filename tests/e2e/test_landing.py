"""Landing, home, philosophy and error pages of the running app (§14, §17), and what a lost connection looks like."""

from __future__ import annotations

import re
import subprocess
import sys

from playwright.async_api import Browser, Page, expect

from tests.support.browser import People, open_page, sign_in
from tests.support.forge import ROOT
from tests.support.meta_files import write_file
from tests.support.server import OWNER, READER, WRITER, RunningServer, running_server

NOTE_WHAT_IT_SAYS = """(banner) => {
  window.said = "";
  new MutationObserver(() => { window.said += banner.textContent; })
    .observe(banner, { childList: true, subtree: true, characterData: true });
}"""
DOCUMENT = "---\nslug: {slug}\ntitle: {title}\nstate: super-draft\n---\n\nA body.\n"


async def propose(page: Page, title: str) -> None:
    await page.get_by_test_id("propose-open").click()
    await page.get_by_test_id("propose-title").fill(title)
    await expect(page.get_by_test_id("propose-slug")).not_to_have_value("")
    await page.get_by_test_id("propose-pitch").fill("Because.")
    await page.get_by_test_id("propose-submit").click()
    await page.wait_for_url("**/proposal/*")


async def loses(page: Page, testid: str) -> None:
    """Wait until the page has been loaded anew without it; while it is being loaded it has nothing at all."""
    await page.wait_for_function(
        "id => window.did_handshake === true && !document.querySelector(`[data-testid=${id}]`)", arg=testid
    )


async def test_a_stranger_sees_title_pitch_three_items_and_two_ways_in(people: People) -> None:
    page = await people.stranger()

    await open_page(page, "/")

    await expect(page.get_by_test_id("landing-title")).to_be_visible()
    await expect(page.get_by_test_id("landing-pitch")).to_be_visible()
    await expect(page.get_by_test_id("landing-deck-item")).to_have_count(3)
    await expect(page.get_by_test_id("sign-in")).to_have_text("Sign in with Gitea")
    await page.get_by_role("link", name="Read the catalog").click()
    await expect(page).to_have_url(re.compile("/catalog$"))


async def test_each_test_id_stands_once_on_the_landing_page(people: People) -> None:
    page = await people.stranger()
    await open_page(page, "/")

    await expect(page.get_by_test_id("landing-deck-item")).to_have_count(3)
    ids = await page.locator("[data-testid]").evaluate_all("all => all.map(el => el.dataset.testid)")

    assert sorted({name for name in ids if ids.count(name) > 1}) == ["landing-deck-item"]


async def test_signing_in_on_the_landing_page_leads_to_the_home_page(people: People) -> None:
    page = await people.stranger()
    await open_page(page, "/")
    await page.get_by_test_id("sign-in").click()

    await sign_in(page, READER, "/")

    await expect(page.get_by_role("heading", level=1)).to_be_visible()


async def test_an_idea_is_the_owners_turn_until_it_is_decided(people: People) -> None:
    owner, writer = await people.person(OWNER, "/"), await people.person(WRITER)
    await propose(writer, "Whose turn")
    turn = owner.get_by_test_id("your-turn-row").filter(has_text="Whose turn")

    await expect(turn).to_be_visible()
    await expect(turn).to_contain_text("You decide as an admin.")
    await writer.get_by_test_id("withdraw-proposal").click()
    await expect(turn).to_have_count(0)


async def test_the_philosophy_is_one_click_away_from_every_page(people: People) -> None:
    page = await people.stranger()
    await open_page(page, "/catalog")

    await page.get_by_test_id("about-link").click()

    await expect(page).to_have_url(re.compile("/philosophy$"))
    await expect(page.get_by_role("heading", level=1)).to_have_text("Why it is written this way")


async def test_an_unknown_rfc_is_a_404_that_knows_the_nearest_name(
    people: People, server: RunningServer
) -> None:
    write_file(server, "rfcs/guardian.md", DOCUMENT.format(slug="guardian", title="Guardian"))
    page = await people.person(READER)
    await expect(page.get_by_test_id("catalog-row-guardian")).to_be_visible()

    answer = await page.goto("/rfc/gaurdian")

    assert answer is not None
    assert answer.status == 404
    await expect(page.get_by_role("heading", level=1)).to_have_text("There is no RFC called “gaurdian”.")
    await expect(page.get_by_role("link", name="Open Guardian")).to_have_attribute("href", "/rfc/guardian")


async def test_from_a_404_one_can_propose_what_is_missing(people: People) -> None:
    page = await people.person(READER, None)
    await page.goto("/rfc/quiet-hours")

    await page.get_by_role("button", name="Propose it").click()

    await expect(page.get_by_test_id("propose-title")).to_have_value("Quiet hours")


async def test_an_unknown_address_is_a_404_in_the_same_frame(people: People) -> None:
    page = await people.stranger()

    answer = await page.goto("/no/such/page")

    assert answer is not None
    assert answer.status == 404
    await expect(page.get_by_test_id("page-error")).to_be_visible()
    await expect(page.get_by_test_id("catalog-search")).to_be_visible()


async def test_a_sign_in_that_failed_can_be_begun_again_and_filters_no_catalog(people: People) -> None:
    page = await people.stranger()

    answer = await page.goto("/auth/callback?code=abc&state=made-up")

    assert answer is not None
    assert answer.status == 400
    for state in ("super-draft", "active"):
        await expect(page.get_by_test_id(f"state-filter-{state}")).to_have_attribute("aria-pressed", "true")
    await page.get_by_test_id("page-error").get_by_role("link", name="Sign in again").click()
    await expect(page.locator("input[name=user_name]")).to_be_visible()


async def test_who_is_muted_loses_the_propose_button_on_the_open_page_and_gets_it_back(
    people: People, server: RunningServer
) -> None:
    page = await people.person(READER)
    await expect(page.get_by_test_id("propose-open")).to_be_visible()
    try:
        users(server, "mute", READER)

        await loses(page, "propose-open")
    finally:  # other tests of this process use the same server
        users(server, "mute", READER, "--lift")

    await expect(page.get_by_test_id("propose-open")).to_be_visible()


async def lose_patience(page: Page) -> None:
    """No attempt to reconnect by itself, so that the test decides when; and a mark that a reload would wipe."""
    await page.evaluate(
        "socket.io.reconnectionDelay(3e5); socket.io.reconnectionDelayMax(3e5); window.marked = true"
    )


async def test_after_a_lost_connection_the_page_catches_up_with_what_it_missed(
    people: People, server: RunningServer
) -> None:
    page = await people.person(READER)
    banner = page.get_by_test_id("connection-banner")
    await expect(banner).to_be_hidden()
    await lose_patience(page)
    await page.evaluate("socket.io.engine.close()")
    await expect(banner).to_contain_text("Connection lost")
    write_file(server, "rfcs/missed.md", DOCUMENT.format(slug="missed", title="Missed"))

    await banner.evaluate(NOTE_WHAT_IT_SAYS)
    await banner.get_by_role("button", name="Try now").click()

    await expect(page.get_by_test_id("catalog-row-missed")).to_be_visible()
    await expect(banner).to_be_hidden()
    assert "Connected again" in await page.evaluate("window.said")
    assert await page.evaluate("window.marked") is True


async def test_after_a_restart_the_page_is_loaded_anew_and_lives(browser: Browser) -> None:
    with running_server() as server:
        people = People(browser, server.url)
        page = await people.person(WRITER)
        await lose_patience(page)
        server.kill()
        await expect(page.get_by_test_id("connection-banner")).to_contain_text("Connection lost")
        server.start()

        await page.get_by_role("button", name="Try now").click()

        await page.wait_for_function("!window.marked && window.did_handshake")
        write_file(server, "rfcs/later.md", DOCUMENT.format(slug="later", title="Later"))
        await expect(page.get_by_test_id("catalog-row-later")).to_be_visible()
        await people.leave()


def users(server: RunningServer, *arguments: str) -> None:
    """`rfc-ui users …` beside the running server."""
    command = [sys.executable, "-m", "rfc_ui.cli", "users", *arguments]
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"} | server.settings
    subprocess.run(command, env=environment, cwd=server.folder, check=True, capture_output=True)
