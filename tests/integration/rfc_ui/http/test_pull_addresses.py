"""Addresses of pull requests whose page is another: they lead there with a plain redirect (§10)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import httpx
import pytest

from services.domain.identifiers import Repository
from tests.support.branches import graduated
from tests.support.server import META, ORG, running_server
from tests.support.world import World


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    """A stranger at an app that knows a graduated RFC with an earlier pull request (#1) of its text."""
    with running_server(start=False) as server:
        world = World(server.forge, cast("Any", None), cast("Any", None), ORG, Repository(f"{ORG}/{META}"))
        world.write_entry("human", body="# Human\n")
        opened(world, "edit-human-abcdef")
        graduated(world)
        server.start()
        with server.http() as client:
            yield client


def opened(world: World, branch: str, slug: str = "human") -> None:
    """Somebody opens a pull request on Gitea that adds a line to an entry."""
    present = world.api("GET", f"contents/rfcs/{slug}.md")
    text = world.forge.admin.get(f"/api/v1/repos/{world.meta}/raw/{present['path']}").text
    world.write_file(f"rfcs/{slug}.md", f"{text}More.\n", new_branch=branch)
    world.api("POST", "pulls", json={"head": branch, "base": "main", "title": branch, "body": ""})


@pytest.mark.parametrize(
    ("address", "page"),
    [
        ("/rfc/human/pr/1", "/rfc/human/meta/1"),
        ("/rfc/human/pr/1?view=source", "/rfc/human/meta/1?view=source"),
        ("/rfc/human/pr/1?view=other", "/rfc/human/meta/1"),
    ],
)
def test_an_address_of_before_leads_to_the_page_of_now(http: httpx.Client, address: str, page: str) -> None:
    answer = http.get(address)

    assert (answer.status_code, answer.headers["location"]) == (303, page)
    assert http.get(page).status_code == 200


def test_where_there_is_no_such_pull_request_nothing_leads_on(http: httpx.Client) -> None:
    assert [http.get(f"/rfc/human/{where}/99").status_code for where in ("pr", "meta")] == [404, 404]
