"""The metadata of an entry as its page shows it: the pane, who may merge what, what is asked for now (§9.6, §13.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from services.domain.actors import Viewer
from services.domain.entry import EntryState
from services.domain.identifiers import PullNumber, Slug
from services.domain.metadata import Words, standing_state, words_of
from services.domain.permissions import (
    MetadataField,
    Standing,
    allows,
    may_claim,
    may_merge_metadata,
    may_open_metadata,
)
from services.domain.pull import PullKind, PullState, pull_address
from services.domain.trailers import without_trailers
from services.store.queries import pulls
from services.store.queries.catalog import RfcRow
from services.store.queries.pulls import PullRow
from services.store.work import Work
from services.usecases.authority import authority_of
from services.usecases.claim import why_not_claimable
from services.usecases.meta_pulls import open_meta_pulls
from services.usecases.models import ModelChoice
from services.usecases.views.entry import find_entry
from services.usecases.views.parts import Permit, PersonView
from services.usecases.views.threads import permit, person_called

if TYPE_CHECKING:
    from services.usecases.context import Context

NO_CLAIM = Permit(allowed=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingMetadata:
    """An open metadata or claim PR of the entry."""

    number: PullNumber
    address: str
    title: str
    by: PersonView
    at: datetime
    is_claim: bool
    fields: tuple[MetadataField, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """Why an entry is withdrawn, and by which PR; that PR is unknown where the file was changed on Gitea."""

    reason: str
    number: PullNumber
    address: str
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MetadataView:
    """What the pane starts from. `merges` are the fields the viewer merges themself, each for itself.

    `claim` is allowed for whoever may ask now; it has no reason where the button is not for them at all.
    """

    slug: Slug
    title: str
    values: dict[MetadataField, Words]
    is_past: bool
    """Whether its PRs have the addresses of the meta repository's past (§10)."""
    standing_state: EntryState
    """What it is when it is not withdrawn."""
    open: Permit
    merges: frozenset[MetadataField]
    enabled: tuple[ModelChoice, ...]
    pending: tuple[PendingMetadata, ...]
    claim: Permit
    withdrawal: Withdrawal | None

    @property
    def is_withdrawn(self) -> bool:
        """Whether the entry is withdrawn."""
        return self.values[MetadataField.WITHDRAWAL] == (EntryState.WITHDRAWN.value,)


async def metadata_view(context: Context, *, viewer: Viewer, slug: Slug) -> MetadataView:
    """The metadata of an entry and the open PRs about it; raises NotFound."""
    async with context.store.read() as work:
        entry = await find_entry(work, slug)
        standing = await authority_of(work, entry)
        asked = [row for row in await open_meta_pulls(work, slug) if not _stands_already(entry, row)]
        pending = [await _pending(work, entry, row) for row in asked]
        withdrawal = await _withdrawal(work, entry)
    return MetadataView(
        slug=slug,
        title=entry.title,
        values={field: words_of(entry, field) for field in MetadataField},
        is_past=is_past(entry),
        standing_state=standing_state(entry.rfc_id),
        open=permit(may_open_metadata, viewer, act="change metadata"),
        merges=frozenset(field for field in MetadataField if _merges(viewer, standing, field)),
        enabled=context.models.enabled,
        pending=tuple(pending),
        claim=_claim_permit(viewer, entry, pending),
        withdrawal=withdrawal,
    )


def is_past(entry: RfcRow) -> bool:
    """Whether the meta repository's PRs of this entry have an address of their own (§10)."""
    return entry.repo is not None


def _merges(viewer: Viewer, standing: Standing, field: MetadataField) -> bool:
    facts = Standing(owners=standing.owners, arbiters=standing.arbiters, metadata_fields=frozenset({field}))
    return allows(may_merge_metadata, viewer, facts)


def _stands_already(entry: RfcRow, row: PullRow) -> bool:
    """Whether the entry says all that a PR asks for: merged just now, which is told a moment after main moved."""
    changes = row.metadata_changes
    return bool(changes) and all(words_of(entry, change.field) == change.after for change in changes)


async def _pending(work: Work, entry: RfcRow, row: PullRow) -> PendingMetadata:
    return PendingMetadata(
        number=row.pr_number,
        address=pull_address(entry.slug, row.pr_number, past=is_past(entry)),
        title=row.title,
        by=await person_called(work, row.opened_by),
        at=row.opened_at,
        is_claim=row.pr_kind is PullKind.META_CLAIM,
        fields=tuple(change.field for change in row.metadata_changes),
    )


def _claim_permit(viewer: Viewer, entry: RfcRow, pending: list[PendingMetadata]) -> Permit:
    if viewer is None or why_not_claimable(entry) is not None:
        return NO_CLAIM
    if any(one.is_claim and one.by.login.lower() == viewer.login.lower() for one in pending):
        return NO_CLAIM
    return permit(may_claim, viewer, act="claim it")


async def _withdrawal(work: Work, entry: RfcRow) -> Withdrawal | None:
    """The newest merged PR that withdrew the entry."""
    if entry.state is not EntryState.WITHDRAWN:
        return None
    for row in await pulls.list_for_slug(work, slug=entry.slug):
        if row.state is PullState.MERGED and _withdraws(row):
            return Withdrawal(
                reason=without_trailers(row.body),
                number=row.pr_number,
                address=pull_address(entry.slug, row.pr_number, past=is_past(entry)),
                at=row.merged_at,
            )
    return None


def _withdraws(row: PullRow) -> bool:
    return any(
        change.field is MetadataField.WITHDRAWAL and change.after == (EntryState.WITHDRAWN.value,)
        for change in row.metadata_changes
    )
