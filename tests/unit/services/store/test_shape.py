"""Rows become frozen dataclasses, and values become what a database can store."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, String, Table

from services.store.shape import Shape, storable
from services.store.tables.columns import Json


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class Spot:
    x: int
    y: int


@dataclass(frozen=True)
class Thing:
    id: int
    name: str | None
    colour: Colour
    maybe: Colour | None
    tags: tuple[str, ...]
    models: tuple[str, ...] | None
    spots: tuple[Spot, ...]


TABLE = Table(
    "things",
    MetaData(),
    Column("id", Integer, primary_key=True),
    *(Column(name, String) for name in ("name", "colour", "maybe")),
    *(Column(name, Json) for name in ("tags", "models", "spots")),
)
SHAPE = Shape(Thing, TABLE)
THING = Thing(1, None, Colour.RED, None, ("a",), None, (Spot(1, 2),))


def test_values_are_plain_for_the_database() -> None:
    assert SHAPE.values(THING) == {
        "id": 1,
        "name": None,
        "colour": "red",
        "maybe": None,
        "tags": ["a"],
        "models": None,
        "spots": [{"x": 1, "y": 2}],
    }


@pytest.mark.parametrize("models", [None, (), ("claude",)])
def test_what_is_stored_reads_back_equal(models: tuple[str, ...] | None) -> None:
    thing = Thing(2, "n", Colour.RED, Colour.RED, (), models, ())

    assert SHAPE.stored(thing) == thing
    assert SHAPE.stored(THING) == THING


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("plain", "plain"),
        ("ä 🜂", "ä 🜂"),
        ("a\0b", "a\ufffdb"),
        ("ä\0b", "ä\ufffdb"),
        ("\ud800", "\ufffd"),
        ("a\udfffb", "a\ufffdb"),
        ("\ud83d\ude00", "😀"),
    ],
)
def test_a_text_loses_only_what_no_database_stores(text: str, stored: str) -> None:
    assert storable(text) == stored


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0")))
def test_every_other_text_is_stored_as_it_is(text: str) -> None:
    assert storable(text) == text


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_any_text_becomes_storable_once_and_for_all(text: str) -> None:
    stored = storable(text)

    assert isinstance(stored, str)
    assert stored.encode() == str(storable(stored)).encode()
    assert "\0" not in stored


def test_nested_values_are_cleaned_to_their_leaves() -> None:
    value = {"a\0": ["b\0", Spot(1, 2), Colour.RED, 3, None, True]}

    assert storable(value) == {"a\ufffd": ["b\ufffd", {"x": 1, "y": 2}, "red", 3, None, True]}
