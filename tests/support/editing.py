"""Writing on branches in browsers, and reading what Git holds of it."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from playwright.async_api import Page, expect

from tests.support import http
from tests.support.browser import People, open_page, ready
from tests.support.forge import wait_until
from tests.support.meta_files import write_file
from tests.support.server import META, ORG, WRITER, RunningServer

DESK = {"width": 1440, "height": 900}
SOURCE = "[...document.querySelectorAll('[data-testid=editor] .cm-line')].map((line) => line.textContent).join('\\n')"


def front_matter(slug: str) -> str:
    """The front matter of a super-draft of the writer's."""
    return f"---\nslug: {slug}\ntitle: The {slug}\nstate: super-draft\nproposed_by: {WRITER}\n---\n"


def add_entry(server: RunningServer, slug: str, body: str) -> None:
    """Commit a super-draft, and wait until the app has seen it."""
    write_file(server, f"rfcs/{slug}.md", front_matter(slug) + body)
    wait_until(lambda: http.answers(f"{server.url}/api/rfcs/{slug}"), what=slug)


async def start_branch(
    people: People, server: RunningServer, slug: str, body: str, login: str = WRITER
) -> Page:
    """Somebody's new branch of a new entry, its editor open."""
    page = await people.person(login, None, viewport=DESK)
    add_entry(server, slug, body)
    await open_page(page, f"/rfc/{slug}")
    await page.get_by_test_id("start-contributing").click()
    await page.wait_for_url("**/branch/**")
    await ready(page)
    await editor_is_ready(page)
    return page


async def join_branch(people: People, login: str, path: str) -> Page:
    """Somebody else's page of a branch, its editor open."""
    page = await people.person(login, None, viewport=DESK)
    await open_page(page, path)
    await editor_is_ready(page)
    return page


async def editor_is_ready(page: Page) -> None:
    """Wait until the editor has its text."""
    await expect(page.get_by_test_id("editor").locator(".cm-content")).to_be_visible()
    await everything_is_sent(page)


async def everything_is_sent(page: Page) -> None:
    """Wait until the server has acknowledged all that was typed on a page."""
    await expect(page.get_by_test_id("editor")).to_have_attribute("data-state", "saved", timeout=30_000)


async def let_everybody_edit(page: Page) -> None:
    """Open a branch to all who are signed in, by its settings; whoever opens its page then may edit there."""
    await page.get_by_test_id("branch-settings-open").click()
    await page.get_by_test_id("edit-access").select_option("anyone")
    await expect(page.get_by_test_id("branch-settings").locator(".r-dialog")).not_to_have_attribute(
        "aria-busy", "true"
    )
    await page.keyboard.press("Escape")


async def put_caret(page: Page, *keys: str) -> None:
    """Click into the editor and move the caret."""
    await page.locator(".cm-content").click()
    for key in keys:
        await page.keyboard.press(key)


async def source_of(page: Page) -> str:
    """The text that a page's editor holds; of short documents, whose lines are all drawn."""
    return str(await page.evaluate(SOURCE))


async def expect_source(page: Page, text: str) -> None:
    """Wait until a page's editor holds exactly this text."""
    lines = page.get_by_test_id("editor").locator(".cm-line")
    await expect(lines).to_have_count(len(text.split("\n")))
    await page.wait_for_function(f"(wanted) => {SOURCE} === wanted", arg=text)


def path_of(page: Page, server: RunningServer) -> str:
    """The address of a page without its host and mode."""
    return page.url.removeprefix(server.url).split("?")[0]


def branch_of(page: Page) -> str:
    """The branch that a page shows."""
    return page.url.partition("/branch/")[2].split("?")[0]


class Clone:
    """The meta repository as somebody clones it now."""

    def __init__(self, server: RunningServer) -> None:
        self._folder = Path(tempfile.mkdtemp(dir=server.folder, prefix="clone-"))
        address = f"{server.forge.url}/{ORG}/{META}.git"
        subprocess.run(["git", "clone", "-q", "--bare", address, str(self._folder)], check=True, timeout=30)

    def file(self, branch: str, slug: str) -> bytes:
        """An entry's file on a branch."""
        return self._git("show", f"{branch}:rfcs/{slug}.md")

    def log(self, branch: str, form: str) -> list[str]:
        """What `git log --format` says of the commits a branch has and main has not, newest first."""
        shown = self._git("log", f"--format={form}%x00", f"main..{branch}").decode()
        return [one.strip() for one in shown.split("\0") if one.strip()]

    def _git(self, *arguments: str) -> bytes:
        command = ["git", "-C", str(self._folder), *arguments]
        return subprocess.run(command, check=True, capture_output=True, timeout=30).stdout
