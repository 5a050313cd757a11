"""Importing a folder of markdown files as super-drafts (§17, `rfc-ui demo --corpus`)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from services.domain.actors import Actor
from services.domain.audit import ActionKind
from services.domain.clock import now
from services.domain.corpus import corpus_entry
from services.domain.entry import MAX_ENTRY_BYTES, Entry, compose_entry, entry_path
from services.domain.errors import Invalid
from services.domain.identifiers import Slug
from services.domain.permissions import may_run_admin
from services.domain.trailers import new_operation_id
from services.gitea.meta_reading import read_head
from services.usecases.context import Context
from services.usecases.people import credit_for, entitled
from services.usecases.record import record_action


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was not imported, and why, as a sentence."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """Which entries are new, and which files were left out."""

    imported: tuple[Slug, ...]
    skipped: tuple[Skipped, ...]


async def import_corpus(context: Context, *, actor: Actor, folder: Path) -> ImportReport:
    """Write each `*.md` of the folder that is not an entry yet; doing it again adds what is missing.

    Raises Invalid for a folder that can't be read, Forbidden and Upstream.
    """
    async with context.store.read() as work:
        person = await entitled(work, may_run_admin, actor, act="import documents")
    found = await asyncio.to_thread(_read_folder, folder, person.login)
    there = await _paths_on_main(context)
    new = {entry.slug: entry for entry in found if isinstance(entry, Entry)}
    missing = {slug: entry for slug, entry in new.items() if entry_path(slug) not in there}
    if missing:
        await _write(context, person, missing)
    return ImportReport(
        imported=tuple(missing), skipped=tuple(item for item in found if isinstance(item, Skipped))
    )


async def _write(context: Context, person: Actor, entries: dict[Slug, Entry]) -> None:
    op_id = new_operation_id()
    await context.bot.write_files(
        repo=context.meta,
        files={entry_path(slug): compose_entry(entry) for slug, entry in entries.items()},
        message=f"Import {len(entries)} documents",
        credit=credit_for(person, op_id),
    )
    async with context.store.write() as work:
        await record_action(
            work,
            context,
            actor_user_id=person.id,
            on_behalf_of=person.login,
            kind=ActionKind.IMPORT_CORPUS,
            op_id=op_id,
            details={"documents": len(entries)},
        )
    await context.refresher.nudge(context.meta)


async def _paths_on_main(context: Context) -> frozenset[str]:
    head = await read_head(context.gitea, context.meta)
    if head is None:
        return frozenset()
    return frozenset(file.path for file in await context.gitea.git.tree(context.meta, head))


def _read_folder(folder: Path, login: str) -> list[Entry | Skipped]:
    if not folder.is_dir():
        raise Invalid(f"{folder} is not a folder.", field="folder")
    return list(_entries(sorted(folder.glob("*.md")), login))


def _entries(paths: list[Path], login: str) -> Iterator[Entry | Skipped]:
    today = now().date().isoformat()
    seen: dict[Slug, str] = {}
    for path in paths:
        read = _entry(path, login, today)
        if isinstance(read, Entry) and read.slug in seen:
            read = Skipped(path.name, f"Its slug, “{read.slug}”, is that of {seen[read.slug]} already.")
        if isinstance(read, Entry):
            seen[read.slug] = path.name
        yield read


def _entry(path: Path, login: str, today: str) -> Entry | Skipped:
    try:
        data = path.read_bytes()
        if len(data) > MAX_ENTRY_BYTES:
            return Skipped(path.name, "The file is larger than 4 MB.")
        text = data.decode("utf-8")
        return corpus_entry(file_name=path.name, text=text, proposed_by=login, proposed_at=today)
    except UnicodeDecodeError:
        return Skipped(path.name, "The file is not UTF-8 text.")
    except OSError as error:
        return Skipped(path.name, f"The file can't be read: {error.strerror}.")
    except Invalid as error:
        return Skipped(path.name, error.message)
