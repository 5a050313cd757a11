"""Steps 3 and 4 of a graduation: the PR that makes the entry active, and its merge (§13.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from services.domain.audit import ActionKind
from services.domain.entry import EntryState, entry_path, with_body, with_front_matter
from services.domain.errors import Conflict, GiteaUnreachable, Upstream
from services.domain.events import JsonValue, PullChanged
from services.domain.graduation import check_number
from services.domain.identifiers import CommitSha, PullNumber
from services.domain.pull import PullKind
from services.gitea.api.git import FileWrite
from services.gitea.entry_pull import PullText
from services.gitea.outcomes import PullMergedAlready, TextMoved
from services.store.queries import events
from services.store.work import Work
from services.usecases.context import Context
from services.usecases.graduation_blockers import open_body_pulls
from services.usecases.graduation_intent import GraduationIntent, GraduationRun, record
from services.usecases.graduation_plan import entry_numbered
from services.usecases.sagas.saga import PointPassed, SagaStep

CHANGED = "The entry was changed on Gitea while it was graduating."
START_AGAIN = "Look at the change, then start the graduation again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The graduation PR."""

    number: PullNumber
    head_sha: CommitSha


class OpenPull(SagaStep[GraduationIntent, Opened]):
    """Open the graduation PR: state, number, repository and owners in the front matter, and an empty body."""

    name: ClassVar[str] = "open_pull"
    effect_type = Opened

    async def do(self, context: Context, run: GraduationRun) -> Opened:
        """Raises TextMoved where the entry is another one than when the graduation began."""
        intent = run.intent
        blob = await context.gitea.git.blob(context.meta, intent.blob_sha)
        if blob.data is None:
            raise Upstream("Gitea does not give out the entry's file.")
        file = FileWrite(
            entry_path(intent.slug), _graduated(blob.data.decode(), run).encode(), intent.blob_sha
        )
        title = f"Graduate “{intent.title}” as {intent.rfc_id}"
        body = f"Its text moves to [{intent.repo}]({context.gitea_url}/{intent.repo})."
        opened = await context.bot.open_entry_pull(
            branch=intent.branch,
            file=file,
            text=PullText(title=title, body=body, kind=PullKind.META_GRADUATION),
            credit=run.credit,
        )
        return Opened(number=opened.number, head_sha=opened.head_sha)

    async def undo(self, context: Context, run: GraduationRun) -> None:
        """Close the PR and delete its branch."""
        effect = self.effect_in(run)
        number = None if effect is None else effect.number
        await context.bot.drop_entry_pull(branch=run.intent.branch, number=number, credit=run.credit)

    async def record(self, work: Work, context: Context, run: GraduationRun, effect: Opened) -> None:
        """The audit row."""
        pull = (context.meta, effect.number)
        await record(work, context, run, ActionKind.GRADUATE_OPEN_PULL, pull=pull, branch=run.intent.branch)
        await events.append(work, PullChanged(context.meta, effect.number, run.intent.slug))

    async def record_undone(self, work: Work, context: Context, run: GraduationRun) -> None:
        """The audit row."""
        effect = self.effect_in(run)
        pull = None if effect is None else (context.meta, effect.number)
        await record(work, context, run, ActionKind.GRADUATE_UNDO_PULL, pull=pull, branch=run.intent.branch)

    async def settle(self, context: Context, run: GraduationRun, effect: Opened | None) -> None:
        """The open or closed PR."""
        await context.refresher.nudge(context.meta)


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """The merge commit: from here on there is no way back."""

    merge_sha: CommitSha


class MergePull(SagaStep[GraduationIntent, Merged]):
    """Merge the graduation PR, unless somebody began something on the entry meanwhile."""

    name: ClassVar[str] = "merge_pull"
    effect_type = Merged

    async def do(self, context: Context, run: GraduationRun) -> Merged:
        """Raises Conflict and TextMoved, and what merging raises. A merge by hand on Gitea counts too."""
        opened = _opened(run)
        merged = await _merge_of(context, opened.number)
        if merged is not None:
            return merged
        await _require_untouched(context, run)
        try:
            done = await context.bot.merge_pull(
                repo=context.meta,
                number=opened.number,
                head_sha=opened.head_sha,
                credit=run.credit,
                title=f"Graduate “{run.intent.title}” as {run.intent.rfc_id} (#{opened.number})",
            )
        except PullMergedAlready:
            merged = await _merge_of(context, opened.number)
            if merged is None:
                raise
            return merged
        return Merged(merge_sha=done.merge_sha)

    async def undo(self, context: Context, run: GraduationRun) -> None:
        """Nothing, if it was not merged; else there is no way back."""
        merged = await _merge_of(context, _opened(run).number)
        if merged is not None:
            raise PointPassed(merged)

    async def record(self, work: Work, context: Context, run: GraduationRun, effect: Merged) -> None:
        """The audit row."""
        number = _opened(run).number
        pull = (context.meta, number)
        merge: dict[str, JsonValue] = {"merge_sha": effect.merge_sha}
        await record(work, context, run, ActionKind.GRADUATE_MERGE_PULL, pull=pull, details=merge)
        await events.append(work, PullChanged(context.meta, number, run.intent.slug))


OPEN_PULL = OpenPull()


def _graduated(file_text: str, run: GraduationRun) -> str:
    intent = run.intent
    text = with_front_matter(
        file_text,
        state=EntryState.ACTIVE,
        id=intent.rfc_id,
        repo=intent.repo,
        graduated_by=run.login,
        graduated_at=intent.graduated_at,
        owners=intent.owners,
    )
    return with_body(text, "")


def _opened(run: GraduationRun) -> Opened:
    effect = OPEN_PULL.effect_in(run)
    if effect is None:
        raise LookupError(f"the graduation {run.op_id} has no pull request to merge")
    return effect


async def _merge_of(context: Context, number: PullNumber) -> Merged | None:
    pull = await context.gitea.pulls.get(context.meta, number)
    return Merged(merge_sha=CommitSha(pull.merge_commit_sha or "")) if pull.merged else None


async def _require_untouched(context: Context, run: GraduationRun) -> None:
    """What somebody did on Gitea itself since the graduation began counts as much as what the app refuses."""
    slug = run.intent.slug
    if not await context.refresher.nudge(context.meta):
        raise GiteaUnreachable("Whether the entry has open pull requests can't be read from Gitea.")
    async with context.store.read() as work:
        blocking = await open_body_pulls(work, context.meta, slug)
        taken = await entry_numbered(work, check_number(run.intent.rfc_id))
    if taken is not None:
        raise Conflict(
            f"{run.intent.rfc_id} was given to “{taken.title}” on Gitea meanwhile.", hint=START_AGAIN
        )
    if blocking:
        numbers = ", ".join(f"#{row.pr_number}" for row in blocking)
        raise Conflict(f"{numbers} was opened on Gitea while it was graduating.", hint=START_AGAIN)
    file = await context.gitea.git.file(context.meta, entry_path(slug), ref="main")
    if file is None or file.sha != run.intent.blob_sha:
        raise TextMoved(CHANGED, hint=START_AGAIN)
