"""Where texts live, and that nobody's front matter is touched (§9.5)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain.entry import Entry, compose_entry
from services.domain.front_matter import BrokenEntry
from services.domain.identifiers import Repository, Slug
from services.domain.text_home import body_of, file_with_body, meta_home, own_home

META = meta_home(Repository("ohm/meta"), Slug("human"))
OWN = own_home(Repository("ohm/rfc-0001-human"), Slug("human"))
FILE = "---\r\n# by hand\r\nslug: human\r\nunknown: [1, 2]\r\n---\r\n\r\n# Human\r\n"


def test_a_super_draft_lives_below_its_front_matter_and_a_graduated_rfc_has_none() -> None:
    assert (META.path, META.has_front_matter, OWN.path, OWN.has_front_matter) == (
        "rfcs/human.md",
        True,
        "RFC.md",
        False,
    )
    assert (body_of(META, FILE), body_of(OWN, FILE)) == ("# Human\r\n", FILE)


def test_another_body_leaves_the_front_matter_byte_for_byte() -> None:
    assert file_with_body(META, FILE, "New.\n") == FILE.removesuffix("# Human\r\n") + "New.\n"
    assert file_with_body(OWN, FILE, "New.\n") == "New.\n"


@given(st.text(alphabet="a-#\n\r \ufeffü", max_size=20), st.text(alphabet="a-#\n\r \ufeffü", max_size=20))
def test_what_was_written_is_what_is_read(first: str, second: str) -> None:
    file = compose_entry(Entry(slug=Slug("human"), title="Human", body=first))

    assert body_of(META, file_with_body(META, file, second)) == second
    assert file_with_body(META, file, body_of(META, file)) == file


def test_a_file_without_front_matter_has_no_body() -> None:
    with pytest.raises(BrokenEntry):
        body_of(META, "# Human\n")
