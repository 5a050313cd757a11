"""The client and the bot against the embedded forge and, where one is named, a real Gitea (§1, §9, §10.5)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from services.domain.entry import Entry, compose_entry
from services.domain.errors import GiteaNotFound, GiteaRefused, GiteaUnreachable, Upstream
from services.domain.identifiers import CommitSha, Login, PullNumber, Repository, Slug
from services.domain.pull import PullKind, PullState
from services.domain.trailers import Credit, author_address, new_operation_id, operation_of, with_trailers
from services.gitea import writing
from services.gitea.api.git import FileWrite, Identity
from services.gitea.bot import Bot
from services.gitea.client import GiteaClient
from services.gitea.meta_reading import read_head, read_meta
from services.gitea.outcomes import (
    FoundOperation,
    NameTaken,
    OpenedPull,
    PullClosed,
    PullConflicts,
    PullMergedAlready,
    PullMoved,
    StillChecking,
)
from services.gitea.pull_reading import read_changed_pulls, read_organisation, read_pull, read_pulls
from services.gitea.snapshot import KnownEntry, KnownPull, Problem
from tests.contract.conftest import BOT_SCOPES, PASSWORD, Place, Receiver, client, unique


def credit(login: str = "writer", name: str = "Site Writer") -> Credit:
    return Credit(new_operation_id(), Login(login), name)


def idea(slug: str = "human", **changes: Any) -> Entry:
    made = Entry(
        slug=Slug(slug), title=slug.title(), proposed_by="writer", body=f"Why {slug}.\n", tags=("core",)
    )
    return replace(made, **changes)


@dataclass(frozen=True)
class Meta:
    """A seeded meta repository with its bot."""

    place: Place
    gitea: GiteaClient
    bot: Bot
    repo: Repository

    async def propose(self, slug: str = "human", by: Credit | None = None) -> OpenedPull:
        """An open idea on the branch `idea-<slug>-abc123`."""
        entry = idea(slug)
        return await self.bot.open_idea(
            credit=by or credit(), entry=entry, pitch=entry.body, branch=f"idea-{slug}-abc123"
        )

    async def merge(self, opened: OpenedPull, by: Credit | None = None) -> CommitSha:
        """Merge an idea."""
        merged = await self.bot.merge_pull(
            repo=self.repo,
            number=opened.number,
            head_sha=opened.head_sha,
            credit=by or credit("owner", "The Owner"),
            title=f"Merge idea #{opened.number}",
        )
        return merged.merge_sha

    async def put(self, **files: str) -> None:
        """Write entries to main behind the app's back."""
        await self.bot.write_files(
            repo=self.repo,
            files={f"rfcs/{slug}.md": text for slug, text in files.items()},
            message="By hand",
            credit=credit(),
        )

    async def log(self, branch: str = "main") -> list[str]:
        """The subjects of a branch's commits, newest first."""
        head = await read_head(self.gitea, self.repo, branch=branch)
        assert head is not None
        pages = [page async for page in self.gitea.git.commits(self.repo, head=head)]
        return [commit.commit.message.splitlines()[0] for page in pages for commit in page]


def bot_token(place: Place, scopes: list[str]) -> str:
    body = {"name": unique("token"), "scopes": scopes}
    with client(place.server.url, auth=(place.bot_login, PASSWORD)) as person:
        return str(person.post(f"/users/{place.bot_login}/tokens", json=body).json()["sha1"])


@pytest.fixture(scope="module")
def token(place: Place) -> str:
    return bot_token(place, BOT_SCOPES)


@pytest.fixture
async def meta(place: Place, token: str) -> AsyncIterator[Meta]:
    gitea = GiteaClient(place.server.url, token)
    repo = Repository(f"{place.org}/{unique('meta')}")
    bot = Bot(gitea, place.org, repo, place.server.url, place.bot_login, patience=5.0)
    await bot.ensure_meta_repository(files={"README.md": "# Meta\n"}, credit=credit("owner", "The Owner"))
    async with gitea:
        yield Meta(place, gitea, bot, repo)


async def test_a_proposal_is_a_branch_a_commit_and_a_pull_request(meta: Meta) -> None:
    by = credit()
    opened = await meta.propose(by=by)

    pull = await meta.gitea.pulls.get(meta.repo, opened.number)
    commit = await meta.gitea.git.commit(meta.repo, opened.head_sha)
    trailers = f"On-behalf-of: Site Writer <writer>\nRFC-Op: {by.op_id}\nRFC-Kind: idea\n"

    assert (pull.title, pull.state, pull.head.ref, pull.base.ref) == (
        "Idea: Human",
        "open",
        "idea-human-abc123",
        "main",
    )
    assert pull.body.rstrip() == f"Why human.\n\n{trailers}".rstrip()
    assert commit.commit.message == f"Propose Human\n\n{trailers}"
    author, committer = commit.commit.author, commit.commit.committer
    url = meta.place.server.url
    assert (author.name, author.email) == ("Site Writer", author_address("writer", url))
    assert (committer.name, committer.email) == (
        meta.place.bot_login,
        author_address(meta.place.bot_login, url),
    )


async def test_the_same_operation_proposes_once(meta: Meta) -> None:
    by = credit()
    first = await meta.propose(by=by)
    assert await meta.propose(by=by) == first
    assert [pull.number for pull in await read_pulls(meta.gitea, meta.repo)] == [first.number]


async def test_an_operation_killed_after_its_branch_goes_on_from_there(meta: Meta) -> None:
    by, entry = credit(), idea()
    branch = "idea-human-abc123"
    head = await meta.gitea.git.write_files(
        meta.repo,
        [FileWrite("rfcs/human.md", compose_entry(entry).encode())],
        branch="main",
        new_branch=branch,
        message=with_trailers("Propose Human", by),
        author=Identity("Site Writer", "writer@noreply.example.org"),
        committer=Identity("bot", "bot@noreply.example.org"),
    )
    opened = await meta.propose(by=by)
    found = await meta.bot.find_operation(repo=meta.repo, op_id=by.op_id, branch=branch)
    assert (opened.head_sha, found) == (head, FoundOperation(opened, head))


async def test_an_idea_already_merged_and_its_branch_deleted_is_still_found(meta: Meta) -> None:
    by = credit()
    opened = await meta.propose(by=by)
    await meta.merge(opened)
    await meta.bot.delete_branch(repo=meta.repo, branch="idea-human-abc123")
    assert (await meta.propose(by=by)).number == opened.number


async def test_a_slug_that_is_on_main_is_taken(meta: Meta) -> None:
    await meta.put(human=compose_entry(idea()))
    with pytest.raises(NameTaken) as refused:
        await meta.propose()
    assert refused.value.message == "rfcs/human.md already exists on Gitea."
    assert await meta.gitea.git.branch(meta.repo, "idea-human-abc123") is None


async def test_a_branch_of_somebody_else_is_taken(meta: Meta) -> None:
    first = await meta.propose()
    with pytest.raises(NameTaken):
        await meta.propose()
    assert (await read_pull(meta.gitea, meta.repo, first.number)).state is PullState.OPEN


async def test_merging_names_the_merger(meta: Meta) -> None:
    by = credit("owner", "The Owner")
    opened = await meta.propose()
    sha = await meta.merge(opened, by)

    commit = await meta.gitea.git.commit(meta.repo, sha)
    assert commit.commit.message.rstrip() == (
        f"Merge idea #{opened.number}\n\nMerged by The Owner.\n\n"
        f"On-behalf-of: The Owner <owner>\nRFC-Op: {by.op_id}"
    )
    assert (await read_pull(meta.gitea, meta.repo, opened.number)).merge_commit_sha == sha
    assert await read_head(meta.gitea, meta.repo) == sha


async def test_the_head_of_an_ended_pull_request_stays_when_its_branch_goes_on(meta: Meta) -> None:
    merged, declined = await meta.propose(), await meta.propose("mind")
    await meta.merge(merged)
    await meta.bot.close_pull(repo=meta.repo, number=declined.number, comment="No.", credit=credit())
    for slug in ("human", "mind"):
        await meta.bot.write_files(
            repo=meta.repo,
            files={f"rfcs/{slug}.md": "later"},
            message="Go on",
            credit=credit(),
            branch=f"idea-{slug}-abc123",
        )

    for opened in (merged, declined):
        pull = await read_pull(meta.gitea, meta.repo, opened.number)
        assert (pull.head_sha, pull.entry_problem) == (opened.head_sha, None)
        assert await meta.gitea.pulls.kept_head(meta.repo, opened.number) == opened.head_sha
    assert await meta.gitea.pulls.kept_head(meta.repo, PullNumber(99)) is None


async def test_the_same_operation_merges_once(meta: Meta) -> None:
    by, opened = credit("owner"), await meta.propose()
    first = await meta.merge(opened, by)
    assert await meta.merge(opened, by) == first


async def test_somebody_elses_merge_is_told(meta: Meta) -> None:
    opened = await meta.propose()
    await meta.merge(opened)
    with pytest.raises(PullMergedAlready):
        await meta.merge(opened)
    with pytest.raises(PullMergedAlready):
        await meta.bot.close_pull(repo=meta.repo, number=opened.number, comment="No.", credit=credit())


async def test_a_head_that_moved_is_not_merged_unseen(meta: Meta) -> None:
    opened = await meta.propose()
    await meta.bot.write_files(
        repo=meta.repo,
        files={"rfcs/human.md": compose_entry(idea(title="Something else"))},
        message="Change",
        credit=credit(),
        branch="idea-human-abc123",
    )
    with pytest.raises(PullMoved):
        await meta.merge(opened)
    assert (await read_pull(meta.gitea, meta.repo, opened.number)).state is PullState.OPEN


async def test_a_conflict_is_proven_and_named(meta: Meta) -> None:
    opened = await meta.propose()
    await meta.put(human=compose_entry(idea(title="Somebody was faster")))
    with pytest.raises(PullConflicts) as refused:
        await meta.merge(opened)
    assert refused.value.paths == ("rfcs/human.md",)


async def test_declining_leaves_the_reason_once_and_closes(meta: Meta) -> None:
    by, opened = credit("owner", "The Owner"), await meta.propose()
    for _ in range(2):
        await meta.bot.close_pull(repo=meta.repo, number=opened.number, comment="Not yet.", credit=by)

    comments = await meta.gitea.pulls.comments(meta.repo, opened.number)
    assert [operation_of(comment.body) for comment in comments] == [by.op_id]
    assert comments[0].body.startswith("Not yet.\n\nOn-behalf-of: The Owner <owner>\n")
    assert (await read_pull(meta.gitea, meta.repo, opened.number)).state is PullState.CLOSED


async def test_what_somebody_else_closed_cannot_be_closed_or_merged(meta: Meta) -> None:
    opened = await meta.propose()
    await meta.bot.close_pull(repo=meta.repo, number=opened.number, comment=None, credit=credit())
    with pytest.raises(PullClosed):
        await meta.bot.close_pull(repo=meta.repo, number=opened.number, comment="No.", credit=credit())
    with pytest.raises(PullClosed):
        await meta.merge(opened)
    assert len(await meta.gitea.pulls.comments(meta.repo, opened.number)) == 1


async def test_a_bot_without_the_issue_scope_still_closes(meta: Meta) -> None:
    opened, by = await meta.propose(), credit()
    scopes = [scope for scope in BOT_SCOPES if "issue" not in scope]
    async with GiteaClient(meta.place.server.url, bot_token(meta.place, scopes)) as gitea:
        bot = Bot(gitea, meta.place.org, meta.repo, meta.place.server.url, meta.place.bot_login)
        await bot.close_pull(repo=meta.repo, number=opened.number, comment="No.", credit=by)
        await bot.close_pull(repo=meta.repo, number=opened.number, comment="No.", credit=by)
    assert (await read_pull(meta.gitea, meta.repo, opened.number)).state is PullState.CLOSED


async def test_deleting_a_branch_twice_is_fine(meta: Meta) -> None:
    await meta.propose()
    for _ in range(2):
        await meta.bot.delete_branch(repo=meta.repo, branch="idea-human-abc123")
    assert [branch.name for branch in await meta.gitea.git.branches(meta.repo)] == ["main"]


async def test_two_proposals_at_once_are_both_opened(meta: Meta) -> None:
    opened = await asyncio.gather(*(meta.propose(slug) for slug in ("human", "mind", "will")))
    assert len({pull.number for pull in opened}) == 3


async def test_seeding_twice_writes_once_and_keeps_what_people_changed(meta: Meta) -> None:
    await meta.bot.write_files(
        repo=meta.repo, files={"README.md": "# Ours\n"}, message="Edit", credit=credit()
    )
    files = {"README.md": "# Meta\n", "rfcs/.gitkeep": ""}
    first = await meta.bot.ensure_meta_repository(files=files, credit=credit())
    second = await meta.bot.ensure_meta_repository(files=files, credit=credit())
    readme = await meta.gitea.git.file(meta.repo, "README.md", ref="main")
    assert (first.created, first.written) == (False, ("rfcs/.gitkeep",))
    assert (second.created, second.written) == (False, ())
    assert readme is not None
    assert readme.data == b"# Ours\n"


async def test_a_fresh_repository_gets_all_its_files_in_one_commit(meta: Meta) -> None:
    repo = Repository(f"{meta.place.org}/{unique('meta')}")
    bot = Bot(meta.gitea, meta.place.org, repo, meta.place.server.url, meta.place.bot_login)
    files = {"README.md": "# Meta\n", "rfcs/human.md": compose_entry(idea())}
    seeded = await bot.ensure_meta_repository(files=files, credit=credit("owner", "The Owner"))
    log = await Meta(meta.place, meta.gitea, bot, repo).log()
    assert (seeded.created, seeded.written) == (True, ("README.md", "rfcs/human.md"))
    assert log == ["Seed the meta repository", "Initial commit"]


async def test_writing_what_is_there_already_writes_nothing(meta: Meta) -> None:
    files = {f"rfcs/word-{n}.md": compose_entry(idea(f"word-{n}")) for n in range(230)}
    first = await meta.bot.write_files(repo=meta.repo, files=files, message="Import", credit=credit())
    again = await meta.bot.write_files(repo=meta.repo, files=files, message="Import", credit=credit())
    assert again is None
    assert await read_head(meta.gitea, meta.repo) == first
    assert (await meta.log())[:3] == ["Import", "Import", "Seed the meta repository"]


async def test_the_webhook_is_replaced_with_its_secret(meta: Meta, receiver: Receiver) -> None:
    for secret in ("old", "new"):
        await meta.bot.ensure_webhook(url=receiver.url, secret=secret)
    hooks = await meta.gitea.repositories.hooks(meta.repo)
    assert [(hook.config.url, hook.active) for hook in hooks] == [(receiver.url, True)]


async def test_entries_are_read_with_problems_beside_them(meta: Meta) -> None:
    await meta.put(
        human=compose_entry(idea()), broken="no front matter", Odd="x", mind=compose_entry(idea("mind"))
    )
    await meta.bot.write_files(
        repo=meta.repo,
        files={"rfcs/picture.md": b"\x89PNG\x00\x01", "rfcs/notes.txt": "x", "docs/x.md": "x"},
        message="More",
        credit=credit(),
    )
    snapshot = await read_meta(meta.gitea, meta.repo)
    assert {slug: at.entry for slug, at in snapshot.entries.items()} == {
        "human": idea(),
        "mind": idea("mind"),
    }
    assert sorted(snapshot.problems, key=lambda problem: problem.path) == [
        Problem("rfcs/Odd.md", "Entries are called rfcs/<slug>.md, and this file is not."),
        Problem("rfcs/broken.md", "The file does not begin with front matter (a line of three hyphens)."),
        Problem("rfcs/picture.md", "The file is not text: it contains NUL bytes."),
    ]


async def test_reading_on_from_a_commit_is_the_same_as_reading_afresh(meta: Meta) -> None:
    await meta.put(human=compose_entry(idea()), mind=compose_entry(idea("mind")))
    first = await read_meta(meta.gitea, meta.repo)
    known = {slug: KnownEntry(at.blob_sha, at.touched) for slug, at in first.entries.items()}
    await meta.merge(await meta.propose("will"))
    await meta.put(mind=compose_entry(idea("mind", title="The mind")))

    following = await read_meta(meta.gitea, meta.repo, known=known, since=first.head_sha)
    fresh = await read_meta(meta.gitea, meta.repo)

    assert sorted(following.entries) == ["mind", "will"]
    assert following.entries == {slug: fresh.entries[slug] for slug in following.entries}
    assert following.unchanged == {Slug("human"): fresh.entries[Slug("human")].touched}
    assert following.head_sha == fresh.head_sha
    merge = [commit for commit in (await meta.log()) if commit.startswith("Merge idea")]
    assert len(merge) == 1


async def test_the_merge_of_an_idea_is_the_last_touch_of_its_entry(meta: Meta) -> None:
    sha = await meta.merge(await meta.propose())
    await meta.put(mind=compose_entry(idea("mind")))
    snapshot = await read_meta(meta.gitea, meta.repo)
    assert snapshot.entries[Slug("human")].touched.commit == sha


async def test_history_that_was_rewritten_is_read_from_the_start(meta: Meta) -> None:
    await meta.put(human=compose_entry(idea()))
    first = await read_meta(meta.gitea, meta.repo)
    known = {slug: KnownEntry(at.blob_sha, at.touched) for slug, at in first.entries.items()}
    for since in ("0" * 40, (await meta.propose("mind")).head_sha):
        again = await read_meta(meta.gitea, meta.repo, known=known, since=CommitSha(since))
        assert again.unchanged == {slug: at.touched for slug, at in first.entries.items()}


async def test_an_idea_is_read_with_the_entry_it_proposes(meta: Meta) -> None:
    by = credit()
    opened = await meta.propose(by=by)
    pull = await read_pull(meta.gitea, meta.repo, opened.number)
    assert (pull.kind, pull.state, pull.slug, pull.entry, pull.entry_problem) == (
        PullKind.IDEA,
        PullState.OPEN,
        "human",
        idea(),
        None,
    )
    assert (pull.opened_by, pull.operation, pull.head_sha) == ("writer", by.op_id, opened.head_sha)


async def test_a_declined_idea_stays_readable_without_its_branch(meta: Meta) -> None:
    opened = await meta.propose()
    await meta.bot.close_pull(repo=meta.repo, number=opened.number, comment="No.", credit=credit())
    await meta.bot.delete_branch(repo=meta.repo, branch="idea-human-abc123")
    pull = await read_pull(meta.gitea, meta.repo, opened.number)
    assert (pull.kind, pull.state, pull.entry) == (PullKind.IDEA, PullState.CLOSED, idea())


async def test_a_pull_request_made_on_gitea_belongs_to_its_poster(meta: Meta) -> None:
    files = {"rfcs/by-hand.md": "no front matter"}
    head = await read_head(meta.gitea, meta.repo)
    assert head is not None
    await meta.gitea.git.create_branch(meta.repo, "patch/1", at=head)
    await meta.bot.write_files(repo=meta.repo, files=files, message="x", credit=credit(), branch="patch/1")
    made = await meta.gitea.pulls.create(
        meta.repo, head="patch/1", base="main", title="By hand", body="Please"
    )
    pull = await read_pull(meta.gitea, meta.repo, PullNumber(made.number))
    assert (pull.kind, pull.slug, pull.opened_by, pull.operation) == (
        PullKind.IDEA,
        "by-hand",
        meta.place.bot_login,
        None,
    )
    assert pull.entry_problem == "The file does not begin with front matter (a line of three hyphens)."


async def test_only_pull_requests_that_changed_are_read_again(meta: Meta) -> None:
    first, second = await meta.propose("human"), await meta.propose("mind")
    known = {
        pull.number: KnownPull(pull.updated_at, pull.head_sha, pull.state, pull.title, pull.body)
        for pull in await read_pulls(meta.gitea, meta.repo)
    }
    await meta.bot.close_pull(repo=meta.repo, number=first.number, comment=None, credit=credit())
    changed = await read_pulls(meta.gitea, meta.repo, known=known)
    assert [(pull.number, pull.state) for pull in changed] == [(first.number, PullState.CLOSED)]
    assert second.number in known
    assert await read_pulls(meta.gitea, meta.repo, since=datetime(2999, 1, 1, tzinfo=UTC)) == ()


async def test_the_organisation_tells_what_moved(meta: Meta) -> None:
    opened = await meta.propose()
    repositories = await read_organisation(meta.gitea, meta.place.org)
    changed = await read_changed_pulls(meta.gitea, meta.place.org, since=datetime(2020, 1, 1, tzinfo=UTC))
    assert [at.default_branch for at in repositories if at.repo == meta.repo] == ["main"]
    assert (meta.repo, opened.number) in {(pull.repo, pull.number) for pull in changed}
    assert await read_changed_pulls(meta.gitea, meta.place.org, since=datetime(2999, 1, 1, tzinfo=UTC)) == ()


async def test_a_person_is_found_by_number_and_by_login(meta: Meta) -> None:
    me = await meta.gitea.accounts.me()
    assert me.login == meta.place.bot_login
    found = await meta.gitea.user_by_id(me.id)
    assert found is not None
    assert found.login == me.login
    assert await meta.gitea.user_by_id(987_654_321) is None
    assert await meta.gitea.accounts.by_login(unique("nobody")) is None


async def test_a_repository_that_is_not_there_is_said_so(meta: Meta) -> None:
    nowhere = Repository(f"{meta.place.org}/{unique('nowhere')}")
    assert await meta.gitea.repositories.get(nowhere) is None
    for read in (
        read_meta(meta.gitea, nowhere),
        read_head(meta.gitea, nowhere),
        read_pulls(meta.gitea, nowhere),
    ):
        with pytest.raises(GiteaNotFound):
            await read
    with pytest.raises(GiteaNotFound):
        await read_pull(meta.gitea, meta.repo, PullNumber(999))


async def test_a_repository_without_commits_is_empty(meta: Meta) -> None:
    empty = meta.place.repository(auto_init=False)
    repo = Repository(f"{meta.place.org}/{empty.name}")
    snapshot = await read_meta(meta.gitea, repo)
    assert (snapshot.head_sha, snapshot.entries, snapshot.problems) == (None, {}, ())
    assert await meta.gitea.git.branches(repo) == []
    assert [page async for page in meta.gitea.git.commits(repo, head=CommitSha("main"))] == []


async def test_a_wrong_token_is_refused_for_good(meta: Meta) -> None:
    async with GiteaClient(meta.place.server.url, "0" * 40) as gitea:
        with pytest.raises(GiteaRefused) as refused:
            await gitea.accounts.me()
    assert refused.value.answered == 401


@pytest.fixture
def faults(meta: Meta) -> AsyncIterator[Any]:
    forge = meta.place.server.embedded
    if forge is None:
        pytest.skip("only the embedded forge misbehaves on request")
    yield forge.faults
    forge.faults.clear()
    forge.faults.switch(mergeability=0)


@pytest.mark.parametrize("action", ["status_after", "drop_after"])
@pytest.mark.parametrize("path", ["/contents$", "/pulls$"])
async def test_an_answer_that_got_lost_does_not_make_a_second_idea(
    meta: Meta, faults: Any, path: str, action: str
) -> None:
    by = credit()
    faults.set({"path": path, "method": "POST", "action": action, "status": 500, "times": 1})
    try:
        first = await meta.propose(by=by)
    except GiteaUnreachable:
        first = await meta.propose(by=by)
    pulls = await read_pulls(meta.gitea, meta.repo)
    assert [(pull.number, pull.operation) for pull in pulls] == [(first.number, by.op_id)]


@pytest.mark.parametrize("path", ["/contents$", "/pulls$"])
async def test_a_failure_of_the_moment_is_tried_again(meta: Meta, faults: Any, path: str) -> None:
    faults.set({"path": path, "method": "POST", "action": "status", "status": 500, "times": 1})
    opened = await meta.propose()
    assert (await read_pull(meta.gitea, meta.repo, opened.number)).entry == idea()


async def test_a_lasting_failure_is_told_and_can_be_taken_up_later(meta: Meta, faults: Any) -> None:
    by = credit()
    faults.set({"path": "/pulls$", "method": "POST", "action": "status", "status": 500})
    with pytest.raises(Upstream) as failed:
        await meta.propose(by=by)
    assert type(failed.value) is Upstream
    faults.clear()
    assert (await meta.propose(by=by)).number > 0


@pytest.mark.parametrize("action", ["status_after", "drop_after"])
async def test_an_answer_that_got_lost_does_not_lose_a_merge(meta: Meta, faults: Any, action: str) -> None:
    by, opened = credit("owner"), await meta.propose()
    faults.set({"path": "/merge$", "method": "POST", "action": action, "status": 500, "times": 1})
    try:
        sha = await meta.merge(opened, by)
    except GiteaUnreachable:
        sha = await meta.merge(opened, by)
    assert operation_of((await meta.gitea.git.commit(meta.repo, sha)).commit.message) == by.op_id


async def test_a_merge_waits_while_gitea_is_still_checking(meta: Meta, faults: Any) -> None:
    faults.switch(mergeability=0.4)
    opened = await meta.propose()
    assert await meta.merge(opened) == await read_head(meta.gitea, meta.repo)


async def test_a_check_that_never_ends_is_told(meta: Meta, faults: Any) -> None:
    faults.switch(mergeability="never")
    opened = await meta.propose()
    bot = Bot(
        meta.gitea, meta.place.org, meta.repo, meta.place.server.url, meta.place.bot_login, patience=0.3
    )
    with pytest.raises(StillChecking):
        await bot.merge_pull(
            repo=meta.repo, number=opened.number, head_sha=opened.head_sha, credit=credit(), title="x"
        )


async def test_racing_writes_all_arrive(meta: Meta, faults: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    faults.switch(racing_writes_fail=True)
    one_is_there = asyncio.Event()
    # However long the first write takes here: the other one's pause lasts until it is done.
    monkeypatch.setattr(writing, "asyncio", SimpleNamespace(sleep=lambda seconds: one_is_there.wait()))

    async def write(number: int) -> None:
        bot = Bot(meta.gitea, meta.place.org, meta.repo, meta.place.server.url, meta.place.bot_login)
        await bot.write_files(repo=meta.repo, files={f"x{number}.txt": "x"}, message="Race", credit=credit())
        one_is_there.set()

    await asyncio.gather(*(write(number) for number in range(2)))
    faults.switch(racing_writes_fail=False)
    files = {
        file.path for file in await meta.gitea.git.tree(meta.repo, await read_head(meta.gitea, meta.repo))
    }
    assert {"x0.txt", "x1.txt"} <= files


async def test_an_html_page_in_gitea_s_place_is_not_mistaken_for_it(meta: Meta, faults: Any) -> None:
    faults.set({"path": "/branches/", "action": "html"})
    with pytest.raises(Upstream) as failed:
        await read_meta(meta.gitea, meta.repo)
    assert failed.value.status in {502, 503}
