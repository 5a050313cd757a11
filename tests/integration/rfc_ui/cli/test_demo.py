"""`rfc-ui demo` (§17): the whole product with one command, kept over restarts."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from services.ops.sample_documents import sample_ideas
from services.ops.sample_reading import sample_unread
from tests.support.demo import running_demo
from tests.support.forge import free_port, wait_until


@pytest.fixture(scope="module")
def kept(kept_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a demo that ran once and was killed."""
    folder = tmp_path_factory.mktemp("demo") / "data"
    shutil.copytree(kept_demo, folder)
    return folder


def test_a_healthy_demo_has_all_sample_documents(tmp_path: Path) -> None:
    ideas = sample_ideas()

    with running_demo(tmp_path / "data") as demo:
        slugs, open_ideas = demo.slugs(), demo.ideas()
        pages = [demo.get(f"/rfc/{slug}").status_code for slug in slugs]
        pulls = [demo.get(f"/api/rfcs/{slug}/prs").json()["prs"] for slug in ("care", "promise")]
        said = demo.stop()

    assert slugs == sorted(idea.slug for idea in ideas if idea.merged_by)
    assert open_ideas == ["kinship", "refusal", "trust"]
    assert set(pages) == {200}
    assert [[pull["state"] for pull in found] for found in pulls] == [
        ["merged", "open"],
        ["withdrawn", "open"],
    ]
    assert f"RFC UI is ready:  {demo.url}\n" in said
    assert unread(demo.folder) == {login: len(kept) for login, kept in sample_unread().items()}
    assert demo.process.returncode == 0


def unread(folder: Path) -> dict[str, int]:
    """How many things each person of a demo has yet to read."""
    query = (
        "SELECT u.gitea_login, count(*) FROM notifications n JOIN users u ON u.id = n.user_id"
        " WHERE n.read_at IS NULL GROUP BY 1"
    )
    with closing(sqlite3.connect(f"file:{folder / 'rfc.db'}?mode=ro", uri=True)) as database:
        return dict(database.execute(query).fetchall())


def test_a_restart_keeps_everything_and_makes_nothing_twice(kept: Path) -> None:
    with running_demo(kept) as demo:
        slugs, ideas = demo.slugs(), demo.ideas()
        numbers = [idea["number"] for idea in demo.get("/api/proposals").json()["proposals"]]

    assert (len(slugs), ideas) == (13, ["kinship", "refusal", "trust"])
    assert max(numbers) == len(sample_ideas())


def test_the_forge_ends_with_the_demo_even_when_that_is_killed(kept: Path) -> None:
    def forge_is_gone() -> bool:
        try:
            httpx.get(f"{demo.forge_url}/api/v1/version", trust_env=False, timeout=30)
        except httpx.TransportError:
            return True
        return False

    with running_demo(kept) as demo:
        demo.kill()
        wait_until(forge_is_gone, what="the forge's end")

    assert demo.process.returncode == -signal.SIGKILL


def test_two_demos_do_not_share_a_folder(kept: Path) -> None:
    with running_demo(kept) as demo:
        ports = ("--port", str(free_port()), "--forge-port", str(free_port()))
        second = subprocess.run(
            [sys.executable, "-m", "rfc_ui.cli", "demo", "--data", str(kept), *ports],
            capture_output=True,
            text=True,
            check=False,
        )
        still_there = demo.is_ready()

    assert (second.returncode, still_there) == (2, True)
    assert second.stderr == f"Another demo is running on {kept}; name another with --data.\n"


def test_a_fresh_corpus_replaces_the_samples(kept: Path, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "0001-First_Steps.md").write_text("# The first steps\n\nOne.\n")
    (corpus / "0002-second.md").write_text("Summary\n=======\n\n# Motivation\n\nTwo.\n")
    (corpus / "notes.txt").write_text("not a document")

    folder = tmp_path / "data"
    shutil.copytree(kept, folder)

    with running_demo(folder, "--fresh", "--corpus", str(corpus)) as demo:
        rfcs = {rfc["slug"]: rfc["title"] for rfc in demo.get("/api/rfcs").json()["rfcs"]}
        raw = demo.get("/api/rfcs/0001-first-steps/raw").text

    assert rfcs == {"0001-first-steps": "The first steps", "0002-second": "0002 second"}
    assert raw == "# The first steps\n\nOne.\n"
