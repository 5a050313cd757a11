"""The product's main job: one person proposes, another sees it and merges, both see the super-draft."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Page, expect

from tests.support.browser import People, open_page
from tests.support.history import Told, history_of
from tests.support.server import BOT, META, ORG, OWNER, READER, WRITER, RunningServer


async def propose(page: Page, *, title: str, slug: str, pitch: str) -> None:
    await page.get_by_test_id("propose-open").click()
    await page.get_by_test_id("propose-title").fill(title)
    await expect(page.get_by_test_id("propose-slug")).to_have_value(slug)
    await page.get_by_test_id("propose-pitch").fill(pitch)
    await page.get_by_test_id("propose-submit").click()
    await page.wait_for_url("**/proposal/*")


async def loses(page: Page, testid: str) -> None:
    """Wait until the page has been loaded anew without it; while it is being loaded it has nothing at all."""
    await page.wait_for_function(
        "id => window.did_handshake === true && !document.querySelector(`[data-testid=${id}]`)", arg=testid
    )


async def test_an_idea_is_proposed_seen_and_merged_in_two_browsers(
    people: People, server: RunningServer, tmp_path: Path
) -> None:
    writer, owner = await people.person(WRITER), await people.person(OWNER)
    await owner.get_by_test_id("pending-ideas").locator("summary").click()

    await propose(writer, title="Human dignity", slug="human-dignity", pitch="What it **means**.")
    await owner.get_by_test_id("idea-row-human-dignity").click()
    await expect(owner.get_by_text("What it means.")).to_be_visible()
    await owner.get_by_test_id("merge-proposal").click()

    for page in (writer, owner):
        await expect(page.get_by_test_id("catalog-row-human-dignity")).to_be_visible()
    await writer.get_by_test_id("catalog-row-human-dignity").click()
    await expect(writer.get_by_test_id("rfc-title")).to_have_text("Human dignity")

    host = "127.0.0.1"
    assert history_of(f"{server.forge.url}/{ORG}/{META}", tmp_path, "rfcs/human-dignity.md") == [
        Told(True, f"{BOT} <{BOT}@example.org>", BOT, "Owner Person <owner>", True),
        Told(False, f"Writer Person <writer@noreply.{host}>", BOT, "Writer Person <writer>", True),
    ]


async def test_an_idea_appears_for_a_reader_who_just_looks_on(people: People) -> None:
    writer, stranger = await people.person(WRITER), await people.stranger()
    await open_page(stranger, "/catalog")
    await stranger.get_by_test_id("pending-ideas").locator("summary").click()
    await propose(writer, title="Looking on", slug="looking-on", pitch="Seen by all.")
    await expect(stranger.get_by_test_id("idea-row-looking-on")).to_be_visible()


async def test_signing_out_in_one_tab_empties_the_others(people: People) -> None:
    page = await people.person(READER)
    other = await page.context.new_page()
    await open_page(other, "/catalog")
    await page.get_by_test_id("user-menu").click()
    await page.get_by_test_id("sign-out").click()
    await other.wait_for_url("**/")
    await expect(other.get_by_test_id("sign-in")).to_be_visible()


async def test_a_new_role_reaches_an_open_page(people: People, server: RunningServer) -> None:
    writer, reader = await people.person(WRITER), await people.person(READER)
    await propose(writer, title="Rights on the move", slug="rights-on-the-move", pitch="Who decides?")
    await open_page(reader, writer.url.removeprefix(server.url))
    await expect(reader.get_by_test_id("merge-proposal")).to_have_count(0)
    try:
        server.run_command("users", "role", READER, "admin")
        await expect(reader.get_by_test_id("merge-proposal")).to_be_visible()
    finally:  # other tests of this process use the same server
        server.run_command("users", "role", READER, "contributor")
    await loses(reader, "merge-proposal")


async def test_a_mute_reaches_an_open_page(people: People, server: RunningServer) -> None:
    reader = await people.person(READER)
    await expect(reader.get_by_test_id("propose-open")).to_be_visible()
    try:
        server.run_command("users", "mute", READER)
        await loses(reader, "propose-open")
    finally:  # other tests of this process use the same server
        server.run_command("users", "mute", READER, "--lift")
    await expect(reader.get_by_test_id("propose-open")).to_be_visible()


def test_what_the_catalog_shows_is_in_the_api(server: RunningServer) -> None:
    with server.http() as stranger:
        rfcs = stranger.get("/api/rfcs").json()["rfcs"]
        texts = [stranger.get(f"/api/rfcs/{rfc['slug']}/raw") for rfc in rfcs]
    for raw in texts:
        assert (raw.status_code, raw.headers["content-type"]) == (200, "text/markdown; charset=utf-8")
