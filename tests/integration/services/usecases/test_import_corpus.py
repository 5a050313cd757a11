"""Importing a folder of documents as super-drafts (§17)."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.domain.errors import Forbidden, Invalid
from services.domain.identifiers import Slug
from services.usecases.import_corpus import ImportReport, Skipped, import_corpus
from services.usecases.views.catalog import catalog_view
from services.usecases.views.raw import raw_text
from tests.support.world import World

ONE_HEADING = "# One *thing*\r\n\r\nIts text.\r\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "corpus"
    made.mkdir()
    (made / "0001-One_Thing.md").write_bytes(ONE_HEADING.encode())
    (made / "0002-two-headings.md").write_text("# A\n\n# B\n")
    (made / "0001-one-thing.md").write_text("# The same slug\n")
    (made / "latin.md").write_bytes(b"caf\xe9")
    (made / "picture.md").write_bytes(b"\x89PNG\x00")
    (made / "notes.txt").write_text("not markdown")
    return made


async def test_documents_become_super_drafts_byte_for_byte(world: World, folder: Path) -> None:
    report = await import_corpus(world.context, actor=world.owner, folder=folder)

    assert report == ImportReport(
        imported=(Slug("0001-one-thing"), Slug("0002-two-headings")),
        skipped=(
            Skipped("0001-one-thing.md", "Its slug, “0001-one-thing”, is that of 0001-One_Thing.md already."),
            Skipped("latin.md", "The file is not UTF-8 text."),
            Skipped("picture.md", "The file is not UTF-8 text."),
        ),
    )
    assert sorted((row.slug, row.title) for row in (await catalog_view(world.context)).rows) == [
        ("0001-one-thing", "One thing"),
        ("0002-two-headings", "0002 two headings"),
    ]
    assert await raw_text(world.context, slug=Slug("0001-one-thing")) == ONE_HEADING


async def test_importing_again_adds_what_is_missing_and_keeps_what_was_edited(
    world: World, folder: Path
) -> None:
    await import_corpus(world.context, actor=world.owner, folder=folder)
    world.write_entry("0002-two-headings", "Edited")
    (folder / "0003-new.md").write_text("New.\n")

    report = await import_corpus(world.context, actor=world.owner, folder=folder)

    assert report.imported == (Slug("0003-new"),)
    titles = {row.slug: row.title for row in (await catalog_view(world.context)).rows}
    assert titles["0002-two-headings"] == "Edited"
    kinds = [kind for (kind,) in await world.rows("actions", "action_kind")]
    assert kinds.count("import_corpus") == 2


async def test_only_those_who_run_the_app_import_and_only_folders(world: World, folder: Path) -> None:
    with pytest.raises(Forbidden):
        await import_corpus(world.context, actor=world.writer, folder=folder)
    with pytest.raises(Invalid):
        await import_corpus(world.context, actor=world.owner, folder=folder / "nowhere")
