"""Merging: from an arbiter's click until the page of each of five people says “Merged” (§10.5, §19)."""

from __future__ import annotations

import asyncio
import base64
import time
from contextlib import AsyncExitStack

from benchmarks.accepting import SENTENCE, SIZE, Watcher
from benchmarks.crowd import SLUG, add_document, load_path, signed_in
from benchmarks.figure import Figure, milliseconds, percentile
from benchmarks.page_socket import page_socket
from services.domain.identifiers import PullNumber
from services.domain.pull import pull_address
from services.usecases.context import Context
from services.usecases.contribute import start_contributing
from services.usecases.open_pull import open_pull
from tests.support.beside import actor_called, use_cases_beside
from tests.support.live_line import headers_of
from tests.support.meta_files import write_file
from tests.support.server import META, ORG, OWNER, WRITER, RunningServer, running_server
from tests.support.visitor import Visitor

PULLS = 20
REST_SECONDS = 1.0
PATIENCE = 20
MERGED = 'r-chip--merged" data-testid="pr-state"'


def measure() -> list[Figure]:
    """Start a site, open pull requests and merge them one by one; the forge alone for comparison."""
    with running_server() as server, signed_in(server) as people:
        body = add_document(server, size=SIZE)
        times, alone = asyncio.run(_measure(server, people, body))
    return [
        _timed("merge to “Merged” on the last of five pages, p95", times, 500),
        _timed("a merge by the forge alone, p95", alone),
    ]


async def _measure(
    server: RunningServer, people: dict[str, Visitor], body: str
) -> tuple[list[float], list[float]]:
    times, alone = [], []
    sentences = [found.group() for found in SENTENCE.finditer(body)]
    async with use_cases_beside(server) as context:
        for number in range(PULLS):
            sentence = sentences[number * len(sentences) // PULLS]
            pull, head = await _open(server, context, sentence, f"{sentence[:-1]} number {number}.")
            times.append(await _merge(server, people, pull, head))
            alone.append(await asyncio.to_thread(_merge_alone, server, number))
            await asyncio.sleep(REST_SECONDS)
    return times, alone


async def _open(server: RunningServer, context: Context, old: str, new: str) -> tuple[PullNumber, str]:
    """A pull request that changes one sentence, and the commit that it proposes."""
    actor = await actor_called(context, WRITER)
    branch = (await start_contributing(context, actor=actor, slug=SLUG)).name
    path = f"/api/v1/repos/{ORG}/{META}/contents/rfcs/{SLUG}.md"
    known = server.forge.admin.get(path, params={"ref": branch}).raise_for_status().json()
    text = base64.b64decode(known["content"]).decode().replace(old, new, 1)
    change = {"content": base64.b64encode(text.encode()).decode(), "message": "Change it"}
    change |= {"sha": known["sha"], "branch": branch}
    committed = server.forge.admin.put(path, json=change).raise_for_status().json()
    await context.refresher.nudge(context.meta)
    opened = await open_pull(
        context, actor=actor, slug=SLUG, name=branch, title="Say it better", description=""
    )
    return opened.number, committed["commit"]["sha"]


async def _merge(server: RunningServer, people: dict[str, Visitor], pull: PullNumber, head: str) -> float:
    """Milliseconds from the click on a page that shows `head` until all have heard of it."""
    watchers = []
    async with AsyncExitStack() as stack:
        for login, person in people.items():
            page = await asyncio.to_thread(
                load_path, person, pull_address(SLUG, pull), holding='data-testid="pr-merge"'
            )
            watchers.append(Watcher())
            socket = page_socket(server.url, page.client_id, headers_of(person), watchers[-1].hear)
            connected = await stack.enter_async_context(socket)
            if login == OWNER:
                arbiter, send = page, connected.send
        await asyncio.sleep(REST_SECONDS)  # what loading the pages began is over
        for watcher in watchers:
            watcher.wait_for((MERGED,))
        began = time.perf_counter()
        await send(arbiter.event("act", f"merge:{head}"))
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*(watcher.arrived.wait() for watcher in watchers))
        return (time.perf_counter() - began) * 1000


def _merge_alone(server: RunningServer, number: int) -> float:
    """A merge that only the forge has to do with."""
    branch = f"beside-{number}"
    write_file(server, f"beside/{number}.md", "Beside.\n", new_branch=branch)
    pulls = f"/api/v1/repos/{ORG}/{META}/pulls"
    words = {"head": branch, "base": "main", "title": "Beside"}
    opened = server.forge.admin.post(pulls, json=words).raise_for_status().json()
    merge = f"{pulls}/{opened['number']}/merge"
    return milliseconds(lambda: server.forge.admin.post(merge, json={"Do": "merge"}).raise_for_status())


def _timed(what: str, times: list[float], target: float | None = None) -> Figure:
    return Figure(what, percentile(times, 0.95), "ms", target, f"p50 {percentile(times, 0.5):.0f}")
