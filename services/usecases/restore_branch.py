"""Restoring a deleted branch (§11): the bot cuts it again at its last commit, while Gitea still has that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from services.domain.actors import Actor
from services.domain.audit import ActionKind
from services.domain.branch import BranchKey, BranchState
from services.domain.clock import now
from services.domain.errors import Conflict
from services.domain.events import BranchChanged
from services.domain.hygiene import KEEP
from services.domain.identifiers import CommitSha, Repository, Slug
from services.domain.permissions import may_bring_branch_back
from services.domain.trailers import Credit, new_operation_id
from services.store.queries import branch_settings, events
from services.store.work import Work
from services.usecases.bot_writes import BotWrite, Intent, Written, begin, carry_out
from services.usecases.context import Context
from services.usecases.known_branch import KnownBranch, readable_branch
from services.usecases.people import entitled
from services.usecases.record import record_action
from services.usecases.system_lines import say_system_line


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreIntent(Intent):
    """Which branch shall be where."""

    slug: Slug
    repo: Repository
    name: str
    sha: CommitSha

    @property
    def key(self) -> BranchKey:
        """The branch."""
        return BranchKey(self.repo, self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """Where it is now."""

    head_sha: CommitSha


class RestoreWrite(BotWrite[RestoreIntent, Restored]):
    """Cut a deleted branch again."""

    kind: ClassVar[ActionKind] = ActionKind.RESTORE_BRANCH
    patience: ClassVar[timedelta] = timedelta(0)
    """Where the commit is gone, Gitea answers with an error that looks like any other: then it is told at once."""
    intent_type = RestoreIntent
    effect_type = Restored

    async def act(self, context: Context, credit: Credit, intent: RestoreIntent, *, again: bool) -> Restored:
        """The branch of that name, whoever restored it."""
        head = await context.bot.cut_branch(
            repo=intent.repo, name=intent.name, from_sha=intent.sha, credit=credit
        )
        return Restored(head_sha=head)

    async def record(self, work: Work, context: Context, written: Written[RestoreIntent, Restored]) -> None:
        """Open again and left alone for 30 days, the audit row, and a line in its chat."""
        intent = written.intent
        await branch_settings.note_restored(work, key=intent.key)
        await branch_settings.reopen(work, key=intent.key)
        await branch_settings.keep(work, key=intent.key, until=now() + KEEP)
        await record_action(
            work,
            context,
            actor_user_id=written.actor_id,
            on_behalf_of=written.login,
            kind=self.kind,
            op_id=written.op_id,
            slug=intent.slug,
            branch=intent.name,
            details={"repo": intent.repo, "head_sha": written.effect.head_sha},
        )
        text = f"{intent.display_name} restored the branch."
        await say_system_line(work, slug=intent.slug, branch=intent.name, text=text)
        await events.append(work, BranchChanged(intent.slug, intent.name))

    async def look(self, context: Context, intent: RestoreIntent, effect: Restored) -> None:
        """The branch."""
        await context.refresher.nudge_branch(intent.key)


RESTORE = RestoreWrite()


async def restore(context: Context, *, actor: Actor | None, slug: Slug, name: str) -> None:
    """Bring a deleted branch back, open.

    Raises NotFound, NotSignedIn, Muted, Forbidden, Conflict where it is there, and Upstream.
    """
    op_id = new_operation_id()
    async with context.store.write() as work:
        branch = await readable_branch(work, context.meta, slug=slug, name=name, viewer=actor)
        person = await entitled(
            work, may_bring_branch_back, actor, branch.standing, act="restore this branch"
        )
        intent = RestoreIntent(
            display_name=person.display_name,
            slug=slug,
            repo=branch.key.repo,
            name=name,
            sha=_last_head(branch),
        )
        await begin(work, RESTORE, op_id=op_id, actor_id=person.id, login=person.login, intent=intent)
    await carry_out(context, RESTORE, op_id)


def _last_head(branch: KnownBranch) -> CommitSha:
    if branch.state is not BranchState.DELETED:
        raise Conflict("This branch is there; nothing has to be restored.")
    sha = branch.setting.deleted_sha if branch.setting else None
    if not sha:
        raise Conflict("Nobody knows any more at which commit this branch was.")
    return sha
