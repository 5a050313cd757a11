"""The card of a passage that was typed and committed at the same time (§8.10)."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from components.change_card import card_html
from services.domain.change import ChangeKind, ChangeState
from services.domain.prose_diff import PieceKind
from services.usecases.views.changes import ClashView
from tests.unit.components.test_change_card import ANA, AT, BEN, MAY_NOT, PENDING, reachable_in, words

CLASH = ClashView(
    mine=((PieceKind.SAME, "It "), (PieceKind.DELETE, "speaks"), (PieceKind.INSERT, "thinks <x>")),
    theirs=((PieceKind.SAME, "It "), (PieceKind.DELETE, "speaks"), (PieceKind.INSERT, "sings")),
    by=BEN, commit_sha=None, both="It thinks <x>. It sings.", kept_both=False, typed_by=(ANA,),
)  # fmt: skip
CARD = replace(
    PENDING, kind=ChangeKind.PERSON, sign=None, model_key="", model_name="", asked_by=BEN,
    reason="This passage was changed here and on Gitea at the same time.", clash=CLASH,
)  # fmt: skip


def test_both_wordings_stand_side_by_side_and_three_buttons_below() -> None:
    html = card_html(CARD)

    assert words(html).startswith(
        "§2 Why This passage was changed here and on Gitea at the same time. Typed here by Ana Ruiz "
        "It speaks thinks &lt;x&gt; Committed by Ben &lt;O&gt; It speaks sings"
    )
    assert reachable_in(html) == [
        "change-card-7", "clash-mine", "clash-theirs", "conflict-mine", "conflict-theirs", "conflict-both",
        "change-more", "change-edit",
    ]  # fmt: skip
    acts = re.findall(r'data-act="(\w+)" data-testid="(conflict-\w+)" aria-keyshortcuts="(\w)"', html)
    assert acts == [
        ("decline", "conflict-mine", "d"),
        ("accept", "conflict-theirs", "a"),
        ("both", "conflict-both", "b"),
    ]
    assert 'aria-label="Two wordings of a passage in §2 Why, pending"' in html


def test_ones_own_wording_begins_with_both() -> None:
    assert (
        '<textarea rows="3" data-testid="change-text" aria-label="Your wording">It thinks &lt;x&gt;. It sings.<'
        in (card_html(CARD))
    )


def test_a_side_that_took_the_passage_out_says_so_and_there_are_no_both() -> None:
    gone = replace(CLASH, mine=((PieceKind.DELETE, "It speaks."),), both="")
    html = card_html(replace(CARD, clash=gone))

    assert "Typed here by Ana Ruiz: taken out" in html
    assert "<del>It speaks.</del>" in html
    assert "conflict-both" not in reachable_in(html)


def test_long_wordings_stand_one_below_the_other() -> None:
    long = replace(CLASH, theirs=((PieceKind.INSERT, "word " * 40),))

    assert '<div class="r-card__two" data-long>' in card_html(replace(CARD, clash=long))
    assert '<div class="r-card__two">' in card_html(CARD)


def test_everybody_who_typed_is_named_and_the_buttons_say_what_everybody_understands() -> None:
    html = card_html(replace(CARD, clash=replace(CLASH, typed_by=(ANA, BEN))))

    assert "Typed here by Ana Ruiz and Ben &lt;O&gt;" in html
    assert words(html).endswith("Keep the typed one d Take the committed one a Keep both b Write it myself")
    assert "Typed here<" in card_html(replace(CARD, clash=replace(CLASH, typed_by=())))


def test_who_may_not_decide_sees_both_and_no_buttons() -> None:
    html = card_html(replace(CARD, decide=MAY_NOT, ask=MAY_NOT))

    assert reachable_in(html) == ["change-card-7", "clash-mine", "clash-theirs"]
    assert words(html).endswith("Waits for somebody who may edit this branch")


def test_a_commit_of_nobody_known_is_said_to_be_of_gitea() -> None:
    assert "Committed on Gitea" in card_html(replace(CARD, clash=replace(CLASH, by=None)))


@pytest.mark.parametrize(
    ("state", "edited", "kept_both", "said"),
    [
        (ChangeState.DECLINED, False, False, "Typed wording kept in §2"),
        (ChangeState.ACCEPTED, False, False, "Committed wording taken in §2"),
        (ChangeState.ACCEPTED, True, True, "Both wordings kept in §2"),
        (ChangeState.ACCEPTED, True, False, "Another wording taken in §2"),
        (ChangeState.UNDONE, True, True, "Undone: Both wordings kept in §2"),
    ],
)
def test_a_decided_one_says_what_was_kept(
    state: ChangeState, edited: bool, kept_both: bool, said: str
) -> None:
    clash = replace(CLASH, kept_both=kept_both)
    html = card_html(replace(CARD, state=state, edited=edited, clash=clash, decided_by=BEN, decided_at=AT))

    assert words(html).startswith(said)
    assert "Decided by Ben &lt;O&gt;" in html
    assert 'data-testid="clash-theirs"' in html


def test_the_typed_wording_kept_looks_chosen_and_not_turned_down() -> None:
    html = card_html(replace(CARD, state=ChangeState.DECLINED, decided_by=BEN, decided_at=AT))

    assert 'aria-label="Two wordings of a passage in §2 Why, decided" data-kept>' in html
    assert "i-check" in html
    assert words(html).startswith("Typed wording kept in §2: “thinks &lt;x&gt;”")


def test_every_choice_can_be_taken_back_by_whoever_may_choose() -> None:
    for state in (ChangeState.DECLINED, ChangeState.ACCEPTED):
        decided = replace(CARD, state=state, decided_by=BEN, decided_at=AT)

        assert "change-undo" in reachable_in(card_html(decided))
        assert "change-undo" not in reachable_in(card_html(replace(decided, decide=MAY_NOT)))


def test_one_whose_passage_is_gone_still_shows_both() -> None:
    html = card_html(replace(CARD, state=ChangeState.STALE, refusal="It is gone."))

    assert reachable_in(html) == ["change-card-7", "clash-mine", "clash-theirs", "conflict-mine"]
    assert words(html).startswith("Text has changed in §2")
