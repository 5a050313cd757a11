"""The catalog as JSON: one body per content, and patches between two of them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

from pages.catalog_feed import edition_of, patch_json
from services.domain.entry import EntryState
from services.domain.identifiers import CommitSha, PullNumber, Slug
from services.usecases.views.catalog import CatalogRow, CatalogView, IdeaRow

AT = datetime(2025, 11, 20, 12, tzinfo=UTC)
SECONDS = int(AT.timestamp())


def row(slug: str, **changes: object) -> CatalogRow:
    plain = CatalogRow(
        slug=Slug(slug), number=None, title=slug.title(), state=EntryState.SUPER_DRAFT, tags=("core",),
        last_activity_at=AT, open_pulls=0, owners=(), arbiters=(), proposed_by="ana", proposed_at="2025-03-01",
        commit_sha=CommitSha("c" * 40),
    )  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]


IDEA = IdeaRow(
    number=PullNumber(5), slug="silence", title="Silence", tags=(), proposed_by="ben", opened_at=AT
)
VIEW = CatalogView(version=10, rows=(row("human"), row("death")), ideas=(IDEA,))


def test_the_body_holds_rows_and_ideas_in_short() -> None:
    assert json.loads(edition_of(VIEW).body) == {
        "version": 10,
        "rows": [
            ["human", None, "Human", 0, ["core"], SECONDS, 0, 1740787200],
            ["death", None, "Death", 0, ["core"], SECONDS, 0, 1740787200],
        ],
        "ideas": [[5, "silence", "Silence", [], "ben", SECONDS]],
    }


def test_what_is_no_date_sorts_as_the_oldest() -> None:
    view = replace(VIEW, rows=(row("a", proposed_at="last spring"), row("b", proposed_at=None)))

    assert [given[7] for given in json.loads(edition_of(view).body)["rows"]] == [0, 0]


def test_the_head_counts_by_state() -> None:
    head = edition_of(replace(VIEW, rows=(*VIEW.rows, row("old", state=EntryState.WITHDRAWN)))).head

    assert (dict(head.states), head.ideas, head.entries) == ({"super-draft": 2, "withdrawn": 1}, 1, 3)


def test_the_same_content_of_another_run_has_another_name() -> None:
    names = {edition_of(replace(VIEW, version=version)).head.content for version in (10, 11)}

    assert len(names) == 2


def test_a_patch_holds_changed_rows_gone_slugs_and_nothing_else() -> None:
    fresh, merged = row("silence"), replace(VIEW.rows[0], open_pulls=1)
    after = CatalogView(version=12, rows=(fresh, merged), ideas=())

    patch = json.loads(patch_json(edition_of(VIEW), edition_of(after)))

    assert (patch["base"], patch["version"]) == (10, 12)
    assert [given[0] for given in patch["rows"]] == ["silence", "human"]
    assert (patch["gone"], patch["ideas"]) == (["death"], [])


def test_unchanged_ideas_are_not_sent_again() -> None:
    after = CatalogView(version=11, rows=(*VIEW.rows, row("new")), ideas=VIEW.ideas)

    assert json.loads(patch_json(edition_of(VIEW), edition_of(after)))["ideas"] is None


def test_rows_read_again_but_equal_are_not_sent() -> None:
    after = CatalogView(version=11, rows=(row("human"), row("death")), ideas=VIEW.ideas)

    assert json.loads(patch_json(edition_of(VIEW), edition_of(after)))["rows"] == []
