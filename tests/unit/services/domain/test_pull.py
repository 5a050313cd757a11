"""What a pull request is for (§4.1)."""

from __future__ import annotations

import pytest

from services.domain.errors import Invalid
from services.domain.identifiers import Login, OperationId
from services.domain.pull import (
    PullKind,
    check_pull_description,
    check_pull_title,
    pull_kind,
    superseded_number,
)
from services.domain.trailers import Credit, with_trailers

CREDIT = Credit(OperationId("0" * 32), Login("writer"), "Writer")


def kind_of(
    body: str = "", branch: str = "patch-1", added: tuple[str, ...] = (), changed: tuple[str, ...] = ()
) -> PullKind:
    return pull_kind(body=body, head_branch=branch, paths_added=added, paths_changed=changed)


@pytest.mark.parametrize("kind", list(PullKind))
def test_the_trailer_counts_first(kind: PullKind) -> None:
    body = with_trailers("Because", CREDIT, RFC_Kind=kind)
    assert kind_of(body, "idea-human-abcdef", ("rfcs/human.md",), ("rfcs/x.md",)) is kind


@pytest.mark.parametrize(
    ("branch", "kind"),
    [
        ("idea-human-abc123", PullKind.IDEA),
        ("edit-human-abc123", PullKind.META_BODY_EDIT),
        ("meta-human-abc123", PullKind.META_METADATA),
        ("claim-human-abc123", PullKind.META_CLAIM),
        ("graduate-human-abc123", PullKind.META_GRADUATION),
    ],
)
def test_without_a_trailer_the_branch_counts(branch: str, kind: PullKind) -> None:
    assert kind_of("RFC-Kind: nonsense", branch, ("rfcs/a.md",), ("rfcs/b.md",)) is kind


@pytest.mark.parametrize(
    ("added", "changed", "kind"),
    [
        (("rfcs/human.md",), (), PullKind.IDEA),
        (("rfcs/human.md",), ("README.md",), PullKind.IDEA),
        ((), ("rfcs/human.md",), PullKind.META_BODY_EDIT),
        (("rfcs/a.md",), ("rfcs/human.md",), PullKind.META_BODY_EDIT),
        (("docs/x.md",), ("RFC.md",), PullKind.RFC_BRANCH),
        ((), (), PullKind.RFC_BRANCH),
    ],
)
@pytest.mark.parametrize("branch", ["patch-1", "writer-draft-abc123", "resolve-human-abc123"])
def test_else_the_files_count(
    branch: str, added: tuple[str, ...], changed: tuple[str, ...], kind: PullKind
) -> None:
    assert kind_of("", branch, added, changed) is kind


def test_words_of_the_pitch_are_not_the_trailer() -> None:
    body = "RFC-Kind: meta_claim\n\n" + with_trailers("Because", CREDIT)
    assert kind_of(body, "x", ("rfcs/human.md",)) is PullKind.IDEA


def test_what_replaces_what_is_read_from_the_bots_own_lines_only() -> None:
    assert superseded_number(with_trailers("Again.", CREDIT, Supersedes="#12")) == 12
    assert superseded_number(with_trailers("Supersedes: #12", CREDIT)) is None
    assert superseded_number(with_trailers("Again.", CREDIT, Supersedes="org/other#12")) is None


@pytest.mark.parametrize("title", ["", " \n\t", "x" * 201, "WIP: later", "[wip] later"])
def test_a_title_that_could_never_be_read_or_merged_is_refused(title: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_pull_title(title)
    assert refused.value.field == "title"


def test_a_title_is_one_line_and_a_description_loses_only_what_no_text_holds() -> None:
    assert check_pull_title("  Wipe the\nslate ") == "Wipe the slate"
    assert check_pull_description("One.\r\n\r\n<script>two</script>\0 ") == "One.\n\n<script>two</script>"
    with pytest.raises(Invalid):
        check_pull_description("x" * 20_001)
