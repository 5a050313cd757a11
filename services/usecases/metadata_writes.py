"""The bot's part of metadata and claim PRs: opening, merging, closing (§9.6, §13.1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from pydantic import JsonValue

from services.domain.audit import ActionKind
from services.domain.entry import BrokenEntry, entry_path, parse_entry
from services.domain.front_matter import split_document
from services.domain.identifiers import CommitSha, PullNumber, Repository, Slug
from services.domain.metadata import FieldChange, field_name, moved_fields, rewritten
from services.domain.pull import PullKind, withdrawal_comment
from services.domain.trailers import SUPERSEDES, Credit
from services.gitea.outcomes import EntryMoved, PullClosed, PullMergedAlready
from services.store.work import Work
from services.usecases.bot_writes import BotWrite, Intent, Written
from services.usecases.context import Context
from services.usecases.record_pull import PullAt, record_pull

DECISION_PATIENCE = timedelta(minutes=10)
"""Nobody else can decide on the PR meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeIntent(Intent):
    """Everything a metadata or claim PR is made of; the branch name is how recovery recognises it."""

    slug: Slug
    branch: str
    title: str
    reason: str
    changes: tuple[FieldChange, ...]
    supersedes: PullNumber | None = None

    def at(self, meta: Repository, number: PullNumber) -> PullAt:
        """Its pull request in the meta repository."""
        return PullAt(meta, number, self.branch, self.slug)

    @property
    def trailers(self) -> Mapping[str, str]:
        """What its body says beside the reason."""
        return {} if self.supersedes is None else {SUPERSEDES: f"#{self.supersedes}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedMetadata:
    """The PR in the meta repository, and the head that was opened."""

    number: PullNumber
    slug: Slug
    head_sha: CommitSha


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeIntent(ChangeIntent):
    """Merge exactly this head; `branch` is for the same changes made anew, if main's front matter has moved."""

    number: PullNumber
    head_sha: CommitSha
    head_branch: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseIntent(Intent):
    """Close, with a comment on the PR where one was given."""

    number: PullNumber
    slug: Slug
    branch: str
    comment: str | None

    def at(self, meta: Repository) -> PullAt:
        """Its pull request in the meta repository."""
        return PullAt(meta, self.number, self.branch, self.slug)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How the PR ended: with this merge commit, of another PR where it had to be made anew; or without one."""

    merge_sha: CommitSha | None = None
    merged_as: PullNumber | None = None


class OpenWrite(BotWrite[ChangeIntent, OpenedMetadata]):
    """Open the PR of a changed front matter."""

    patience: ClassVar[timedelta] = timedelta(days=1)
    pull_kind: ClassVar[PullKind]
    intent_type = ChangeIntent
    effect_type = OpenedMetadata

    async def act(
        self, context: Context, credit: Credit, intent: ChangeIntent, *, again: bool
    ) -> OpenedMetadata:
        """Branch, commit and PR; each step finds what an earlier try of this operation did."""
        opened = await context.bot.open_edit(
            credit=credit,
            path=entry_path(intent.slug),
            branch=intent.branch,
            kind=self.pull_kind,
            title=intent.title,
            body=intent.reason,
            rewrite=_rewriting(intent),
            trailers=intent.trailers,
            again=again,
        )
        return OpenedMetadata(number=opened.number, slug=intent.slug, head_sha=opened.head_sha)

    async def record(
        self, work: Work, context: Context, written: Written[ChangeIntent, OpenedMetadata]
    ) -> None:
        """The audit row with the fields, and that whoever opened it watches the entry."""
        intent = written.intent
        details: dict[str, JsonValue] = {
            "title": intent.title,
            "fields": [field_name(change.field) for change in intent.changes],
        }
        if intent.reason:
            details["reason"] = intent.reason
        if intent.supersedes is not None:
            details["supersedes"] = intent.supersedes
        await record_pull(
            work,
            context,
            written,
            intent.at(context.meta, written.effect.number),
            kind=self.kind,
            details=details,
        )

    def pull_number(self, intent: ChangeIntent, effect: OpenedMetadata) -> PullNumber:
        """The new PR."""
        return effect.number


class OpenMetadataWrite(OpenWrite):
    """Somebody wants other metadata."""

    kind: ClassVar[ActionKind] = ActionKind.OPEN_METADATA
    pull_kind: ClassVar[PullKind] = PullKind.META_METADATA


class OpenClaimWrite(OpenWrite):
    """Somebody asks to own a super-draft."""

    kind: ClassVar[ActionKind] = ActionKind.OPEN_CLAIM
    pull_kind: ClassVar[PullKind] = PullKind.META_CLAIM


class MergeWrite(BotWrite[MergeIntent, Ended]):
    """Merge the PR. Git can't join two changes of neighbouring lines, and front matter is lines that stand close.

    Where main's front matter has changed since, the same changes are made of it anew, in a PR that supersedes this
    one, and that is merged: fields that nobody else touched never conflict.
    """

    patience: ClassVar[timedelta] = DECISION_PATIENCE
    pull_kind: ClassVar[PullKind]
    intent_type = MergeIntent
    effect_type = Ended

    async def act(self, context: Context, credit: Credit, intent: MergeIntent, *, again: bool) -> Ended:
        """The merge commit names the merger; one of this operation that is there already counts."""
        renewed = await self._began_anew(context, credit, intent) if again else False
        if renewed or await _front_matter_moved(context, intent):
            return await self._merge_anew(context, credit, intent)
        merged = await context.bot.merge_pull(
            repo=context.meta,
            number=intent.number,
            head_sha=intent.head_sha,
            credit=credit,
            title=f"Merge “{intent.title}” (#{intent.number})",
        )
        return Ended(merge_sha=merged.merge_sha)

    async def record(self, work: Work, context: Context, written: Written[MergeIntent, Ended]) -> None:
        """The audit row, and that the merger watches the entry (§15.6)."""
        intent, effect = written.intent, written.effect
        details: dict[str, JsonValue] = {
            "merge_sha": effect.merge_sha,
            "fields": [field_name(change.field) for change in intent.changes],
        }
        if effect.merged_as is not None:
            details["merged_as"] = effect.merged_as
        merged = PullAt(context.meta, intent.number, intent.head_branch, intent.slug)
        await record_pull(work, context, written, merged, kind=self.kind, details=details)

    async def look(self, context: Context, intent: MergeIntent, effect: Ended) -> None:
        """The merged PR, and the one it was made anew as."""
        await context.refresher.nudge(context.meta, intent.number)
        if effect.merged_as is not None:
            await context.refresher.nudge(context.meta, effect.merged_as)

    async def _began_anew(self, context: Context, credit: Credit, intent: MergeIntent) -> bool:
        found = await context.bot.find_operation(repo=context.meta, op_id=credit.op_id, branch=intent.branch)
        return found.pull is not None or found.branch_head is not None

    async def _merge_anew(self, context: Context, credit: Credit, intent: MergeIntent) -> Ended:
        opened = await context.bot.open_edit(
            credit=credit,
            path=entry_path(intent.slug),
            branch=intent.branch,
            kind=self.pull_kind,
            title=intent.title,
            body=intent.reason,
            rewrite=_rewriting(intent),
            trailers={SUPERSEDES: f"#{intent.number}"},
        )
        merged = await context.bot.merge_pull(
            repo=context.meta,
            number=opened.number,
            head_sha=opened.head_sha,
            credit=credit,
            title=f"Merge “{intent.title}” (#{opened.number})",
        )
        try:
            comment = f"Merged as #{opened.number}, made of what stands on main now."
            await context.bot.close_pull(
                repo=context.meta, number=intent.number, comment=comment, credit=credit
            )
        except (PullClosed, PullMergedAlready):
            # Somebody closed it in the meantime, which is how it was to end.
            pass
        return Ended(merge_sha=merged.merge_sha, merged_as=opened.number)


class MergeMetadataWrite(MergeWrite):
    """Whoever may says yes."""

    kind: ClassVar[ActionKind] = ActionKind.MERGE_METADATA
    pull_kind: ClassVar[PullKind] = PullKind.META_METADATA


class MergeClaimWrite(MergeWrite):
    """An admin gives the super-draft to the claimant."""

    kind: ClassVar[ActionKind] = ActionKind.MERGE_CLAIM
    pull_kind: ClassVar[PullKind] = PullKind.META_CLAIM


class CloseWrite(BotWrite[CloseIntent, Ended]):
    """Close the PR unmerged."""

    patience: ClassVar[timedelta] = DECISION_PATIENCE
    intent_type = CloseIntent
    effect_type = Ended

    async def act(self, context: Context, credit: Credit, intent: CloseIntent, *, again: bool) -> Ended:
        """The reason is a comment on the PR, posted once per operation."""
        comment = intent.comment or withdrawal_comment(credit.display_name)
        await context.bot.close_pull(repo=context.meta, number=intent.number, comment=comment, credit=credit)
        return Ended()

    async def record(self, work: Work, context: Context, written: Written[CloseIntent, Ended]) -> None:
        """The audit row with the reason."""
        intent = written.intent
        details: dict[str, JsonValue] = {} if intent.comment is None else {"comment": intent.comment}
        await record_pull(
            work,
            context,
            written,
            intent.at(context.meta),
            kind=self.kind,
            details=details,
            then_watches=False,
        )

    def pull_number(self, intent: CloseIntent, effect: Ended) -> PullNumber:
        """The closed PR."""
        return intent.number


class DeclineMetadataWrite(CloseWrite):
    """Whoever may merge it says no, and why."""

    kind: ClassVar[ActionKind] = ActionKind.DECLINE_METADATA


class WithdrawMetadataWrite(CloseWrite):
    """Whoever opened it takes it back."""

    kind: ClassVar[ActionKind] = ActionKind.WITHDRAW_METADATA


class DeclineClaimWrite(CloseWrite):
    """An admin says no, and why."""

    kind: ClassVar[ActionKind] = ActionKind.DECLINE_CLAIM


class WithdrawClaimWrite(CloseWrite):
    """The claimant takes it back."""

    kind: ClassVar[ActionKind] = ActionKind.WITHDRAW_CLAIM


OPEN_METADATA, OPEN_CLAIM = OpenMetadataWrite(), OpenClaimWrite()
MERGE_METADATA, MERGE_CLAIM = MergeMetadataWrite(), MergeClaimWrite()
DECLINE_METADATA, DECLINE_CLAIM = DeclineMetadataWrite(), DeclineClaimWrite()
WITHDRAW_METADATA, WITHDRAW_CLAIM = WithdrawMetadataWrite(), WithdrawClaimWrite()
METADATA_WRITES = (
    *(OPEN_METADATA, MERGE_METADATA, DECLINE_METADATA, WITHDRAW_METADATA),
    *(OPEN_CLAIM, MERGE_CLAIM, DECLINE_CLAIM, WITHDRAW_CLAIM),
)


def moved_sentence(fields: tuple[str, ...]) -> str:
    """What to say when fields hold something else by now than what a change was made from."""
    named = " and ".join(f"“{name}”" for name in fields)
    return f"{named} {'has' if len(fields) == 1 else 'have'} been changed in the meantime."


def _rewriting(intent: ChangeIntent) -> Callable[[str], str]:
    def rewrite(text: str) -> str:
        try:
            entry = parse_entry(text.encode(), path=entry_path(intent.slug))
            moved = moved_fields(entry, intent.changes)
            if moved:
                raise EntryMoved(moved_sentence(tuple(field_name(field) for field in moved)))
            return rewritten(text, intent.changes)
        except BrokenEntry as broken:
            raise EntryMoved(f"The front matter can't be changed here. {broken.reason}") from broken

    return rewrite


async def _front_matter_moved(context: Context, intent: MergeIntent) -> bool:
    """Whether main says anything else above the text than where the PR parted from it."""
    pull = await context.gitea.pulls.get(context.meta, intent.number)
    if pull.merged or pull.state != "open" or not pull.merge_base:
        return False
    before, present = [
        await context.gitea.git.file(context.meta, entry_path(intent.slug), ref=ref)
        for ref in (pull.merge_base, pull.base.ref)
    ]
    if before is None or present is None or before.sha == present.sha:
        return False
    return _head_of(before.data) != _head_of(present.data)


def _head_of(data: bytes | None) -> str:
    text = (data or b"").decode("utf-8", "replace")
    try:
        return split_document(text).yaml
    except BrokenEntry:
        return text
