"""Which accepted change a mark belongs to: by place and by words, later first, and never by a guess (§8.11)."""

from __future__ import annotations

from services.domain.attribution import Accepted, attribution
from services.domain.identifiers import ChangeId
from services.domain.rendering.tracked import Mark

TEXT = "# Human\n\nA human is born, lives and dies.\n\nNobody answers alone.\n"
BORN = Accepted(ChangeId(1), "A human lives.", "A human is born, lives and dies.")
ALONE = Accepted(ChangeId(2), "Nobody answers.", "Nobody answers alone.")


def mark(struck: str = "", inserted: str = "", line: int = 2) -> Mark:
    return Mark(struck, inserted, (line, line + 1))


def test_a_mark_belongs_to_the_change_that_stands_there_with_its_words() -> None:
    change_of = attribution([BORN, ALONE], TEXT)

    assert change_of(mark(inserted="is born,")) == "1"
    assert change_of(mark(inserted="alone", line=4)) == "2"


def test_other_words_in_the_same_paragraph_belong_to_nobody() -> None:
    assert attribution([BORN], TEXT)(mark(inserted="Somebody typed this")) is None


def test_the_same_words_in_another_paragraph_belong_to_nobody() -> None:
    assert attribution([ALONE], TEXT)(mark(inserted="alone", line=2)) is None


def test_of_two_changes_with_the_same_words_the_later_wins() -> None:
    again = Accepted(ChangeId(3), "A human lives.", "A human is born, lives and dies.")

    assert attribution([BORN, again], TEXT)(mark(inserted="is born")) == "3"


def test_a_change_whose_wording_has_drifted_has_no_marks() -> None:
    drifted = Accepted(ChangeId(4), "A human lives.", "A human is born, grows and dies.")

    assert attribution([drifted], TEXT)(mark(inserted="is born")) is None


def test_a_wording_that_stands_twice_has_no_marks() -> None:
    assert attribution([ALONE], TEXT + TEXT)(mark(inserted="alone", line=4)) is None


def test_a_passage_that_was_only_struck_is_known_by_its_words() -> None:
    struck = Accepted(ChangeId(5), "All of this goes.", "")

    assert attribution([struck], TEXT)(mark(struck="All of this goes.")) == "5"
    assert attribution([struck], TEXT)(mark(struck="of this")) is None


def test_bare_punctuation_is_not_guessed_between_two_changes() -> None:
    half = Accepted(ChangeId(6), "lives", "born, lives")

    assert attribution([BORN], TEXT)(mark(inserted=",")) == "1"
    assert attribution([BORN, half], TEXT)(mark(inserted=",")) is None
