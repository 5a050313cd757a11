"""Paying for an RFC's models with a key of one's own, in browsers and with a model that sees the key (§6.7)."""

from __future__ import annotations

import asyncio
import secrets

from playwright.async_api import Browser, Page, expect

from tests.e2e.test_prompt import ask
from tests.support.browser import People, open_page
from tests.support.editing import DESK, front_matter
from tests.support.meta_files import write_file
from tests.support.model_server import ModelServer, model_server
from tests.support.server import READER, WRITER, running_server

KEY, OPERATORS = "sk-of-the-reader-42", secrets.token_urlsafe(24)
FUNDED = front_matter("funded").replace("state:", f"funder: {READER}\nstate:") + "Somebody pays for it.\n"
PAYS = "reader pays for the models here."


async def asked_on(page: Page, model: ModelServer) -> str:
    """The key that the next question is asked with."""
    before = len(model.keys)
    await ask(page, f"Question number {before}?")
    await expect(page.get_by_test_id("chat-message").filter(has_text="Well asked.")).to_have_count(before + 1)
    return model.keys[-1]


async def test_a_key_is_stored_agreed_to_used_and_taken_away_again(browser: Browser) -> None:
    async with model_server(says=["Well ", "asked."], bytewise=False) as model:
        with running_server(start=False, settings=model.settings(OPERATORS)) as server:
            write_file(server, "rfcs/funded.md", FUNDED)
            await asyncio.to_thread(server.start)
            people = People(browser, server.url)
            funder = await people.person(READER, "/settings/funder", viewport=DESK)
            writer = await people.person(WRITER, "/rfc/funded", viewport=DESK)
            await _paid_for(funder, writer, model)
            await people.leave()
            assert people.troubles.seen == []
            assert KEY not in server.log.read_text()


async def _paid_for(funder: Page, writer: Page, model: ModelServer) -> None:
    prompt = writer.get_by_role("form", name="Ask a model")
    key, rfc = funder.get_by_test_id("funder-openai"), funder.get_by_test_id("funded-funded")
    await expect(rfc).to_contain_text("Nothing is paid before you agree.")
    await expect(key).to_contain_text(f"127.0.0.1:{model.port}")
    assert await asked_on(writer, model) == OPERATORS

    # what is no key is refused in words; a key is stored and never shown again
    await key.get_by_test_id("funder-key").fill("two words, really")
    await key.get_by_test_id("funder-store").click()
    await expect(funder.get_by_role("alert")).to_contain_text("This does not look like a key")
    await key.get_by_test_id("funder-key").fill(KEY)
    await key.get_by_test_id("funder-store").click()
    await expect(key).to_contain_text("Stored")
    await expect(key.get_by_test_id("funder-key")).to_have_value("")
    assert KEY not in await funder.content()
    await expect(prompt).not_to_contain_text(PAYS)

    # only with consent it is used; both pages say so without a reload
    await rfc.get_by_test_id("funder-consent").click()
    await expect(rfc).to_contain_text("Your keys pay for its models.")
    await expect(prompt).to_contain_text(PAYS)
    assert await asked_on(writer, model) == KEY

    # each way of ending it: the consent, and the key
    await rfc.get_by_test_id("funder-withdraw").click()
    await expect(prompt).not_to_contain_text(PAYS)
    assert await asked_on(writer, model) == OPERATORS
    await rfc.get_by_test_id("funder-consent").click()
    await expect(prompt).to_contain_text(PAYS)
    await key.get_by_test_id("funder-remove").click()
    await expect(key).to_contain_text("None is stored.")
    await expect(rfc).to_contain_text("no key of yours can be used: the operator pays")
    await expect(prompt).not_to_contain_text(PAYS)
    assert await asked_on(writer, model) == OPERATORS
    await open_page(funder, "/settings/funder")
    await expect(funder.get_by_test_id("funder-remove")).to_have_count(0)
