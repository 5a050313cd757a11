"""Claims (§13.1): somebody asks to own a super-draft that nobody owns."""

from __future__ import annotations

from services.domain.actors import Actor
from services.domain.entry import EntryState
from services.domain.errors import Conflict
from services.domain.identifiers import OperationId, Slug
from services.domain.metadata import FieldChange
from services.domain.permissions import MetadataField, may_claim
from services.domain.pull import PullKind, claim_branch_name
from services.domain.trailers import new_operation_id
from services.store.queries import operations
from services.store.queries.catalog import RfcRow
from services.store.work import Work
from services.usecases.bot_writes import begin, carry_out
from services.usecases.context import Context
from services.usecases.graduating import require_not_graduating
from services.usecases.meta_pulls import open_meta_pulls
from services.usecases.metadata_writes import OPEN_CLAIM, ChangeIntent, OpenedMetadata
from services.usecases.people import entitled
from services.usecases.rate_limits import Limited
from services.usecases.views.entry import find_entry


async def claim(context: Context, *, actor: Actor | None, slug: Slug) -> OpenedMetadata:
    """Open a claim PR that makes the actor the super-draft's owner.

    Raises NotFound, NotSignedIn, Muted, RateLimited, Busy (it graduates right now), Conflict (owned already, no
    super-draft, asked already) and Upstream.
    """
    op_id = new_operation_id()
    async with context.store.write() as work:
        person = await entitled(work, may_claim, actor, act="claim a super-draft")
        entry = await find_entry(work, slug)
        _require_claimable(entry)
        await require_not_graduating(work, slug)
        await work.serialize(f"claim {slug} {person.login}")
        await _require_first(work, person, entry)
        context.limits.count(Limited.METADATA, person.login)
        intent = _intent(person, entry, op_id)
        await begin(work, OPEN_CLAIM, op_id=op_id, actor_id=person.id, login=person.login, intent=intent)
    return await carry_out(context, OPEN_CLAIM, op_id)


def why_not_claimable(entry: RfcRow) -> str | None:
    """Why nobody can claim an entry, in words; `None` when somebody can."""
    if entry.state is EntryState.WITHDRAWN:
        return "It has been withdrawn, so nobody can claim it."
    if entry.state is not EntryState.SUPER_DRAFT:
        return "Only a super-draft can be claimed; this RFC is active."
    if entry.owners:
        return f"It is owned by {', '.join(entry.owners)} already."
    return None


def _require_claimable(entry: RfcRow) -> None:
    reason = why_not_claimable(entry)
    if reason is not None:
        raise Conflict(reason)


async def _require_first(work: Work, person: Actor, entry: RfcRow) -> None:
    for row in await open_meta_pulls(work, entry.slug):
        if row.pr_kind is PullKind.META_CLAIM and row.opened_by.lower() == person.login.lower():
            raise Conflict(f"You have asked already: your claim is #{row.pr_number}.")
    for operation in await operations.pending(work):
        is_mine = operation.kind == OPEN_CLAIM.kind and operation.actor_user_id == person.id
        if is_mine and operation.intent.get("slug") == entry.slug:
            raise Conflict("Your claim is being opened right now.")


def _intent(person: Actor, entry: RfcRow, op_id: OperationId) -> ChangeIntent:
    return ChangeIntent(
        display_name=person.display_name,
        slug=entry.slug,
        branch=claim_branch_name(entry.slug, op_id),
        title=f"Claim {entry.title} for {person.login}",
        reason="",
        changes=(FieldChange(field=MetadataField.OWNERS, before=(), after=(person.login,)),),
    )
