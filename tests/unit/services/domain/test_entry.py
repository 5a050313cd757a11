"""Entries are read without trust and changed without touching anything else (§2)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from services.domain.entry import (
    BrokenEntry,
    Entry,
    EntryState,
    compose_entry,
    parse_entry,
    with_body,
    with_front_matter,
)
from services.domain.identifiers import Slug

PATH = "rfcs/human.md"
HUMAN = Entry(
    slug=Slug("human"),
    title="Human",
    state=EntryState.ACTIVE,
    id="RFC-0001",
    repo="ohm/rfc-0001-human",
    proposed_by="writer",
    proposed_at="2026-01-02",
    graduated_by="owner",
    graduated_at="2026-02-03T04:05:06Z",
    owners=("writer", "reviewer"),
    arbiters=("owner",),
    tags=("core", "first word"),
    models=("claude", "gpt"),
    funder="patron",
    body="# Human\n\nA being.\n",
)
HAND_WRITTEN = """---
# The first word.
slug: human
title:   'Human'   # keep it short
state: super-draft
colour: {shade: "blue", more: [1, 2]}
owners:
    - writer   # since 2026
    # between
    - "reviewer"
    - owner
arbiters: [ owner, reviewer ]  # flow
tags:
models: []
proposed_at: 2026-01-02
note: |
  owners: not these
  tags: nor these
---

# Human

owners: of the body
---
"""


def read(text: str) -> Entry:
    return parse_entry(text.encode("utf-8", "surrogatepass"), path=PATH)


def front(
    *lines: str, slug: str = "slug: human", title: str = "title: Human", state: str = "state: active"
) -> str:
    return "\n".join(["---", slug, title, state, *lines, "---", "", "Body\n"])


def reason(text: str | bytes, path: str = PATH) -> str:
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    with pytest.raises(BrokenEntry) as broken:
        parse_entry(data, path=path)
    return broken.value.reason


def test_an_entry_is_written_in_the_order_of_the_specification() -> None:
    assert compose_entry(HUMAN) == (
        "---\nslug: human\ntitle: Human\nstate: active\nid: RFC-0001\nrepo: ohm/rfc-0001-human\n"
        "proposed_by: writer\nproposed_at: 2026-01-02\ngraduated_by: owner\n"
        'graduated_at: "2026-02-03T04:05:06Z"\nowners: [writer, reviewer]\narbiters: [owner]\n'
        "tags: [core, first word]\nmodels: [claude, gpt]\nfunder: patron\n---\n\n# Human\n\nA being.\n"
    )


def test_a_new_entry_has_nulls_and_no_optional_keys() -> None:
    entry = Entry(slug=Slug("human"), title="Human", proposed_by="writer", body="x")
    assert compose_entry(entry) == (
        "---\nslug: human\ntitle: Human\nstate: super-draft\nid: null\nrepo: null\nproposed_by: writer\n"
        "proposed_at: null\ngraduated_by: null\ngraduated_at: null\nowners: []\narbiters: []\ntags: []\n---\n\nx"
    )


@pytest.mark.parametrize("entry", [HUMAN, Entry(slug=Slug("human"), title="Human")])
def test_what_is_written_is_read_back(entry: Entry) -> None:
    assert read(compose_entry(entry)) == entry


def test_a_hand_written_entry_is_read() -> None:
    assert read(HAND_WRITTEN) == Entry(
        slug=Slug("human"),
        title="Human",
        state=EntryState.SUPER_DRAFT,
        proposed_at="2026-01-02",
        owners=("writer", "reviewer", "owner"),
        arbiters=("owner", "reviewer"),
        models=(),
        body="# Human\n\nowners: of the body\n---\n",
    )


@pytest.mark.parametrize(
    ("line", "models"),
    [("other: 1", None), ("models:", None), ("models: ~", None), ("models: []", ()), ("models: [a]", ("a",))],
)
def test_no_models_key_is_not_an_empty_list(line: str, models: tuple[str, ...] | None) -> None:
    assert read(front(line)).models == models


@pytest.mark.parametrize(
    ("title", "text"),
    [("42", "42"), ("true", "true"), ("2026-01-02", "2026-01-02"), ("'null'", "null"), ('"a\\u00e9"', "aé")],
)
def test_a_title_is_text_whatever_yaml_would_make_of_it(title: str, text: str) -> None:
    assert read(front(title=f"title: {title}")).title == text


def test_crlf_and_a_byte_order_mark_are_read_and_kept_in_the_body() -> None:
    text = "\ufeff" + front("tags: [core]").replace("\n", "\r\n")
    assert (read(text).tags, read(text).body) == (("core",), "Body\r\n")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The file does not begin with front matter (a line of three hyphens)."),
        ("# Human\n", "The file does not begin with front matter (a line of three hyphens)."),
        ("\n---\nslug: human\n---\n", "The file does not begin with front matter (a line of three hyphens)."),
        ("----\nslug: human\n---\n", "The file does not begin with front matter (a line of three hyphens)."),
        (
            "---\nslug: human\n",
            "The front matter is not closed by a line of three hyphens, or is over 32 kB.",
        ),
        (
            "---\n" + "x: y\n" * 9_000 + "---\n",
            "The front matter is not closed by a line of three hyphens, or is over 32 kB.",
        ),
        ("---\n---\n", "The front matter has no keys."),
        ("---\n# only a comment\n---\n", "The front matter has no keys."),
        ("---\n- human\n---\n", "The front matter has no keys."),
        ("---\nhuman\n---\n", "The front matter has no keys."),
        (front("tags: [a"), "The front matter is not valid YAML: "),
        (front("a:\n\tb: c"), "The front matter is not valid YAML: "),
        (front("a: b: c"), "The front matter is not valid YAML: "),
        (front("a: *nowhere"), "The front matter is not valid YAML: "),
        (front("a: " + "[" * 5_000), "The front matter has values inside values, more than 50 deep."),
        (front("a: " + "{" * 5_000), "The front matter has values inside values, more than 50 deep."),
        (front('a: "\\UFFFFFFFF"'), "The front matter is not valid YAML."),
        (front("a: \x07"), "The front matter is not valid YAML."),
        (front("a: 1\n...\nb: 2"), "The front matter is not valid YAML: "),
        (front("? [a]\n: b"), "A key of the front matter is not plain text."),
        (front("title: Again"), "The key `title` stands twice in the front matter."),
        (front("unknown: 1\nunknown: 2"), "The key `unknown` stands twice in the front matter."),
        (front(slug="slug: mind"), "`slug` must be “human”, as the file is called."),
        (front(slug="other: 1"), "`slug` must be “human”, as the file is called."),
        (front(title="title:"), "`title` must have 1 to 200 characters."),
        (front(title="title: ' '"), "`title` must have 1 to 200 characters."),
        (front(title="title: " + "x" * 201), "`title` must have 1 to 200 characters."),
        (front(title='title: "a\\nb"'), "`title` must be one line without control characters."),
        (front(title='title: "a\\0b"'), "`title` must be one line without control characters."),
        (front(title='title: "a\\ud800b"'), "`title` must be one line without control characters."),
        (front(title="title: [a]"), "`title` must be text."),
        (front(title="title: {a: b}"), "`title` must be text."),
        (front(state="state: draft"), "`state` must be one of super-draft, active, withdrawn."),
        (front(state="other: 1"), "`state` must be one of super-draft, active, withdrawn."),
        (front("id: 1"), "`id` must look like RFC-0001."),
        (front("repo: nowhere"), "`repo` must look like <org>/<name>."),
        (front("proposed_at: last spring"), "`proposed_at` must be an ISO date such as 2026-01-31."),
        (front("graduated_at: 2026-02-30"), "`graduated_at` must be an ISO date such as 2026-01-31."),
        (front("owners: writer"), "`owners` must be a list."),
        (front("owners: {writer: 1}"), "`owners` must be a list."),
        (front("tags: [a, [b]]"), "Everything in `tags` must be text."),
        (front("tags: [a, ~]"), "Everything in `tags` must be text."),
        (front("tags: ['']"), "A text in `tags` must have 1 to 255 characters."),
        (front('owners: ["a\\nb"]'), "`owners` must be one line without control characters."),
        (front("models: claude"), "`models` must be a list."),
        (front("funder: " + "x" * 256), "A text in `funder` must have 1 to 255 characters."),
        (front("tags: &t [*t]"), "Everything in `tags` must be text."),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "The file is not text: it contains NUL bytes."),
        (b"---\nslug: human\ntitle: \xff\n---\n", "The file is not UTF-8 text."),
        (front().encode("utf-16"), "The file is not text: it contains NUL bytes."),
        (b"x" * (4 * 1024 * 1024 + 1), "The file is larger than 4 MB."),
    ],
)
def test_a_broken_file_has_a_reason(text: str | bytes, sentence: str) -> None:
    told = reason(text)
    # What exactly the YAML library dislikes is its own wording, with the line in the file behind it.
    assert told[: len(sentence)] == sentence
    assert told.endswith(".")


def test_the_line_of_a_yaml_mistake_is_that_of_the_file() -> None:
    assert reason(front("a: b: c")) == (
        "The front matter is not valid YAML: mapping values are not allowed here (line 5)."
    )


@pytest.mark.parametrize("path", ["rfcs/Human.md", "README.md", "rfcs/a/human.md", "", "rfcs/human.md/x"])
def test_a_file_elsewhere_is_not_an_entry(path: str) -> None:
    assert reason(front(), path) == "Entries are called rfcs/<slug>.md, and this file is not."


def test_a_yaml_bomb_costs_nothing() -> None:
    lines = ["a0: &a0 [x, x]"]
    lines += [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]" for n in range(1, 60)]
    assert read(front(*lines, "tags: [core]")).tags == ("core",)
    assert reason(front(*lines, "tags: *a59")) == "Everything in `tags` must be text."


def test_an_alias_of_a_plain_list_is_read() -> None:
    entry = read(front("owners: &people [a, b]", "arbiters: *people"))
    assert (entry.owners, entry.arbiters) == (("a", "b"), ("a", "b"))


def test_a_tag_constructs_nothing() -> None:
    assert (
        read(front(title="title: !!python/object/apply:os.system ['x']".replace("['x']", "x"))).title == "x"
    )


def changed_line(before: str, after: str, **changes: str | tuple[str, ...] | None) -> None:
    assert before in HAND_WRITTEN
    assert with_front_matter(HAND_WRITTEN, **changes) == HAND_WRITTEN.replace(before, after, 1)


def test_a_new_title_keeps_its_quotes_and_its_comment() -> None:
    changed_line("'Human'", "'The human''s word'", title="The human's word")


def test_a_new_state_changes_one_word() -> None:
    changed_line("super-draft", "withdrawn", state="withdrawn")


def test_a_flow_list_keeps_its_comment() -> None:
    changed_line("[ owner, reviewer ]", "[owner]", arbiters=("owner",))


def test_an_empty_value_is_filled_in() -> None:
    changed_line("tags:\n", "tags: [core, word]\n", tags=("core", "word"))


def test_a_block_list_keeps_the_lines_of_those_who_stay() -> None:
    changed_line("    - owner\n", "    - writer2\n", owners=("writer", "reviewer", "writer2"))
    changed_line('    - "reviewer"\n', "", owners=("writer", "owner"))


def test_a_block_list_can_become_empty() -> None:
    before = 'owners:\n    - writer   # since 2026\n    # between\n    - "reviewer"\n    - owner\n'
    changed_line(before, "owners: []\n", owners=())


def test_a_missing_key_is_added_at_the_end() -> None:
    changed_line("nor these\n---", "nor these\nid: RFC-0001\n---", id="RFC-0001")


def test_models_can_be_removed_and_given() -> None:
    changed_line("models: []\n", "", models=None)
    changed_line("models: []", "models: [claude]", models=("claude",))


def test_null_stays_written_for_keys_that_are_not_optional() -> None:
    changed_line("proposed_at: 2026-01-02", "proposed_at: null", proposed_at=None)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"title": "Human"},
        {"owners": ("writer", "reviewer", "owner")},
        {"models": ()},
        {"funder": None, "id": None},
    ],
)
def test_what_is_already_so_changes_nothing(changes: dict[str, str | tuple[str, ...] | None]) -> None:
    assert with_front_matter(HAND_WRITTEN, **changes) == HAND_WRITTEN


def test_line_ends_and_byte_order_mark_are_kept() -> None:
    text = "\ufeff" + HAND_WRITTEN.replace("\n", "\r\n")
    expected = text.replace("    - owner\r\n", "    - patron\r\n").replace(
        "---\r\n\r\n", "id: RFC-1\r\n---\r\n\r\n"
    )
    assert with_front_matter(text, owners=("writer", "reviewer", "patron"), id="RFC-1") == expected


@pytest.mark.parametrize(
    ("line", "changes"),
    [
        ("owners: &people [a]\narbiters: *people", {"owners": ("b",)}),
        ("owners: &people [a]\narbiters: *people", {"arbiters": ("b",)}),
        ("owners: &people\n  - a\nother: *people", {"owners": ("b",)}),
    ],
)
def test_what_others_depend_on_is_not_changed_in_place(
    line: str, changes: dict[str, tuple[str, ...]]
) -> None:
    with pytest.raises(BrokenEntry):
        with_front_matter(front(line), **changes)


def test_front_matter_in_braces_is_not_changed_in_place() -> None:
    with pytest.raises(BrokenEntry) as broken:
        with_front_matter("---\n{slug: human, title: Human, state: active}\n---\n", title="Other")
    assert broken.value.reason == "Front matter in braces can't be changed in place; edit the file by hand."


def test_only_keys_of_an_entry_can_be_changed() -> None:
    with pytest.raises(ValueError, match="colour"):
        with_front_matter(HAND_WRITTEN, colour="red")


@pytest.mark.parametrize("text", ["", "no front matter", "---\na: [\n---\n", "---\nslug: human"])
def test_a_broken_file_cannot_be_changed(text: str) -> None:
    for change in (lambda: with_front_matter(text, title="x"), lambda: read(with_body(text, "x"))):
        with pytest.raises(BrokenEntry):
            change()


def test_another_body_leaves_the_front_matter_alone() -> None:
    head = HAND_WRITTEN[: HAND_WRITTEN.index("# Human\n")]
    assert with_body(HAND_WRITTEN, "New\r\nbody") == head + "New\r\nbody"


CHARACTERS = st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"])
LINE = st.text(CHARACTERS, min_size=1, max_size=60).map(str.strip).filter(bool)
WORDS = st.lists(LINE, max_size=4).map(tuple)
DATE = st.none() | st.dates().map(lambda date: date.isoformat())
BODY = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=200)
ENTRIES = st.builds(
    Entry,
    slug=st.just(Slug("human")),
    title=LINE,
    state=st.sampled_from(EntryState),
    id=st.none() | st.from_regex(r"RFC-[0-9]{4}", fullmatch=True),
    repo=st.none() | st.from_regex(r"[a-z]{1,9}/[a-z0-9-]{1,9}", fullmatch=True),
    proposed_by=LINE,
    proposed_at=DATE,
    graduated_by=st.none() | LINE,
    graduated_at=DATE,
    owners=WORDS,
    arbiters=WORDS,
    tags=WORDS,
    models=st.none() | WORDS,
    funder=st.none() | LINE,
    body=BODY,
)


@given(ENTRIES)
def test_every_entry_survives_being_written(entry: Entry) -> None:
    assert read(compose_entry(entry)) == entry


@given(ENTRIES)
def test_every_front_matter_means_the_same_to_other_yaml_readers(entry: Entry) -> None:
    text = compose_entry(entry)
    loaded = YAML(typ="safe", pure=True).load(text[4 : text.index("\n---\n")])
    assert (loaded["title"], tuple(loaded["tags"]), tuple(loaded["owners"])) == (
        entry.title,
        entry.tags,
        entry.owners,
    )


@given(before=ENTRIES, after=ENTRIES, hand_written=st.booleans(), crlf=st.booleans())
def test_every_change_does_what_it_says_and_nothing_else(
    before: Entry, after: Entry, hand_written: bool, crlf: bool
) -> None:
    text = HAND_WRITTEN if hand_written else compose_entry(before)
    text = text.replace("\r", "").replace("\n", "\r\n") if crlf else text
    changes = {"title": after.title, "owners": after.owners, "tags": after.tags, "models": after.models}
    result = with_front_matter(text, **changes)
    old, new = read(text), read(result)
    assert {key: getattr(new, key) for key in changes} == changes
    assert (new.arbiters, new.proposed_by, new.body) == (old.arbiters, old.proposed_by, old.body)
    assert with_front_matter(result, **{key: getattr(old, key) for key in changes}).count("\n") >= 4


@given(
    body=BODY, text=st.sampled_from([HAND_WRITTEN, front(), "---\nslug: human\ntitle: a\nstate: active\n---"])
)
def test_every_body_is_read_back_byte_for_byte(body: str, text: str) -> None:
    assert read(with_body(text, body)).body == body


@given(st.binary(max_size=300) | st.binary(max_size=200).map(lambda data: b"---\n" + data + b"\n---\n"))
def test_reading_anything_ends_in_an_entry_or_a_reason(data: bytes) -> None:
    try:
        parse_entry(data, path=PATH)
    except BrokenEntry as broken:
        told = broken.reason
    else:
        told = "fine."
    assert told.endswith(".")


@given(st.text(alphabet="ab:-[]{}&*!|>'\"%@`?, \n\t#~0\\", max_size=80))
def test_reading_any_yaml_ends_in_an_entry_or_a_reason(yaml: str) -> None:
    text = front(yaml)
    try:
        entry = read(text)
        changed = with_front_matter(text, title="Other", owners=("a", "b"))
    except BrokenEntry:
        return
    assert (read(changed).title, read(changed).owners, read(changed).body) == (
        "Other",
        ("a", "b"),
        entry.body,
    )
