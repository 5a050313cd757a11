"""Branch names: what Git and Gitea take, and what the app makes."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain.branch import (
    MAX_BRANCH_NAME,
    branch_address,
    draft_branch_name,
    edit_branch_name,
    is_branch_name,
    slug_of_edit_branch,
)
from services.domain.identifiers import OperationId, Slug

OP = OperationId("0a1b2c" + "f" * 26)


@pytest.mark.parametrize("name", ["main", "a/b/c", "writer-draft-0a1b2c", "ünïcode", "a.b", "v1@home", "@a"])
def test_names_with_slashes_dots_and_letters_of_the_world_are_names(name: str) -> None:
    assert is_branch_name(name)


@pytest.mark.parametrize(
    "name",
    ["", "@", "-a", "/a", "a/", ".a", "a.", "a..b", "a b", "a~1", "a^", "a:b", "a?", "a*", "a[b", "a\\b"],
)
def test_what_git_or_gitea_refuse_is_no_name(name: str) -> None:
    assert not is_branch_name(name)


@pytest.mark.parametrize(
    "name",
    ["a@{1}", "a//b", "a/.b", "a.lock", "a.lock/b", "a\tb", "a\x7fb", "../main", "main/../x", "x" * 101],
)
def test_names_that_lead_somewhere_else_are_none(name: str) -> None:
    assert not is_branch_name(name)


@given(st.text(alphabet="aZ0-._/~^: @{[\\ü\x01", min_size=1, max_size=12))
def test_every_name_that_passes_is_one_for_git(name: str) -> None:
    if is_branch_name(name):
        checked = subprocess.run(["git", "check-ref-format", f"refs/heads/{name}"], check=False)
        assert checked.returncode == 0


@given(st.text(max_size=60))
def test_every_login_makes_a_name(login: str) -> None:
    name = draft_branch_name(login, OP)

    assert is_branch_name(name)
    assert name.endswith("-draft-0a1b2c")
    assert len(name) <= MAX_BRANCH_NAME


@pytest.mark.parametrize(
    ("login", "name"),
    [
        ("writer", "writer-draft-0a1b2c"),
        ("Site.Writer", "site-writer-draft-0a1b2c"),
        ("..", "person-draft-0a1b2c"),
        ("a_b-c", "a_b-c-draft-0a1b2c"),
    ],
)
def test_a_draft_is_named_after_its_writer(login: str, name: str) -> None:
    assert draft_branch_name(login, OP) == name


def test_an_edit_branch_names_its_entry_and_is_read_back() -> None:
    name = edit_branch_name(Slug("open-human-model"), OP)

    assert (name, slug_of_edit_branch(name)) == ("edit-open-human-model-0a1b2c", "open-human-model")
    assert is_branch_name(edit_branch_name(Slug("a" * 80), OP))


@pytest.mark.parametrize(
    "name", ["edit-human", "idea-human-0a1b2c", "edit--0a1b2c", "edit-a/b-0a1b2c", "main"]
)
def test_other_branches_of_the_meta_repository_edit_nothing(name: str) -> None:
    assert slug_of_edit_branch(name) is None


def test_an_address_keeps_slashes_and_hides_what_means_something_else_in_it() -> None:
    assert branch_address("human", "a/b#c?d ü") == "/rfc/human/branch/a/b%23c%3Fd%20%C3%BC"
