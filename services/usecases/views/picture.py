"""Pictures beside an entry's text, as pages show them: read from Gitea with the bot's rights, shown by ours (§8.2)."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from services.domain.actors import Viewer
from services.domain.branch import MAIN
from services.domain.errors import NotFound
from services.domain.identifiers import Slug
from services.usecases.context import Context
from services.usecases.readable_refs import require_readable_branch
from services.usecases.texts import head_of, home_of_branch
from services.usecases.views.entry import find_entry

KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        ".png": "image/png",
        ".jpg": "image/jpeg",
        ".jpeg": "image/jpeg",
        ".gif": "image/gif",
        ".webp": "image/webp",
        ".avif": "image/avif",
        ".svg": "image/svg+xml",
    }
)
"""What may be shown inside a document, by the end of a file's name; nothing else is given out."""
LARGEST: Final = 10_000_000
"""Bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One file; `version` names its content."""

    data: bytes
    media_type: str
    version: str


async def picture_view(
    context: Context, *, viewer: Viewer, slug: Slug, path: str, branch: str | None = None
) -> Picture:
    """A picture of the repository that holds an entry's text, on main or on one of its branches.

    Raises NotFound (also for what is no picture, and for a private branch that the viewer may not read), and Upstream.
    """
    media_type = KINDS.get(posixpath.splitext(path)[1].lower())
    if media_type is None or not _is_inside(path):
        raise _missing(path)
    name = MAIN if branch is None else branch
    async with context.store.read() as work:
        entry = await find_entry(work, slug)
        if name != MAIN:
            await require_readable_branch(work, context.meta, viewer=viewer, slug=slug, name=name)
        home = await home_of_branch(work, context.meta, entry, name)
    found = await context.gitea.git.file(home.repo, path, ref=await head_of(context, home, name))
    if found is None or found.type != "file" or found.data is None or len(found.data) > LARGEST:
        raise _missing(path)
    return Picture(data=found.data, media_type=media_type, version=found.sha)


def _is_inside(path: str) -> bool:
    """Whether it is a file's plain path: nothing absolute, nothing that climbs."""
    return posixpath.normpath(path) == path and not path.startswith(("/", ".."))


def _missing(path: str) -> NotFound:
    return NotFound(f"There is no picture “{posixpath.basename(path)[:80]}” beside this text.")
