"""The admin pages in a browser: who gets in, and what reaches pages that are open (§6, §17)."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

from playwright.async_api import Page, Request, expect

from tests.support.browser import People, open_page, ready
from tests.support.server import OWNER, WRITER, RunningServer

SOON = 5.0
"""Seconds within which a change of rights reaches an open page."""


@asynccontextmanager
async def reached_soon(page: Page) -> AsyncIterator[None]:
    """What is done within this reaches an open page soon: it loads anew. How long loading takes is another matter."""
    await ready(page)
    reached = asyncio.Event()

    def asked(request: Request) -> None:
        if request.is_navigation_request():
            reached.set()

    page.on("request", asked)
    yield
    async with asyncio.timeout(SOON):
        await reached.wait()
    page.remove_listener("request", asked)


async def test_strangers_sign_in_and_contributors_are_told(people: People) -> None:
    stranger = await people.stranger()
    await stranger.goto("/admin/audit")
    assert "/login" in stranger.url

    reader = await people.person("reader", None)
    answer = await reader.goto("/admin")
    assert answer is not None
    assert answer.status == 403
    await expect(reader.get_by_test_id("catalog-search")).to_be_visible()


async def test_a_mute_and_a_role_reach_open_pages_at_once(people: People, server: RunningServer) -> None:
    reader = await people.person("reader")
    await expect(reader.get_by_test_id("propose-open")).to_be_visible()
    owner = await people.person("owner", "/admin/users")
    row = owner.get_by_test_id("admin-user-reader")

    await row.get_by_test_id("admin-mute").click()
    await owner.get_by_test_id("admin-reason").fill("Advertising")
    async with reached_soon(reader):
        await owner.get_by_test_id("admin-confirm").click()

    await expect(row.get_by_text("Muted")).to_be_visible()
    await expect(reader.get_by_test_id("propose-open")).to_have_count(0)
    async with reached_soon(reader):
        await row.get_by_test_id("admin-mute").click()
    await expect(reader.get_by_test_id("propose-open")).to_be_visible()

    async with reached_soon(reader):
        await row.get_by_test_id("admin-role").select_option("admin")
    await expect(reader.locator(".r-app[data-admin]")).to_be_attached()
    await open_page(reader, "/admin/sync")
    await expect(reader.get_by_test_id("sync-row").first).to_be_visible()
    async with reached_soon(reader):
        await row.get_by_test_id("admin-role").select_option("contributor")
    await expect(reader.get_by_test_id("sync-row")).to_have_count(0)


async def test_the_last_owner_stays_owner(people: People) -> None:
    owner = await people.person("owner", "/admin/users")
    role = owner.get_by_test_id("admin-user-owner").get_by_test_id("admin-role")

    await role.select_option("contributor")

    await expect(owner.get_by_test_id("toast")).to_contain_text("The last owner can't be lowered.")
    await expect(role).to_have_value("owner")


async def test_the_record_is_shown_and_taken_along(people: People) -> None:
    owner = await people.person("owner", "/admin/audit?kind=sign_in")

    await expect(owner.get_by_test_id("audit-row").first).to_be_visible()
    answer = await owner.request.get("/api/admin/audit.csv?kind=sign_in")

    assert (await answer.text()).startswith("id,at,actor,on_behalf_of,kind,rfc,branch,pr,op_id,details\r\n")
    assert (await owner.request.get("/api/admin/audit.json?kind=graduate")).status == 200
    stranger = await people.stranger()
    assert (await stranger.request.get("/api/admin/audit.json")).status == 401


async def test_the_record_grows_before_ones_eyes_and_what_is_typed_into_its_filter_stays(
    people: People,
) -> None:
    owner, writer = await people.person("owner", "/admin/audit"), await people.person("writer")
    newest = owner.get_by_test_id("audit-row").first
    before = await newest.get_attribute("id")
    slug = owner.locator("form [name=rfc]")
    await slug.fill("half a wo")

    await writer.get_by_test_id("propose-open").click()
    await writer.get_by_test_id("propose-title").fill("Grown record")
    await expect(writer.get_by_test_id("propose-slug")).to_have_value("grown-record")
    await writer.get_by_test_id("propose-pitch").fill("Because.")
    await writer.get_by_test_id("propose-submit").click()

    await expect(owner.get_by_test_id("audit-row").filter(has_text="grown-record")).not_to_have_count(0)
    assert await newest.get_attribute("id") != before
    await expect(slug).to_have_value("half a wo")
    await expect(slug).to_be_focused()


async def test_a_long_name_leaves_room_for_what_stands_beside_it_on_a_phone(people: People) -> None:
    slug = "a-name-that-is-longer-than-anybody-would-choose-and-is-allowed-all-the-same"
    writer = await people.person(WRITER)
    await writer.get_by_test_id("propose-open").click()
    for name, words in (("title", "Long-winded"), ("slug", slug), ("pitch", "Because.")):
        await writer.get_by_test_id(f"propose-{name}").fill(words)
    await writer.get_by_test_id("propose-submit").click()
    await writer.wait_for_url("**/proposal/*")
    phone = {"width": 390, "height": 844}
    owner = await people.person(OWNER, f"/admin/audit?rfc={slug}", viewport=phone)
    row = owner.get_by_test_id("audit-row")
    await expect(row).to_have_count(1)
    await owner.evaluate(
        "document.fonts.ready.then(() => true)"
    )  # until then others stand in, of another width

    heights = await row.locator("td").evaluate_all("cells => cells.map(cell => cell.offsetHeight)")
    time, *_ = heights
    assert time < 40, heights  # one line, and never a column of single characters
    assert max(heights) < 120, heights
    assert await owner.evaluate("document.documentElement.scrollWidth") == phone["width"]
    await open_page(owner, "/admin/users")
    await expect(owner.get_by_test_id("admin-user-writer").locator("code")).to_be_visible()


async def read_as_a_stranger(page: Page, server: RunningServer) -> None:
    """Each page is loaded once, stays, and offers to sign in; whoever does is back where they were."""
    loads: list[str] = []
    page.on("framenavigated", lambda frame: loads.append(frame.url))
    for path in ("/catalog", "/philosophy"):
        await open_page(page, path)
        await expect(page.get_by_test_id("sign-in").first).to_be_visible()
        await expect(page).to_have_url(server.url + path)
    assert loads == [server.url + "/catalog", server.url + "/philosophy"]
    await page.get_by_test_id("sign-in").first.click()
    await page.get_by_test_id("user-menu").wait_for()
    await expect(page).to_have_url(server.url + "/philosophy")


async def test_whose_session_was_ended_by_an_admin_or_by_time_reads_on_and_signs_in_again(
    people: People, server: RunningServer
) -> None:
    reader, owner = await people.person("reader"), await people.person("owner", "/admin/users")
    async with reached_soon(reader):
        await owner.get_by_test_id("admin-user-reader").get_by_test_id("admin-sign-out").click()
    await expect(reader.get_by_test_id("sign-in").first).to_be_visible()
    await read_as_a_stranger(reader, server)

    # a page whose session ends before its socket is open leaves by itself
    await reader.goto("about:blank")
    with closing(sqlite3.connect(server.database)) as database:
        database.execute("UPDATE sessions SET expires_at = '2020-01-01 00:00:00+00:00'")
        database.commit()
    await read_as_a_stranger(reader, server)
