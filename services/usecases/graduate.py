"""Graduating a super-draft (§13.2–§13.5): start, and what a person decides where it can go neither way."""

from __future__ import annotations

from services.domain.actors import Actor
from services.domain.audit import ActionKind
from services.domain.clock import now
from services.domain.entry import EntryState, entry_path, parse_entry
from services.domain.errors import Busy, Conflict, Invalid, NotFound, UnreadableText
from services.domain.events import SagaMoved
from services.domain.front_matter import BrokenEntry
from services.domain.graduation import GraduationPlan, graduation_branch
from services.domain.identifiers import OperationId, Repository, Slug
from services.domain.permissions import may_graduate, may_run_admin
from services.domain.saga import Course
from services.domain.trailers import new_operation_id
from services.gitea.outcomes import TextMoved
from services.store.queries import catalog, events, operations, sagas
from services.store.queries.catalog import RfcRow
from services.store.queries.sagas import SagaRow
from services.store.work import Work
from services.usecases.authority import authority_of
from services.usecases.context import Context
from services.usecases.graduating import entry_claim
from services.usecases.graduation import GRADUATION, carry_on
from services.usecases.graduation_blockers import open_body_pulls, require_nothing_under_way
from services.usecases.graduation_intent import GraduationIntent, record
from services.usecases.graduation_plan import (
    number_claim,
    repository_claim,
    require_number_free,
    require_people,
    require_repository_free,
)
from services.usecases.people import entitled
from services.usecases.record import record_action
from services.usecases.sagas.runner import may_turn
from services.usecases.sagas.saga import Run
from services.usecases.views.entry import find_entry

ACT = "graduate this RFC"
NOT_A_DRAFT = {
    EntryState.ACTIVE: "This RFC has graduated already.",
    EntryState.WITHDRAWN: "This RFC has been withdrawn, so it can't graduate.",
}


async def start_graduation(
    context: Context,
    *,
    actor: Actor | None,
    slug: Slug,
    plan: GraduationPlan,
    op_id: OperationId | None = None,
) -> OperationId:
    """Begin a graduation, which then runs by itself; the same `op_id` again is the same graduation.

    Raises NotFound, NotSignedIn, Muted, Forbidden; Invalid with the field of what is taken or does not exist;
    Conflict and Busy for what is in the way; and Upstream. Nothing has been begun then.
    """
    op_id = op_id or new_operation_id()
    repo = Repository(f"{context.org}/{plan.repo_name}")
    async with context.store.read() as work:
        entry = await find_entry(work, slug)
        await entitled(work, may_graduate, actor, await authority_of(work, entry), act=ACT)
        if await sagas.find(work, op_id=op_id) is not None:
            return op_id
        require_super_draft(entry)
    owners = await require_people(context, plan.owners)
    await require_repository_free(context, repo)
    blob_sha = await _file_now(context, slug)
    async with context.store.write() as work:
        await _begin(work, context, actor, slug, plan, repo, owners, blob_sha, op_id)
    carry_on(context, op_id)
    return op_id


async def resume_graduation(context: Context, *, actor: Actor | None, op_id: OperationId) -> None:
    """*Go on*: have a graduation that waits for a person go forward again.

    Raises NotFound, NotSignedIn, Muted, Forbidden, and Conflict where it does not wait.
    """
    await _decide(context, actor, op_id, Course.FORWARD)


async def undo_graduation(context: Context, *, actor: Actor | None, op_id: OperationId) -> None:
    """*Undo*: have a graduation that waits for a person take everything back.

    Raises NotFound, NotSignedIn, Muted, Forbidden, and Conflict where it does not wait, or has been merged.
    """
    await _decide(context, actor, op_id, Course.BACK)


def require_super_draft(entry: RfcRow) -> None:
    """Raise Conflict, in words, for an entry that can't graduate."""
    if entry.state is not EntryState.SUPER_DRAFT:
        raise Conflict(NOT_A_DRAFT[entry.state])


async def _begin(
    work: Work,
    context: Context,
    actor: Actor | None,
    slug: Slug,
    plan: GraduationPlan,
    repo: Repository,
    owners: tuple[str, ...],
    blob_sha: str,
    op_id: OperationId,
) -> None:
    """Transaction A: everything is checked again, kept for this graduation, and written down."""
    await work.serialize(entry_claim(slug))
    entry = await find_entry(work, slug)
    person = await entitled(work, may_graduate, actor, await authority_of(work, entry), act=ACT)
    require_super_draft(entry)
    await _require_unblocked(work, context, slug)
    await require_number_free(work, plan.number)
    intent = GraduationIntent(
        display_name=person.display_name,
        slug=slug,
        title=entry.title,
        rfc_id=plan.rfc_id,
        repo=repo,
        owners=owners,
        blob_sha=blob_sha,
        branch=graduation_branch(slug, op_id),
        graduated_at=now().date().isoformat(),
    )
    await operations.begin(
        work,
        id=op_id,
        kind=GRADUATION.kind,
        actor_user_id=person.id,
        on_behalf_of=person.login,
        intent=GRADUATION.stored_intent(intent),
    )
    await sagas.begin(work, op_id=op_id, slug=slug, steps=[step.name for step in GRADUATION.steps])
    await _claim_all(work, op_id, slug, plan.number, repo)
    run = Run(op_id, person.id, person.login, intent, {})
    await record(work, context, run, ActionKind.GRADUATE_START, details={"owners": list(owners)})
    await events.append(work, SagaMoved(slug, op_id))


async def _require_unblocked(work: Work, context: Context, slug: Slug) -> None:
    blocking = await open_body_pulls(work, context.meta, slug)
    if blocking:
        numbers = ", ".join(f"#{row.pr_number}" for row in blocking)
        raise Conflict(
            f"{numbers} changes the text and is still open.", hint="Merge or withdraw it, then graduate."
        )
    await require_nothing_under_way(work, slug)


async def _claim_all(work: Work, op_id: OperationId, slug: Slug, number: int, repo: Repository) -> None:
    """The database lets one graduation at a time have an entry, a number and a name."""
    words = {
        entry_claim(slug): Busy("This RFC is graduating already.", hint="The page shows how far it is."),
        number_claim(number): Invalid("Another graduation that runs now has this number.", field="number"),
        repository_claim(repo): Invalid("Another graduation that runs now has this name.", field="repo"),
    }
    for name, refusal in words.items():
        if await sagas.claim(work, op_id=op_id, name=name) is not None:
            raise refusal


async def _file_now(context: Context, slug: Slug) -> str:
    """The blob of the entry's file as it is on Gitea, which has to be what the page shows."""
    path = entry_path(slug)
    file = await context.gitea.git.file(context.meta, path, ref="main")
    if file is None or file.data is None:
        raise NotFound(f"{path} can't be read from Gitea.")
    try:
        parse_entry(file.data, path=path)
    except BrokenEntry as error:
        raise UnreadableText(f"The entry's file can't be read. {error.reason}") from error
    async with context.store.read() as work:
        entry = await catalog.find(work, slug=slug)
    if entry is None or entry.blob_sha != file.sha:
        await context.refresher.nudge(context.meta)
        raise TextMoved(
            "The entry has just been changed on Gitea.", hint="Look at the page again, then start once more."
        )
    return file.sha


async def _decide(context: Context, actor: Actor | None, op_id: OperationId, course: Course) -> None:
    async with context.store.write() as work:
        row = await sagas.find(work, op_id=op_id)
        if row is None or row.kind != GRADUATION.kind:
            raise NotFound("There is no such graduation.")
        act = "decide on graduations"
        person = await entitled(work, may_run_admin, actor, act=act)
        if not await sagas.unpark(work, op_id=op_id):
            raise Conflict("This graduation does not wait for anybody.")
        if course is Course.BACK and not may_turn(GRADUATION, row):
            raise Conflict("It has been merged, so it can only go on.", hint="Press “Go on”.")
        await sagas.steer(
            work, op_id=op_id, course=course, reason=row.reason if course is Course.BACK else None
        )
        await _record_decision(work, context, person, row, course)
    carry_on(context, op_id)


async def _record_decision(work: Work, context: Context, person: Actor, row: SagaRow, course: Course) -> None:
    forward = course is Course.FORWARD
    await record_action(
        work,
        context,
        actor_user_id=person.id,
        on_behalf_of=person.login,
        kind=ActionKind.GRADUATE_RESUME if forward else ActionKind.GRADUATE_TURN_BACK,
        op_id=new_operation_id(),
        slug=row.rfc_slug,
        details={"graduation": row.op_id},
    )
    await events.append(work, SagaMoved(row.rfc_slug, row.op_id))
