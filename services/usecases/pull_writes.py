"""The bot's part of pull requests: opening, editing, merging, closing and reopening them (§10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar, TypeVar

from pydantic import JsonValue

from services.domain.audit import ActionKind
from services.domain.branch import BranchKey, Visibility
from services.domain.events import BranchChanged
from services.domain.identifiers import CommitSha, PullNumber, Repository, Slug
from services.domain.pull import PullKind, pull_address
from services.domain.trailers import KIND, SUPERSEDES, Credit
from services.store.queries import branch_settings, events
from services.store.work import Work
from services.usecases.bot_writes import BotWrite, Intent, Written
from services.usecases.context import Context
from services.usecases.record_pull import PullAt, record_pull
from services.usecases.system_lines import say_system_line

PULL_PATIENCE = timedelta(minutes=10)
"""Nobody else can decide on the pull request meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPullIntent(Intent):
    """Which branch is to be proposed, and in which words; `supersedes` is the one it takes the place of."""

    slug: Slug
    repo: Repository
    branch: str
    kind: PullKind
    title: str
    description: str
    supersedes: PullNumber | None = None

    @property
    def trailers(self) -> Mapping[str, str]:
        """What its body says beside the description."""
        more = {} if self.supersedes is None else {SUPERSEDES: f"#{self.supersedes}"}
        return {KIND: self.kind.value, **more}

    def at(self, number: PullNumber) -> PullAt:
        """The pull request that it became."""
        return PullAt(self.repo, number, self.branch, self.slug)


@dataclass(frozen=True, slots=True, kw_only=True)
class PullOpened:
    """The pull request that was opened."""

    number: PullNumber
    head_sha: CommitSha


class OpenPullWrite(BotWrite[OpenPullIntent, PullOpened]):
    """Open a branch's pull request; a private branch becomes public with it."""

    kind: ClassVar[ActionKind] = ActionKind.OPEN_PULL
    patience: ClassVar[timedelta] = PULL_PATIENCE
    intent_type = OpenPullIntent
    effect_type = PullOpened

    async def act(
        self, context: Context, credit: Credit, intent: OpenPullIntent, *, again: bool
    ) -> PullOpened:
        """One pull request; one of this operation that is there already counts."""
        opened = await context.bot.open_pull(
            repo=intent.repo,
            branch=intent.branch,
            title=intent.title,
            description=intent.description,
            credit=credit,
            trailers=intent.trailers,
            again=again,
        )
        return PullOpened(number=opened.number, head_sha=opened.head_sha)

    async def record(
        self, work: Work, context: Context, written: Written[OpenPullIntent, PullOpened]
    ) -> None:
        """The audit row, who may read the branch from now on, a line in its chat, and that the person watches."""
        intent, number = written.intent, written.effect.number
        key = BranchKey(intent.repo, intent.branch)
        published = await branch_settings.set_visibility(work, key=key, visibility=Visibility.PUBLIC)
        details: dict[str, JsonValue] = {"title": intent.title, "made_public": published}
        if intent.supersedes is not None:
            details["supersedes"] = intent.supersedes
        await record_pull(
            work,
            context,
            written,
            intent.at(number),
            kind=self.kind,
            details=details,
        )
        if published:
            await events.append(work, BranchChanged(intent.slug, intent.branch))
        link = f"[#{number}]({pull_address(intent.slug, number)})"
        more = " The branch is public from now on." if published else ""
        line = f"{intent.display_name} opened pull request {link}.{more}"
        await say_system_line(
            work, slug=intent.slug, branch=intent.branch, text=line, begun_by=written.actor_id
        )

    async def look(self, context: Context, intent: OpenPullIntent, effect: PullOpened) -> None:
        """The new pull request."""
        await context.refresher.nudge(intent.repo, effect.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class PullIntent(Intent):
    """Which pull request is meant; `is_meta`: its page is `/rfc/<slug>/meta/<n>`."""

    slug: Slug
    repo: Repository
    number: PullNumber
    branch: str
    is_meta: bool = False

    def at(self) -> PullAt:
        """What is written down of it."""
        return PullAt(self.repo, self.number, self.branch, self.slug)


@dataclass(frozen=True, slots=True, kw_only=True)
class PullDone:
    """How it ended: with this merge commit, or without one."""

    merge_sha: CommitSha | None = None


P = TypeVar("P", bound=PullIntent)


class _PullWrite(BotWrite[P, PullDone]):
    """An act on a pull request that is there; `said` completes “<name> …” in the branch's chat."""

    patience: ClassVar[timedelta] = PULL_PATIENCE
    effect_type = PullDone
    said: ClassVar[str] = ""

    async def record(self, work: Work, context: Context, written: Written[P, PullDone]) -> None:
        """The audit row, a line in the branch's chat, and that whoever acted watches the entry (§15.6)."""
        intent, sha = written.intent, written.effect.merge_sha
        details = {**self.details(intent), **({} if sha is None else {"merge_sha": sha})}
        await record_pull(
            work,
            context,
            written,
            intent.at(),
            kind=self.kind,
            details=details,
        )
        link = f"[#{intent.number}]({pull_address(intent.slug, intent.number, past=intent.is_meta)})"
        line = self.line(intent, link)
        if line:
            await say_system_line(
                work, slug=intent.slug, branch=intent.branch, text=line, begun_by=written.actor_id
            )

    def line(self, intent: P, link: str) -> str:
        """What the branch's chat says about it, if anything."""
        return f"{intent.display_name} {self.said} pull request {link}." if self.said else ""

    def details(self, intent: P) -> dict[str, JsonValue]:
        """What the audit row says beside the pull request's name."""
        return {}

    async def look(self, context: Context, intent: P, effect: PullDone) -> None:
        """The pull request, and main where it was merged."""
        await context.refresher.nudge(intent.repo, intent.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class MergePullIntent(PullIntent):
    """Merge exactly this head."""

    head_sha: CommitSha
    title: str


class MergePullWrite(_PullWrite[MergePullIntent]):
    """Merge it, with a merge commit that names the merger (§10.5)."""

    kind: ClassVar[ActionKind] = ActionKind.MERGE_PULL
    intent_type = MergePullIntent
    said: ClassVar[str] = "merged"

    async def act(
        self, context: Context, credit: Credit, intent: MergePullIntent, *, again: bool
    ) -> PullDone:
        """A merge of this operation that is there already counts."""
        merged = await context.bot.merge_pull(
            repo=intent.repo,
            number=intent.number,
            head_sha=intent.head_sha,
            credit=credit,
            title=f"Merge “{intent.title}” (#{intent.number})",
        )
        return PullDone(merge_sha=merged.merge_sha)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosePullIntent(PullIntent):
    """Close it unmerged, with this comment on it; `quiet`: nobody talks on its branch."""

    comment: str
    superseded_by: PullNumber | None = None
    quiet: bool = False


class WithdrawPullWrite(_PullWrite[ClosePullIntent]):
    """Close it because somebody takes it back (§10.8): branch and talk stay."""

    kind: ClassVar[ActionKind] = ActionKind.WITHDRAW_PULL
    intent_type = ClosePullIntent
    said: ClassVar[str] = "withdrew"

    async def act(
        self, context: Context, credit: Credit, intent: ClosePullIntent, *, again: bool
    ) -> PullDone:
        """Closed, with one comment."""
        await context.bot.close_pull(
            repo=intent.repo, number=intent.number, comment=intent.comment, credit=credit
        )
        return PullDone()


class CloseSupersededWrite(WithdrawPullWrite):
    """Close it because another one that takes its place was merged (§10.9); nobody acts but the app."""

    kind: ClassVar[ActionKind] = ActionKind.CLOSE_SUPERSEDED_PULL

    def line(self, intent: ClosePullIntent, link: str) -> str:
        """What the branch's chat says about it."""
        number = intent.superseded_by
        if intent.quiet:
            return ""
        other = "" if number is None else f"[#{number}]({pull_address(intent.slug, number)})"
        return f"Pull request {link} was closed: {other} has taken its place."

    def details(self, intent: ClosePullIntent) -> dict[str, JsonValue]:
        """Which one took its place."""
        return {"superseded_by": intent.superseded_by}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenPullIntent(PullIntent):
    """Open it again."""


class ReopenPullWrite(_PullWrite[ReopenPullIntent]):
    """Open a closed or withdrawn one again, while its branch exists."""

    kind: ClassVar[ActionKind] = ActionKind.REOPEN_PULL
    intent_type = ReopenPullIntent
    said: ClassVar[str] = "reopened"

    async def act(
        self, context: Context, credit: Credit, intent: ReopenPullIntent, *, again: bool
    ) -> PullDone:
        """Open; doing it twice is fine."""
        await context.bot.reopen_pull(repo=intent.repo, number=intent.number, branch=intent.branch)
        return PullDone()

    async def record(
        self, work: Work, context: Context, written: Written[ReopenPullIntent, PullDone]
    ) -> None:
        """As every act; and a branch with an open pull request is public."""
        key = BranchKey(written.intent.repo, written.intent.branch)
        if await branch_settings.set_visibility(work, key=key, visibility=Visibility.PUBLIC):
            await events.append(work, BranchChanged(written.intent.slug, key.name))
        await _PullWrite.record(self, work, context, written)


@dataclass(frozen=True, slots=True, kw_only=True)
class EditPullIntent(PullIntent):
    """Other words for it; None: as they are. `before` is what `title` and `description` said when that was decided."""

    title: str | None
    description: str | None
    before: Mapping[str, str] = field(default_factory=dict)


class EditPullWrite(_PullWrite[EditPullIntent]):
    """Change title and description (§10.6); the trailers stay."""

    kind: ClassVar[ActionKind] = ActionKind.EDIT_PULL
    intent_type = EditPullIntent

    async def act(self, context: Context, credit: Credit, intent: EditPullIntent, *, again: bool) -> PullDone:
        """The same words twice are fine."""
        await context.bot.edit_pull(
            repo=intent.repo,
            number=intent.number,
            title=intent.title,
            description=intent.description,
            before=intent.before,
        )
        return PullDone()

    def details(self, intent: EditPullIntent) -> dict[str, JsonValue]:
        """What it was called before."""
        return {"before": dict(intent.before)}


OPEN_PULL = OpenPullWrite()
MERGE_PULL = MergePullWrite()
WITHDRAW_PULL = WithdrawPullWrite()
CLOSE_SUPERSEDED = CloseSupersededWrite()
REOPEN_PULL = ReopenPullWrite()
EDIT_PULL = EditPullWrite()
PULL_WRITES: tuple[BotWrite[Any, Any], ...] = (
    OPEN_PULL,
    MERGE_PULL,
    WITHDRAW_PULL,
    CLOSE_SUPERSEDED,
    REOPEN_PULL,
    EDIT_PULL,
)
