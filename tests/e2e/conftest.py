"""One forge, one app and one browser for all browser tests; whoever breaks things starts an app of their own."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.support.browser import People, running_browser
from tests.support.server import RunningServer, running_server

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All browser tests share one event loop, because the browser lives in it."""
    for item in items:
        if HERE not in item.path.parents:
            continue
        item.add_marker(pytest.mark.e2e)
        if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.function):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture(scope="session")
def server() -> Iterator[RunningServer]:
    """The app on an empty meta repository; tests use slugs of their own and don't restart it."""
    with running_server() as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """The browser."""
    async with running_browser() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def people(browser: Browser, server: RunningServer) -> AsyncIterator[People]:
    """Opens pages for people; fails the test when a browser complained."""
    opened = People(browser, server.url)
    yield opened
    await opened.leave()
    assert opened.troubles.seen == []
