"""The metadata pane's save (§9.6): each opens a metadata PR of its own."""

from __future__ import annotations

from collections.abc import Mapping

from services.domain.actors import Actor
from services.domain.entry import EntryState
from services.domain.errors import Busy, Conflict, Invalid
from services.domain.identifiers import OperationId, Slug
from services.domain.metadata import (
    FieldChange,
    Words,
    check_reason,
    field_name,
    title_of_changes,
    words_of,
)
from services.domain.permissions import MetadataField, may_open_metadata
from services.domain.pull import metadata_branch_name
from services.domain.trailers import new_operation_id
from services.store.queries import operations, users
from services.store.queries.catalog import RfcRow
from services.store.queries.operations import OperationRow, OperationState
from services.usecases.bot_writes import begin, carry_out
from services.usecases.context import Context
from services.usecases.graduating import require_not_graduating
from services.usecases.metadata_writes import OPEN_METADATA, ChangeIntent, OpenedMetadata, moved_sentence
from services.usecases.people import entitled
from services.usecases.rate_limits import Limited
from services.usecases.views.entry import find_entry

PEOPLE_FIELDS = frozenset({MetadataField.OWNERS, MetadataField.ARBITERS, MetadataField.FUNDER})
NOTHING_NEW = "Nothing is different from what stands there now."

Values = Mapping[MetadataField, Words]


async def change_metadata(
    context: Context,
    *,
    actor: Actor | None,
    slug: Slug,
    wanted: Values,
    seen: Values,
    reason: str = "",
    op_id: OperationId | None = None,
) -> OpenedMetadata:
    """Open a metadata PR for the fields in `wanted`; `seen` is what they held when they were filled in.

    The same `op_id` again gives the same PR. Raises NotFound, NotSignedIn, Muted, RateLimited, Invalid (with the
    field), Conflict (nothing new, or changed meanwhile), Busy (it graduates right now) and Upstream.
    """
    op_id = op_id or new_operation_id()
    async with context.store.read() as work:
        await entitled(work, may_open_metadata, actor, act="change metadata")
        entry = await find_entry(work, slug)
    checked = await _checked(context, entry, wanted)
    async with context.store.write() as work:
        person = await entitled(work, may_open_metadata, actor, act="change metadata")
        entry = await find_entry(work, slug)
        earlier = await operations.find(work, id=op_id)
        if earlier is None:
            await require_not_graduating(work, slug)
            intent = _intent(person, entry, _changes(entry, checked, seen), reason, op_id)
            context.limits.count(Limited.METADATA, person.login)
            await begin(
                work, OPEN_METADATA, op_id=op_id, actor_id=person.id, login=person.login, intent=intent
            )
    if earlier is not None:
        return await _repeat(context, person, earlier)
    return await carry_out(context, OPEN_METADATA, op_id)


async def _repeat(context: Context, person: Actor, earlier: OperationRow) -> OpenedMetadata:
    """The same form sent twice: the outcome of the first."""
    if earlier.kind != OPEN_METADATA.kind or earlier.actor_user_id != person.id:
        raise Conflict("This was sent before, by somebody else.")
    if earlier.state is OperationState.FAILED:
        raise Conflict("This was tried before and failed. Look at the page again, then save once more.")
    if earlier.state is OperationState.DONE:
        return OPEN_METADATA.effect_of(earlier)
    if earlier.id in context.in_flight:
        raise Busy("This PR is being opened right now.")
    return await carry_out(context, OPEN_METADATA, earlier.id, again=True)


def _changes(entry: RfcRow, wanted: Values, seen: Values) -> tuple[FieldChange, ...]:
    """What is to change, against what stands there now; raises Conflict where that is not what was seen."""
    moved = [field for field in wanted if field in seen and seen[field] != words_of(entry, field)]
    if moved:
        raise Conflict(moved_sentence(tuple(field_name(field) for field in moved)))
    before = {field: words_of(entry, field) for field in wanted}
    changes = tuple(
        FieldChange(field=field, before=before[field], after=wanted[field])
        for field in MetadataField
        if field in wanted and wanted[field] != before[field]
    )
    if not changes:
        raise Invalid(NOTHING_NEW)
    return changes


def _intent(
    person: Actor, entry: RfcRow, changes: tuple[FieldChange, ...], reason: str, op_id: OperationId
) -> ChangeIntent:
    withdraws = any(change.after == (EntryState.WITHDRAWN.value,) for change in changes)
    return ChangeIntent(
        display_name=person.display_name,
        slug=entry.slug,
        branch=metadata_branch_name(entry.slug, op_id),
        title=title_of_changes(changes, entry.title),
        reason=check_reason(reason, needed=withdraws),
        changes=changes,
    )


async def _checked(context: Context, entry: RfcRow, wanted: Values) -> Values:
    """The values with logins as Gitea writes them; raises Invalid for people and models nobody knows."""
    checked = dict(wanted)
    for field, words in wanted.items():
        present = words_of(entry, field) or ()
        if field in PEOPLE_FIELDS and words is not None:
            found = [await _login(context, field, name, present) for name in words]
            checked[field] = tuple(dict.fromkeys(found))
        if field is MetadataField.MODELS and words is not None:
            _require_models(context, words, present)
    return checked


async def _login(context: Context, field: MetadataField, name: str, present: tuple[str, ...]) -> str:
    """A login as Gitea writes it; one that stands there already is taken as it is."""
    if name in present:
        return name
    async with context.store.read() as work:
        row = await users.find_by_login(work, login=name)
    if row is not None:
        return row.gitea_login
    found = await context.gitea.accounts.by_login(name)
    if found is None or found.login.lower() == context.bot.login.lower():
        raise Invalid(f"There is nobody called “{name}” on Gitea.", field=field)
    return found.login


def _require_models(context: Context, keys: tuple[str, ...], present: tuple[str, ...]) -> None:
    known = context.models.enabled_keys
    for key in keys:
        if key not in known and key not in present:
            offered = f" There are: {', '.join(known)}." if known else " None is enabled here."
            raise Invalid(f"The model “{key}” is not enabled on this site.{offered}", field="models")
