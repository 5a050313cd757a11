"""The demo's own pull request in conflict, resolved by somebody who knows no Git; the original closes itself (§10.9)."""

from __future__ import annotations

import re

from playwright.async_api import Browser, expect

from tests.support.browser import People, open_page
from tests.support.demo import Demo
from tests.support.server import OWNER, WRITER


async def test_the_demos_conflict_is_resolved_in_the_browser_alone(browser: Browser, own_demo: Demo) -> None:
    crowd = People(browser, own_demo.url)
    listed = own_demo.get("/api/rfcs/care/prs").json()["prs"]
    (old,) = [pull["number"] for pull in listed if pull["state"] == "open"]
    writer = await crowd.person(WRITER, None)
    await open_page(writer, f"/rfc/care/pr/{old}")
    await expect(writer.get_by_test_id("pr-conflict")).to_be_visible()

    await writer.get_by_test_id("pr-resolve").click()
    await writer.wait_for_url(f"**/pr/{old}/resolve")
    await writer.get_by_test_id("resolve-begin").click()
    await expect(writer.get_by_test_id("clash")).to_have_count(1)
    await writer.get_by_test_id("conflict-mine").click()
    await expect(writer.get_by_test_id("clash-wording").locator("ins")).to_have_text("seldom speaks")
    await writer.get_by_test_id("resolve-take").click()
    await writer.get_by_test_id("resolve-open").click()
    await writer.wait_for_url(re.compile(rf"/pr/(?!{old}\b)\d+$"))

    owner = await crowd.person(OWNER, None)
    await open_page(owner, writer.url)
    await open_page(writer, f"/rfc/care/pr/{old}")
    await owner.get_by_test_id("pr-merge").click()
    await expect(owner.get_by_test_id("pr-state")).to_contain_text("Merged")
    await expect(writer.get_by_test_id("pr-state")).to_contain_text("Superseded")
    await open_page(writer, "/rfc/care")
    await expect(writer.get_by_test_id("rfc-body")).to_contain_text("Need seldom speaks")
    await crowd.leave()
