"""Step 5 of a graduation: everybody sees it, and what was left open in the meta repository is closed (§13.3, §13.4)."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import ClassVar

from services.domain.audit import ActionKind
from services.domain.branch import BranchKey
from services.domain.clock import now
from services.domain.entry import EntryState
from services.domain.errors import (
    Conflict,
    GiteaConflict,
    GiteaNotFound,
    GiteaUnreachable,
    NotFound,
    UnreadableText,
)
from services.domain.events import BranchChanged, CatalogChanged, EntryChanged
from services.domain.identifiers import Repository
from services.domain.trailers import new_operation_id
from services.store.queries import branch_settings, events
from services.store.work import Work
from services.usecases.context import Context
from services.usecases.graduation_blockers import branches_to_close
from services.usecases.graduation_intent import GraduationIntent, GraduationRun, record
from services.usecases.graduation_pull import OPEN_PULL
from services.usecases.known_branch import find_branch
from services.usecases.live_texts.flush import FlushReason
from services.usecases.record import record_action
from services.usecases.sagas.saga import SagaStep
from services.usecases.system_lines import say_system_line
from services.usecases.views.entry import find_entry

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """The branches that were closed with it, as (repository, name)."""

    closed: tuple[tuple[str, str], ...]


class Announce(SagaStep[GraduationIntent, Announced]):
    """Read the entry and its new repository, commit what is typed on its branches, and close them."""

    name: ClassVar[str] = "announce"
    effect_type = Announced

    async def do(self, context: Context, run: GraduationRun) -> Announced:
        """Raises GiteaUnreachable until the cache shows the active RFC."""
        opened = OPEN_PULL.effect_in(run)
        await context.refresher.nudge(context.meta, None if opened is None else opened.number)
        await context.refresher.nudge(context.meta)
        await context.refresher.nudge(run.intent.repo)
        async with context.store.read() as work:
            entry = await find_entry(work, run.intent.slug)
            left = await branches_to_close(work, context.meta, entry)
        if entry.state is not EntryState.ACTIVE or not entry.body_sha:
            raise GiteaUnreachable("The merged entry can't be read from Gitea yet.")
        for branch in left:
            await _commit_typed(context, run, branch.key.name)
        return Announced(closed=tuple((branch.key.repo, branch.key.name) for branch in left))

    async def undo(self, context: Context, run: GraduationRun) -> None:
        """Never asked for: it comes after the point of no return."""

    async def record(self, work: Work, context: Context, run: GraduationRun, effect: Announced) -> None:
        """Close the branches, say so in their chats and in the entry's, and have every page look again."""
        intent = run.intent
        for repo, name in effect.closed:
            await _close(work, context, run, BranchKey(Repository(repo), name))
        text = f"{intent.display_name} graduated this RFC as **{intent.rfc_id}**; it lives in `{intent.repo}` now."
        await say_system_line(work, slug=intent.slug, branch=None, text=text, begun_by=run.actor_id)
        await record(
            work,
            context,
            run,
            ActionKind.GRADUATE_ANNOUNCE,
            details={"closed": [name for _, name in effect.closed]},
        )
        await events.append(work, EntryChanged(intent.slug))
        await events.append(work, CatalogChanged((intent.slug,)))

    async def settle(self, context: Context, run: GraduationRun, effect: Announced | None) -> None:
        """The closed branches."""
        for repo, name in effect.closed if effect else ():
            await context.refresher.settle_branch(BranchKey(Repository(repo), name))


async def _commit_typed(context: Context, run: GraduationRun, name: str) -> None:
    """What is typed becomes a commit before the branch is closed; what can't is kept, and is committed later."""
    try:
        async with context.live_texts.editing(context, slug=run.intent.slug, name=name) as branch:
            await branch.flush(FlushReason.CLOSING)
    except (NotFound, UnreadableText, Conflict, GiteaConflict, GiteaNotFound) as error:
        log.warning(
            "the branch %s is closed before what is typed there is committed: %s", name, error.message
        )


async def _close(work: Work, context: Context, run: GraduationRun, key: BranchKey) -> None:
    slug = run.intent.slug
    await branch_settings.insert(work, key=key, slug=slug)
    if not await branch_settings.close(work, key=key, at=now()):
        return
    text = (
        f"Closed: this RFC graduated as {run.intent.rfc_id}, and its text lives in a repository of its own. "
        "What is still wanted of this text can be carried to a new branch there: "
        "*Carry to a new branch* stands above the text."
    )
    await say_system_line(work, slug=slug, branch=key.name, text=text)
    if not (await find_branch(work, context.meta, slug=slug, name=key.name)).is_merged:
        await _tell_creator(work, context, run, key)
    await events.append(work, BranchChanged(slug, key.name))


async def _tell_creator(work: Work, context: Context, run: GraduationRun, key: BranchKey) -> None:
    """Record that a branch was closed which had not become part of main, and tell whoever cut it."""
    await record_action(
        work,
        context,
        actor_user_id=run.actor_id,
        on_behalf_of=run.login,
        kind=ActionKind.CLOSE_GRADUATED_BRANCH,
        op_id=new_operation_id(),
        slug=run.intent.slug,
        branch=key.name,
        details={"repo": key.repo, "graduation": run.op_id},
    )
