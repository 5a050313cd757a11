"""The pull requests of an entry as a list (§17: `/api/rfcs/<slug>/prs`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from services.domain.actors import Viewer
from services.domain.identifiers import PullNumber, Repository, Slug
from services.domain.pull import PullKind, PullState, is_superseded, pull_address
from services.store.queries import pull_seen
from services.store.work import Work
from services.usecases.known_pull import KnownPull, list_readable
from services.usecases.views.parts import PersonView
from services.usecases.views.threads import person_called

if TYPE_CHECKING:
    from services.usecases.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class PullSummary:
    """One pull request; `address` is its page, or the entry's own for a graduation, which is not reviewed."""

    repo: Repository
    number: PullNumber
    kind: PullKind
    state: PullState
    title: str
    opener: PersonView
    branch: str
    head_sha: str
    address: str
    superseded_by: PullNumber | None
    opened_at: datetime
    updated_at: datetime
    merged_at: datetime | None
    closed_at: datetime | None

    @property
    def is_superseded(self) -> bool:
        """Whether it was closed because another one that takes its place was merged (§10.9)."""
        return is_superseded(self.state, self.superseded_by)

    @property
    def ended_at(self) -> datetime | None:
        """When it was merged or closed; None while it is open."""
        return None if self.state is PullState.OPEN else self.merged_at or self.closed_at


async def pull_list(context: Context, *, viewer: Viewer, slug: Slug) -> tuple[PullSummary, ...]:
    """The pull requests of an entry that the viewer may read, newest first; raises NotFound. Ideas are none."""
    async with context.store.read() as work:
        found = await list_readable(work, slug, viewer=viewer)
        return tuple([await _summary(context, work, pull) for pull in found])


async def unread_pulls(
    context: Context, *, viewer: Viewer, pulls: Sequence[PullSummary]
) -> frozenset[tuple[Repository, PullNumber]]:
    """The open ones whose text the viewer has not looked at as it is now; none for strangers."""
    if viewer is None:
        return frozenset()
    async with context.store.read() as work:
        heads = await pull_seen.heads(work, user_id=viewer.id)
    return frozenset(
        (pull.repo, pull.number)
        for pull in pulls
        if pull.state is PullState.OPEN
        and pull.opener.login != viewer.login
        and heads.get((pull.repo, pull.number)) != pull.head_sha
    )


async def _summary(context: Context, work: Work, pull: KnownPull) -> PullSummary:
    row = pull.row
    return PullSummary(
        repo=row.repo,
        number=row.pr_number,
        kind=row.pr_kind,
        state=row.state,
        title=row.title,
        opener=await person_called(work, pull.standing.opened_by or row.opened_by),
        branch=row.head_branch,
        head_sha=row.head_sha,
        address=_address(pull, past=row.repo == context.meta and pull.entry.repo is not None),
        superseded_by=row.superseded_by_pr_number,
        opened_at=row.opened_at,
        updated_at=row.updated_at,
        merged_at=row.merged_at,
        closed_at=row.closed_at,
    )


def _address(pull: KnownPull, *, past: bool) -> str:
    if pull.row.pr_kind is PullKind.META_GRADUATION:
        return f"/rfc/{pull.entry.slug}"
    return pull_address(pull.entry.slug, pull.row.pr_number, past=past)
