"""The one active RFC of the demo: a repository of its own, and the entry that points to it (§2).

Written by the bot as somebody would who graduates an entry by hand.
"""

from __future__ import annotations

from contextlib import suppress

from services.domain.actors import Actor
from services.domain.clock import now
from services.domain.entry import EntryState, entry_path, with_body, with_front_matter
from services.domain.errors import GiteaConflict, NotFound
from services.domain.identifiers import Repository, Slug
from services.domain.text_home import RFC_FILE
from services.domain.trailers import Credit, new_operation_id
from services.ops.sample_documents import sample_ideas
from services.usecases.context import Context

GRADUATED = Slug("consent")
NUMBER = "RFC-0001"


async def graduate_sample(context: Context, actor: Actor) -> None:
    """Make `consent` active. Cut off and called again, it goes on where it was."""
    idea = next(one for one in sample_ideas() if one.slug == GRADUATED)
    repo = Repository(f"{context.org}/{NUMBER.lower()}-{GRADUATED}")
    with suppress(GiteaConflict):  # an earlier try got as far
        await context.gitea.repositories.create(repo, description=f"{NUMBER}: {idea.title}", private=False)
    credit = Credit(new_operation_id(), actor.login, actor.display_name)
    readme = (
        f"# {NUMBER}: {idea.title}\n\nThe text is [{RFC_FILE}]({RFC_FILE}), discussed at {context.app_url}.\n"
    )
    metadata = f"id: {NUMBER}\nslug: {GRADUATED}\n"
    files = {RFC_FILE: idea.body, "README.md": readme, ".rfc/metadata.yaml": metadata}
    await context.bot.write_files(repo=repo, files=files, message=f"Begin {NUMBER}", credit=credit)
    text = with_front_matter(
        await _entry_text(context),
        state=EntryState.ACTIVE,
        id=NUMBER,
        repo=repo,
        graduated_by=actor.login,
        graduated_at=now().date().isoformat(),
    )
    files = {entry_path(GRADUATED): with_body(text, "")}
    await context.bot.write_files(
        repo=context.meta, files=files, message=f"Graduate “{idea.title}” as {NUMBER}", credit=credit
    )


async def _entry_text(context: Context) -> str:
    path = entry_path(GRADUATED)
    file = await context.gitea.git.file(context.meta, path, ref="main")
    if file is None or file.data is None:
        raise NotFound(f"{path} is not in {context.meta}.")
    return file.data.decode()
