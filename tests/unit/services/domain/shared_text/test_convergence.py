"""Whoever types what and however late it arrives: all texts end up the same (§8.9)."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.domain.shared_text import (
    ChangeSet,
    InvalidChange,
    SharedText,
    Update,
    VersionTooOld,
    from_units,
    to_units,
)
from services.domain.shared_text.shared_text import LONGEST_LOG, read_changes

TYPED = ["a", "word ", "\n", "😀", "日本", "e\u0301", ""]


@dataclass
class Editor:
    """What a browser does: it types on its own text and rebases what is unconfirmed."""

    client_id: str
    version: int
    units: str
    unconfirmed: list[ChangeSet] = field(default_factory=list)

    def type(self, rng: random.Random) -> None:
        text = from_units(self.units)
        start = rng.randint(0, len(text))
        end = min(len(text), start + rng.choice([0, 0, 1, 4]))
        offsets = len(to_units(text[:start])), len(to_units(text[:end]))
        change = ChangeSet.replace(len(self.units), *offsets, rng.choice(TYPED))
        self.units = change.apply(self.units)
        self.unconfirmed.append(change)

    def receive(self, updates: tuple[Update, ...]) -> None:
        for update in updates:
            self.version += 1
            if self.unconfirmed and update.client_id == self.client_id:
                del self.unconfirmed[0]
                continue
            theirs = update.changes
            for index, mine in enumerate(self.unconfirmed):
                self.unconfirmed[index] = mine.map(theirs)
                theirs = theirs.map(mine, before=True)
            self.units = theirs.apply(self.units)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**9), st.integers(2, 5))
def test_all_texts_are_identical_at_the_end(seed: int, editors: int) -> None:
    rng = random.Random(seed)
    shared = SharedText("The quick brown fox 😀\njumps.\n")
    people = [Editor(f"e{index}", 0, to_units(shared.text)) for index in range(editors)]
    for _ in range(60):
        person = rng.choice(people)
        act = rng.random()
        if act < 0.5:
            person.type(rng)
        elif act < 0.75:
            shared.push(person.version, person.unconfirmed, person.client_id)
        else:
            person.receive(shared.updates_since(person.version))
    for person in people:
        shared.push(person.version, person.unconfirmed, person.client_id)
    for person in people:
        person.receive(shared.updates_since(person.version))
    assert {from_units(person.units) for person in people} == {shared.text}


def test_changes_sent_twice_count_once() -> None:
    shared = SharedText("one")
    change = ChangeSet.replace(3, 3, 3, " two")
    shared.push(0, [change], "a")
    shared.push(0, [change], "a")
    assert (shared.text, shared.version) == ("one two", 1)


def test_a_servers_edit_and_a_late_push_both_stand() -> None:
    shared = SharedText("A person speaks.")
    shared.replace(2, 8, "human", "cards")
    shared.push(0, [ChangeSet.replace(16, 16, 16, " Then listens.")], "a")
    assert shared.text == "A human speaks. Then listens."


def test_positions_of_a_late_push_are_moved_along() -> None:
    shared = SharedText("abc")
    shared.push(0, [ChangeSet.replace(3, 0, 0, "xx")], "a")
    pushed = shared.push(0, [ChangeSet.replace(3, 3, 3, "!")], "b", positions=[4])
    assert (shared.text, pushed.positions) == ("xxabc!", (6,))


def test_after_a_long_absence_one_starts_again_from_the_text() -> None:
    shared = SharedText("x", version=LONGEST_LOG + 10)
    with pytest.raises(VersionTooOld):
        shared.updates_since(3)


@pytest.mark.parametrize("version", [-1, 1, 10**9])
def test_a_version_that_never_was_is_refused(version: int) -> None:
    with pytest.raises(InvalidChange):
        SharedText("x").push(version, [], "a")


@pytest.mark.parametrize(
    "changes",
    [
        None,
        "abc",
        [5],
        [[-1]],
        [[True]],
        [[[1, 2]]],
        [[[1, "a\nb"]]],
        [[["a"]]],
        [[[]]],
        [[[0, "\ud800"]]],
        [[10**9]],
        [[[2, "x"]]],
        [[1, [1, "x"]]],
    ],
)
def test_malformed_changes_are_refused_and_change_nothing(changes: object) -> None:
    shared = SharedText("😀x")
    with pytest.raises(InvalidChange):
        shared.push(0, read_changes(changes), "a")
    assert (shared.text, shared.version) == ("😀x", 0)


def test_a_change_for_another_length_does_not_hang_the_rebase() -> None:
    shared = SharedText("abcdef")
    shared.push(0, [ChangeSet.replace(6, 1, 6, "")], "a")
    with pytest.raises(InvalidChange):
        shared.push(0, [ChangeSet.replace(2, 0, 1, "x")], "b")


def test_a_shared_text_has_no_carriage_returns() -> None:
    with pytest.raises(ValueError, match="LF"):
        SharedText("a\r\nb")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_units_and_text_are_inverse(text: str) -> None:
    assert from_units(to_units(text)) == text
    assert len(to_units(text)) == len(text.encode("utf-16-le")) // 2


PARTS = [
    "One sentence here. ",
    "Two 😀 sentences. ",
    "A paragraph that is long enough to move about.\n\n",
    "日本語。\n",
    "# Head\n\n",
]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from(PARTS), max_size=8).map("".join),
    st.lists(st.sampled_from(PARTS), max_size=8).map("".join),
)
def test_the_change_between_two_texts_turns_one_into_the_other(old: str, new: str) -> None:
    assert from_units(ChangeSet.between(old, new).apply(to_units(old))) == new
