"""What a model proposes becomes cards: pending where it fits the text as it is now, refused where not (§8.6)."""

from __future__ import annotations

from dataclasses import dataclass

from anyio import to_thread

from services.domain.anchors import Certainty, follow, place
from services.domain.change import ChangeState
from services.domain.change_protocol import (
    BrokenBlock,
    Located,
    ProposedChange,
    Reach,
    Refusal,
    locate,
    standing_once,
)
from services.domain.errors import ProductError
from services.domain.events import ChangeProposed
from services.domain.identifiers import ChangeId, CommitSha, MessageId, UserId
from services.domain.prose_diff import Span
from services.store.queries import changes, events
from services.store.queries.changes import NewChange
from services.usecases.context import Context
from services.usecases.models import ModelChoice
from services.usecases.present_text import PresentText, present_text
from services.usecases.questions import Asking

LONGEST_SHOWN = 4_000
"""Characters kept of a passage that is refused anyway."""
REACH_GONE = "What was asked about has changed so much that this can't be placed."
WAITS_ALREADY = "The same change waits already."


@dataclass(slots=True, kw_only=True)
class AnswerCards:
    """Makes the cards of one answer; `text` and `reach` are what the model was given."""

    context: Context
    asking: Asking
    message_id: MessageId
    asked_by: UserId
    choice: ModelChoice
    prompt: str
    text: str
    reach: Reach
    commit_sha: CommitSha

    async def make(self, change: ProposedChange | BrokenBlock) -> ChangeId:
        """Store one card."""
        card = await self._judged(change)
        async with self.context.store.write() as work:
            change_id = await changes.insert(work, card)
            await events.append(work, ChangeProposed(self.asking.slug, self.asking.branch, change_id))
        return change_id

    async def _judged(self, change: ProposedChange | BrokenBlock) -> NewChange:
        if isinstance(change, BrokenBlock):
            return self._refused("", change.raw, "", change.problem)
        try:
            present = await present_text(self.context, slug=self.asking.slug, branch=self.asking.branch)
            await self._catch_up(present)
            found = await to_thread.run_sync(_placed, change, self.text, self.reach)
        except ProductError as error:
            return self._refused(change.original, change.proposed, change.reason, error.message)
        if isinstance(found, Refusal):
            return self._refused(change.original, change.proposed, change.reason, found.sentence)
        if await self._waits_already(found):
            return self._refused(found.original, found.replacement, change.reason, WAITS_ALREADY)
        return self._pending(found, change.reason)

    async def _catch_up(self, present: PresentText) -> None:
        """The text may move while a model answers; what it was asked about stays the same passage."""
        if present.text != self.text:
            self.reach = await to_thread.run_sync(_followed, self.reach, self.text, present)
            self.text = present.text
        self.commit_sha = present.commit_sha

    async def _waits_already(self, found: Located) -> bool:
        async with self.context.store.read() as work:
            cards = await changes.list_for_messages(work, message_ids=[self.message_id])
        return any(
            (card.original, card.proposed, card.state)
            == (found.original, found.replacement, ChangeState.PENDING)
            for card in cards
        )

    def _pending(self, found: Located, reason: str) -> NewChange:
        return NewChange(
            rfc_slug=self.asking.slug,
            repo=self.asking.repo,
            branch_name=self.asking.branch,
            thread_id=self.asking.thread_id,
            message_id=self.message_id,
            model_key=self.choice.key,
            model_name=self.choice.name,
            asked_by=self.asked_by,
            prompt=self.prompt,
            original=found.original,
            proposed=found.replacement,
            reason=reason,
            anchor=place(self.text, found.span.start, found.span.end, self.commit_sha),
        )

    def _refused(self, original: str, proposed: str, reason: str, why: str) -> NewChange:
        return NewChange(
            rfc_slug=self.asking.slug,
            repo=self.asking.repo,
            branch_name=self.asking.branch,
            thread_id=self.asking.thread_id,
            message_id=self.message_id,
            model_key=self.choice.key,
            model_name=self.choice.name,
            asked_by=self.asked_by,
            prompt=self.prompt,
            original=original[:LONGEST_SHOWN],
            proposed=proposed[:LONGEST_SHOWN],
            reason=reason[:LONGEST_SHOWN],
            state=ChangeState.REFUSED,
            refusal=why,
        )


def _placed(change: ProposedChange, text: str, reach: Reach) -> Located | Refusal:
    found = locate(change, text, reach)
    return standing_once(found, text) if isinstance(found, Located) else found


def _followed(reach: Reach, before: str, present: PresentText) -> Reach:
    """The same passage in the present text; raises ProductError where it can't be told."""
    if reach.whole:
        return Reach.document(present.text)
    anchor = place(before, reach.span.start, reach.span.end, present.commit_sha)
    moved = follow(anchor, before, present.text, present.commit_sha)
    if moved.certainty is Certainty.LOST:
        raise ProductError(REACH_GONE)
    return Reach(Span(moved.start, moved.end), whole=False)
