"""The bot's part of change cards: an accepted card is one commit, and undoing it is another (§8.7)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar

from services.domain.audit import ActionKind
from services.domain.branch import BranchKey
from services.domain.clock import now
from services.domain.events import ChangeDecided
from services.domain.identifiers import ChangeId, CommitSha, OperationId, Repository, Slug
from services.domain.trailers import Credit
from services.store.queries import actions, changes, events, watches
from services.store.work import Work
from services.usecases.bot_writes import BotWrite, Intent, Written
from services.usecases.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeIntent(Intent):
    """The file as it is to be, what it was made from, and the card it is about."""

    change_id: ChangeId
    slug: Slug
    repo: Repository
    branch: str
    path: str
    blob_sha: str
    content: str
    message: str
    trailers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """The commit that was made."""

    commit_sha: CommitSha


class _ChangeWrite(BotWrite[ChangeIntent, Committed]):
    """One commit about one card."""

    patience: ClassVar[timedelta] = timedelta(minutes=10)
    intent_type = ChangeIntent
    effect_type = Committed

    async def act(self, context: Context, credit: Credit, intent: ChangeIntent, *, again: bool) -> Committed:
        """Commit, or find the commit of this operation; raises TextMoved when the branch moved on."""
        done = await context.bot.commit_text(
            repo=intent.repo,
            branch=intent.branch,
            path=intent.path,
            content=intent.content.encode(),
            expected_blob=intent.blob_sha,
            message=intent.message,
            credit=credit,
            trailers=intent.trailers,
            again=again,
        )
        return Committed(commit_sha=done.commit_sha)

    async def look(self, context: Context, intent: ChangeIntent, effect: Committed) -> None:
        """The branch, when there is time: the page shows the card at once."""
        context.refresher.hint(intent.repo)

    async def _record(self, work: Work, written: Written[ChangeIntent, Committed]) -> None:
        intent = written.intent
        await actions.append(
            work,
            actor_user_id=written.actor_id,
            on_behalf_of=written.login,
            kind=self.kind,
            op_id=written.op_id,
            slug=intent.slug,
            branch=intent.branch,
            details={"change": intent.change_id, "commit": written.effect.commit_sha},
        )
        await events.append(work, ChangeDecided(intent.slug, intent.branch, intent.change_id))


class AcceptWrite(_ChangeWrite):
    """Accept a card."""

    kind: ClassVar[ActionKind] = ActionKind.ACCEPT_CHANGE

    async def record(self, work: Work, context: Context, written: Written[ChangeIntent, Committed]) -> None:
        """The card is accepted, by this commit; whoever accepted it watches the RFC."""
        intent = written.intent
        await changes.finish_accepting(
            work,
            id=intent.change_id,
            op_id=written.op_id,
            commit_sha=written.effect.commit_sha,
            at=now(),
        )
        await self._record(work, written)
        if written.actor_id is not None:
            await watches.set_watching(work, user_id=written.actor_id, slug=intent.slug, at=now())

    async def give_up(self, work: Work, op_id: OperationId, intent: ChangeIntent) -> None:
        """The card waits again."""
        if await changes.stop_accepting(work, id=intent.change_id, op_id=op_id):
            await events.append(work, ChangeDecided(intent.slug, intent.branch, intent.change_id))


class UndoWrite(_ChangeWrite):
    """Take an accepted card back."""

    kind: ClassVar[ActionKind] = ActionKind.UNDO_CHANGE

    async def record(self, work: Work, context: Context, written: Written[ChangeIntent, Committed]) -> None:
        """The card is undone, by this commit."""
        await changes.finish_undoing(
            work, id=written.intent.change_id, op_id=written.op_id, undo_sha=written.effect.commit_sha
        )
        await self._record(work, written)

    async def give_up(self, work: Work, op_id: OperationId, intent: ChangeIntent) -> None:
        """The card stays accepted."""
        await changes.stop_undoing(work, id=intent.change_id, op_id=op_id)


ACCEPT = AcceptWrite()
UNDO = UndoWrite()


def key_of(intent: ChangeIntent) -> BranchKey:
    """The branch a card's commit goes to."""
    return BranchKey(intent.repo, intent.branch)
