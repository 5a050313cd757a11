"""Slugs and the paths made of them (§2, §17)."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain.errors import Invalid
from services.domain.identifiers import Slug
from services.domain.slug import (
    RESERVED_SLUGS,
    check_slug,
    entry_path,
    is_slug,
    slug_from_stem,
    slug_from_title,
    slug_of_path,
)


@pytest.mark.parametrize("slug", ["human", "a", "a1", "1a", "open-human-model", "a--b", "x" * 80, " human "])
def test_a_good_slug_is_kept(slug: str) -> None:
    assert check_slug(slug) == slug.strip()


@pytest.mark.parametrize(
    "slug",
    [
        "Human",
        "-a",
        "a-",
        "a_b",
        "a b",
        "a/b",
        "é",
        "a.b",
        "a\nb",
        "a\0",
        "..",
        "<b>",
        "а",
    ],  # the last is Cyrillic
)
def test_a_malformed_slug_is_refused_with_what_it_may_have(slug: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_slug(slug)
    assert refused.value.field == "slug"
    assert refused.value.message == "A slug has lower-case letters a–z, digits, and hyphens between them."


@pytest.mark.parametrize(
    ("slug", "sentence"),
    [
        ("", "A slug is needed."),
        ("  ", "A slug is needed."),
        ("x" * 81, "A slug has at most 80 characters."),
        ("index", "“index” is reserved. Choose another slug."),
        ("con", "“con” is reserved. Choose another slug."),
        ("12", "A slug can't look like an RFC number."),
        ("rfc-0012", "A slug can't look like an RFC number."),
    ],
)
def test_a_refusal_says_why(slug: str, sentence: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_slug(slug)
    assert (refused.value.field, refused.value.message) == ("slug", sentence)


def test_reserved_slugs_have_the_form_of_slugs() -> None:
    assert [slug for slug in sorted(RESERVED_SLUGS) if not is_slug(slug)] == []


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Human", "human"),
        ("The Open Human Model", "the-open-human-model"),
        ("Größe & Maß", "grosse-mass"),
        ("Čeština, Łódź, Ærø", "cestina-lodz-aero"),
        ("Человек", "chelovek"),
        ("Άνθρωπος", "anthropos"),
        ("人", ""),
        ("", ""),
        ("!!!", ""),
        ("Don't panic", "dont-panic"),
        ("C++ / Rust — interop", "c-rust-interop"),
        ("ﬁnal", "final"),
        ("x" * 100, "x" * 80),
        ("word " * 30, "-".join(["word"] * 16)),
    ],
)
def test_a_title_suggests_a_slug(title: str, slug: str) -> None:
    assert slug_from_title(title) == slug


@pytest.mark.parametrize(
    ("stem", "slug"),
    [
        ("0001-private-fields", "0001-private-fields"),
        ("0326-restrict-xXX-to-ascii", "0326-restrict-xxx-to-ascii"),
        ("1011-process.exit", "1011-process-exit"),
        ("entry_v3", "entry-v3"),
        ("__a__", "a"),
        ("…", ""),
        ("a" * 79 + "--b", "a" * 79),
    ],
)
def test_a_file_name_makes_a_slug(stem: str, slug: str) -> None:
    assert slug_from_stem(stem) == slug


@pytest.mark.parametrize(
    ("path", "slug"),
    [
        ("rfcs/human.md", "human"),
        ("rfcs/Human.md", None),
        ("rfcs/a/b.md", None),
        ("human.md", None),
        ("rfcs/human.txt", None),
        ("rfcs/.md", None),
        ("rfcs/human.md\n", None),
        ("x/rfcs/human.md", None),
        ("", None),
    ],
)
def test_a_path_tells_its_slug(path: str, slug: str | None) -> None:
    assert slug_of_path(path) == slug


@given(st.from_regex(r"[a-z0-9]([a-z0-9-]{0,78}[a-z0-9])?", fullmatch=True))
def test_a_slug_and_its_path_belong_together(slug: str) -> None:
    assert slug_of_path(entry_path(Slug(slug))) == slug


@given(st.text(max_size=300))
def test_whatever_is_made_of_text_is_a_slug_or_nothing(text: str) -> None:
    for made in (slug_from_title(text), slug_from_stem(text)):
        assert made == "" or is_slug(made)


@given(st.text(max_size=100))
def test_checking_accepts_slugs_and_nothing_else(text: str) -> None:
    try:
        slug = check_slug(text)
    except Invalid:
        return
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]*", slug)
