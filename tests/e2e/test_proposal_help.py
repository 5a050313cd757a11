"""A hosted model helps with a proposal, in a browser and over real HTTP (§9.2)."""

from __future__ import annotations

import asyncio

from playwright.async_api import Browser, Page, expect

from tests.support.browser import People
from tests.support.model_server import ModelServer, model_server
from tests.support.server import WRITER, running_server


async def test_tags_and_a_sharper_pitch_are_taken_or_left(browser: Browser) -> None:
    async with model_server(bytewise=False) as model:
        with running_server(start=False, settings=model.settings()) as server:
            await asyncio.to_thread(server.start)
            people = People(browser, server.url)
            writer = await people.person(WRITER)
            await writer.get_by_test_id("propose-open").click()
            await writer.get_by_test_id("propose-title").fill("Silence")
            await _tags(writer, model)
            await _pitch(writer, model)
            await people.leave()
            assert people.troubles.seen == []


async def _tags(writer: Page, model: ModelServer) -> None:
    tags = writer.get_by_test_id("propose-tags")
    await tags.fill("speech")
    model.says = ["ethics, ", "speech, quiet"]

    await writer.get_by_test_id("propose-suggest-tags").click()
    await writer.get_by_test_id("propose-tag").filter(has_text="quiet").click()

    await expect(tags).to_have_value("speech, quiet")
    await expect(writer.get_by_test_id("propose-tag")).to_have_text(["ethics"])


async def _pitch(writer: Page, model: ModelServer) -> None:
    pitch, sharpen = writer.get_by_test_id("propose-pitch"), writer.get_by_test_id("propose-sharpen")
    sharper = writer.get_by_test_id("propose-sharper")

    # nothing to sharpen yet
    await sharpen.click()
    await expect(writer.get_by_role("alert")).to_contain_text("Write a few words first")

    # what it suggests stands beside one's own, which stays until it is taken
    await pitch.fill("We <b>really</b> should be silent.")
    model.says = ["We should ", "be silent <i>now</i>."]
    await sharpen.click()
    await expect(sharper.locator("del")).to_contain_text("<b>really</b>")
    await expect(sharper.locator("ins")).to_contain_text("<i>now</i>")
    await writer.get_by_test_id("propose-leave").click()
    await expect(pitch).to_have_value("We <b>really</b> should be silent.")

    await sharpen.click()
    await writer.get_by_test_id("propose-take").click()
    await expect(pitch).to_have_value("We should be silent <i>now</i>.")
    await writer.get_by_test_id("propose-untake").click()
    await expect(pitch).to_have_value("We <b>really</b> should be silent.")

    # a model in trouble says so, and nothing typed is lost
    model.status = 500
    await sharpen.click()
    await expect(writer.get_by_role("alert")).to_contain_text("answered with an error")
    await expect(pitch).to_have_value("We <b>really</b> should be silent.")
