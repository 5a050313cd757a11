"""A review page and Gitea's own page of the same pull request: how long until one can use them (§10.3, §19).

The comparison is with the Gitea at `GITEA_URL`, where a repository with the same two texts is made for it and removed
afterwards; `GITEA_TOKEN`, or `GITEA_ADMIN_USER` and `GITEA_ADMIN_PASSWORD`, say who makes it. Its pages have to be
readable without signing in, as ours are. Both are opened in one headless Chromium in turns, as somebody does who has
been there before: what a browser keeps of a first visit is kept.
"""

from __future__ import annotations

import asyncio
import base64
import os
import statistics
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
from playwright.async_api import Browser, BrowserContext

from benchmarks.accepting import SENTENCE
from benchmarks.crowd import SLUG, add_document, signed_in
from benchmarks.figure import Figure
from services.domain.pull import pull_address
from services.domain.trailers import new_operation_id
from services.usecases.contribute import start_contributing
from services.usecases.open_pull import open_pull
from tests.support.beside import actor_called, use_cases_beside
from tests.support.browser import running_browser
from tests.support.server import META, ORG, WRITER, RunningServer, running_server

SIZE = 90_000
CHANGES = 40
VISITS = 7
FILE = "RFC.md"
WHAT = "review page of 40 changes in 90 kB, until it is interactive, p50"
NEEDS = "how Gitea's own page compares is measured only with GITEA_URL (and GITEA_TOKEN) in the environment"
OURS = """() => window.did_handshake === true
  && document.querySelector('[data-testid="diff-view"]')?.querySelector('ins, del')"""
THEIRS = (
    "() => document.querySelector('.diff-file-box ins, .diff-file-box .added-code, .diff-file-box .add-code')"
)
INTERACTIVE = """async (ready) => {
  const isReady = eval(ready), frame = () => new Promise(requestAnimationFrame);
  while (document.readyState !== 'complete' || !isReady()) await frame();
  await new Promise((idle) => requestIdleCallback(idle, { timeout: 10_000 }));
  return performance.now();
}"""
"""Loaded, the difference there, and nothing computing: milliseconds since the click that led there."""


@dataclass(frozen=True)
class PageToOpen:
    """A page, and the JavaScript that says whether what it is for is there."""

    address: str
    ready: str


def measure() -> list[Figure]:
    """Start a site with a pull request that changes forty sentences of 90 kB, and visit its page."""
    gitea = gitea_from(os.environ)
    with running_server() as server:
        with signed_in(server):
            before = add_document(server, size=SIZE)
        after = changed(before)
        ours = PageToOpen(f"{server.url}{asyncio.run(open_here(server, after))}", OURS)
        if gitea is None:
            (alone,) = asyncio.run(_visits(ours))
            return [Figure(WHAT, alone, "ms", None, NEEDS)]
        with gitea, pull_on(gitea, before, after) as address:
            mine, theirs = asyncio.run(_visits(ours, PageToOpen(f"{address}/files", THEIRS)))
    return [
        Figure(WHAT, mine, "ms"),
        Figure("Gitea's own page of the same pull request, p50", theirs, "ms"),
        Figure("the review page against Gitea's", mine / theirs, "×", 1.0),
    ]


def changed(text: str, count: int = CHANGES) -> str:
    """The text with so many sentences changed, all over it."""
    found = [match.span() for match in SENTENCE.finditer(text)]
    for number in reversed(range(count)):
        start, end = found[number * len(found) // count]
        words = text[start : end - 1].split()
        text = text[:start] + " ".join([*words[:4], f"number {number}", *words[6:]]) + "." + text[end:]
    return text


async def open_here(server: RunningServer, after: str) -> str:
    """Make the document read `after` on a branch and open its pull request; the address of the page."""
    async with use_cases_beside(server) as context:
        actor = await actor_called(context, WRITER)
        branch = (await start_contributing(context, actor=actor, slug=SLUG)).name
        path = f"/api/v1/repos/{ORG}/{META}/contents/rfcs/{SLUG}.md"
        known = server.forge.admin.get(path, params={"ref": branch}).raise_for_status().json()
        head = base64.b64decode(known["content"]).decode().partition("\n---\n")[0]
        body = {**_file(f"{head}\n---\n\n{after}"), "sha": known["sha"], "branch": branch}
        server.forge.admin.put(path, json=body).raise_for_status()
        await context.refresher.nudge(context.meta)
        opened = await open_pull(
            context, actor=actor, slug=SLUG, name=branch, title="Say it better", description=""
        )
        return pull_address(SLUG, opened.number)


def gitea_from(environment: Mapping[str, str]) -> httpx.Client | None:
    """The Gitea to compare with; None where the environment names none."""
    url = environment.get("GITEA_URL", "").rstrip("/")
    if not url:
        return None
    token = environment.get("GITEA_TOKEN", "")
    headers = {"Authorization": f"token {token}"} if token else {}
    auth = (environment.get("GITEA_ADMIN_USER", ""), environment.get("GITEA_ADMIN_PASSWORD", ""))
    return httpx.Client(
        base_url=url, headers=headers, auth=None if token else auth, timeout=60, trust_env=False
    )


@contextmanager
def pull_on(gitea: httpx.Client, before: str, after: str) -> Iterator[str]:
    """A pull request of a repository made for it, on a Gitea; the address of its page."""
    name = f"rfc-ui-benchmark-{new_operation_id()[:8]}"
    made = gitea.post("/api/v1/user/repos", json={"name": name, "auto_init": True, "default_branch": "main"})
    repository = f"/api/v1/repos/{made.raise_for_status().json()['full_name']}"
    try:
        file = f"{repository}/contents/{FILE}"
        written = gitea.post(file, json={**_file(before), "branch": "main"}).raise_for_status().json()
        body = {**_file(after), "branch": "main", "new_branch": "better", "sha": written["content"]["sha"]}
        gitea.put(file, json=body).raise_for_status()
        words = {"head": "better", "base": "main", "title": "Say it better"}
        opened = gitea.post(f"{repository}/pulls", json=words).raise_for_status().json()
        yield f"{str(gitea.base_url).rstrip('/')}/{made.json()['full_name']}/pulls/{opened['number']}"
    finally:
        gitea.delete(repository).raise_for_status()


def _file(text: str) -> dict[str, str]:
    return {"content": base64.b64encode(text.encode()).decode(), "message": "Write it"}


async def _visits(*pages: PageToOpen) -> tuple[float, ...]:
    async with running_browser() as browser:
        return await medians(browser, pages, visits=VISITS)


async def medians(browser: Browser, pages: tuple[PageToOpen, ...], *, visits: int) -> tuple[float, ...]:
    """For each page the median of its visits, in turns; a first one of each is not counted."""
    contexts = [await browser.new_context(viewport={"width": 1440, "height": 900}) for _ in pages]
    times: list[list[float]] = [[] for _ in pages]
    for turn in range(visits + 1):
        for context, page, found in zip(contexts, pages, times, strict=True):
            took = await _visit(context, page)
            if turn:
                found.append(took)
    for context in contexts:
        await context.close()
    return tuple(statistics.median(found) for found in times)


async def _visit(context: BrowserContext, page: PageToOpen) -> float:
    """Milliseconds until it can be used."""
    tab = await context.new_page()
    answer = await tab.goto(page.address, wait_until="commit")
    if answer is None or not answer.ok:
        raise RuntimeError(f"{page.address} can't be read without signing in")
    async with asyncio.timeout(60):
        took = float(await tab.evaluate(INTERACTIVE, page.ready))
    await tab.close()
    return took
