"""The audit log as people read it (§6.5)."""

from __future__ import annotations

from components.admin.record import details_html


def test_details_are_written_as_words() -> None:
    shown = details_html({"fields": ["title", "tags"], "made_public": False, "was": {"a": 1}, "why": None})

    whole = "fields: title, tags; made_public: no; was: a 1"
    assert shown == f'<span title="{whole}">{whole}</span>'


def test_an_act_without_details_has_none() -> None:
    assert details_html({"why": ""}) == ""
