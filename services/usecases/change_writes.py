"""The bot's part of change cards: an accepted card is one commit, and undoing it is another (§8.7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar

from services.domain.anchors import Anchor
from services.domain.audit import ActionKind
from services.domain.branch import MAIN, BranchKey
from services.domain.clock import now
from services.domain.events import ChangeDecided, ChangeProposed
from services.domain.identifiers import ChangeId, CommitSha, Login, OperationId, Repository, Slug
from services.domain.text_home import TextHome
from services.domain.trailers import CoAuthor, Credit
from services.store.queries import changes, events
from services.store.queries.changes import ChangeRow, NewChange
from services.store.work import Work
from services.usecases.bot_writes import BotWrite, Intent, Written
from services.usecases.card_places import review_cards, text_in
from services.usecases.context import Context
from services.usecases.record import record_action


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeIntent(Intent):
    """The file as it is to be, what it was made from, and the card it is about; `co_authors`: login and name.

    `anchor`: where the card's original stood in the commit before, so that undoing finds the place. `rest`: what a
    card that is accepted in part still proposes for its passage, which then reads `part`.
    """

    change_id: ChangeId
    slug: Slug
    repo: Repository
    branch: str
    path: str
    blob_sha: str
    content: str
    message: str
    trailers: Mapping[str, str] = field(default_factory=dict)
    anchor: Anchor | None = None
    part: str = ""
    rest: str | None = None
    co_authors: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> BranchKey:
        """The branch the commit goes to."""
        return BranchKey(self.repo, self.branch)


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """The commit that was made, and the blob the file is now."""

    commit_sha: CommitSha
    blob_sha: str = ""


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
            co_authors=[CoAuthor(Login(login), name) for login, name in intent.co_authors],
            trailers=intent.trailers,
            again=again,
        )
        return Committed(commit_sha=done.commit_sha, blob_sha=done.blob_sha)

    async def look(self, context: Context, intent: ChangeIntent, effect: Committed) -> None:
        """The branch, when there is time: the page shows the card at once."""
        context.refresher.hint(intent.repo)

    async def _record(self, work: Work, context: Context, written: Written[ChangeIntent, Committed]) -> None:
        """The audit row, and the other cards, looked at again in the new text."""
        intent = written.intent
        await record_action(
            work,
            context,
            actor_user_id=written.actor_id,
            on_behalf_of=written.login,
            kind=self.kind,
            op_id=written.op_id,
            slug=intent.slug,
            branch=intent.branch,
            details={"change": intent.change_id, "commit": written.effect.commit_sha},
        )
        await events.append(work, ChangeDecided(intent.slug, intent.branch, intent.change_id))
        home = TextHome(intent.repo, intent.path, MAIN, intent.slug)
        await review_cards(work, slug=intent.slug, key=intent.key, text=text_in(home, intent.content))


class AcceptWrite(_ChangeWrite):
    """Accept a card."""

    kind: ClassVar[ActionKind] = ActionKind.ACCEPT_CHANGE

    async def record(self, work: Work, context: Context, written: Written[ChangeIntent, Committed]) -> None:
        """The card is accepted, by this commit; what it proposes beyond that waits as a card of its own."""
        intent, op_id = written.intent, written.op_id
        sha = written.effect.commit_sha
        accepted = await changes.finish_accepting(
            work, id=intent.change_id, op_id=op_id, commit_sha=sha, at=now()
        )
        if accepted and intent.anchor is not None:
            await changes.set_anchor(work, id=intent.change_id, anchor=intent.anchor)
        card = await changes.find(work, id=intent.change_id) if accepted and intent.rest is not None else None
        if card is not None and intent.rest is not None:
            rest = await changes.insert(work, _rest_of(card, intent.part, intent.rest))
            await events.append(work, ChangeProposed(intent.slug, intent.branch, rest))
        await self._record(work, context, written)

    async def give_up(self, work: Work, op_id: OperationId, intent: ChangeIntent) -> None:
        """The card waits again."""
        if await changes.stop_accepting(work, id=intent.change_id, op_id=op_id):
            await events.append(work, ChangeDecided(intent.slug, intent.branch, intent.change_id))


class UndoWrite(_ChangeWrite):
    """Take an accepted card back."""

    kind: ClassVar[ActionKind] = ActionKind.UNDO_CHANGE

    async def record(self, work: Work, context: Context, written: Written[ChangeIntent, Committed]) -> None:
        """The card is undone, by this commit; one of a clash is to be chosen on again."""
        change_id, op_id, sha = written.intent.change_id, written.op_id, written.effect.commit_sha
        card = await changes.find(work, id=change_id)
        if card is not None and card.clash is not None:
            await changes.reopen_clash(work, id=change_id, op_id=op_id)
        else:
            await changes.finish_undoing(work, id=change_id, op_id=op_id, undo_sha=sha)
        await self._record(work, context, written)

    async def give_up(self, work: Work, op_id: OperationId, intent: ChangeIntent) -> None:
        """The card stays accepted."""
        await changes.stop_undoing(work, id=intent.change_id, op_id=op_id)


ACCEPT = AcceptWrite()
UNDO = UndoWrite()


def _rest_of(card: ChangeRow, part: str, rest: str) -> NewChange:
    """What a card still proposes after a part of it was accepted."""
    return NewChange(
        rfc_slug=card.rfc_slug,
        repo=card.repo,
        branch_name=card.branch_name,
        thread_id=card.thread_id,
        message_id=card.message_id,
        kind=card.kind,
        model_key=card.model_key,
        model_name=card.model_name,
        asked_by=card.asked_by,
        prompt=card.prompt,
        original=part,
        proposed=rest,
        reason=card.reason,
        parent_id=card.id,
    )
