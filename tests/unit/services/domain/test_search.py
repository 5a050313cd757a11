"""What a query means and where its words stand (§7.2)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain.search import (
    MOST_TERMS,
    SNIPPET,
    Fragment,
    Term,
    finder,
    has_hit,
    marked,
    parse_query,
    passages_of,
    plain_text,
    searchable,
    snippet,
)


def hits(text: str, query: str) -> list[str]:
    return [part.text for part in marked(text, parse_query(query)) if part.hit]


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        ("guardian", "A Guardian and two guardians.", ["Guardian", "guardians"]),
        ("cafe", "Café, cafe\u0301, CAFÉ", ["Café", "cafe", "CAFÉ"]),
        ('"speaks for"', "Who speaks for whom; for whom one speaks", ["speaks for"]),
        ("“speaks for”", "speaks for", ["speaks for"]),
        ("人類", "全人類の記憶、人の類", ["人類"]),
        ("ひと", "ひとびと", ["ひと"]),
        ("straße", "STRASSE", ["STRASSE"]),
        ("слово", "Слова и СЛОВО", ["СЛОВО"]),
        ("snake_case", "a snake_case name", ["snake_case"]),
        ("of", "of office", ["of"]),
        ("office", "the oﬃce", ["oﬃce"]),
        ("strass", "Hauptstraße, Straßen", ["Straßen"]),
        ("น", "È น้ำ", ["น"]),
        ("e", "Èำ E", ["È", "E"]),
        ("b a b", "xb a b a b", ["a", "b", "a", "b"]),
        ('"b a b"', "xb a b a b", ["b a b"]),
        ("x" * 99 + "yz", "X" * 99 + "yes", ["X" * 99 + "yes"]),
        ("zzz", "nothing here", []),
    ],
)
def test_words_are_found_whatever_their_case_accents_and_script(
    query: str, text: str, found: list[str]
) -> None:
    assert hits(text, query) == found


@pytest.mark.parametrize(
    "text", ["", "   ", '"', '""', "*", "a:* | !b & (c", "NEAR(", "-- ' OR 1=1", "\0", "\ud800"]
)
def test_signs_of_any_query_language_mean_nothing(text: str) -> None:
    assert all(token.isalnum() for term in parse_query(text).terms for token in term.tokens)


LETTERS = st.one_of(st.sampled_from("aAbB z_-1.éÉßﬁİΣς人類กำｱ½Ⓐ한ᄀ\u0301’"), st.characters())


@given(st.text(LETTERS, max_size=30), st.text(LETTERS, max_size=8))
def test_a_word_is_marked_exactly_where_the_index_has_it(text: str, other: str) -> None:
    for word in (other, *text.split()[:3]):
        query = parse_query(f'"{word}"')

        assert has_hit(marked(text, query)) == finder(query)(f" {searchable(text)} ")


def test_ten_kilobytes_become_a_few_words_and_say_so() -> None:
    query = parse_query(" ".join(f"word{index}" for index in range(2000)))

    assert (len(query.terms), query.shortened) == (MOST_TERMS, True)
    assert parse_query("one one one").terms == (Term(("one",), prefix=True),)


def test_a_document_is_cut_at_its_headings() -> None:
    text = "# Human\n\nBefore.\n\n## Short form\n\nA *who*, see [Guest](/rfc/guest).\n\n## Short form\n\n- [ ] open\n"

    found = [(passage.anchor, passage.heading, passage.text) for passage in passages_of(text, "Human")]

    assert found == [
        ("", "", "Before."),
        ("short-form", "Short form", "A who, see Guest."),
        ("short-form-1", "Short form", "open"),
    ]


def test_what_is_shown_of_a_text_has_no_marks_of_its_own() -> None:
    table = "| a | b |\n|---|---|\n| `x_y` | **c** |\n\n> quoted\n\n```rust\nlet x;\n```\n<!-- not this -->"

    assert plain_text(table) == "a b x_y c quoted let x;"
    assert searchable("Déjà-vu, 人類!") == "deja vu 人 類"


def test_a_snippet_shows_where_most_of_the_words_stand() -> None:
    text = f"one {'filler ' * 200}one two three {'filler ' * 200}two"

    shown = snippet(text, parse_query("one two three"))

    assert [part.text for part in shown if part.hit] == ["one", "two", "three"]
    assert (shown[0], shown[-1]) == (Fragment("… "), Fragment(" …"))
    assert sum(len(part.text) for part in shown) <= SNIPPET + 4
