"""Where a branch of the time before a graduation was carried, and whether somebody may carry it (§13.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.domain.actors import Viewer
from services.domain.audit import ActionKind
from services.domain.branch import BranchKey, BranchState, branch_address
from services.domain.entry import EntryState
from services.domain.identifiers import Repository
from services.domain.permissions import allows, may_read_branch, may_start_contributing
from services.store.queries import actions
from services.store.queries.actions import ActionRow
from services.usecases.known_branch import EntryFacts, KnownBranch
from services.usecases.views.parts import Permit, PersonView
from services.usecases.views.threads import permit, person_view

if TYPE_CHECKING:
    from services.usecases.context import Context

ACT = "carry this branch to a new one"


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedView:
    """A branch that another was carried to, and who did that."""

    name: str
    path: str
    by: PersonView | None
    by_viewer: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CarryView:
    """`carried` are the branches that the viewer may read and that are still there, oldest first."""

    may: Permit
    carried: tuple[CarriedView, ...]


async def carry_view(
    context: Context, facts: EntryFacts, branch: KnownBranch, viewer: Viewer
) -> CarryView | None:
    """Of a branch that a graduation left behind in the meta repository; None of every other, and where the RFC
    has been withdrawn."""
    entry = facts.entry
    if entry.repo is None or entry.state is EntryState.WITHDRAWN or branch.key.repo != context.meta:
        return None
    rows = await context.readings.of(("carried", branch.key), lambda: _carryings(context, branch))
    known = {one.key: one for one in facts.branches}
    targets = [(row, known.get(_target(entry.repo, row))) for row in rows]
    return CarryView(
        may=permit(may_start_contributing, viewer, act=ACT),
        carried=tuple(
            _carried(row, target, viewer)
            for row, target in targets
            if target is not None
            and target.state is not BranchState.DELETED
            and allows(may_read_branch, viewer, target.standing)
        ),
    )


async def _carryings(context: Context, branch: KnownBranch) -> list[ActionRow]:
    async with context.store.read() as work:
        rows = await actions.list_for_slug(work, slug=branch.entry.slug, kind=ActionKind.CARRY_BRANCH)
    return [row for row in rows if row.details.get("source") == branch.key.name]


def _target(repo: str, row: ActionRow) -> BranchKey:
    return BranchKey(Repository(repo), row.branch_name or "")


def _carried(row: ActionRow, target: KnownBranch, viewer: Viewer) -> CarriedView:
    return CarriedView(
        name=target.key.name,
        path=branch_address(target.entry.slug, target.key.name),
        by=person_view(target.creator) if target.creator else None,
        by_viewer=viewer is not None and row.actor_user_id == viewer.id,
    )
