"""The branches of an entry as a list (§17: `/api/rfcs/<slug>/branches`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from services.domain.actors import Viewer
from services.domain.branch import BranchState, Visibility
from services.domain.identifiers import PullNumber, Repository, Slug
from services.domain.permissions import EditAccess
from services.usecases.known_branch import KnownBranch, list_branches
from services.usecases.views.entry import find_entry
from services.usecases.views.parts import PersonView
from services.usecases.views.threads import person_view

if TYPE_CHECKING:
    from services.usecases.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchSummary:
    """One branch; `creator` is None for one that somebody cut on Gitea, `head_sha` its last one if it is deleted."""

    repo: Repository
    name: str
    state: BranchState
    visibility: Visibility
    edit_access: EditAccess
    creator: PersonView | None
    head_sha: str
    pinned: bool
    last_commit_at: datetime | None
    pull_number: PullNumber | None


async def branch_list(context: Context, *, viewer: Viewer, slug: Slug) -> tuple[BranchSummary, ...]:
    """The branches of an entry that the viewer may read, by name; raises NotFound."""
    async with context.store.read() as work:
        entry = await find_entry(work, slug)
        return tuple(_summary(branch) for branch in await list_branches(work, entry, viewer=viewer))


def _summary(branch: KnownBranch) -> BranchSummary:
    cached, standing = branch.cached, branch.standing
    return BranchSummary(
        repo=branch.key.repo,
        name=branch.key.name,
        state=branch.state,
        visibility=Visibility.PRIVATE if standing.branch_private else Visibility.PUBLIC,
        edit_access=standing.branch_access,
        creator=person_view(branch.creator) if branch.creator else None,
        head_sha=cached.head_sha if cached else branch.setting.base_sha if branch.setting else "",
        pinned=branch.setting is not None and branch.setting.pinned,
        last_commit_at=cached.last_commit_at if cached else None,
        pull_number=branch.pull.pr_number if branch.pull else None,
    )
