"""The text people see at this moment: the live text where somebody edits, else what Gitea has (§8.6, §8.13)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.domain.actors import Viewer
from services.domain.errors import NotFound, UnreadableText
from services.domain.identifiers import CommitSha, Slug
from services.domain.line_ends import editor_text
from services.domain.permissions import Standing
from services.store.work import Work
from services.usecases.authority import authority_of
from services.usecases.known_branch import readable_branch
from services.usecases.texts import home_of_branch, read_text, text_at
from services.usecases.views.entry import find_entry

if TYPE_CHECKING:
    from services.usecases.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentText:
    """A text with LF line ends: as it stands, and as the last commit has it."""

    text: str
    committed: str
    commit_sha: CommitSha

    @property
    def dirty(self) -> bool:
        """Whether something is typed that no commit has."""
        return self.text != self.committed


async def present_text(context: Context, *, slug: Slug, branch: str | None) -> PresentText:
    """The present text of main (`branch` None) or of a branch. Raises NotFound, UnreadableText and Upstream."""
    if branch is None:
        main = await read_text(context, slug=slug)
        text = editor_text(main.text)
        return PresentText(text=text, committed=text, commit_sha=main.commit_sha)
    async with context.live_texts.editing(context, slug=slug, name=branch) as edited:
        return PresentText(
            text=edited.text, committed=editor_text(edited.head.text), commit_sha=edited.head.commit_sha
        )


async def text_of_commit(context: Context, *, slug: Slug, branch: str | None, sha: CommitSha) -> str | None:
    """A text as a commit had it, LF line ends; None where the commit or the file is gone. Raises Upstream."""
    try:
        if branch is None:
            return editor_text((await read_text(context, slug=slug, ref=sha)).text)
        async with context.store.read() as work:
            home = await home_of_branch(work, context.meta, await find_entry(work, slug), branch)
        return editor_text((await text_at(context, home, sha)).text)
    except (NotFound, UnreadableText):
        return None


async def place_standing(
    work: Work, context: Context, *, slug: Slug, branch: str | None, viewer: Viewer
) -> Standing:
    """What rules look at on main or on a branch; raises NotFound, also where the viewer may not read it."""
    if branch is None:
        return await authority_of(work, await find_entry(work, slug))
    return (await readable_branch(work, context.meta, slug=slug, name=branch, viewer=viewer)).standing
