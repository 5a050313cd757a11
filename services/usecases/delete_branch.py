"""Deleting a branch that has been closed, or merged, for long enough (§12): by the app itself, its last head kept.

One that was cut for a single pull request (an idea, a metadata, claim or graduation PR) has no page, no chat and no
settings; what is said of its end stands with that pull request, in the audit log.
"""

from __future__ import annotations

import hashlib
from abc import ABC
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from services.domain.audit import ActionKind
from services.domain.branch import BranchKey
from services.domain.clock import now
from services.domain.errors import GiteaConflict
from services.domain.events import BranchChanged
from services.domain.hygiene import Step, due
from services.domain.identifiers import CommitSha, OperationId, PullNumber, Repository, Slug
from services.domain.trailers import Credit
from services.gitea.branch_reading import read_branch
from services.store.queries import branch_settings, decided_branches, events, idle_branches, operations
from services.store.queries.decided_branches import DecidedBranch
from services.store.queries.idle_branches import IdleBranch
from services.store.work import Work
from services.usecases.bot_writes import BotWrite, Intent, Written
from services.usecases.context import Context
from services.usecases.record import record_action
from services.usecases.system_lines import say_system_line


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteIntent(Intent):
    """Which branch shall go, and at which commit it was when that was decided.

    `pull` is the decided pull request that a branch without a page was cut for; then `slug` may be unknown.
    """

    slug: Slug | None
    repo: Repository
    name: str
    sha: CommitSha
    decided_at: datetime
    pull: PullNumber | None = None

    @property
    def key(self) -> BranchKey:
        """The branch."""
        return BranchKey(self.repo, self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """Its last head."""

    sha: CommitSha


class DeleteWrite(BotWrite[DeleteIntent, Deleted], ABC):
    """Delete a branch, unless somebody kept it or went on with it meanwhile."""

    patience: ClassVar[timedelta] = timedelta(hours=1)
    intent_type = DeleteIntent
    effect_type = Deleted
    why: ClassVar[str]

    async def act(self, context: Context, credit: Credit, intent: DeleteIntent, *, again: bool) -> Deleted:
        """Look once more, at Gitea too: this may run long after it was decided."""
        head = await read_branch(context.gitea, intent.repo, intent.name)
        if head is None:
            return Deleted(sha=intent.sha)
        async with context.store.read() as work:
            kept = await _is_kept(work, context, intent)
        if kept:
            raise GiteaConflict("This branch is kept now.")
        if head.sha != intent.sha:
            raise GiteaConflict("This branch has moved on.")
        await context.bot.delete_branch(repo=intent.repo, branch=intent.name)
        return Deleted(sha=intent.sha)

    async def record(self, work: Work, context: Context, written: Written[DeleteIntent, Deleted]) -> None:
        """The audit row with its last head; of a branch that has a page, a line in its chat too."""
        intent = written.intent
        await branch_settings.note_deleted(work, key=intent.key, sha=intent.sha, at=now())
        await record_action(
            work,
            context,
            actor_user_id=None,
            on_behalf_of=written.login,
            kind=self.kind,
            op_id=written.op_id,
            slug=intent.slug,
            branch=intent.name,
            repo=None if intent.pull is None else intent.repo,
            pr_number=intent.pull,
            details={"repo": intent.repo, "head_sha": intent.sha},
        )
        if intent.pull is None and intent.slug is not None:
            await self._say(work, intent, intent.slug)

    async def look(self, context: Context, intent: DeleteIntent, effect: Deleted) -> None:
        """The branch; one without a page is not cached."""
        if intent.pull is None:
            await context.refresher.nudge_branch(intent.key)

    async def _say(self, work: Work, intent: DeleteIntent, slug: Slug) -> None:
        text = f"The branch was deleted: {self.why}. It can be restored while its commits exist."
        await say_system_line(work, slug=slug, branch=intent.name, text=text)
        await events.append(work, BranchChanged(slug, intent.name))


class DeleteStale(DeleteWrite):
    """Of a branch that was closed long ago."""

    kind: ClassVar[ActionKind] = ActionKind.DELETE_STALE_BRANCH
    why: ClassVar[str] = "it was closed long ago"


class DeleteMerged(DeleteWrite):
    """Of a branch whose pull request was merged long ago."""

    kind: ClassVar[ActionKind] = ActionKind.DELETE_POST_MERGE_BRANCH
    why: ClassVar[str] = "its pull request was merged long ago"


DELETING = {Step.DELETE_STALE: DeleteStale(), Step.DELETE_MERGED: DeleteMerged()}
DELETE_WRITES = tuple(DELETING.values())


def intent_of(branch: IdleBranch, bot: str, at: datetime) -> DeleteIntent:
    """What is meant."""
    return DeleteIntent(
        display_name=bot,
        slug=branch.slug,
        repo=branch.key.repo,
        name=branch.key.name,
        sha=branch.head_sha,
        decided_at=at,
    )


def intent_of_decided(branch: DecidedBranch, bot: str, at: datetime) -> DeleteIntent:
    """The same, of a branch that was cut for one pull request."""
    return DeleteIntent(
        display_name=bot,
        slug=branch.slug,
        repo=branch.key.repo,
        name=branch.key.name,
        sha=branch.head_sha,
        decided_at=at,
        pull=branch.number,
    )


def operation_of(intent: DeleteIntent) -> OperationId:
    """The same all day: ticks that overlap are one operation, and one that failed is tried again tomorrow."""
    told = f"{intent.repo} {intent.name} {intent.sha} {intent.decided_at:%Y-%m-%d}"
    return OperationId(hashlib.sha256(told.encode()).hexdigest()[:32])


async def is_being_deleted(work: Work, key: BranchKey) -> bool:
    """Whether an earlier tick's deletion has no end yet: recovery ends it, however many days that takes."""
    pending = await operations.pending(work)
    kinds = {str(write.kind): write for write in DELETE_WRITES}
    return any(kinds[row.kind].intent_of(row).key == key for row in pending if row.kind in kinds)


async def _is_kept(work: Work, context: Context, intent: DeleteIntent) -> bool:
    """Whether somebody pinned it, kept it, or took it up again; one that is not known any more is not kept."""
    moment = max(now(), intent.decided_at)
    if intent.pull is not None:
        before = moment - context.hygiene.delete_after
        return not await decided_branches.find(work, repo=intent.repo, number=intent.pull, before=before)
    present = await idle_branches.find(work, key=intent.key)
    return present is not None and due(present.facts, context.hygiene, moment) not in DELETING
