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
    """A stranger at an app that knows a graduated RFC, an idea and a super-draft.

    Pull request #1 is an earlier one of the RFC's text, #2 graduated it, #3 is the idea and #4 the super-draft's.
    """
    with running_server(start=False) as server:
        world = World(server.forge, cast("Any", None), cast("Any", None), ORG, Repository(f"{ORG}/{META}"))
        world.write_entry("human", body="# Human\n")
        opened(world, "edit-human-abcdef")
        opened(world, "graduate-human-abcdef")
        assert world.open_idea_on_gitea("voice") == 3
        graduated(world)
        world.write_entry("silence")
        opened(world, "meta-silence-abcdef", "silence")
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
        ("/rfc/human/meta/2", "/rfc/human"),
        ("/rfc/human/pr/2?view=source", "/rfc/human"),
        ("/rfc/voice/meta/3", "/proposal/3"),
        ("/rfc/voice/pr/3", "/proposal/3"),
        ("/rfc/silence/meta/4", "/rfc/silence/pr/4"),
        ("/rfc/human/pr/1/resolve", "/rfc/human/meta/1"),
        ("/rfc/voice/pr/3/resolve", "/proposal/3"),
    ],
)
def test_an_address_of_before_leads_to_the_page_of_now(http: httpx.Client, address: str, page: str) -> None:
    answer = http.get(address)

    assert (answer.status_code, answer.headers["location"]) == (303, page)
    assert http.get(page).status_code == 200


def test_where_there_is_no_such_pull_request_nothing_leads_on(http: httpx.Client) -> None:
    pages = (
        "human/pr/99",
        "human/meta/99",
        "human/meta/3",
        "human/pr/4",
        "nosuch/meta/2",
        "human/pr/99/resolve",
    )
    assert {page: http.get(f"/rfc/{page}").status_code for page in pages} == dict.fromkeys(pages, 404)
