"""What people type when they propose and discuss (§9.1, §9.3)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain.errors import Invalid
from services.domain.proposal import (
    Proposal,
    check_decline_comment,
    check_message,
    check_proposal,
    parse_tags,
)
from services.domain.slug import Slug


def proposal(**given_fields: str) -> Proposal:
    fields = {"title": "Human", "slug": "human", "pitch": "Because.", "tags_text": "core"} | given_fields
    return check_proposal(**fields)


def refusal(**given_fields: str) -> tuple[str, str]:
    with pytest.raises(Invalid) as refused:
        proposal(**given_fields)
    return refused.value.field, refused.value.message


def test_a_good_proposal_is_trimmed() -> None:
    checked = proposal(
        title="  Human ", slug=" human ", pitch="\n \nBecause.\r\nReally.\n\n", tags_text=" core , word"
    )
    assert checked == Proposal("Human", Slug("human"), "Because.\nReally.\n", ("core", "word"))


def test_a_tag_is_proposed_with_or_without_its_sign() -> None:
    assert proposal(tags_text="#core, ##law , C#,# mind").tags == ("core", "law", "C#", "mind")


@pytest.mark.parametrize(
    ("title", "sentence"),
    [
        ("", "A title is needed."),
        (" \t", "A title is needed."),
        ("x" * 201, "A title has at most 200 characters; this one has 201."),
        ("a\nb", "A title is one line without control characters."),
        ("a\0b", "A title is one line without control characters."),
        ("a\u2028b", "A title is one line without control characters."),
        ("a\ud800b", "A title is one line without control characters."),
    ],
)
def test_a_bad_title_is_refused(title: str, sentence: str) -> None:
    assert refusal(title=title) == ("title", sentence)


@pytest.mark.parametrize("slug", ["", "Not A Slug", "index", "x" * 81])
def test_a_bad_slug_is_refused_as_the_slug(slug: str) -> None:
    assert refusal(slug=slug)[0] == "slug"


@pytest.mark.parametrize(
    ("pitch", "sentence"),
    [
        ("", "A pitch is needed."),
        (" \r\n\t", "A pitch is needed."),
        ("x" * 100_001, "A pitch has at most 100,000 characters; this has 100,001."),
        ("a\0b", "The pitch contains characters that are not text."),
        ("a\udfffb", "The pitch contains characters that are not text."),
    ],
)
def test_a_bad_pitch_is_refused(pitch: str, sentence: str) -> None:
    assert refusal(pitch=pitch) == ("pitch", sentence)


@pytest.mark.parametrize(
    ("tags", "sentence"),
    [
        (",".join(f"t{n}" for n in range(11)), "At most 10 tags, separated by commas."),
        ("x" * 41, "A tag has at most 40 characters."),
        ("a\nb", "A tag is one line without control characters."),
    ],
)
def test_bad_tags_are_refused(tags: str, sentence: str) -> None:
    assert refusal(tags_text=tags) == ("tags", sentence)


def test_the_longest_allowed_fields_are_allowed() -> None:
    tags = ",".join(f"{n}" + "x" * 39 for n in range(10))
    checked = proposal(title="x" * 200, pitch="x" * 100_000, tags_text=tags)
    assert (len(checked.title), len(checked.pitch), len(checked.tags)) == (200, 100_001, 10)


def test_a_code_block_at_the_start_keeps_its_indent() -> None:
    assert proposal(pitch="    code\nText").pitch == "    code\nText\n"


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("", ()),
        (" , ,", ()),
        ("a", ("a",)),
        ("a, b ,c", ("a", "b", "c")),
        ("Core, core, CORE", ("Core",)),
        ("two  words", ("two  words",)),
    ],
)
def test_tags_are_separated_by_commas(text: str, tags: tuple[str, ...]) -> None:
    assert parse_tags(text) == tags


@pytest.mark.parametrize(
    ("check", "field", "limit"),
    [(check_decline_comment, "comment", 4_000), (check_message, "message", 20_000)],
)
def test_a_comment_needs_words_and_has_a_limit(check, field: str, limit: int) -> None:
    assert check(" Because. ") == "Because."
    assert len(check("x" * limit)) == limit
    for bad in ("", " \n ", "x" * (limit + 1), "a\0"):
        with pytest.raises(Invalid) as refused:
            check(bad)
        assert refused.value.field == field


@given(
    title=st.text(max_size=250),
    slug=st.text(max_size=90),
    pitch=st.text(max_size=200),
    tags=st.text(max_size=99),
)
def test_whatever_is_typed_is_accepted_or_refused_by_field(
    title: str, slug: str, pitch: str, tags: str
) -> None:
    fields = set()
    try:
        checked = check_proposal(title=title, slug=slug, pitch=pitch, tags_text=tags)
    except Invalid as refused:
        fields.add(refused.field)
    else:
        fields.add("pitch" if checked.pitch.encode().endswith(b"\n") else "not a text")
    assert fields <= {"title", "slug", "pitch", "tags"}
