"""The bot's part of deciding on an idea: merging its PR, or closing it with or without a reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from services.domain.audit import ActionKind
from services.domain.identifiers import CommitSha, PullNumber, Repository, Slug
from services.domain.pull import withdrawal_comment
from services.domain.trailers import Credit
from services.store.queries import slugs
from services.store.work import Work
from services.usecases.bot_writes import BotWrite, Intent, Written
from services.usecases.context import Context
from services.usecases.record_pull import PullAt, record_pull

DECISION_PATIENCE = timedelta(minutes=10)
"""Nobody else can decide on the idea meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionIntent(Intent):
    """Which idea is meant."""

    number: PullNumber
    slug: Slug | None
    branch: str

    def at(self, meta: Repository) -> PullAt:
        """Its pull request in the meta repository."""
        return PullAt(meta, self.number, self.branch, self.slug)


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeIntent(DecisionIntent):
    """Merge exactly this head."""

    head_sha: CommitSha
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseIntent(DecisionIntent):
    """Close, with a comment on the PR where one was given."""

    comment: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How the PR ended: with this merge commit, or without one."""

    merge_sha: CommitSha | None = None


class MergeWrite(BotWrite[MergeIntent, Ended]):
    """Merge an idea's PR."""

    kind: ClassVar[ActionKind] = ActionKind.MERGE_IDEA
    patience: ClassVar[timedelta] = DECISION_PATIENCE
    intent_type = MergeIntent
    effect_type = Ended

    async def act(self, context: Context, credit: Credit, intent: MergeIntent, *, again: bool) -> Ended:
        """The merge commit names the merger; one of this operation that is there already counts."""
        merged = await context.bot.merge_pull(
            repo=context.meta,
            number=intent.number,
            head_sha=intent.head_sha,
            credit=credit,
            title=f"Merge idea “{intent.title}” (#{intent.number})",
        )
        return Ended(merge_sha=merged.merge_sha)

    async def record(self, work: Work, context: Context, written: Written[MergeIntent, Ended]) -> None:
        """The audit row, and that the merger watches the entry (§15.6)."""
        intent = written.intent
        await record_pull(
            work,
            context,
            written,
            intent.at(context.meta),
            kind=self.kind,
            details={"merge_sha": written.effect.merge_sha},
        )

    def pull_number(self, intent: MergeIntent, effect: Ended) -> PullNumber:
        """The merged PR."""
        return intent.number


class CloseWrite(BotWrite[CloseIntent, Ended]):
    """Close an idea's PR unmerged."""

    patience: ClassVar[timedelta] = DECISION_PATIENCE
    intent_type = CloseIntent
    effect_type = Ended

    async def act(self, context: Context, credit: Credit, intent: CloseIntent, *, again: bool) -> Ended:
        """The reason is a comment on the PR, posted once per operation."""
        comment = intent.comment or withdrawal_comment(credit.display_name)
        await context.bot.close_pull(repo=context.meta, number=intent.number, comment=comment, credit=credit)
        return Ended()

    async def record(self, work: Work, context: Context, written: Written[CloseIntent, Ended]) -> None:
        """The audit row with the reason; the slug is free again."""
        intent = written.intent
        await record_pull(
            work,
            context,
            written,
            intent.at(context.meta),
            kind=self.kind,
            details={} if intent.comment is None else {"comment": intent.comment},
            then_watches=False,
        )
        await slugs.release_for_pull(work, pr_number=intent.number)

    def pull_number(self, intent: CloseIntent, effect: Ended) -> PullNumber:
        """The closed PR."""
        return intent.number


class DeclineWrite(CloseWrite):
    """An admin says no, and why."""

    kind: ClassVar[ActionKind] = ActionKind.DECLINE_IDEA


class WithdrawWrite(CloseWrite):
    """The proposer takes it back."""

    kind: ClassVar[ActionKind] = ActionKind.WITHDRAW_IDEA


MERGE = MergeWrite()
DECLINE = DeclineWrite()
WITHDRAW = WithdrawWrite()
