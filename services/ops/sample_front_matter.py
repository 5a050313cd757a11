"""What the sample community writes into front matter by hand: who owns an entry, and that one is withdrawn (§2)."""

from __future__ import annotations

from services.domain.actors import Actor
from services.domain.entry import EntryState, entry_path, with_front_matter
from services.domain.errors import NotFound
from services.domain.identifiers import Slug
from services.domain.trailers import Credit, new_operation_id
from services.ops.sample_documents import SampleIdea
from services.usecases.context import Context


async def name_owners(context: Context, actor: Actor, idea: SampleIdea) -> None:
    """Put the owners into the front matter of a merged entry."""
    present = await _text(context, idea)
    text = with_front_matter(present, owners=idea.owners)
    if text != present:
        await _commit(context, actor, idea, text, f"Name the owners of “{idea.title}”")


async def retire(context: Context, actor: Actor, idea: SampleIdea) -> None:
    """Withdraw a super-draft; its reason stands in its discussion."""
    present = await _text(context, idea)
    text = with_front_matter(present, state=EntryState.WITHDRAWN)
    if text != present:
        await _commit(context, actor, idea, text, f"Withdraw “{idea.title}”")


async def _commit(context: Context, actor: Actor, idea: SampleIdea, text: str, message: str) -> None:
    credit = Credit(new_operation_id(), actor.login, actor.display_name)
    files = {entry_path(Slug(idea.slug)): text}
    await context.bot.write_files(repo=context.meta, files=files, message=message, credit=credit)


async def _text(context: Context, idea: SampleIdea) -> str:
    path = entry_path(Slug(idea.slug))
    file = await context.gitea.git.file(context.meta, path, ref="main")
    if file is None or file.data is None:
        raise NotFound(f"{path} is not in {context.meta}.")
    return file.data.decode()
