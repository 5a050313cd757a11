"""Fills a new demo: people first, then the sample story or a corpus of the operator's (§17)."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from services.domain.actors import Actor
from services.domain.entry import EntryState, entry_path, with_front_matter
from services.domain.errors import NotFound
from services.domain.identifiers import Slug
from services.domain.trailers import Credit, new_operation_id
from services.ops.demo_site import ADMINS, DemoPerson
from services.ops.sample_branches import begin_sample_work
from services.ops.sample_documents import SampleIdea, sample_ideas
from services.ops.sample_graduation import graduate_sample
from services.ops.sample_pulls import open_sample_pulls
from services.ops.sample_reading import read_sample_inboxes
from services.ops.sample_story import tell_sample_story, welcome_people
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
    await _name_owners(context, known[context.owner_login])
    for idea in sample_ideas():
        if idea.retired_by:
            await _retire(context, known[idea.retired_by], idea)
    await graduate_sample(context, known[context.owner_login])
    await context.refresher.sweep()
    await begin_sample_work(context, people=known)
    await open_sample_pulls(context, people=known)
    await read_sample_inboxes(context, people=known)


async def _name_owners(context: Context, actor: Actor) -> None:
    """Put the owners into the front matter of the merged entries, in one commit by the bot."""
    entries = [idea for idea in sample_ideas() if idea.merged_by and idea.owners]
    files = {
        _path(idea): with_front_matter(await _text(context, idea), owners=idea.owners) for idea in entries
    }
    await _commit(context, actor, files, "Name the owners of the first entries")


async def _retire(context: Context, actor: Actor, idea: SampleIdea) -> None:
    """Withdraw a super-draft; its reason stands in its discussion."""
    text = with_front_matter(await _text(context, idea), state=EntryState.WITHDRAWN)
    await _commit(context, actor, {_path(idea): text}, f"Withdraw “{idea.title}”")


async def _commit(context: Context, actor: Actor, files: Mapping[str, str], message: str) -> None:
    credit = Credit(new_operation_id(), actor.login, actor.display_name)
    await context.bot.write_files(repo=context.meta, files=files, message=message, credit=credit)


async def _text(context: Context, idea: SampleIdea) -> str:
    file = await context.gitea.git.file(context.meta, _path(idea), ref="main")
    if file is None or file.data is None:
        raise NotFound(f"{_path(idea)} is not in {context.meta}.")
    return file.data.decode()


def _path(idea: SampleIdea) -> str:
    return entry_path(Slug(idea.slug))
