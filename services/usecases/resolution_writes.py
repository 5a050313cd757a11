"""The bot's part of resolving a conflict (§10.9): the branch is cut, and each commit is replayed as one of its own."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar

from services.domain.audit import ActionKind
from services.domain.branch import BranchKey
from services.domain.clock import now
from services.domain.errors import GiteaConflict
from services.domain.events import BranchChanged, BranchCut, PullChanged, TextFlushed
from services.domain.identifiers import CommitSha, Login, OperationId
from services.domain.pull import pull_address
from services.domain.replay import ResolutionState, StepState
from services.domain.trailers import Credit
from services.gitea.branch_reading import read_branch
from services.store.queries import branch_settings, events, resolutions, watches
from services.store.queries.resolutions import StepRow
from services.store.work import Work
from services.usecases.bot_writes import BotWrite, Written
from services.usecases.context import Context
from services.usecases.pull_writes import PULL_PATIENCE, PullIntent
from services.usecases.record import record_action
from services.usecases.system_lines import say_system_line


@dataclass(frozen=True, slots=True, kw_only=True)
class CutResolutionIntent(PullIntent):
    """Which branch is to be cut, from which commit of main, to replay which commits on; `branch` is its name."""

    main_sha: CommitSha
    head_sha: CommitSha
    steps: tuple[StepRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolutionCut:
    """The commit it stands on."""

    base_sha: CommitSha


class CutResolutionWrite(BotWrite[CutResolutionIntent, ResolutionCut]):
    """Cut a resolution branch."""

    kind: ClassVar[ActionKind] = ActionKind.RESOLVE_PULL
    patience: ClassVar[timedelta] = PULL_PATIENCE
    intent_type = CutResolutionIntent
    effect_type = ResolutionCut

    async def act(
        self, context: Context, credit: Credit, intent: CutResolutionIntent, *, again: bool
    ) -> ResolutionCut:
        """The branch of that name, which this operation alone makes."""
        base = await context.bot.cut_branch(
            repo=intent.repo, name=intent.branch, from_sha=intent.main_sha, credit=credit
        )
        return ResolutionCut(base_sha=base)

    async def record(
        self, work: Work, context: Context, written: Written[CutResolutionIntent, ResolutionCut]
    ) -> None:
        """The branch's settings, the replay's own row, the audit row and a line in the new chat."""
        intent, person = written.intent, written.actor_id
        key = BranchKey(intent.repo, intent.branch)
        await branch_settings.insert(
            work, key=key, slug=intent.slug, created_by=person, base_sha=intent.main_sha
        )
        await resolutions.insert(
            work,
            key=key,
            number=intent.number,
            slug=intent.slug,
            main_sha=intent.main_sha,
            head_sha=intent.head_sha,
            steps=intent.steps,
            created_by=person,
        )
        await record_action(
            work,
            context,
            actor_user_id=person,
            on_behalf_of=written.login,
            kind=self.kind,
            op_id=written.op_id,
            slug=intent.slug,
            branch=intent.branch,
            repo=intent.repo,
            pr_number=intent.number,
            details={"main_sha": intent.main_sha, "head_sha": intent.head_sha},
        )
        await _say(work, written)
        if person is not None:
            await watches.set_watching(work, user_id=person, slug=intent.slug, at=now())
        await events.append(work, BranchCut(intent.slug, intent.branch))
        await events.append(work, PullChanged(intent.repo, intent.number, intent.slug))

    async def look(self, context: Context, intent: CutResolutionIntent, effect: ResolutionCut) -> None:
        """The new branch."""
        await context.refresher.nudge_branch(BranchKey(intent.repo, intent.branch))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayIntent(PullIntent):
    """The file as it is to be, and whose commit is replayed; `branch` is the resolution branch."""

    resolution_id: int
    step: int
    path: str
    blob_sha: str
    content: str
    message: str
    author: str
    author_login: Login
    trailers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """The commit that was made."""

    commit_sha: CommitSha


class ReplayWrite(BotWrite[ReplayIntent, Replayed]):
    """Replay one commit, by its author, on behalf of them; the trailers say who replayed it."""

    kind: ClassVar[ActionKind] = ActionKind.REPLAY_COMMIT
    patience: ClassVar[timedelta] = PULL_PATIENCE
    intent_type = ReplayIntent
    effect_type = Replayed

    async def act(self, context: Context, credit: Credit, intent: ReplayIntent, *, again: bool) -> Replayed:
        """One commit; raises TextMoved when the branch holds another text by now."""
        author = Credit(credit.op_id, intent.author_login, intent.author)
        done = await context.bot.commit_text(
            repo=intent.repo,
            branch=intent.branch,
            path=intent.path,
            content=intent.content.encode(),
            expected_blob=intent.blob_sha,
            message=intent.message,
            credit=author,
            trailers={**intent.trailers, "Replayed-by": f"{credit.display_name} ({credit.login})"},
            again=again,
        )
        return Replayed(commit_sha=done.commit_sha)

    async def record(self, work: Work, context: Context, written: Written[ReplayIntent, Replayed]) -> None:
        """The step is done, by this commit."""
        intent, sha = written.intent, written.effect.commit_sha
        row = await resolutions.find(work, id=intent.resolution_id)
        if row is not None and row.is_active:
            steps = list(row.steps)
            steps[intent.step] = dataclasses.replace(steps[intent.step], state=StepState.DONE, commit_sha=sha)
            over = all(step.is_over for step in steps)
            state = ResolutionState.READY if over else ResolutionState.REPLAYING
            await resolutions.save(work, id=row.id, state=state, steps=steps)
        await record_action(
            work,
            context,
            actor_user_id=written.actor_id,
            on_behalf_of=written.login,
            kind=self.kind,
            op_id=written.op_id,
            slug=intent.slug,
            branch=intent.branch,
            details={"commit": sha, "replays": row.steps[intent.step].sha if row else ""},
        )
        await events.append(work, TextFlushed(intent.slug, intent.branch, sha))
        await events.append(work, PullChanged(intent.repo, intent.number, intent.slug))

    async def look(self, context: Context, intent: ReplayIntent, effect: Replayed) -> None:
        """The branch, when there is time."""
        context.refresher.hint(intent.repo)


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscardIntent(PullIntent):
    """Which replay is given up, how far it was, and where its branch stood (None: Gitea has it no more).

    `branch` is that branch.
    """

    resolution_id: int
    state: ResolutionState
    head_sha: CommitSha | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Discarded:
    """The branch's last head, if it was there."""

    head_sha: CommitSha | None


class DiscardReplayWrite(BotWrite[DiscardIntent, Discarded]):
    """Delete the branch of a replay that somebody gave up; it can be restored as any other."""

    kind: ClassVar[ActionKind] = ActionKind.DISCARD_REPLAY
    patience: ClassVar[timedelta] = PULL_PATIENCE
    intent_type = DiscardIntent
    effect_type = Discarded

    async def act(self, context: Context, credit: Credit, intent: DiscardIntent, *, again: bool) -> Discarded:
        """Gone, unless somebody committed to it meanwhile."""
        head = await read_branch(context.gitea, intent.repo, intent.branch)
        if head is not None and head.sha != intent.head_sha:
            raise GiteaConflict("Somebody has committed to the branch of this replay meanwhile.")
        if head is not None:
            await context.bot.delete_branch(repo=intent.repo, branch=intent.branch)
        return Discarded(head_sha=intent.head_sha)

    async def record(self, work: Work, context: Context, written: Written[DiscardIntent, Discarded]) -> None:
        """The audit row, the branch's last head, and a line in its chat."""
        intent, key = written.intent, BranchKey(written.intent.repo, written.intent.branch)
        if intent.head_sha is not None:
            await branch_settings.note_deleted(work, key=key, sha=intent.head_sha, at=now())
        await record_action(
            work,
            context,
            actor_user_id=written.actor_id,
            on_behalf_of=written.login,
            kind=self.kind,
            op_id=written.op_id,
            slug=intent.slug,
            branch=intent.branch,
            repo=intent.repo,
            pr_number=intent.number,
            details={"head_sha": intent.head_sha},
        )
        old = f"[#{intent.number}]({pull_address(intent.slug, intent.number)})"
        text = (
            f"{intent.display_name} discarded this replay of pull request {old}: the branch was deleted. "
            "It can be restored while its commits exist."
        )
        await say_system_line(
            work, slug=intent.slug, branch=intent.branch, text=text, begun_by=written.actor_id
        )
        await events.append(work, BranchChanged(intent.slug, intent.branch))
        await events.append(work, PullChanged(intent.repo, intent.number, intent.slug))

    async def give_up(self, work: Work, op_id: OperationId, intent: DiscardIntent) -> None:
        """The replay is where it was, unless another was begun."""
        if await resolutions.find_active(work, repo=intent.repo, number=intent.number) is None:
            await resolutions.save(work, id=intent.resolution_id, state=intent.state)
            await events.append(work, PullChanged(intent.repo, intent.number, intent.slug))

    async def look(self, context: Context, intent: DiscardIntent, effect: Discarded) -> None:
        """The branch that is gone."""
        await context.refresher.nudge_branch(BranchKey(intent.repo, intent.branch))


CUT_RESOLUTION = CutResolutionWrite()
REPLAY = ReplayWrite()
DISCARD_REPLAY = DiscardReplayWrite()
RESOLUTION_WRITES: tuple[BotWrite[Any, Any], ...] = (CUT_RESOLUTION, REPLAY, DISCARD_REPLAY)


def replay_operation(resolution_id: int, repo: str, step: int, content: str) -> OperationId:
    """Always the same for one step with one outcome, so that a restart finds what was committed."""
    named = f"replay {repo} {resolution_id} {step} {content}"
    return OperationId(hashlib.sha256(named.encode()).hexdigest()[:32])


async def _say(work: Work, written: Written[CutResolutionIntent, ResolutionCut]) -> None:
    intent = written.intent
    who = intent.display_name
    old = f"[#{intent.number}]({pull_address(intent.slug, intent.number)})"
    text = f"{who} cut this branch from main `{intent.main_sha[:7]}`, to replay pull request {old} on it."
    await say_system_line(work, slug=intent.slug, branch=intent.branch, text=text, begun_by=written.actor_id)
