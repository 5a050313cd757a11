"""`kill -9` between the bot's act and the database's answer, both ways round: nothing is lost or done twice."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.e2e.test_resolve import change_main, proposed
from tests.e2e.test_workspace import contributing, entry
from tests.support.browser import People, open_page
from tests.support.editing import everything_is_sent
from tests.support.forge import wait_until
from tests.support.server import META, ORG, OWNER, WRITER, RunningServer, running_server

CREATE_PULL = rf"^/api/v1/repos/{ORG}/{META}/pulls$"
WRITE_FILE = rf"^/api/v1/repos/{ORG}/{META}/contents"
MERGE_PULL = rf"^/api/v1/repos/{ORG}/{META}/pulls/\d+/merge$"
BEFORE, AFTER = "delay_before", "delay_after"


@pytest.fixture(scope="module")
def fragile() -> Iterator[RunningServer]:
    """An app of its own, because these tests kill it."""
    with running_server() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def crowd(browser: Browser, fragile: RunningServer) -> AsyncIterator[People]:
    """People on the app that is going to be killed; their browsers may well complain."""
    opened = People(browser, fragile.url)
    yield opened
    await opened.leave()


async def fill_proposal(page: Page, title: str) -> None:
    await page.get_by_test_id("propose-open").click()
    await page.get_by_test_id("propose-title").fill(title)
    await expect(page.get_by_test_id("propose-slug")).not_to_have_value("")
    await page.get_by_test_id("propose-pitch").fill("It survives.")


async def killed_while_held(
    server: RunningServer, page: Page, testid: str, *, path: str, action: str
) -> None:
    """Press a button, kill the app while the forge holds its request, let the forge go on, start again."""
    server.forge.faults.clear()
    server.forge.faults.set({"method": "POST", "path": path, "action": action, "seconds": 60, "times": 1})
    await page.get_by_test_id(testid).click()
    server.forge.faults.wait_held()
    server.kill()
    server.forge.faults.release()
    server.forge.faults.clear()
    server.start()


@pytest.mark.parametrize("path", [WRITE_FILE, CREATE_PULL])
@pytest.mark.parametrize("action", [BEFORE, AFTER])
async def test_a_proposal_survives_a_kill_exactly_once(
    fragile: RunningServer, crowd: People, action: str, path: str
) -> None:
    slug = f"survivor-{action.removeprefix('delay_')}-{'file' if path == WRITE_FILE else 'pull'}"
    writer = await crowd.person(WRITER)
    await fill_proposal(writer, slug.replace("-", " ").capitalize())
    await killed_while_held(fragile, writer, "propose-submit", path=path, action=action)

    wait_until(lambda: pulls_for(fragile, slug), what="the idea's pull request")
    wait_until(lambda: operations_done(fragile), what="the operation to be completed")
    assert (len(pulls_for(fragile, slug)), audit_rows(fragile, "propose_idea", slug)) == (1, 1)
    stranger = await crowd.stranger()
    await open_page(stranger, "/catalog")
    await stranger.get_by_test_id("pending-ideas").locator("summary").click()
    await expect(stranger.get_by_test_id(f"idea-row-{slug}")).to_be_visible()


@pytest.mark.parametrize("action", [BEFORE, AFTER])
async def test_a_merge_survives_a_kill_exactly_once(
    fragile: RunningServer, crowd: People, action: str
) -> None:
    slug = f"merged-{action.removeprefix('delay_')}"
    writer = await crowd.person(WRITER)
    await fill_proposal(writer, slug.replace("-", " ").capitalize())
    await writer.get_by_test_id("propose-submit").click()
    await writer.wait_for_url("**/proposal/*")
    owner = await crowd.person(OWNER, writer.url.removeprefix(fragile.url))
    await killed_while_held(fragile, owner, "merge-proposal", path=MERGE_PULL, action=action)

    wait_until(lambda: operations_done(fragile), what="the operation to be completed")
    assert (merges_of(fragile, slug), audit_rows(fragile, "merge_idea", slug)) == (1, 1)
    stranger = await crowd.stranger()
    await open_page(stranger, "/catalog")
    await expect(stranger.get_by_test_id(f"catalog-row-{slug}")).to_be_visible()


async def test_a_replay_survives_a_kill_and_doubles_nothing(fragile: RunningServer, crowd: People) -> None:
    body = "# Torn\n\nEvery person speaks.\n\nNobody stays alone.\n"
    owner = await contributing(crowd, fragile, "torn", login=OWNER, body=body)
    for line, words in ((2, " They listen too."), (4, " Nobody is left.")):
        await owner.locator(".cm-line").nth(line).click()
        await owner.keyboard.press("End")
        await owner.keyboard.type(words)
        await everything_is_sent(owner)
        await owner.get_by_test_id("save-now").click()
        await expect(owner.get_by_test_id("save-state")).to_have_text(re.compile("^Committed "))
    number = await proposed(owner, "Let them listen")
    on_main = body.replace("Nobody stays alone.", "Nobody stays alone for long.")
    change_main(fragile, "rfcs/torn.md", entry("torn", body=on_main))
    await owner.get_by_test_id("pr-resolve").click()
    await owner.wait_for_url(f"**/rfc/torn/pr/{number}/resolve")

    await killed_while_held(fragile, owner, "resolve-begin", path=WRITE_FILE, action=AFTER)

    owner = await owner.context.new_page()  # the other one loads itself again once the app answers
    wait_until(lambda: operations_done(fragile), what="the operation to be completed")
    await open_page(owner, f"/rfc/torn/pr/{number}/resolve")
    begin = owner.get_by_test_id("resolve-begin")
    await expect(begin.or_(owner.get_by_test_id("clash"))).to_be_visible()
    if await begin.is_visible():
        await begin.click()
    await expect(owner.get_by_test_id("clash")).to_have_count(1)
    assert replayed(fragile, "torn") == 1


async def test_a_state_that_was_stored_and_not_told_is_told_after_a_kill(
    fragile: RunningServer, crowd: People
) -> None:
    await crowd.person(OWNER)
    fragile.stop()
    as_ever, fragile.module = fragile.module, "tests.support.dying_signals"
    fragile.start()
    fragile.module = as_ever
    ready = entry("told-late").replace("proposed_by", "owners: [writer]\nproposed_by")

    change_main(fragile, "rfcs/told-late.md", ready)
    wait_until(lambda: not fragile.is_alive(), what="the kill before the state is told")
    assert (is_stored(fragile, "told-late"), tellings(fragile, "told-late")) == (True, 0)
    fragile.kill()
    fragile.start()
    wait_until(lambda: tellings(fragile, "told-late") > 0, what="somebody being told")


def is_stored(server: RunningServer, slug: str) -> bool:
    return count(server, "SELECT count(*) FROM cached_rfcs WHERE slug = ?", slug) == 1


def tellings(server: RunningServer, slug: str) -> int:
    query = "SELECT count(*) FROM notifications WHERE kind = 'graduation_ready' AND rfc_slug = ?"
    return count(server, query, slug)


def replayed(server: RunningServer, slug: str) -> int:
    """How many commits of its resolution branch replay one of the pull request."""
    repository = f"/api/v1/repos/{ORG}/{META}"
    branches = (
        server.forge.admin.get(f"{repository}/branches", params={"limit": 50}).raise_for_status().json()
    )
    (name,) = [one["name"] for one in branches if one["name"].startswith(f"resolve-{slug}")]
    listed = server.forge.admin.get(f"{repository}/commits", params={"sha": name, "stat": "false"})
    messages = [one["commit"]["message"] for one in listed.raise_for_status().json()]
    return len([message for message in messages if "Replays:" in message])


def pulls_for(server: RunningServer, slug: str) -> list[str]:
    """The head branches of all pull requests that propose `slug`, open or not."""
    answer = server.forge.admin.get(f"/api/v1/repos/{ORG}/{META}/pulls", params={"state": "all", "limit": 50})
    heads = [pull["head"]["ref"] for pull in answer.raise_for_status().json()]
    return [head for head in heads if head.startswith(f"idea-{slug}-")]


def merges_of(server: RunningServer, slug: str) -> int:
    """How many merge commits on main brought `slug`."""
    path = f"/api/v1/repos/{ORG}/{META}/commits"
    commits = server.forge.admin.get(path, params={"limit": 50, "stat": "false"}).raise_for_status().json()
    title = slug.replace("-", " ").capitalize()
    messages = [one["commit"]["message"] for one in commits if len(one["parents"]) == 2]
    return len([message for message in messages if title in message or slug in message])


def audit_rows(server: RunningServer, kind: str, slug: str) -> int:
    return count(server, "SELECT count(*) FROM actions WHERE action_kind = ? AND rfc_slug = ?", kind, slug)


def operations_done(server: RunningServer) -> bool:
    return count(server, "SELECT count(*) FROM operations WHERE state NOT IN ('done', 'failed')") == 0


def count(server: RunningServer, query: str, *values: str) -> int:
    with closing(sqlite3.connect(f"file:{server.database}?mode=ro", uri=True)) as database:
        return int(database.execute(query, values).fetchone()[0])
