"""What a metadata PR changes (§9.6), and what people type into the pane."""

from __future__ import annotations

import dataclasses

import pytest

from services.domain.entry import Entry, EntryState
from services.domain.errors import Invalid
from services.domain.identifiers import Slug
from services.domain.metadata import (
    FieldChange,
    Words,
    changes_between,
    changes_more,
    check_field,
    check_reason,
    moved_fields,
    title_of_changes,
)
from services.domain.permissions import MetadataField

HUMAN = Entry(slug=Slug("human"), title="Human", owners=("writer",), body="Text.\n")
BEING = FieldChange(field=MetadataField.TITLE, before=("Human",), after=("Being",))


def test_the_fields_that_differ_are_found_and_absent_is_not_empty() -> None:
    after = dataclasses.replace(HUMAN, title="Being", models=())

    assert changes_between(HUMAN, after) == (
        BEING,
        FieldChange(field=MetadataField.MODELS, before=None, after=()),
    )


@pytest.mark.parametrize(
    ("changed", "more"),
    [
        ({"title": "Being", "funder": "writer"}, False),
        ({"state": EntryState.WITHDRAWN}, False),
        ({"state": EntryState.ACTIVE}, True),
        ({"body": "Other.\n"}, True),
        ({"id": "RFC-0001"}, True),
        ({"proposed_by": "reader"}, True),
    ],
)
def test_text_number_and_graduation_are_more_than_metadata(changed: dict[str, object], *, more: bool) -> None:
    assert changes_more(HUMAN, dataclasses.replace(HUMAN, **changed)) is more  # type: ignore[arg-type]


def test_a_field_has_moved_when_it_holds_something_else_than_before() -> None:
    assert moved_fields(HUMAN, [BEING]) == ()
    assert moved_fields(dataclasses.replace(HUMAN, title="Person"), [BEING]) == (MetadataField.TITLE,)


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        (MetadataField.TITLE, "  Being ", ("Being",)),
        (MetadataField.TAGS, "core, law, core", ("core", "law")),
        (MetadataField.OWNERS, "@writer, reader", ("writer", "reader")),
        (MetadataField.OWNERS, "", ()),
        (MetadataField.FUNDER, "@writer", ("writer",)),
        (MetadataField.FUNDER, " ", None),
        (MetadataField.MODELS, "all", None),
        (MetadataField.MODELS, "none", ()),
        (MetadataField.MODELS, "claude, gpt", ("claude", "gpt")),
    ],
)
def test_what_is_typed_becomes_a_value(field: MetadataField, text: str, words: Words) -> None:
    assert check_field(field, text) == words


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        (MetadataField.TITLE, "x" * 201, "A title has at most 200 characters; this one has 201."),
        (MetadataField.TAGS, ",".join("abcdefghijk"), "At most 10 tags, separated by commas."),
        (MetadataField.OWNERS, "two words", "“two words” is not a login. Separate logins by commas."),
        (MetadataField.FUNDER, "a, b", "There is one funder at most."),
    ],
)
def test_bad_values_get_a_sentence(field: MetadataField, text: str, sentence: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_field(field, text)

    assert (refused.value.message, refused.value.field) == (sentence, field)


def test_only_a_withdrawal_needs_words() -> None:
    assert check_reason("  ", needed=False) == ""
    with pytest.raises(Invalid):
        check_reason("  ", needed=True)


def test_a_metadata_pr_is_called_after_what_it_changes() -> None:
    tags = FieldChange(field=MetadataField.TAGS, before=(), after=("law",))
    gone = FieldChange(field=MetadataField.WITHDRAWAL, before=("super-draft",), after=("withdrawn",))

    assert title_of_changes([BEING], "Human") == "Change title of Human"
    assert title_of_changes([BEING, tags], "Human") == "Change title and tags of Human"
    assert title_of_changes([BEING, gone], "Human") == "Withdraw Human"
