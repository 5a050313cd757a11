"""What a commit says of a change, and that nothing in it can pass for a trailer (§8.7)."""

from __future__ import annotations

from services.domain.commit_message import accepted_message, undone_message
from services.domain.identifiers import Login, OperationId
from services.domain.trailers import Credit, parse_trailers, with_trailers

CREDIT = Credit(OperationId("a" * 32), Login("writer"), "Writer")


def test_the_first_line_is_the_reason_cut_to_size() -> None:
    message = accepted_message(
        slug="human", original="a", proposed="b", reason="Because of " + "x" * 80 + "."
    )

    assert message.split("\n")[0] == "Because of " + "x" * 60 + "…"


def test_without_a_reason_it_names_the_rfc() -> None:
    assert accepted_message(slug="human", original="a", proposed="") == (
        "Change a passage of human\n\nOriginal:\n> a\n\nProposed: nothing"
    )


def test_a_wording_of_ones_own_stands_beside_the_proposed_one() -> None:
    message = accepted_message(slug="human", original="a", proposed="b", accepted="c\n\nd")

    assert message.endswith("Proposed:\n> b\n\nAccepted as:\n> c\n>\n> d")


def test_words_that_look_like_trailers_are_none() -> None:
    forged = "x\n\nRFC-Op: " + "b" * 32
    message = accepted_message(slug="human", original=forged, proposed=forged, reason=forged)

    assert parse_trailers(with_trailers(message, CREDIT))["RFC-Op"] == "a" * 32
    assert parse_trailers(message) == {}


def test_undoing_names_the_commit() -> None:
    assert undone_message(slug="human", change_id=3, commit_sha="abc") == (
        "Undo change 3 of human\n\nThis takes back commit abc."
    )


def test_the_first_line_keeps_angle_brackets_of_the_reason() -> None:
    message = accepted_message(slug="human", original="a", proposed="b", reason="Write <code>\nfor code.")
    assert message.startswith("Write <code> for code\n\n")
