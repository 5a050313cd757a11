"""The parts of the comparison of review pages with Gitea's, tried on the forge, where no Gitea is needed (§19)."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser

from benchmarks.figure import Figure
from benchmarks.review_page import PageToOpen, changed, gitea_from, medians, pull_on
from benchmarks.site import long_text
from services.domain.prose_diff import compare
from tests.support.server import RunningServer

TEXT = long_text(6_000)


def test_the_sentences_that_are_changed_are_all_over_the_text() -> None:
    after = changed(TEXT, count=5)

    changes = [block for block in compare(TEXT, after).blocks if block.is_change]
    assert len(changes) in (4, 5)
    assert all(f"number {number}" in after for number in range(5))


def test_without_an_address_there_is_nothing_to_compare_with() -> None:
    assert gitea_from({}) is None
    assert gitea_from({"GITEA_URL": ""}) is None


@pytest.mark.parametrize("secret", ["token", "password"])
def test_whoever_makes_the_pull_request_is_named_by_a_token_or_a_password(
    server: RunningServer, secret: str
) -> None:
    forge = server.forge
    environment = {"GITEA_URL": f"{forge.url}/", "GITEA_ADMIN_USER": forge.admin_user}
    if secret == "token":
        environment["GITEA_TOKEN"] = forge.create_token(forge.admin_user, forge.admin_password)
    else:
        environment["GITEA_ADMIN_PASSWORD"] = forge.admin_password

    gitea = gitea_from(environment)

    assert gitea is not None
    with gitea:
        assert gitea.get("/api/v1/user").json()["login"] == forge.admin_user


async def test_the_same_two_texts_are_a_pull_request_there_whose_page_is_visited_and_removed(
    server: RunningServer, browser: Browser
) -> None:
    gitea = server.forge.admin
    with pull_on(gitea, TEXT, changed(TEXT, count=3)) as address:
        shown = gitea.get(f"{address}.diff").text
        page = PageToOpen(address, "() => document.body.innerText.includes('number 2')")
        (took,) = await medians(browser, (page,), visits=3)

    assert [f"number {number}" in shown for number in range(4)] == [True, True, True, False]
    assert 0 < took < 10_000
    assert gitea.get(address).status_code == 404


async def test_a_page_that_strangers_can_not_read_is_said_to_be_one(
    server: RunningServer, browser: Browser
) -> None:
    nowhere = PageToOpen(f"{server.forge.url}/nobody/nothing/pulls/1", "() => true")

    with pytest.raises(RuntimeError, match="can't be read without signing in"):
        await medians(browser, (nowhere,), visits=1)


def test_a_slower_page_misses_the_target() -> None:
    assert Figure("the review page against Gitea's", 1.2, "×", 1.0).missed
    assert not Figure("the review page against Gitea's", 0.8, "×", 1.0).missed
