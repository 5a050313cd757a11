"""The reading page `/rfc/<slug>` (§8.1, §8.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from services.domain.actors import Actor, Viewer
from services.domain.clock import now
from services.domain.entry import EntryState, entry_path
from services.domain.errors import NotFound
from services.domain.identifiers import CommitSha, Repository, Slug
from services.domain.permissions import may_comment, may_start_contributing
from services.domain.text_home import RFC_FILE
from services.store.queries import catalog, seen, threads
from services.store.queries.catalog import RfcRow
from services.store.work import Work
from services.usecases.views.parts import Permit, PersonView, ThreadView
from services.usecases.views.threads import people_called, permit, person_called, thread_view

if TYPE_CHECKING:
    from services.usecases.context import Context

WITHDRAWN = "This RFC has been withdrawn, so its text stays as it is."


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryView:
    """One entry and its main chat; `commit_sha` is where `body` was read, `changed_at` its last change.

    `text_repo` is the repository that holds the text (relative links and images start there), and
    `text_path` its file.
    """

    slug: Slug
    title: str
    rfc_id: str | None
    state: EntryState
    tags: tuple[str, ...]
    owners: tuple[PersonView, ...]
    arbiters: tuple[PersonView, ...]
    proposed_by: PersonView | None
    proposed_at: str | None
    body: str
    commit_sha: CommitSha
    changed_at: datetime
    as_of: datetime | None
    text_repo: str
    text_path: str
    comment: Permit
    contribute: Permit
    thread: ThreadView


async def entry_view(context: Context, *, viewer: Viewer, slug: Slug) -> EntryView:
    """One entry's main and its chat; raises NotFound."""
    async with context.store.read() as work:
        row = await find_entry(work, slug)
        thread = await threads.find_for_slug(work, slug=slug)
        text_repo = Repository(row.repo) if row.repo else context.meta
        return EntryView(
            slug=row.slug,
            title=row.title,
            rfc_id=row.rfc_id,
            state=row.state,
            tags=row.tags,
            owners=await people_called(work, row.owners),
            arbiters=await people_called(work, row.arbiters),
            proposed_by=await person_called(work, row.proposed_by) if row.proposed_by else None,
            proposed_at=row.proposed_at,
            body=row.body,
            commit_sha=CommitSha(row.body_sha),
            changed_at=row.last_activity_at,
            as_of=await _as_of(context, work, text_repo),
            text_repo=text_repo,
            text_path=RFC_FILE if row.repo else entry_path(row.slug),
            comment=permit(may_comment, viewer, act="comment"),
            contribute=_contribute_permit(row, viewer),
            thread=await thread_view(work, thread, viewer=viewer),
        )


async def _as_of(context: Context, work: Work, text_repo: Repository) -> datetime | None:
    """When the text was last known to be true; one read together with its entry, since then."""
    own = await context.refresher.as_of(work, text_repo)
    return own or await context.refresher.as_of(work, context.meta)


def _contribute_permit(row: RfcRow, viewer: Viewer) -> Permit:
    found = permit(may_start_contributing, viewer, act="start contributing")
    if found.allowed and row.state is EntryState.WITHDRAWN:
        return Permit(allowed=False, why_not=WITHDRAWN)
    return found


async def mark_read(context: Context, *, viewer: Actor, slug: Slug, commit_sha: CommitSha) -> None:
    """Remember that somebody has read an entry up to this commit (§7.1's dot, §8.2)."""
    async with context.store.write() as work:
        await seen.mark(work, user_id=viewer.id, slug=slug, commit_sha=commit_sha, at=now())


async def find_entry(work: Work, slug: Slug) -> RfcRow:
    """The cached entry, or NotFound."""
    row = await catalog.find(work, slug=slug)
    if row is None:
        raise NotFound(f"There is no RFC called “{slug}”.")
    return row
