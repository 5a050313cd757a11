"""A conversation as an ordered list of pieces (§8.4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from components.messages import Chat, Piece, pieces_of
from services.domain.identifiers import ChangeId, MessageId
from services.domain.model_symbols import ModelSign
from services.domain.rendering.links import LinkBase
from services.usecases.views.parts import MessageView
from tests.unit.components.test_change_card import ANA, AT, BEN, CLAUDE, PENDING


def said(number: int, *, mine: bool = False) -> MessageView:
    return MessageView(
        id=MessageId(number), kind="person", author=ANA, body="Yes", by_viewer=mine,
        at=AT + timedelta(minutes=number),
    )  # fmt: skip


def answered(number: int, state: str = "complete", trouble: str = "") -> MessageView:
    return replace(
        said(number), kind="model", author=None, model_key="claude", model_name="Claude", asked_by=BEN,
        state=state, trouble=trouble,
    )  # fmt: skip


def pieces(*messages: MessageView, **more: object) -> tuple[Piece, ...]:
    values = {"models": (CLAUDE,), "signs": {"claude": CLAUDE.sign}, **more}
    return pieces_of(Chat(messages=messages, **values), LinkBase())  # type: ignore[arg-type]


def keys(*messages: MessageView, **more: object) -> list[str]:
    return [f"{piece.home}/{piece.key}" for piece in pieces(*messages, **more)]


def test_cards_stand_below_the_answer_that_brought_them() -> None:
    other = replace(PENDING, id=ChangeId(8))

    assert keys(answered(3), said(4), cards=(PENDING, other)) == ["/m3", "m3/s3", "m3/c7", "m3/c8", "/m4"]


def test_one_card_alone_is_no_set() -> None:
    assert keys(answered(3), cards=(PENDING,)) == ["/m3", "m3/c7"]


def test_what_a_person_suggests_stands_where_it_was_said() -> None:
    own = replace(PENDING, message_id=None, sign=None, model_name="", at=AT + timedelta(minutes=5))

    assert keys(said(3), said(9), cards=(own,)) == ["/m3", "/o7", "o7/c7", "/m9"]


def test_what_came_from_main_stays_together() -> None:
    moved = replace(PENDING, message_id=MessageId(1))

    assert keys(said(9), cards=(moved, replace(moved, id=ChangeId(8)))) == [
        "/o7", "o7/s1", "o7/c7", "o7/c8", "/m9",
    ]  # fmt: skip


def test_a_line_stands_before_the_first_message_of_others_that_is_new() -> None:
    assert keys(said(1), said(2, mine=True), said(3), unread_after=MessageId(1)) == [
        "/m1", "/m2", "/unread", "/m3",
    ]  # fmt: skip
    assert keys(said(1), unread_after=MessageId(1)) == ["/m1"]


def test_an_answer_says_whose_it_is_and_who_asked() -> None:
    (piece,) = pieces(answered(3))

    assert 'data-model="claude"' in piece.html
    assert "<b>Claude</b><small>asked by Ben &lt;O&gt;</small>" in piece.html
    assert piece.say == "Claude has answered."


def test_an_answer_is_announced_when_it_ends() -> None:
    (piece,) = pieces(answered(3, "streaming"))

    assert " data-streaming>" in piece.html
    assert piece.say == ""


@pytest.mark.parametrize(
    ("state", "trouble", "words"),
    [
        ("failed", "Claude is asked too often.", "Claude is asked too often."),
        ("failed", "", "This answer did not come to its end."),
        ("stopped", "", "Stopped before it was finished."),
    ],
)
def test_an_answer_that_did_not_end_well_says_so_and_can_be_asked_again(
    state: str, trouble: str, words: str
) -> None:
    (may,) = pieces(answered(3, state, trouble), may_ask=True)
    (may_not,) = pieces(answered(3, state, trouble))

    assert f'data-testid="answer-{state}"' in may.html
    assert f'<span class="r-grow">{words}</span><button' in may.html
    assert "answer-retry" not in may_not.html


def test_an_answer_is_drawn_as_the_cards_of_its_model_are_also_when_that_takes_no_part_any_more() -> None:
    sign = ModelSign("Mi", "gpt")
    answer = replace(answered(3), model_key="mistral", model_name="Mistral")
    card = replace(PENDING, model_key="mistral", model_name="Mistral", sign=sign)

    html = [piece.html for piece in pieces(answer, cards=(card,), models=(), signs={"mistral": sign})]

    assert ['data-model="gpt"' in one and ">Mi</span>" in one for one in html] == [True, True]
