"""Deleting a branch that has been closed, or merged, for long enough (§12): by the app itself, its last head kept."""

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
from services.domain.identifiers import CommitSha, OperationId, Repository, Slug
from services.domain.trailers import Credit
from services.gitea.branch_reading import read_branch
from services.store.queries import branch_settings, events, idle_branches
from services.store.queries.idle_branches import IdleBranch
from services.store.work import Work
from services.usecases.bot_writes import BotWrite, Intent, Written
from services.usecases.context import Context
from services.usecases.record import record_action
from services.usecases.system_lines import say_system_line


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteIntent(Intent):
    """Which branch shall go, and at which commit it was when that was decided."""

    slug: Slug
    repo: Repository
    name: str
    sha: CommitSha
    decided_at: datetime

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
        async with context.store.read() as work:
            present = await idle_branches.find(work, key=intent.key)
        moment = max(now(), intent.decided_at)
        if present is not None and due(present.facts, context.hygiene, moment) not in DELETING:
            raise GiteaConflict("This branch is kept now.")
        head = await read_branch(context.gitea, intent.repo, intent.name)
        if head is not None and head.sha != intent.sha:
            raise GiteaConflict("This branch has moved on.")
        if head is not None:
            await context.bot.delete_branch(repo=intent.repo, branch=intent.name)
        return Deleted(sha=intent.sha)

    async def record(self, work: Work, context: Context, written: Written[DeleteIntent, Deleted]) -> None:
        """The audit row, its last head, and a line in its chat."""
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
            details={"repo": intent.repo, "head_sha": intent.sha},
        )
        text = f"The branch was deleted: {self.why}. It can be restored while its commits exist."
        await say_system_line(work, slug=intent.slug, branch=intent.name, text=text)
        await events.append(work, BranchChanged(intent.slug, intent.name))

    async def look(self, context: Context, intent: DeleteIntent, effect: Deleted) -> None:
        """The branch."""
        await context.refresher.nudge_branch(intent.key)


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


def operation_of(branch: IdleBranch, at: datetime) -> OperationId:
    """The same all day: ticks that overlap are one operation, and one that failed is tried again tomorrow."""
    told = f"{branch.key.repo} {branch.key.name} {branch.head_sha} {at:%Y-%m-%d}"
    return OperationId(hashlib.sha256(told.encode()).hexdigest()[:32])
