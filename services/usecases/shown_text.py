"""The text readers look at now, and the commit it goes back to: read from what is cached, without any lock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.domain.actors import Viewer
from services.domain.branch import MAIN, BranchState
from services.domain.errors import ProductError
from services.domain.identifiers import CommitSha, Slug
from services.domain.line_ends import editor_text
from services.domain.permissions import Standing
from services.domain.text_home import TextHome
from services.store.work import Work
from services.usecases.authority import authority_of
from services.usecases.known_branch import EntryFacts, KnownBranch, find_branch, readable_branch
from services.usecases.texts import head_of, home_of_branch, home_of_known, text_at
from services.usecases.views.entry import find_entry

if TYPE_CHECKING:
    from services.usecases.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownText:
    """All with LF line ends: `text` as it is shown, `committed` as the commit has it."""

    text: str
    committed: str
    commit_sha: CommitSha

    @property
    def dirty(self) -> bool:
        """Whether something is typed and not committed."""
        return self.text != self.committed


async def place_standing(
    work: Work, context: Context, *, slug: Slug, branch: str | None, viewer: Viewer
) -> Standing:
    """What rules look at for main (`branch` None) or a branch; NotFound where the viewer may not know of it."""
    if branch is None:
        return await authority_of(work, await find_entry(work, slug))
    return (await readable_branch(work, context.meta, slug=slug, name=branch, viewer=viewer)).standing


async def shown_text(context: Context, *, slug: Slug, branch: str | None) -> ShownText:
    """Main (`branch` None) as it is cached; a branch as it is typed, else as its last known commit has it.

    Raises NotFound, UnreadableText and Upstream.
    """
    async with context.store.read() as work:
        if branch is None:
            row = await find_entry(work, slug)
            return _clean(row.body, CommitSha(row.body_sha))
        known = await find_branch(work, context.meta, slug=slug, name=branch)
        home = await home_of_branch(work, context.meta, known.entry, branch)
    return await _shown(context, known, home)


async def shown_of(context: Context, facts: EntryFacts, known: KnownBranch | None) -> ShownText:
    """The same out of what has been read of an entry already: of main (None) or of one of its branches."""
    if known is None:
        return _clean(facts.entry.body, CommitSha(facts.entry.body_sha))
    return await _shown(context, known, home_of_known(context.meta, known.entry, known.key))


async def _shown(context: Context, known: KnownBranch, home: TextHome) -> ShownText:
    live = context.live_texts.find(known.key)
    if live is not None:
        state = live.state
        return ShownText(text=live.text, committed=state.base_text, commit_sha=state.base_sha)
    sha = _last_head(known) or await head_of(context, home, known.key.name)
    return _clean((await text_at(context, home, sha)).text, sha)


async def text_of_commit(context: Context, *, slug: Slug, branch: str | None, sha: CommitSha) -> str | None:
    """The text that a commit of main or of a branch has; None where it can't be read (any more)."""
    async with context.store.read() as work:
        home = await home_of_branch(work, context.meta, await find_entry(work, slug), branch or MAIN)
    try:
        return editor_text((await text_at(context, home, sha)).text)
    except ProductError:
        return None


def _last_head(known: KnownBranch) -> CommitSha | None:
    """The head the cache knows, or the one it had before it was deleted."""
    if known.cached is not None and known.cached.head_sha:
        return known.cached.head_sha
    if known.state is BranchState.DELETED and known.setting is not None and known.setting.deleted_sha:
        return CommitSha(known.setting.deleted_sha)
    return None


def _clean(body: str, sha: CommitSha) -> ShownText:
    text = editor_text(body)
    return ShownText(text=text, committed=text, commit_sha=sha)
