"""Gitea is away: the app starts, reads go on from the cache, signing in says so, and all heals by itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.forge import wait_until
from tests.support.meta_files import write_file
from tests.support.server import WRITER, RunningServer, running_server
from tests.support.visitor import Visitor

ENTRY = "---\nslug: {slug}\ntitle: {title}\nstate: super-draft\n---\n\n{title}.\n"


@pytest.fixture(scope="module")
def lonely() -> Iterator[RunningServer]:
    """An app with one entry, that sweeps every second, and whose forge comes and goes."""
    with running_server(start=False, settings={"RECONCILE_SECONDS": "1"}) as running:
        write_file(running, "rfcs/kept.md", ENTRY.format(slug="kept", title="Kept"))
        running.start()
        yield running


def test_without_gitea_the_app_starts_and_reads_from_its_cache(lonely: RunningServer) -> None:
    lonely.stop()
    lonely.forge.stop()
    lonely.start()
    with Visitor(lonely) as stranger:
        read = [
            stranger.app.get(path).status_code
            for path in ("/", "/catalog", "/rfc/kept", "/api/rfcs/kept/raw")
        ]
        sign_in = stranger.app.get("/auth/login?next=/catalog")
    lonely.forge.start()
    assert (read, sign_in.status_code, "Gitea can't be reached" in sign_in.text.replace("&#x27;", "'")) == (
        [200, 200, 200, 200],
        503,
        True,
    )


def test_when_gitea_is_back_people_sign_in_and_what_happened_meanwhile_appears(lonely: RunningServer) -> None:
    lonely.forge.restart()
    write_file(lonely, "rfcs/later.md", ENTRY.format(slug="later", title="Later"))
    with Visitor(lonely) as writer:
        assert writer.sign_in(WRITER).headers["location"] == "/catalog"
        wait_until(lambda: writer.app.get("/api/rfcs/later").status_code == 200, what="the later entry")


def test_who_is_signed_in_stays_so_while_gitea_is_away(lonely: RunningServer) -> None:
    with Visitor(lonely) as writer:
        writer.sign_in(WRITER)
        lonely.forge.stop()
        status = writer.app.get("/api/docs/openapi.json").status_code
        lonely.forge.start()
        assert status == 200
