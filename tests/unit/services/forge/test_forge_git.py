"""The forge's Git layer: references, trees, history, merging."""

from __future__ import annotations

import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path

import pygit2
import pytest

from services.forge.git_commits import Person, create_commit, merge_trees, replay
from services.forge.git_diffs import commit_changes, file_changes
from services.forge.git_history import between, commit_list, last_commits
from services.forge.git_refs import (
    HEADS,
    ZERO,
    RefMoved,
    RefNameTaken,
    branch_tip,
    changed_refs,
    compare_and_swap,
    delete_ref,
    is_ref_name,
)
from services.forge.git_store import GitStore
from services.forge.git_trees import Change, commit_of, edited_tree, entry_at, walk, write_blob

FILE = 0o100644


@dataclass
class Bare:
    """A bare repository with short ways to commit."""

    path: Path
    clock: int = 1_700_000_000

    @property
    def git(self) -> pygit2.Repository:
        return pygit2.Repository(str(self.path))

    def commit(self, files: dict[str, str | None], *parents: str, branch: str = "main") -> str:
        """Commit changes on top of the first parent and move a branch there."""
        git = self.git
        self.clock += 10
        signer = Person("Ann", "ann@example.org", self.clock)
        tree = commit_of(git, parents[0]).tree if parents else None
        changes: dict[str, Change] = {
            path: None if text is None else (FILE, write_blob(git, text.encode()))
            for path, text in files.items()
        }
        sha = create_commit(
            git,
            tree=edited_tree(git, tree, changes),
            parents=list(parents),
            message="Change",
            author=signer,
            committer=signer,
        )
        compare_and_swap(self.path, HEADS + branch, sha, branch_tip(git, branch) or ZERO)
        return sha

    def run(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", "-C", self.path, *arguments], check=True, capture_output=True, text=True
        )
        return done.stdout.strip()


@pytest.fixture
def bare(tmp_path: Path) -> Bare:
    return Bare(GitStore(tmp_path).create("Org", "Repo", "main"))


def test_a_repository_lies_under_its_lower_case_name(tmp_path: Path, bare: Bare) -> None:
    assert bare.path == tmp_path / "org" / "repo.git"
    assert bare.run("symbolic-ref", "HEAD") == "refs/heads/main"


def test_a_reference_moves_only_from_where_it_was_seen(bare: Bare) -> None:
    first = bare.commit({"a": "1"})
    second = bare.commit({"a": "2"}, first)

    with pytest.raises(RefMoved):
        compare_and_swap(bare.path, HEADS + "main", first, first)

    assert bare.run("rev-parse", "main") == second
    assert list((bare.path / "refs").rglob("*.lock")) == []


def test_a_reference_is_created_once(bare: Bare) -> None:
    first = bare.commit({"a": "1"})

    with pytest.raises(RefMoved):
        compare_and_swap(bare.path, HEADS + "main", first, ZERO)


@pytest.mark.parametrize("name", ["main/below", "up"])
def test_folders_and_branches_do_not_share_a_name(bare: Bare, name: str) -> None:
    first = bare.commit({"a": "1"})
    compare_and_swap(bare.path, HEADS + "up/there", first, ZERO)

    with pytest.raises(RefNameTaken):
        compare_and_swap(bare.path, HEADS + name, first, ZERO)


def test_a_name_is_free_again_when_what_was_below_is_gone(bare: Bare) -> None:
    first = bare.commit({"a": "1"})
    compare_and_swap(bare.path, HEADS + "up/there", first, ZERO)
    delete_ref(bare.path, HEADS + "up/there", first)

    compare_and_swap(bare.path, HEADS + "up", first, ZERO)

    assert bare.run("rev-parse", "up") == first


def test_packed_references_are_seen_and_moved(bare: Bare) -> None:
    first = bare.commit({"a": "1"})
    bare.run("pack-refs", "--all")

    second = bare.commit({"a": "2"}, first)

    assert bare.run("rev-parse", "main") == second


def test_only_one_of_many_racing_writers_moves_a_reference(bare: Bare) -> None:
    first = bare.commit({"a": "0"})
    goals = [bare.commit({"a": str(number)}, first, branch=f"b{number}") for number in range(8)]
    won: list[str] = []

    def race(goal: str) -> None:
        try:
            compare_and_swap(bare.path, HEADS + "main", goal, first)
        except RefMoved:
            return
        won.append(goal)

    threads = [threading.Thread(target=race, args=(goal,)) for goal in goals]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert won == [bare.run("rev-parse", "main")]


def test_deleting_checks_where_the_reference_is(bare: Bare) -> None:
    first = bare.commit({"a": "1"})
    second = bare.commit({"a": "2"}, first)

    with pytest.raises(RefMoved):
        delete_ref(bare.path, HEADS + "main", first)

    assert bare.run("rev-parse", "main") == second


@pytest.mark.parametrize(
    ("name", "good"),
    [
        *(("main", True), ("feature/x-1", True), ("ünïcode", True), ("a.b", True)),
        *(("", False), ("a..b", False), ("a b", False), ("/a", False), ("a/", False), ("a.lock", False)),
        *(("a//b", False), ("-a", False), ("a@{b", False), ("a^", False), ("@", False), ("x" * 101, False)),
    ],
)
def test_branch_names_follow_gits_rules(name: str, good: bool) -> None:
    assert is_ref_name(name) is good


def test_changes_of_references_are_told_apart() -> None:
    before, after = {"a": "1", "b": "2", "c": "3"}, {"a": "1", "b": "9", "d": "4"}

    assert changed_refs(before, after) == [("b", "2", "9"), ("c", "3", ZERO), ("d", ZERO, "4")]


def test_a_tree_is_changed_in_place_and_loses_empty_folders(bare: Bare) -> None:
    first = bare.commit({"a/b/c.md": "c", "a/d.md": "d", "e.md": "e"})
    second = bare.commit({"a/b/c.md": None, "x/y/z.md": "z"}, first)

    git = bare.git
    paths = [entry.path for entry in walk(git, commit_of(git, second).tree)]

    assert paths == ["a", "a/d.md", "e.md", "x", "x/y", "x/y/z.md"]


def test_removing_the_last_file_leaves_an_empty_tree(bare: Bare) -> None:
    second = bare.commit({"a.md": None}, bare.commit({"a.md": "a"}))

    assert list(walk(bare.git, commit_of(bare.git, second).tree)) == []
    assert entry_at(bare.git, commit_of(bare.git, second).tree, "a.md") is None


def test_git_itself_finds_nothing_wrong(bare: Bare) -> None:
    bare.commit({"a/b.md": "2"}, bare.commit({"a/b.md": "1", "a.md": "x", "a-b.md": "y"}))

    assert bare.run("fsck", "--strict") == ""


def test_the_last_commit_of_each_name_is_gits_own(bare: Bare) -> None:
    base = bare.commit({"d/a.md": "1", "d/b.md": "1", "d/c.md": "1"})
    ours = bare.commit({"d/a.md": "2"}, base)
    theirs = bare.commit({"d/b.md": "2"}, base, branch="other")
    tree = str(merge_trees(bare.path, ours, theirs).tree)
    signer = Person("Ann", "a@example.org", bare.clock + 100)
    merge = create_commit(
        bare.git, tree=tree, parents=[ours, theirs], message="Merge", author=signer, committer=signer
    )
    top = create_commit(
        bare.git, tree=tree, parents=[merge], message="Nothing", author=signer, committer=signer
    )
    names = ["a.md", "b.md", "c.md"]

    found = last_commits(bare.git, top, "d", names)

    assert found == {name: bare.run("log", "-1", "--format=%H", top, "--", f"d/{name}") for name in names}
    assert found == {"a.md": ours, "b.md": theirs, "c.md": base}
    assert last_commits(bare.git, top, "", ["d"]) == {
        "d": bare.run("log", "-1", "--format=%H", top, "--", "d")
    }


def test_commits_between_two_are_newest_first(bare: Bare) -> None:
    first = bare.commit({"a": "1"})
    second = bare.commit({"a": "2"}, first)
    third = bare.commit({"a": "3"}, second)

    assert between(bare.path, first, third) == (third, second)
    assert commit_list(bare.path, third) == (third, second, first)
    assert commit_list(bare.path, third, file="nothing") == ()


def test_a_clean_merge_has_a_tree_and_a_conflict_names_its_files(bare: Bare) -> None:
    base = bare.commit({"a.md": "1\n", "b.md": "1\n"})
    ours = bare.commit({"a.md": "2\n"}, base)
    clean = bare.commit({"b.md": "2\n"}, base, branch="clean")
    bad = bare.commit({"a.md": "3\n"}, base, branch="bad")

    assert merge_trees(bare.path, ours, clean).conflicts == ()
    assert merge_trees(bare.path, ours, clean).tree is not None
    assert merge_trees(bare.path, ours, bad).tree is None
    assert merge_trees(bare.path, ours, bad).conflicts == ("a.md",)


def test_a_file_added_to_a_folder_that_was_renamed_conflicts_as_in_git(bare: Bare) -> None:
    base = bare.commit({f"old/{name}.md": f"{name}\n" * 9 for name in "abc"})
    moved = {f"old/{name}.md": None for name in "abc"} | {f"new/{name}.md": f"{name}\n" * 9 for name in "abc"}
    ours = bare.commit(moved, base)
    theirs = bare.commit({"old/d.md": "d\n"}, base, branch="other")

    assert merge_trees(bare.path, ours, theirs).tree is None


def test_unrelated_histories_do_not_merge(bare: Bare) -> None:
    assert (
        merge_trees(bare.path, bare.commit({"a": "1"}), bare.commit({"b": "1"}, branch="other")).tree is None
    )


def test_a_rebase_keeps_authors_and_stops_at_conflicts(bare: Bare) -> None:
    base = bare.commit({"a.md": "1\n"})
    ours = bare.commit({"b.md": "1\n"}, base)
    theirs = bare.commit({"a.md": "2\n"}, base, branch="other")
    bad = bare.commit({"b.md": "9\n"}, base, branch="bad")
    bot = Person("Bot", "bot@example.org")

    tip = replay(bare.git, ours, [theirs], bot)

    assert tip is not None
    assert commit_of(bare.git, tip).author.name == "Ann"
    assert commit_of(bare.git, tip).committer.name == "Bot"
    assert replay(bare.git, ours, [bad], bot) is None


def test_renames_are_found_and_counted(bare: Bare) -> None:
    text = "".join(f"line {number}\n" for number in range(20))
    first = bare.commit({"old.md": text, "gone.md": "x\n"})
    second = bare.commit({"old.md": None, "new.md": text + "more\n", "gone.md": None}, first)

    changes = {each.path: each for each in file_changes(bare.git, first, second)}

    assert {path: each.status for path, each in changes.items()} == {
        "new.md": "renamed",
        "gone.md": "deleted",
    }
    assert (changes["new.md"].previous, changes["new.md"].additions, changes["gone.md"].deletions) == (
        "old.md",
        1,
        1,
    )
    assert [each.status for each in commit_changes(bare.git, commit_of(bare.git, first))] == [
        "added",
        "added",
    ]
