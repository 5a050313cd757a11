"""What is carried over a graduation (§13.2): the branch's changes, and never over main's words."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.domain.branch import BranchKey
from services.domain.carrying import Carried, Disputed, carry, carry_operation
from services.domain.identifiers import Repository, UserId
from services.domain.line_ends import editor_text

BASE = "# A\n\nOne sentence stands here. Another follows it.\n\nThe last one ends it.\n"
FILES = st.lists(
    st.sampled_from(["One.", "Two!", "Three 🧠", "", " ", "# A", "- x", "\r", "\n", "\r\n", "\n\n", "\ufeff"])
).map("".join)


def test_where_main_is_what_the_branch_began_with_its_text_is_taken_byte_for_byte() -> None:
    mine = "\ufeff# A\r\n\nOther\rends."

    assert carry(BASE, mine, BASE) == Carried(mine, ())


def test_main_keeps_its_line_ends_where_it_moved_on() -> None:
    theirs = BASE.replace("Another", "A second").replace("\n", "\r\n")

    found = carry(BASE, BASE.replace("ends it", "ends it all"), theirs)

    assert found == Carried(theirs.replace("ends it", "ends it all"), ())


def test_a_sentence_that_both_changed_reads_as_on_main_and_the_branchs_wording_is_kept_beside() -> None:
    theirs = BASE.replace("The last one", "This")

    found = carry(BASE, BASE.replace("The last one", "That"), theirs)

    start = theirs.index("This")
    assert found == Carried(theirs, (Disputed(start, len(theirs), "That ends it.\n"),))


@given(FILES, FILES, FILES)
def test_nothing_that_main_says_is_overwritten_and_every_dispute_points_at_main_s_words(
    base: str, mine: str, theirs: str
) -> None:
    found = carry(base, mine, theirs)

    text = editor_text(found.content)
    assert [text[one.start : one.end] in editor_text(theirs) for one in found.disputed] == [True] * len(
        found.disputed
    )
    if editor_text(mine) == editor_text(base) and base != theirs:
        assert found == Carried(theirs, ())


def test_an_operation_is_one_persons_one_branchs_and_one_turns() -> None:
    one, other = (
        BranchKey(Repository("o/meta"), "edit-a-abcdef"),
        BranchKey(Repository("o/meta"), "edit-b-abcdef"),
    )
    turns = [(one, 1, 0), (one, 2, 0), (other, 1, 0), (one, 1, 1)]

    made = [carry_operation(key, UserId(person), turn) for key, person, turn in turns]

    assert made == [carry_operation(key, UserId(person), turn) for key, person, turn in turns]
    assert (len(set(made)), {len(op_id) for op_id in made}) == (4, {32})
