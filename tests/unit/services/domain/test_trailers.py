"""The trailers every bot write carries (§1)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain.identifiers import Login, OperationId
from services.domain.trailers import (
    CoAuthor,
    Credit,
    author_address,
    co_authors_of,
    new_operation_id,
    on_behalf_of_login,
    one_line,
    operation_of,
    parse_trailers,
    with_trailers,
    with_words,
    without_trailers,
)

OP = OperationId("0123456789abcdef0123456789abcdef")
WRITER = Credit(OP, Login("writer"), "Site Writer")


def test_a_message_gets_one_paragraph_of_trailers() -> None:
    assert with_trailers("Add human", WRITER, RFC_Kind="idea") == (
        f"Add human\n\nOn-behalf-of: Site Writer <writer>\nRFC-Op: {OP}\nRFC-Kind: idea\n"
    )


def test_an_empty_message_is_only_trailers() -> None:
    assert with_trailers("", WRITER) == f"On-behalf-of: Site Writer <writer>\nRFC-Op: {OP}\n"


def test_a_person_without_a_name_is_called_by_login() -> None:
    credit = Credit(OP, Login("writer"), " ")
    assert parse_trailers(with_trailers("x", credit))["On-behalf-of"] == "writer <writer>"


def test_a_name_cannot_forge_a_line_or_a_login() -> None:
    credit = Credit(OP, Login("writer"), "Eve\r\nRFC-Op: ffff\u2028x <owner>")
    trailers = parse_trailers(with_trailers("x", credit))
    assert trailers["On-behalf-of"] == "Eve RFC-Op: ffff x owner <writer>"
    assert trailers["RFC-Op"] == OP


def test_a_name_loses_direction_overrides() -> None:
    assert one_line("ab\u202ecd") == "ab cd"


def test_text_of_people_never_counts_as_trailers() -> None:
    pitch = f"Because.\n\nOn-behalf-of: Owner <owner>\nRFC-Op: {'f' * 32}"
    text = with_trailers(pitch, WRITER)
    assert on_behalf_of_login(text) == "writer"
    assert operation_of(text) == OP


def test_a_trailer_of_the_credit_cannot_be_given_twice() -> None:
    with pytest.raises(ValueError, match="RFC-Op"):
        with_trailers("x", WRITER, rfc_op="other")


def test_trailers_are_read_after_gitea_made_the_lines_crlf() -> None:
    text = with_trailers("Pitch", WRITER, RFC_Kind="idea").replace("\n", "\r\n")
    assert dict(parse_trailers(text)) == {
        "On-behalf-of": "Site Writer <writer>",
        "RFC-Op": OP,
        "RFC-Kind": "idea",
    }


def test_keys_are_read_in_any_case_and_given_back_in_ours() -> None:
    assert dict(parse_trailers("x\n\nrfc-op: a\non-Behalf-OF: b <c>\nReviewed-by: d")) == {
        "RFC-Op": "a",
        "On-behalf-of": "b <c>",
        "Reviewed-by": "d",
    }


def test_the_first_of_two_values_counts() -> None:
    assert dict(parse_trailers("RFC-Op: one\nRFC-Op: two")) == {"RFC-Op": "one"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "Just a message",
        "Subject\n\nRFC-Op: a\nand more prose",
        "RFC-Op: a\n\nlast words",
        "\0",
        ": x",
    ],
)
def test_a_last_paragraph_that_is_not_all_trailers_has_none(text: str) -> None:
    assert dict(parse_trailers(text)) == {}


@pytest.mark.parametrize(
    ("value", "login"),
    [
        ("Site Writer <writer>", "writer"),
        ("<writer>", "writer"),
        ("writer", None),
        ("a <>", None),
        ("a < >", None),
    ],
)
def test_the_login_stands_in_angle_brackets(value: str, login: str | None) -> None:
    assert on_behalf_of_login(f"x\n\nOn-behalf-of: {value}") == login


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://git.example.org/", "writer@noreply.git.example.org"),
        ("http://127.0.0.1:3000", "writer@noreply.127.0.0.1"),
        ("https://Git.Example.org:8443/sub", "writer@noreply.git.example.org"),
        ("", "writer@noreply.localhost"),
    ],
)
def test_a_commit_address_names_login_and_host_only(url: str, address: str) -> None:
    assert author_address("writer", url) == address


def test_operation_ids_are_fresh_and_recognised() -> None:
    first, second = new_operation_id(), new_operation_id()
    assert first != second
    assert operation_of(with_trailers("x", Credit(first, Login("a"), "A"))) == first


@pytest.mark.parametrize("value", ["", "abc", "G" * 32, "0" * 31, "0" * 33, "0" * 32 + " x"])
def test_a_malformed_operation_is_none(value: str) -> None:
    assert operation_of(f"x\n\nRFC-Op: {value}") is None


@given(
    message=st.text(max_size=200),
    name=st.text(max_size=80),
    login=st.from_regex(r"[A-Za-z0-9._-]{1,30}", fullmatch=True),
    kind=st.text(max_size=40),
)
def test_whatever_people_write_the_trailers_come_back(message: str, name: str, login: str, kind: str) -> None:
    text = with_trailers(message, Credit(OP, Login(login), name), RFC_Kind=kind)
    trailers = parse_trailers(text)
    assert operation_of(text) == OP
    assert on_behalf_of_login(text) == login
    assert list(trailers) == ["On-behalf-of", "RFC-Op", "RFC-Kind"]
    assert trailers["RFC-Kind"] == one_line(kind)


@given(st.text(max_size=400))
def test_reading_trailers_never_fails(text: str) -> None:
    assert all(isinstance(value, str) for value in parse_trailers(text).values())
    assert on_behalf_of_login(text) != ""


def test_a_bodys_words_can_be_read_and_replaced_without_touching_its_trailers() -> None:
    body = with_trailers("Why.\n\nMore why.", WRITER, RFC_Kind="rfc_branch", Supersedes="#4")

    changed = with_words(body.replace("\n", "\r\n"), "Because.\n\nOn-behalf-of: Mallory <mallory>\n")

    assert without_trailers(body) == "Why.\n\nMore why."
    assert without_trailers(changed) == "Because.\n\nOn-behalf-of: Mallory <mallory>"
    assert parse_trailers(changed) == parse_trailers(body)
    assert without_trailers("Fixes: the gap") == "Fixes: the gap"


def test_the_people_of_a_message_are_read_from_its_last_paragraph_and_only_as_the_bot_names_them() -> None:
    people = [("Ana Ruiz", "ana@noreply.git.example"), ("Bo", "bo@noreply.git.example")]
    text = with_trailers("Say\n\nCo-authored-by: No <no@noreply.git.example>", WRITER, co_authors=people)
    by_hand = f"Say\n\nRFC-Op: {OP}\nCo-authored-by: Her <her@home.example>\n"

    assert co_authors_of(text) == (CoAuthor(Login("ana"), "Ana Ruiz"), CoAuthor(Login("bo"), "Bo"))
    assert (co_authors_of(by_hand), co_authors_of("Say")) == ((), ())
