"""Numbers, names and owners as people type them (§13.2), and the files an RFC's repository begins with (§13.6)."""

from __future__ import annotations

import pytest

from services.domain.errors import Invalid
from services.domain.graduation import (
    check_number,
    check_owners,
    check_plan,
    check_repo_name,
    graduation_branch,
    next_number,
    suggested_name,
)
from services.domain.graduation_files import Contributor, Dossier, Identity, repository_files
from services.domain.identifiers import OperationId, Slug


@pytest.mark.parametrize("typed", ["46", " 0046 ", "RFC-0046", "rfc46"])
def test_a_number_may_be_written_as_people_write_it(typed: str) -> None:
    assert check_number(typed) == 46


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("number", "0"),
        ("number", "forty-six"),
        ("number", "1234567890"),
        ("repo", ""),
        ("repo", "a/b"),
        ("repo", ".hidden"),
        ("repo", "rfc.git"),
        ("repo", "r" * 101),
        ("owners", " , @ "),
        ("owners", ",".join(f"person{n}" for n in range(21))),
    ],
)
def test_what_can_not_be_is_refused_beside_its_field(field: str, typed: str) -> None:
    words = {"number": "46", "repo": "rfc-0046-memory", "owners": "ana"} | {field: typed}

    with pytest.raises(Invalid) as refused:
        check_plan(number=words["number"], repo_name=words["repo"], owners=words["owners"])

    assert refused.value.field == field


def test_owners_are_named_once_each() -> None:
    assert check_owners("@ana, ben;Ana  cleo") == ("Ana", "ben", "cleo")


def test_suggestions_fit_what_gitea_takes() -> None:
    long = Slug("s" * 80)

    assert (next_number([3, 1]), next_number([])) == (4, 1)
    assert check_repo_name(suggested_name(46, long)) == f"rfc-0046-{long}"
    assert len(graduation_branch(long, OperationId("a" * 32))) <= 100


def test_titles_and_names_stay_text_in_the_files() -> None:
    identity = Identity(
        slug=Slug("memory"), title="A *bold* [title]: #1", rfc_id="RFC-0046", repo="ohm/rfc-0046-memory",
        meta_repo="ohm/meta", owners=("ana",), arbiters=(), tags=("core",), proposed_by="ana", proposed_at="2026-05-01",
        graduated_by="ben", graduated_at="2026-06-01", app_url="https://rfc.example.org",
    )  # fmt: skip
    dossier = Dossier(
        proposer="Ana\n# Ruiz", idea_url=None, outcome=("Merged.",), pulls=(("See [it]", "https://x.example.org/1"),),
        contributors=(Contributor(name="Ana", login="ana", parts=("proposed it", "2 commits")),),
    )  # fmt: skip

    files = {
        path: data.decode()
        for path, data in repository_files(identity, b"\xef\xbb\xbfText\r\n", dossier).items()
    }

    assert sorted(files) == [".rfc/dossier.md", ".rfc/metadata.yaml", "README.md", "RFC.md"]
    assert files["RFC.md"] == "\ufeffText\r\n"
    assert files["README.md"].startswith("# RFC-0046: A \\*bold\\* \\[title\\]: \\#1\n")
    assert 'title: "A *bold* [title]: #1"\n' in files[".rfc/metadata.yaml"]
    assert "proposed by Ana \\# Ruiz on 2026-05-01 and graduated on 2026-06-01" in files[".rfc/dossier.md"]
    assert "- Ana (@ana): proposed it, 2 commits\n" in files[".rfc/dossier.md"]
    assert "[See \\[it\\]](https://x.example.org/1)" in files[".rfc/dossier.md"]
