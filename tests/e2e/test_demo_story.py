"""`make demo` with a mail server: five people take an RFC from idea to graduation, and each hears what §15.1 says."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, Page, expect

from tests.e2e.test_two_browsers import propose
from tests.support.browser import People, open_page, ready
from tests.support.demo import Demo, running_demo
from tests.support.editing import editor_is_ready, everything_is_sent
from tests.support.mail_server import MailServer, mail_server
from tests.support.server import MODERATOR, OWNER, REVIEWER, WRITER
from tests.support.story import QUESTION, TABLE, heard, mails
from tests.support.world import eventually

ROWS = "SELECT id, kind, user_id, category FROM notifications WHERE rfc_slug = 'echo' ORDER BY created_at, id"
MAILED = (
    "SELECT o.notification_id, o.state, o.message_id FROM outbox o JOIN notifications n"
    " ON n.id = o.notification_id WHERE n.rfc_slug = 'echo'"
)


@dataclass
class Story:
    """The demo, its people and what arrives in their mailboxes."""

    demo: Demo
    crowd: People
    post: MailServer

    def rows(self, query: str) -> list[tuple[int, str, int, str]]:
        """Rows of the demo's own database."""
        with closing(sqlite3.connect(f"file:{self.demo.folder / 'rfc.db'}?mode=ro", uri=True)) as database:
            return database.execute(query).fetchall()

    def arrived(self) -> Counter[str]:
        """How many mails about the new RFC each person got."""
        thread = "<echo.thread@example.org>"
        return Counter(
            mail["To"].partition("@")[0] for mail in self.post.taken if mail["References"] == thread
        )

    async def until_mailed(self, *kinds: str) -> None:
        """Wait for all mails of the story so far: whoever opens a thing first gets no mail about it."""

        async def all_are_there() -> bool:
            return self.arrived() >= mails(*kinds)

        await eventually(all_are_there, seconds=90)
        assert self.arrived() == mails(*kinds)

    async def until_noted(self) -> None:
        """Wait until the app has noted of each mail that it is out: a mailbox has it a little earlier."""

        async def all_are_sent() -> bool:
            return {row[1] for row in self.rows(MAILED)} == {"sent"}

        await eventually(all_are_sent, seconds=60)

    async def until_told(self, kind: str) -> None:
        """Wait for something that nobody did."""

        async def is_told() -> bool:
            return any(row[1] == kind for row in self.rows(ROWS))

        await eventually(is_told, seconds=60)


async def press(page: Page, testid: str, kind: str) -> None:
    """Press a button that says how many people it will notify, and is right about it."""
    button = page.get_by_test_id(testid)
    await expect(button).to_have_accessible_description(re.compile(rf"Will notify {len(TABLE[kind])}\b"))
    await button.click()


async def claim_and_agree(story: Story, reviewer: Page, moderator: Page) -> None:
    """The reviewer asks to own it; the moderator agrees."""
    await open_page(reviewer, "/rfc/echo")
    await reviewer.get_by_test_id("claim").click()
    await reviewer.wait_for_url("**/rfc/echo/pr/*")
    await story.until_mailed("propose_idea", "post_message", "merge_idea", "open_claim")
    await open_page(moderator, reviewer.url)
    table = moderator.get_by_test_id("metadata-changes")
    await expect(table).to_contain_text("Rhea Viewer")
    cell, name = await table.bounding_box(), await table.get_by_text("Rhea Viewer").bounding_box()
    assert cell is not None
    assert name is not None
    assert cell["y"] < name["y"] < cell["y"] + cell["height"]
    await press(moderator, "claim-merge", "merge_claim")
    await expect(moderator.get_by_test_id("pr-state")).to_have_text("Merged")
    await story.until_told("graduation_ready")
    await open_page(moderator, "/catalog")


async def write_and_open(writer: Page) -> str:
    """The writer adds a sentence on a branch and opens a pull request; its address."""
    await open_page(writer, "/rfc/echo")
    await writer.get_by_test_id("start-contributing").click()
    await writer.wait_for_url("**/branch/**")
    await ready(writer)
    await editor_is_ready(writer)
    await writer.locator(".cm-content").click()
    await writer.keyboard.press("Control+End")
    await writer.keyboard.type("\nMore.\n")
    await everything_is_sent(writer)
    await writer.get_by_test_id("open-pr").click()
    await expect(writer.get_by_test_id("pr-title")).not_to_have_value("")
    await press(writer, "pr-submit", "open_pull")
    await writer.wait_for_url("**/rfc/echo/pr/*")
    path = writer.url
    await open_page(writer, "/catalog")
    return path


async def tell(story: Story) -> None:
    """From proposal to graduation, each act by its person on the pages of the demo."""
    owner, writer = (
        await story.crowd.person(OWNER, "/settings/notifications"),
        await story.crowd.person(WRITER),
    )
    reviewer, moderator = await story.crowd.person(REVIEWER), await story.crowd.person(MODERATOR)
    await owner.locator("#email_watched_structural").check()

    await propose(writer, title="Echo", slug="echo", pitch="What comes back.")
    idea = writer.url
    await open_page(writer, "/catalog")
    await open_page(reviewer, idea)
    await reviewer.get_by_test_id("chat-input").fill(QUESTION)
    await reviewer.get_by_test_id("chat-send").click()
    await expect(reviewer.get_by_test_id("chat-message")).to_have_count(1)
    await story.until_mailed("propose_idea", "post_message")
    await open_page(moderator, idea)
    await press(moderator, "merge-proposal", "merge_idea")
    await expect(moderator.get_by_test_id("rfc-state")).to_have_text(re.compile("Merged|Super-draft"))

    await open_page(owner, "/rfc/echo")
    await owner.get_by_test_id("watch-menu").click()
    await owner.get_by_role("button", name="Following").click()
    await expect(owner.get_by_test_id("watch-menu")).to_contain_text("Following")
    await open_page(owner, "/catalog")
    await claim_and_agree(story, reviewer, moderator)

    pull = await write_and_open(writer)
    await story.until_mailed(*[kind for kind in TABLE if kind not in ("merge_pull", "graduate_complete")])
    await open_page(reviewer, pull)
    await press(reviewer, "pr-merge", "merge_pull")
    await expect(reviewer.get_by_test_id("pr-state")).to_contain_text("Merged")
    await open_page(reviewer, "/rfc/echo")
    await reviewer.get_by_test_id("graduate-open").click()
    await expect(reviewer.get_by_test_id("graduate-owners")).to_have_value(REVIEWER)
    await press(reviewer, "graduate-start", "graduate_complete")
    await expect(reviewer.get_by_test_id("rfc-state")).to_have_text("Active")


async def test_the_whole_story_in_the_demo_tells_and_mails_each_of_five_people_exactly_what_concerns_them(
    browser: Browser, kept_demo: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(kept_demo, tmp_path / "data")
    async with mail_server() as post:
        environment = {
            "SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(post.port), "SMTP_STARTTLS": "false",
            "EMAIL_FROM": "rfc@example.org", "EMAIL_FROM_NAME": "OHM", "EMAIL_DELAY_SECONDS": "1",
        }  # fmt: skip
        with running_demo(folder, environment=environment) as demo:
            story = Story(demo, People(browser, demo.url), post)
            await tell(story)
            await story.until_mailed()
            await story.until_noted()
            await story.crowd.leave()
            assert story.crowd.troubles.seen == []

            people = {key: login for key, login, *_ in story.rows("SELECT id, gitea_login, 0, 0 FROM users")}
            sent = story.rows(MAILED)
            assert heard(story.rows(ROWS), mailed=[row[0] for row in sent], people=people) == TABLE
            assert {row[1] for row in sent} == {"sent"}
            arrived = {mail["Message-ID"] for mail in post.taken}
            assert {row[2] for row in sent} <= arrived
            assert len(arrived) == len(post.taken)
