"""What a pull request is for (§4.1)."""

from __future__ import annotations

import pytest

from services.domain.identifiers import Login, OperationId
from services.domain.pull import PullKind, pull_kind
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
