"""A branch's text while its lock is held: read it, flush it, commit to it, and keep the live text in step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.domain.branch import BranchKey
from services.domain.errors import Conflict, NotFound
from services.domain.identifiers import CommitSha, Slug, UserId
from services.domain.merge import Clash, Merged
from services.domain.text_home import TextHome
from services.domain.trailers import new_operation_id
from services.gitea.outcomes import TextMoved
from services.store.queries import live_texts
from services.usecases.bot_writes import begin, carry_out
from services.usecases.live_texts import storage
from services.usecases.live_texts.clash_cards import keep_clashes
from services.usecases.live_texts.committers import Committer, committers_of
from services.usecases.live_texts.flush import FLUSH, FlushReason, intent_of, new_file, shown_text, typists_of
from services.usecases.live_texts.live_text import LiveText
from services.usecases.live_texts.moved import catch_up
from services.usecases.texts import TextAt, head_of_known, text_at

if TYPE_CHECKING:
    from services.usecases.context import Context

TRIES = 3
"""How often a flush starts over because somebody committed to the branch on Gitea meanwhile."""


@dataclass(slots=True)
class EditedBranch:
    """One branch: `head` is what Gitea has, `live` the live text if there is one. Only valid under the lock."""

    context: Context
    key: BranchKey
    slug: Slug
    head: TextAt
    live: LiveText | None
    clashes: tuple[Clash, ...] = ()
    """Where what was typed and what was committed elsewhere could not both stand; the typed wording stands."""

    @property
    def text(self) -> str:
        """The present text, LF line ends."""
        return self.live.text if self.live is not None else shown_text(self.head)

    @property
    def dirty(self) -> bool:
        """Whether something is typed and not committed."""
        return self.live is not None and self.live.dirty

    async def go_live(self) -> LiveText:
        """The live text, begun from the head if there is none."""
        if self.live is None:
            self.live = await storage.begin(
                self.context.store, self.key, base_sha=self.head.commit_sha, base_text=shown_text(self.head)
            )
        return self.live

    async def flush(self, reason: FlushReason) -> CommitSha | None:
        """Commit what is typed; None when there is nothing. Raises Upstream; nothing typed is lost."""
        for attempt in range(1, TRIES + 1):
            live = self.live
            if live is None or not live.dirty:
                return None
            try:
                return await self._flush_once(live, reason)
            except TextMoved:
                if attempt == TRIES:
                    raise
                await self._read_again()
        return None

    def file_with(self, text: str) -> str:
        """The whole file with `text` for its body, everything else as it stands on the branch."""
        return new_file(self.head, text)

    async def committed(self, text: str, commit_sha: CommitSha, *, user_id: UserId | None) -> None:
        """A commit of this branch holds `text` now (an accepted card): the live text takes it over.

        What others typed since the text was taken stays theirs, on top.
        """
        await self._read_again_at(commit_sha)
        live = self.live
        if live is None:
            return
        before = live.state.base_text
        if live.text == before:
            await live.become(text, user_id=user_id)
            live.rebased_on(commit_sha, text)
            await self._store_base(live)
        else:
            await self.catch_up(live)

    async def catch_up(self, live: LiveText) -> None:
        """Bring the head into the live text; where both changed one passage, both wordings are kept."""
        since = live.state.base_sha
        merged = await catch_up(live, self.head)
        found = () if merged is None else merged.clashes
        self.clashes += found
        committers = await committers_of(self.context, self.head, since=since, clashes=found)
        await self._store_base(live, merged, committers)

    async def _flush_once(self, live: LiveText, reason: FlushReason) -> CommitSha | None:
        text, authors = live.text, dict(live.state.authors)
        op_id = new_operation_id()
        async with self.context.store.write() as work:
            typists = await typists_of(work, authors)
            if typists is None:
                raise Conflict("Nobody is known who typed this text.")
            intent = intent_of(self.key, self.head.home, self.head, text, typists, reason)
            main = typists.main
            await begin(work, FLUSH, op_id=op_id, actor_id=main.id, login=main.gitea_login, intent=intent)
        flushed = await carry_out(self.context, FLUSH, op_id)
        await self._read_again_at(flushed.commit_sha)
        live.state.authors = _rest(live.state.authors, authors)
        live.rebased_on(flushed.commit_sha, text)
        await self._store_base(live)
        return flushed.commit_sha

    async def _read_again(self) -> None:
        """Somebody committed on Gitea: bring it in, then go on."""
        sha = await head_of_known(self.context, self.head.home, self.key.name)
        await self._read_again_at(sha)
        if self.live is not None:
            await self.catch_up(self.live)

    async def _read_again_at(self, sha: CommitSha) -> None:
        self.head = await text_at(self.context, self.head.home, sha)

    async def _store_base(
        self, live: LiveText, merged: Merged | None = None, committers: Sequence[Committer | None] = ()
    ) -> None:
        async with self.context.store.write() as work:
            await live_texts.note_commit(
                work,
                key=self.key,
                epoch=live.state.epoch,
                base_sha=live.state.base_sha,
                authors=live.state.authors,
                changed_at=live.changed_at,
            )
            if merged is not None:
                await keep_clashes(
                    work,
                    slug=self.slug,
                    key=self.key,
                    commit_sha=self.head.commit_sha,
                    merged=merged,
                    committers=committers,
                    authors=sorted(live.state.authors, key=lambda one: (-live.state.authors[one], one)),
                )


async def open_branch(
    context: Context, key: BranchKey, slug: Slug, home: TextHome, live: LiveText | None
) -> EditedBranch:
    """Read a branch under its lock; a live text left in the database is opened, and brought up to the head."""
    head = await text_at(context, home, await head_of_known(context, home, key.name))
    if live is None:
        live = await _left_behind(context, key, head)
    branch = EditedBranch(context, key, slug, head, live)
    if live is not None and live.state.base_sha != head.commit_sha:
        await branch.catch_up(live)
    return branch


async def _left_behind(context: Context, key: BranchKey, head: TextAt) -> LiveText | None:
    """The live text a former process left, if it holds something no commit has."""
    stored = await storage.load(context.store, key)
    if stored is None:
        return None
    try:
        base = await text_at(context, head.home, stored.snapshot.base_sha)
    except NotFound:
        base = head  # its base was rewritten on Gitea: everything typed counts as typed over the present head
    text = storage.resume(context.store, key, stored, base_text=shown_text(base))
    return text if text.dirty else None


def _rest(present: dict[UserId, int], committed: dict[UserId, int]) -> dict[UserId, int]:
    """Characters typed while the commit was being made."""
    rest = {user_id: count - committed.get(user_id, 0) for user_id, count in present.items()}
    return {user_id: count for user_id, count in rest.items() if count > 0}
