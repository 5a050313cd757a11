"""Take the pictures of graduation: `python docs/screens/graduation.py`, from the root of the repository.

A demo never stands still in the middle of one, so this starts a site of its own, on a Gitea that can be told to wait,
and has somebody else write into a new repository. Ways and widths are those of `take.py`.
"""

from __future__ import annotations

import asyncio
import base64
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Page, StorageState, async_playwright, expect

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

from take import NAMES, WAYS, WIDER, sign_in  # noqa: E402  (the paths come first)

from services.domain.entry import Entry, compose_entry  # noqa: E402
from services.domain.identifiers import Slug  # noqa: E402
from services.ops.sample_documents import sample_ideas  # noqa: E402
from tests.support.meta_files import write_file  # noqa: E402
from tests.support.server import META, ORG, OWNER, READER, REVIEWER, RunningServer, running_server  # noqa: E402

SETTINGS = {"SITE_NAME": "Open Human Model"}
OPEN, MERGE = f"/{META}/pulls$", r"/pulls/\d+/merge$"
STUCK, RUNNING, BLOCKED = "memory", "promise", "care"


class Studio:
    """A site, browsers that are signed in, and what was found to be wider than its window."""

    def __init__(self, server: RunningServer, browser: Browser, states: dict[str, StorageState]) -> None:
        self.server = server
        self._browser = browser
        self._states = states
        self.wider: list[str] = []

    @asynccontextmanager
    async def page(self, login: str, path: str, way: str = "light") -> AsyncIterator[Page]:
        """A page of somebody's, once it can be used."""
        state = self._states[login]
        options = {"base_url": self.server.url, "storage_state": state, **WAYS[way]}
        context = await self._browser.new_context(**options)  # type: ignore[arg-type]
        page = await context.new_page()
        await page.goto(path)
        await page.wait_for_function("window.did_handshake")
        yield page
        await context.close()

    async def take(self, name: str, login: str, path: str, *, dialog: bool = False) -> None:
        """A page in all ways, with its dialog where that is what is to be seen."""
        for way in WAYS:
            async with self.page(login, path, way) as page:
                if dialog:
                    await fill_in(page)
                await page.evaluate("document.fonts.ready")
                await page.wait_for_timeout(400)
                if way != "narrow":
                    await page.screenshot(path=HERE / f"{name}-{way}.png")
                self.wider += [f"{name}-{way}: {what}" for what in await page.evaluate(WIDER)]

    async def start(self, slug: str, login: str) -> None:
        """Somebody presses the button of the dialog."""
        async with self.page(login, f"/rfc/{slug}") as page:
            await page.get_by_test_id("graduate-open").click()
            await expect(page.get_by_test_id("graduate-number")).not_to_have_value("")
            await page.get_by_test_id("graduate-start").click()
            await expect(page.get_by_test_id("graduate-step-1")).to_be_visible()
            await asyncio.to_thread(self.server.forge.faults.wait_held)

    def hold(self, path: str) -> None:
        """Have Gitea wait before it does one request."""
        self.server.forge.faults.set({"path": path, "method": "POST", "action": "delay_before", "times": 1})

    def intrude(self) -> None:
        """Somebody writes into the new repository of an entry that is about to be undone."""
        listed = self.server.forge.admin.get(f"/api/v1/orgs/{ORG}/repos").json()
        (repo,) = [one["full_name"] for one in listed if one["name"].endswith(f"-{STUCK}")]
        body = {"content": base64.b64encode(b"Mine.\n").decode(), "message": "Mine", "branch": "main"}
        self.server.forge.admin.post(f"/api/v1/repos/{repo}/contents/mine.txt", json=body).raise_for_status()
        open_body_pull(self.server, STUCK)


async def fill_in(page: Page) -> None:
    """The dialog, one of its fields wrong."""
    await page.get_by_test_id("graduate-open").click()
    await expect(page.get_by_test_id("graduate-number")).not_to_have_value("")
    await page.get_by_test_id("graduate-owners").fill("reviewer, nobody-there")
    await expect(page.locator("#graduate-owners-hint")).to_contain_text("Nobody")


def write_entries(server: RunningServer) -> None:
    """The documents of the demo, most of them owned by the reviewer."""
    for idea in sample_ideas():
        entry = Entry(
            slug=Slug(idea.slug), title=idea.title, body=idea.body, tags=idea.tags,
            owners=idea.owners, proposed_by=idea.proposed_by, proposed_at="2026-11-01",
        )  # fmt: skip
        write_file(server, f"rfcs/{idea.slug}.md", compose_entry(entry))


def open_body_pull(server: RunningServer, slug: str) -> None:
    """A pull request on the text, as somebody opens one on Gitea."""
    path = f"/api/v1/repos/{ORG}/{META}"
    found = server.forge.admin.get(f"{path}/contents/rfcs/{slug}.md").json()
    text = base64.b64decode(found["content"]) + b"\nOne thing more.\n"
    body = {"content": base64.b64encode(text).decode(), "sha": found["sha"], "message": "Say more"}
    branch = {"branch": "main", "new_branch": f"edit-{slug}-abcdef"}
    server.forge.admin.put(f"{path}/contents/rfcs/{slug}.md", json=body | branch).raise_for_status()
    pull = {"head": branch["new_branch"], "base": "main", "title": "Say more", "body": "Please."}
    server.forge.admin.post(f"{path}/pulls", json=pull).raise_for_status()


async def pictures(studio: Studio) -> None:
    """The dialog, a graduation that waits for a person, one that runs, and the queue."""
    await studio.take("graduate", REVIEWER, f"/rfc/{STUCK}", dialog=True)
    studio.hold(OPEN)
    await studio.start(STUCK, REVIEWER)
    studio.intrude()
    studio.server.forge.faults.release()
    async with studio.page(OWNER, f"/rfc/{STUCK}") as page:
        await expect(page.get_by_test_id("graduate-note")).to_contain_text("graduation queue")
    studio.server.forge.faults.clear()
    await studio.take("graduate-stuck", OWNER, f"/rfc/{STUCK}")
    studio.hold(MERGE)
    await studio.start(RUNNING, REVIEWER)
    await studio.take("graduate-runs", READER, f"/rfc/{RUNNING}")
    await studio.take("admin-graduation", OWNER, "/admin/graduation")


async def main() -> int:
    """All pictures; 1 when a page was wider than its window."""
    with running_server(start=False, settings=SETTINGS) as server:
        write_entries(server)
        open_body_pull(server, BLOCKED)
        server.start()
        async with async_playwright() as playwright:
            found = next((path for path in map(shutil.which, NAMES) if path), None)
            browser = await playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
            states = {}
            for login in (OWNER, REVIEWER, READER):
                context = await browser.new_context(base_url=server.url)
                await sign_in(await context.new_page(), login)
                states[login] = await context.storage_state()
                await context.close()
            studio = Studio(server, browser, states)
            await pictures(studio)
            await browser.close()
    print(*(studio.wider or ["nothing is wider than its window"]), sep="\n")
    return 1 if studio.wider else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
