"""What may be made of a field that a metadata PR and main both changed (§9.6, §10.9)."""

from __future__ import annotations

import pytest

from services.domain.entry import Entry
from services.domain.identifiers import Slug
from services.domain.merge import Choice
from services.domain.metadata import FieldChange, Words
from services.domain.metadata_clash import FieldClash, clashes_of
from services.domain.permissions import MetadataField

TAGS, TITLE, MODELS = MetadataField.TAGS, MetadataField.TITLE, MetadataField.MODELS


def clash(field: MetadataField, before: Words, mine: Words, theirs: Words) -> FieldClash:
    return FieldClash(field=field, before=before, mine=mine, theirs=theirs)


@pytest.mark.parametrize(
    ("before", "mine", "theirs", "both"),
    [
        (("core",), ("core", "law"), ("core", "time"), ("core", "time", "law")),
        (("core", "law"), ("core",), ("core", "law", "time"), ("core", "time")),
        (("core", "law"), ("law", "new"), ("core",), ("new",)),
        ((), ("a",), ("b",), ("b", "a")),
        (None, ("a",), ("b", "a"), ("b", "a")),
    ],
)
def test_both_sides_of_a_list_are_joined(
    before: Words, mine: tuple[str, ...], theirs: tuple[str, ...], both: tuple[str, ...]
) -> None:
    assert clash(TAGS, before, mine, theirs).chosen(Choice.BOTH) == both


@pytest.mark.parametrize(
    "one",
    [
        clash(TITLE, ("A",), ("B",), ("C",)),
        clash(MODELS, None, ("a",), ()),
        clash(MODELS, ("a",), None, ("b",)),
        clash(TAGS, ("a",), (), ("a", "b")),
    ],
)
def test_both_is_offered_only_where_it_is_something_of_its_own(one: FieldClash) -> None:
    is_list = one.field is TAGS
    assert (Choice.BOTH in one.choices) is is_list


def test_only_what_both_changed_and_differently_is_contested() -> None:
    entry = Entry(slug=Slug("human"), title="Being", body="", tags=("core",), owners=("ana",))
    changes = (
        FieldChange(field=TITLE, before=("Human",), after=("Person",)),
        FieldChange(field=TAGS, before=("core",), after=("core", "law")),
        FieldChange(field=MetadataField.OWNERS, before=(), after=("ana",)),
    )

    (only,) = clashes_of(entry, changes)

    assert (only.field, only.before, only.mine, only.theirs) == (TITLE, ("Human",), ("Person",), ("Being",))
