"""What pages show of graduations: its steps, what the dialog offers, the admins' queue (§13.2, §13.5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from services.domain.actors import Viewer
from services.domain.audit import ActionKind
from services.domain.branch import branch_address
from services.domain.entry import EntryState
from services.domain.graduation import rfc_id, suggested_name
from services.domain.identifiers import OperationId, PullNumber, Slug
from services.domain.permissions import allows, may_graduate, may_read_admin, may_read_branch, require
from services.domain.pull import PullKind
from services.domain.saga import Course, StepState
from services.store.queries import catalog, pulls, sagas
from services.store.queries.operations import OperationState
from services.store.queries.pulls import PullRow
from services.store.queries.sagas import SagaRow, StepRow
from services.store.work import Work
from services.usecases.authority import authority_of
from services.usecases.graduation import GRADUATION
from services.usecases.graduation_blockers import branches_to_close, open_body_pulls
from services.usecases.graduation_intent import GraduationIntent
from services.usecases.graduation_plan import free_number
from services.usecases.graduation_pull import OPEN_PULL
from services.usecases.sagas.runner import may_turn
from services.usecases.views.entry import find_entry
from services.usecases.views.notified import notified_by
from services.usecases.views.parts import Permit, PersonView
from services.usecases.views.threads import people_called, permit

if TYPE_CHECKING:
    from services.usecases.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """One step; `seconds` is how long it took, `trouble` what stops it at the moment."""

    number: int
    name: str
    state: StepState
    seconds: float | None
    trouble: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """One graduation, under way or over; `reason` says why it turned round or waits for a person."""

    op_id: OperationId
    by: PersonView
    began_at: datetime
    rfc_id: str
    repo: str
    owners: tuple[PersonView, ...]
    course: Course
    state: OperationState
    reason: str | None
    pull: PullNumber | None
    steps: tuple[StepView, ...]
    may_undo: bool

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens by itself or by a person."""
        return self.state in (OperationState.DONE, OperationState.FAILED)

    @property
    def obstacle(self) -> str | None:
        """What holds up the step that it stands at."""
        at = (StepState.DOING, StepState.UNDOING)
        return next((step.trouble for step in self.steps if step.trouble and step.state in at), None)

    @property
    def standstill(self) -> str:
        """Why it waits for a person: what turned it round, and what then held it up."""
        words = " ".join(filter(None, (self.reason, self.obstacle)))
        return words or "It was under way when a backup was restored."


@dataclass(frozen=True, slots=True, kw_only=True)
class GraduationView:
    """What the page of an entry shows: whether the viewer may begin one, and the last one there was."""

    may: Permit
    is_draft: bool
    run: RunView | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkView:
    """Something that stands in the way or is closed, and where it is."""

    words: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferView:
    """What the dialog begins with; `blocking` has to be dealt with first, `closing` are the branches it closes.

    `others` is how many branches more it closes that the viewer may not read.
    """

    number: str
    repo: str
    org: str
    owners: str
    blocking: tuple[LinkView, ...]
    closing: tuple[LinkView, ...]
    others: int
    notifies: int = 0
    """How many people it would tell."""


class QueueState(StrEnum):
    """How an entry stands in the admins' queue."""

    PERSON = "needs a person"
    RUNNING = "running"
    READY = "ready"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """One entry in the admins' queue (`graduation-row-<slug>`): how it stands, why, and its graduation if one runs."""

    slug: Slug
    title: str
    state: QueueState
    why: str
    links: tuple[LinkView, ...]
    owners: tuple[str, ...]
    run: RunView | None


async def graduation_view(context: Context, *, viewer: Viewer, slug: Slug) -> GraduationView:
    """The graduation of an entry, for everybody who looks at it; raises NotFound."""
    async with context.store.read() as work:
        entry = await find_entry(work, slug)
        standing = await authority_of(work, entry)
        row = await sagas.latest_for_slug(work, slug=slug)
        return GraduationView(
            may=permit(may_graduate, viewer, standing, act="graduate this RFC"),
            is_draft=entry.state is EntryState.SUPER_DRAFT,
            run=None if row is None else await _run(work, row),
        )


async def graduation_offer(context: Context, *, viewer: Viewer, slug: Slug) -> OfferView:
    """Suggestions, and what stands in the way now. Raises NotFound, NotSignedIn, Muted, Forbidden."""
    async with context.store.read() as work:
        entry = await find_entry(work, slug)
        actor = require(may_graduate, viewer, await authority_of(work, entry), act="graduate this RFC")
        number = await free_number(work)
        blocking = await open_body_pulls(work, context.meta, slug)
        left = await branches_to_close(work, context.meta, entry)
        notifies = await notified_by(work, context, actor, ActionKind.GRADUATE_COMPLETE, slug=slug)
    readable = [branch for branch in left if allows(may_read_branch, viewer, branch.standing)]
    return OfferView(
        number=rfc_id(number),
        repo=suggested_name(number, slug),
        org=context.org,
        owners=", ".join(entry.owners or (actor.login,)),
        blocking=tuple(_pull_link(slug, row) for row in blocking),
        closing=tuple(
            LinkView(words=branch.key.name, path=branch_address(slug, branch.key.name)) for branch in readable
        ),
        others=len(left) - len(readable),
        notifies=notifies,
    )


async def graduation_queue(context: Context, *, viewer: Viewer) -> tuple[QueueRow, ...]:
    """Every super-draft as admins see it: what needs a person first. Raises NotSignedIn, Forbidden."""
    require(may_read_admin, viewer, act="see the graduation queue")
    async with context.store.read() as work:
        alive = (OperationState.PENDING, OperationState.PARKED)
        running = {row.rfc_slug: row for row in await sagas.list_in_states(work, states=alive)}
        blocking: dict[Slug, list[PullRow]] = {}
        for pull in await pulls.list_open(work, kind=PullKind.META_BODY_EDIT):
            if pull.rfc_slug is not None:
                blocking.setdefault(pull.rfc_slug, []).append(pull)
        rows = [
            await _queue_row(work, entry, running.get(entry.slug), blocking.get(entry.slug, []))
            for entry in await catalog.list_rows(work)
            if entry.state is EntryState.SUPER_DRAFT or entry.slug in running
        ]
    order = list(QueueState)
    return tuple(sorted(rows, key=lambda row: (order.index(row.state), row.title.casefold())))


async def _queue_row(
    work: Work, entry: catalog.RfcSummary, saga: SagaRow | None, blocking: list[PullRow]
) -> QueueRow:
    run = None if saga is None else await _run(work, saga)
    state, why = _standing(entry, run, blocking)
    return QueueRow(
        slug=entry.slug,
        title=entry.title,
        state=state,
        why=why,
        links=tuple(_pull_link(entry.slug, row) for row in blocking),
        owners=entry.owners,
        run=run,
    )


def _standing(
    entry: catalog.RfcSummary, run: RunView | None, blocking: list[PullRow]
) -> tuple[QueueState, str]:
    if run is not None and run.state is OperationState.PARKED:
        return QueueState.PERSON, run.standstill
    if run is not None:
        done = sum(step.state is StepState.DONE for step in run.steps)
        return QueueState.RUNNING, f"{done} of {len(run.steps)} steps are done."
    if blocking:
        return QueueState.BLOCKED, "Pull requests that change its text are open."
    if not entry.owners:
        return (
            QueueState.BLOCKED,
            "Nobody owns it yet: somebody has to claim it, or be named when it graduates.",
        )
    return QueueState.READY, "Nothing stands in the way."


def _pull_link(slug: Slug, row: PullRow) -> LinkView:
    return LinkView(words=f"#{row.pr_number} {row.title}", path=f"/rfc/{slug}/pr/{row.pr_number}")


async def _run(work: Work, row: SagaRow) -> RunView:
    run = GRADUATION.run_of(row)
    intent: GraduationIntent = run.intent
    opened = OPEN_PULL.effect_in(run)
    (by,) = await people_called(work, [row.on_behalf_of])
    return RunView(
        op_id=row.op_id,
        by=by,
        began_at=row.created_at,
        rfc_id=intent.rfc_id,
        repo=intent.repo,
        owners=await people_called(work, intent.owners),
        course=row.course,
        state=row.state,
        reason=row.reason,
        pull=None if opened is None else opened.number,
        steps=tuple(_step(step) for step in row.steps),
        may_undo=may_turn(GRADUATION, row),
    )


def _step(row: StepRow) -> StepView:
    took = row.ended_at - row.started_at if row.ended_at and row.started_at else None
    return StepView(
        number=row.number,
        name=row.name,
        state=row.state,
        seconds=None if took is None else took.total_seconds(),
        trouble=row.error,
    )
