"""Fills a new demo: people first, then the sample story or a corpus of the operator's (§17)."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from services.domain.entry import entry_path, with_front_matter
from services.domain.errors import NotFound
from services.domain.identifiers import Login, Slug
from services.domain.trailers import Credit, new_operation_id
from services.ops.demo_site import ADMINS, DemoPerson
from services.ops.sample_documents import SampleIdea, sample_ideas
from services.ops.sample_story import People, tell_sample_story, welcome_people
from services.usecases.context import Context
from services.usecases.import_corpus import import_corpus

log = logging.getLogger(__name__)


async def make_demo_data(context: Context, *, people: Sequence[DemoPerson], corpus: Path | None) -> None:
    """Make everything a new demo shows; cut off and called again, it goes on where it was."""
    profiles = [person.profile() for person in people]
    known = await welcome_people(context, profiles=profiles, admins=ADMINS)
    if corpus is not None:
        report = await import_corpus(context, actor=known[context.owner_login], folder=corpus)
        log.info("imported %d documents", len(report.imported))
        for skipped in report.skipped:
            log.warning("%s was not imported: %s", skipped.name, skipped.reason)
        return
    await tell_sample_story(context, people=known)
    await _name_owners(context, known)


async def _name_owners(context: Context, people: People) -> None:
    """Put the owners into the front matter of the merged entries, in one commit by the bot."""
    owner = people[context.owner_login]
    credit = Credit(new_operation_id(), owner.login, owner.display_name)
    files = {
        entry_path(Slug(idea.slug)): await _with_owners(context, idea)
        for idea in sample_ideas()
        if idea.merged_by and idea.owners
    }
    await context.bot.write_files(
        repo=context.meta, files=files, message="Name the owners of the first entries", credit=credit
    )


async def _with_owners(context: Context, idea: SampleIdea) -> str:
    path = entry_path(Slug(idea.slug))
    file = await context.gitea.git.file(context.meta, path, ref="main")
    if file is None or file.data is None:
        raise NotFound(f"{path} is not in {context.meta}.")
    owners = tuple(Login(owner) for owner in idea.owners)
    return with_front_matter(file.data.decode(), owners=owners)
