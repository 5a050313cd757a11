"""What a metadata or claim PR changes: its entry where it parted from main, beside its entry at the head (§9.6)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from services.domain.entry import Entry
from services.domain.errors import GiteaNotFound
from services.domain.identifiers import Repository
from services.domain.metadata import FieldChange, changes_between, changes_more
from services.domain.slug import slug_of_path
from services.gitea.client import GiteaClient
from services.gitea.meta_reading import parse_or_reason
from services.gitea.models import ChangedFile, Pull

MORE = "It changes more than metadata, so it has to be looked at on Gitea."


async def read_metadata_changes(
    client: GiteaClient, repo: Repository, pull: Pull, files: Sequence[ChangedFile]
) -> tuple[tuple[FieldChange, ...], str | None]:
    """The changed fields, and in words why it can't be merged as metadata, if it can't."""
    paths = [file.filename for file in files]
    if len(paths) != 1 or slug_of_path(paths[0]) is None:
        return (), MORE if paths else "It changes nothing."
    before = await _entry_at(client, repo, paths[0], pull.merge_base or pull.base.sha)
    after = await _entry_at(client, repo, paths[0], pull.head.sha)
    if isinstance(before, str) or isinstance(after, str):
        return (), after if isinstance(after, str) else str(before)
    changes = changes_between(before, after)
    if changes_more(before, after):
        return changes, MORE
    return changes, None if changes else "It changes no metadata."


async def _entry_at(client: GiteaClient, repo: Repository, path: str, ref: str) -> Entry | str:
    try:
        content = await client.git.file(repo, path, ref=ref)
    except GiteaNotFound:
        content = None
    if content is None or content.data is None:
        return f"{path} can't be read from Gitea at {ref[:7]}."
    return await asyncio.to_thread(parse_or_reason, content.data, path)
