"""What the page of a conflict says and offers (§10.9)."""

from __future__ import annotations

import pytest

from components.resolve import wording_of
from services.domain.merge import Choice
from services.domain.replay import attempt, fitted
from services.usecases.views.resolution import ClashView


@pytest.mark.parametrize(
    ("choice", "wording"), [("mine", "It sings. "), ("theirs", "It hums. "), ("both", "It hums. It sings. ")]
)
def test_a_choice_is_one_wording(choice: str, wording: str) -> None:
    clash = ClashView(
        index=0,
        section="",
        mine="It sings. ",
        theirs="It hums. ",
        mine_pieces=(),
        their_pieces=(),
        chosen=None,
        chosen_pieces=(),
        chosen_by=None,
        seen="",
    )
    assert wording_of(clash, Choice(choice)) == wording


def test_a_wording_written_by_hand_fits_its_place() -> None:
    found = attempt("It speaks.\n\nEnd.\n", "It sings.\n\nEnd.\n", "It hums.\n\nEnd.\n")
    (clash,) = found.clashes

    assert found.text([fitted("  It speaks\r\nand hums. ", clash)]) == "It speaks\nand hums.\n\nEnd.\n"
    assert found.text([fitted(" ", clash)]) == "End.\n"
    assert found.offset(0) == 0
    with pytest.raises(ValueError, match="as many wordings"):
        found.text([])
