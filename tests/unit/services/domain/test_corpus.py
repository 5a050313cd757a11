"""Corpus files become super-drafts by the rule of §17."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.domain.corpus import corpus_entry
from services.domain.entry import Entry, EntryState, compose_entry, parse_entry
from services.domain.errors import Invalid
from services.domain.identifiers import Slug
from services.domain.slug import entry_path

CORPUS = Path(__file__).parents[5] / "shared" / "corpus" / "rust-rfcs" / "text"


def test_a_file_becomes_a_super_draft_with_its_text_untouched() -> None:
    text = "# Private *fields*\r\n\r\nText\r\n"
    assert corpus_entry(
        file_name="text/0001-Private_fields.md", text=text, proposed_by="owner", proposed_at="2026-01-02"
    ) == Entry(
        slug=Slug("0001-private-fields"),
        title="Private fields",
        state=EntryState.SUPER_DRAFT,
        proposed_by="owner",
        proposed_at="2026-01-02",
        body=text,
    )


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# One\n## Two\n", "One"),
        ("# One\n\n# Two\n", "my word v2"),
        ("## Only a second level\n", "my word v2"),
        ("", "my word v2"),
        ("```sh\n# a comment\n```\n# Real\n", "Real"),
        ("One\n===\n", "One"),
        ("> # Quoted\n\n# Real\n", "Real"),
        ("#\n", "my word v2"),
        ("# `Vec<T>` and [links](http://x)\n", "Vec T and links".replace("Vec T", "VecT")),
        ("# a  \tb #\n", "a b"),
        ("# " + "x" * 300 + "\n", "x" * 200),
        ("<h1>Html</h1>\n", "my word v2"),
    ],
)
def test_the_title_is_the_only_first_level_heading_else_the_file_name(text: str, title: str) -> None:
    assert corpus_entry(file_name="my-word_v2.md", text=text).title == title


@pytest.mark.parametrize(("name", "text", "field"), [("….md", "x", "file_name"), ("a.md", "x\0", "text")])
def test_a_file_that_cannot_be_an_entry_is_refused(name: str, text: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        corpus_entry(file_name=name, text=text)
    assert refused.value.field == field


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not beside the project")
def test_every_document_of_the_corpus_survives_as_an_entry() -> None:
    entries = [
        corpus_entry(file_name=file.name, text=file.read_bytes().decode()) for file in CORPUS.glob("*.md")
    ]
    read = [parse_entry(compose_entry(entry).encode(), path=entry_path(entry.slug)) for entry in entries]
    assert read == entries
    assert len({entry.slug for entry in entries}) == len(list(CORPUS.glob("*.md"))) == len(entries)
