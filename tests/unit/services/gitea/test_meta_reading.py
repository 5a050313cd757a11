"""Reading a large or damaged meta repository (§4.1)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import stamina

from services.domain.entry import Entry, compose_entry
from services.domain.errors import GiteaUnreachable
from services.domain.identifiers import CommitSha, Repository, Slug
from services.gitea.client import GiteaClient
from services.gitea.concurrency import AT_ONCE, for_each
from services.gitea.meta_reading import read_meta
from services.gitea.snapshot import EntryAt, KnownEntry, MetaSnapshot, Problem, Touch
from tests.support.gitea_answers import AnsweringGitea, blob, branch, commit, json, repository

META = Repository("ohm/meta")
TIME = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=2):
        yield


@pytest.fixture
def gitea() -> AnsweringGitea:
    made = AnsweringGitea()
    made.on("GET", "repos/ohm/meta", json(repository()))
    made.on("GET", "repos/ohm/meta/branches/main", json(branch()))
    return made


@pytest.fixture
async def client(gitea: AnsweringGitea) -> AsyncIterator[GiteaClient]:
    async with GiteaClient("http://git.example.org", "t", transport=gitea.transport) as made:
        yield made


def entry(slug: str) -> Entry:
    return Entry(slug=Slug(slug), title=slug.title())


def holds(gitea: AnsweringGitea, *files: tuple[str, bytes | int | None], mode: str = "100644") -> None:
    """Files on main; a number is the status that Gitea answers for their blob, None: too large."""
    tree = [{"path": path, "type": "blob", "mode": mode, "sha": f"sha-of-{path}"} for path, _ in files]
    gitea.on("GET", f"repos/ohm/meta/git/trees/{'a' * 40}", json({"tree": tree, "total_count": len(tree)}))
    for path, content in files:
        answer = (
            httpx.Response(content) if isinstance(content, int) else json(blob(f"sha-of-{path}", content))
        )
        gitea.on("GET", f"repos/ohm/meta/git/blobs/sha-of-{path}", answer)


def history(gitea: AnsweringGitea, *commits: dict[str, object]) -> None:
    gitea.on("GET", "repos/ohm/meta/commits", json(list(commits), **{"X-Total": str(len(commits))}))


async def test_damaged_files_are_problems_and_stop_nobody(gitea: AnsweringGitea, client: GiteaClient) -> None:
    holds(
        gitea,
        ("rfcs/human.md", compose_entry(entry("human")).encode()),
        ("rfcs/lost.md", 404),
        ("rfcs/odd.md", 400),
        ("rfcs/large.md", None),
        ("rfcs/binary.md", b"\0\1"),
        ("README.md", b"x"),
        ("rfcs/deeper/mind.md", b"x"),
    )
    history(gitea, commit("d" * 40, "rfcs/human.md"))
    assert await read_meta(client, META) == MetaSnapshot(
        head_sha=CommitSha("a" * 40),
        entries={Slug("human"): _at("human", "d")},
        problems=(
            Problem("rfcs/lost.md", "Gitea lists the file but does not give it out (404)."),
            Problem("rfcs/odd.md", "Gitea lists the file but does not give it out (400)."),
            Problem("rfcs/large.md", "The file is too large to be read from Gitea."),
            Problem("rfcs/binary.md", "The file is not text: it contains NUL bytes."),
            Problem("rfcs/deeper/mind.md", "Entries are called rfcs/<slug>.md, and this file is not."),
        ),
    )


def _at(slug: str, sha: str, at: datetime = TIME) -> EntryAt:
    return EntryAt(entry(slug), f"sha-of-rfcs/{slug}.md", Touch(at, CommitSha(sha * 40)))


async def test_a_symbolic_link_is_not_followed(gitea: AnsweringGitea, client: GiteaClient) -> None:
    holds(gitea, ("rfcs/human.md", b"../../etc/passwd"), mode="120000")
    history(gitea, commit("d" * 40, "rfcs/human.md"))
    snapshot = await read_meta(client, META)
    assert snapshot.problems == (Problem("rfcs/human.md", "The file is a symbolic link."),)


async def test_if_gitea_goes_away_meanwhile_nothing_is_reported(
    gitea: AnsweringGitea, client: GiteaClient
) -> None:
    holds(gitea, ("rfcs/human.md", compose_entry(entry("human")).encode()), ("rfcs/mind.md", 503))
    history(gitea, commit("d" * 40, "rfcs/human.md", "rfcs/mind.md"))
    with pytest.raises(GiteaUnreachable):
        await read_meta(client, META)


async def test_a_path_that_no_commit_owns_up_to_is_as_old_as_the_history(
    gitea: AnsweringGitea, client: GiteaClient
) -> None:
    holds(gitea, ("rfcs/human.md", compose_entry(entry("human")).encode()))
    history(gitea, commit("d" * 40), commit("e" * 40, "README.md", at="2020-01-01T01:00:00+01:00"))
    snapshot = await read_meta(client, META)
    assert snapshot.entries == {Slug("human"): _at("human", "e", datetime(2020, 1, 1, tzinfo=UTC))}


async def test_only_changed_files_are_fetched(gitea: AnsweringGitea, client: GiteaClient) -> None:
    names = [f"word-{n}" for n in range(40)]
    holds(gitea, *((f"rfcs/{name}.md", compose_entry(entry(name)).encode()) for name in names))
    old = Touch(TIME - timedelta(days=1), CommitSha("e" * 40))
    known = {Slug(name): KnownEntry(f"sha-of-rfcs/{name}.md", old) for name in names[1:]}
    known[Slug(names[2])] = KnownEntry("another", old)
    since = CommitSha("f" * 40)

    def commits(request: httpx.Request) -> httpx.Response:
        back = request.url.params["sha"] == since
        return json([] if back else [commit("d" * 40, "rfcs/word-0.md", "rfcs/word-2.md", "rfcs/word-9.md")])

    gitea.on("GET", "repos/ohm/meta/commits", commits)
    snapshot = await read_meta(client, META, known=known, since=since)
    assert snapshot.entries == {Slug(name): _at(name, "d") for name in ("word-0", "word-2")}
    assert snapshot.unchanged == {
        Slug(name): old for name in names if name not in {"word-0", "word-2", "word-9"}
    } | {Slug("word-9"): Touch(TIME, CommitSha("d" * 40))}
    assert sum("git/blobs" in seen for seen in gitea.seen) == 2


async def test_several_at_a_time_but_not_too_many() -> None:
    running = most = 0

    async def work(item: int) -> int:
        nonlocal running, most
        running += 1
        most = max(most, running)
        for _ in range(3):
            await asyncio.sleep(0)
        running -= 1
        return item * 2

    assert await for_each(range(50), work) == [item * 2 for item in range(50)]
    assert most == AT_ONCE


async def test_the_first_failure_ends_all_and_is_raised_as_it_is() -> None:
    finished = []

    async def work(item: int) -> None:
        if item == 0:
            raise KeyError(item)
        await asyncio.Event().wait()
        finished.append(item)

    with pytest.raises(KeyError):
        await for_each(range(20), work)
    assert finished == []
