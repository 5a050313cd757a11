"""What the use-cases and views of metadata and claim PRs share: whose they are, and whether they can be decided."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from services.domain.actors import Actor
from services.domain.audit import ActionKind
from services.domain.errors import Conflict, NotFound
from services.domain.identifiers import PullNumber, Repository, Slug
from services.domain.metadata import field_name, moved_fields
from services.domain.metadata_clash import FieldClash, clashes_of
from services.domain.permissions import MetadataField, Rule, Standing, may_decide_claim, may_merge_metadata
from services.domain.pull import METADATA_KINDS, PullKind, PullState, superseded_number
from services.store.queries import operations, pulls
from services.store.queries.catalog import RfcRow
from services.store.queries.pulls import PullRow
from services.store.work import Work
from services.usecases.acts_under_way import require_free
from services.usecases.authority import authority_of
from services.usecases.metadata_writes import METADATA_WRITES, moved_sentence
from services.usecases.people import present_login
from services.usecases.views.entry import find_entry

_CLOSED_REASONS = {
    PullState.MERGED: "This PR has been merged already.",
    PullState.CLOSED: "This PR has been closed already.",
    PullState.WITHDRAWN: "This PR has been withdrawn already.",
}
_KINDS = frozenset(write.kind.value for write in METADATA_WRITES)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownMetaPull:
    """A metadata or claim PR with its entry, and what rules look at."""

    row: PullRow
    entry: RfcRow
    standing: Standing

    @property
    def is_claim(self) -> bool:
        """Whether somebody asks to own the entry."""
        return self.row.pr_kind is PullKind.META_CLAIM

    @property
    def decide(self) -> Rule:
        """Who merges and declines it (§6.4)."""
        return may_decide_claim if self.is_claim else may_merge_metadata

    @property
    def fields(self) -> tuple[MetadataField, ...]:
        """What it changes."""
        return tuple(change.field for change in self.row.metadata_changes)

    @property
    def obstacle(self) -> str | None:
        """Why nobody can merge it as it is, in words."""
        if self.row.entry_problem:
            return f"It can't be merged as it is. {self.row.entry_problem}"
        moved = moved_fields(self.entry, self.row.metadata_changes)
        if not moved:
            return None
        if self.is_claim:
            return f"“{self.entry.title}” has an owner by now."
        words = moved_sentence(tuple(field_name(field) for field in moved))
        return f"{words} A choice has to be made before it can be merged."

    @property
    def clashes(self) -> tuple[FieldClash, ...]:
        """The fields that main changed too, to something else; a claim has none: it is too late or not."""
        return () if self.is_claim else clashes_of(self.entry, self.row.metadata_changes)


async def find_meta_pull(work: Work, meta: Repository, *, slug: Slug, number: PullNumber) -> KnownMetaPull:
    """A metadata or claim PR of this entry, or NotFound."""
    entry = await find_entry(work, slug)
    row = await pulls.find(work, repo=meta, number=number)
    if row is None or row.pr_kind not in METADATA_KINDS or row.rfc_slug != slug:
        raise NotFound(f"“{slug}” has no metadata PR #{number}.")
    return await known_meta_pull(work, row, entry)


async def known_meta_pull(work: Work, row: PullRow, entry: RfcRow) -> KnownMetaPull:
    """A row with what belongs to it."""
    opened_by = await present_login(work, login=row.opened_by, at=row.opened_at) if row.opened_by else None
    standing = dataclasses.replace(
        await authority_of(work, entry),
        opened_by=opened_by,
        metadata_fields=frozenset(change.field for change in row.metadata_changes),
    )
    return KnownMetaPull(row=row, entry=entry, standing=standing)


async def open_meta_pulls(work: Work, slug: Slug) -> list[PullRow]:
    """The open metadata and claim PRs of an entry, newest first."""
    listed = await pulls.list_for_slug(work, slug=slug)
    return [row for row in listed if row.pr_kind in METADATA_KINDS and row.state is PullState.OPEN]


async def open_replacement(work: Work, slug: Slug, number: PullNumber) -> PullNumber | None:
    """The open PR that takes the place of this one when it is merged, if there is one."""
    rows = await open_meta_pulls(work, slug)
    return next((row.pr_number for row in rows if superseded_number(row.body) == number), None)


def closed_reason(state: PullState) -> str | None:
    """Why nothing can be decided any more; `None` while it is open."""
    return _CLOSED_REASONS.get(state)


def require_open(pull: KnownMetaPull) -> None:
    """Raise Conflict, in words, unless the PR is open."""
    reason = closed_reason(pull.row.state)
    if reason is not None:
        raise Conflict(reason)


async def require_undisturbed(
    work: Work, number: PullNumber, *, by: Actor, act: ActionKind | None = None
) -> None:
    """Raise Busy when a decision on this PR is under way; on PostgreSQL, wait for one being begun.

    Where it is `act` itself, begun by the same person, it is BegunAlready.
    """
    await work.serialize(f"metadata {number}")
    found = [
        operation
        for operation in await operations.pending(work)
        if operation.kind in _KINDS and operation.intent.get("number") == number
    ]
    require_free(found, by=by, act=act, what="this PR")
