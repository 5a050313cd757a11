"""Which accepted change a mark belongs to: by place and by words, later first, and never by a guess (§8.11)."""

from __future__ import annotations

from services.domain.attribution import Accepted, attribution, place_of
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


def test_of_a_wording_that_stands_often_it_is_the_one_between_the_words_around_it() -> None:
    text = "The cat sat on the mat.\n\nThe dog sat on the mat, and on the cat.\n"
    the = Accepted(ChangeId(7), "the the", "the", "The dog sat on ", " mat, and on the cat.")

    change_of = attribution([the], text)

    assert change_of(mark(struck="the")) == "7"
    assert change_of(mark(struck="the", line=0)) is None
    assert attribution([the], text.replace(" mat,", " rug,"))(mark(struck="the")) is None


def test_words_further_away_may_have_changed_since() -> None:
    led_by, followed_by = "and no white bird, ", " cat sat on a mat"
    assert place_of("and a white bird, a cat sat here", "a", led_by=led_by, followed_by=followed_by) == 18
    assert place_of("a a a", "a", led_by="", followed_by=" a a") is None
    assert place_of("one two", " two\n", led_by="one", followed_by="") == 4
    assert place_of("one", " \n", led_by="", followed_by="") is None


def test_a_passage_that_was_only_struck_is_known_by_its_words() -> None:
    struck = Accepted(ChangeId(5), "All of this goes.", "")

    assert attribution([struck], TEXT)(mark(struck="All of this goes.")) == "5"
    assert attribution([struck], TEXT)(mark(struck="of this")) is None


def test_bare_punctuation_is_not_guessed_between_two_changes() -> None:
    half = Accepted(ChangeId(6), "lives", "born, lives")

    assert attribution([BORN], TEXT)(mark(inserted=",")) == "1"
    assert attribution([BORN, half], TEXT)(mark(inserted=",")) is None
