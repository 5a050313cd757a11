"""The replay itself (§10.9): commit by commit under the branch's lock, until somebody has to choose."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from services.domain.errors import ProductError
from services.domain.events import PullChanged
from services.domain.identifiers import CommitSha, Login
from services.domain.line_ends import editor_text
from services.domain.replay import Attempt, ResolutionState, StepState, attempt
from services.domain.text_home import TextHome
from services.domain.trailers import ON_BEHALF_OF, OPERATION
from services.store.queries import events, resolutions, users
from services.store.queries.resolutions import Choice, ResolutionRow, StepRow
from services.store.work import Work
from services.usecases.bot_writes import begin, carry_out
from services.usecases.commits import CommitView, commits_between
from services.usecases.context import Context
from services.usecases.live_texts.editing import EditedBranch
from services.usecases.resolution_writes import REPLAY, ReplayIntent, replay_operation
from services.usecases.shown_text import shown_text
from services.usecases.texts import home_of_branch, text_at
from services.usecases.views.entry import find_entry

_OURS = frozenset({ON_BEHALF_OF, OPERATION, "Replayed-by"})


@dataclass(frozen=True, slots=True)
class _Step:
    """One step about to be taken on the resolution branch."""

    row: ResolutionRow
    index: int
    edited: EditedBranch

    @property
    def stored(self) -> StepRow:
        """What is stored of it."""
        return self.row.steps[self.index]


async def go_on(context: Context, resolution_id: int) -> None:
    """Replay what fits, up to the first commit whose sentences main changed too. Raises Upstream; asks nobody twice."""
    async with context.store.read() as work:
        row = await resolutions.find(work, id=resolution_id)
    if row is None or not row.is_active or row.next_step is None:
        return
    async with context.live_texts.editing(context, slug=row.rfc_slug, name=row.branch_name) as edited:
        for _ in range(len(row.steps)):
            async with context.store.read() as work:
                present = await resolutions.find(work, id=resolution_id)
            if present is None or not present.is_active or present.next_step is None:
                return
            if not await _take(context, _Step(present, present.next_step, edited)):
                return


async def current_attempt(context: Context, row: ResolutionRow) -> Attempt | None:
    """What the next step asks, on the branch as it is now; None where it asks nothing."""
    index = row.next_step
    if index is None:
        return None
    text = (await shown_text(context, slug=row.rfc_slug, branch=row.branch_name)).text
    found = await _attempt(context, row, row.steps[index], text)
    return found if found.clashes else None


async def _attempt(context: Context, row: ResolutionRow, step: StepRow, onto: str) -> Attempt:
    home = await _home(context, row)
    before, after = [
        editor_text((await text_at(context, home, sha)).text) for sha in (step.before_sha, step.sha)
    ]
    return await asyncio.to_thread(attempt, before, after, onto)


async def _home(context: Context, row: ResolutionRow) -> TextHome:
    async with context.store.read() as work:
        return await home_of_branch(work, context.meta, await find_entry(work, row.rfc_slug), row.branch_name)


async def _take(context: Context, step: _Step) -> bool:
    """Take one step; False where somebody has to choose first."""
    found = await _attempt(context, step.row, step.stored, step.edited.text)
    chosen = _chosen(found, step)
    if chosen is None:
        await _ask(context, step, found)
        return False
    text = found.text(chosen)
    if text != step.edited.text:
        return await _commit(context, step, text)
    await _skip(context, step)
    return True


def _chosen(found: Attempt, step: _Step) -> Sequence[str] | None:
    """One wording for each clash, if all of them were chosen for exactly these, and somebody said that they stand."""
    if not found.clashes:
        return ()
    choices = step.stored.choices(found.key, len(found.clashes))
    return _complete(choices) if step.row.state is ResolutionState.REPLAYING else None


def _complete(choices: Sequence[Choice]) -> Sequence[str] | None:
    wordings = [choice.wording for choice in choices if choice.wording is not None]
    return wordings if len(wordings) == len(choices) else None


async def _ask(context: Context, step: _Step, found: Attempt) -> None:
    """Somebody has to choose; what was chosen for other sentences is forgotten."""
    async with context.store.write() as work:
        row = await resolutions.find_to_change(work, id=step.row.id)
        if row is None or not row.is_active:
            return
        stored = row.steps[step.index]
        choices = stored.choices(found.key, len(found.clashes))
        if row.state is ResolutionState.REPLAYING and _complete(choices) is not None:
            return  # decided meanwhile: whoever did goes on
        asked = dataclasses.replace(
            stored,
            state=StepState.ASKED,
            wordings=tuple(choice.wording for choice in choices),
            chosen_by=tuple(choice.by for choice in choices),
            clash_key=found.key,
        )
        await _save(work, row, step.index, asked, ResolutionState.WAITING)


async def _skip(context: Context, step: _Step) -> None:
    async with context.store.write() as work:
        row = await resolutions.find_to_change(work, id=step.row.id)
        if row is None or not row.is_active:
            return
        skipped = dataclasses.replace(row.steps[step.index], state=StepState.SKIPPED)
        over = all(one.is_over for index, one in enumerate(row.steps) if index != step.index)
        state = ResolutionState.READY if over else ResolutionState.REPLAYING
        await _save(work, row, step.index, skipped, state)


async def _save(work: Work, row: ResolutionRow, at: int, changed: StepRow, state: ResolutionState) -> None:
    steps = [changed if index == at else kept for index, kept in enumerate(row.steps)]
    await resolutions.save(work, id=row.id, state=state, steps=steps)
    await events.append(work, PullChanged(row.repo, row.pr_number, row.rfc_slug))


async def _commit(context: Context, step: _Step, text: str) -> bool:
    """False where somebody gave the replay up meanwhile."""
    row, edited = step.row, step.edited
    commit = await commit_of_step(context, row, step.stored)
    content = edited.file_with(text)
    op_id = replay_operation(row.id, row.repo, step.index, content)
    async with context.store.write() as work:
        present = await resolutions.find_to_change(work, id=row.id)
        if present is None or not present.is_active:
            return False
        intent = await _intent(work, context, step, commit, content)
        resolver = None if row.created_by is None else await users.find(work, user_id=row.created_by)
        login = resolver.gitea_login if resolver else Login(context.bot.login)
        begun = await begin(work, REPLAY, op_id=op_id, actor_id=row.created_by, login=login, intent=intent)
    done = await carry_out(context, REPLAY, op_id, again=not begun)
    await edited.committed(text, done.commit_sha, user_id=row.created_by)
    return True


async def _intent(
    work: Work, context: Context, step: _Step, commit: CommitView | None, content: str
) -> ReplayIntent:
    row, head = step.row, step.edited.head
    resolver = None if row.created_by is None else await users.find(work, user_id=row.created_by)
    name = (resolver.display_name or resolver.gitea_login) if resolver else context.bot.login
    login = resolver.gitea_login if resolver else Login(context.bot.login)
    known = commit is not None and commit.login is not None
    return ReplayIntent(
        display_name=name,
        slug=row.rfc_slug,
        repo=row.repo,
        number=row.pr_number,
        branch=row.branch_name,
        resolution_id=row.id,
        step=step.index,
        path=head.home.path,
        blob_sha=head.blob_sha,
        content=content,
        message=commit.message if commit else f"Replay pull request #{row.pr_number}",
        author=commit.author if commit and known else name,
        author_login=commit.login if commit and commit.login else login,
        trailers=_trailers(commit, step.stored),
    )


def _trailers(commit: CommitView | None, step: StepRow) -> dict[str, str]:
    """What the commit said of the change that it was; and which one it replays."""
    kept = (
        {} if commit is None else {key: value for key, value in commit.trailers.items() if key not in _OURS}
    )
    kept.pop("Co-authored-by", None)
    return {**kept, "Replays": step.sha}


async def commit_of_step(context: Context, row: ResolutionRow, step: StepRow) -> CommitView | None:
    """The commit that a step replays; None where Gitea can't tell, or it stands for several."""
    if len(row.steps) == 1 and step.sha == row.head_sha:
        found = await _range(context, row, step.before_sha)
        return found[-1] if len(found) == 1 else None
    found = await _range(context, row, row.steps[0].before_sha)
    return next((commit for commit in found if commit.sha == step.sha), None)


async def _range(context: Context, row: ResolutionRow, behind: CommitSha) -> tuple[CommitView, ...]:
    try:
        return await commits_between(context, row.repo, head=row.head_sha, behind=behind)
    except ProductError:
        return ()
