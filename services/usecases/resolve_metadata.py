"""A metadata PR whose fields main changed too: made anew of what main says, as people chose (§9.6, §10.9)."""

from __future__ import annotations

from collections.abc import Mapping

from services.domain.actors import Actor
from services.domain.errors import Conflict, Invalid
from services.domain.identifiers import OperationId, PullNumber, Slug
from services.domain.merge import Choice
from services.domain.metadata import FieldChange, Words, field_name, title_of_changes, words_of
from services.domain.metadata_clash import FieldClash, clashes_of
from services.domain.permissions import MetadataField, may_withdraw
from services.domain.pull import metadata_branch_name
from services.domain.trailers import new_operation_id, without_trailers
from services.store.work import Work
from services.usecases.bot_writes import begin, carry_out
from services.usecases.context import Context
from services.usecases.graduating import require_not_graduating
from services.usecases.meta_pulls import (
    KnownMetaPull,
    find_meta_pull,
    open_replacement,
    require_open,
    require_undisturbed,
)
from services.usecases.metadata_writes import OPEN_METADATA, ChangeIntent, OpenedMetadata, moved_sentence
from services.usecases.people import entitled
from services.usecases.rate_limits import Limited

NO_CLASH = "Main and this PR don't contradict each other."
ALL_THEIRS = "With these choices nothing of the PR is left. Withdraw it instead."


async def resolve_metadata(
    context: Context,
    *,
    actor: Actor | None,
    slug: Slug,
    number: PullNumber,
    choices: Mapping[MetadataField, Choice],
    seen: Mapping[MetadataField, Words],
    op_id: OperationId | None = None,
) -> OpenedMetadata:
    """Open the PR anew, with each contested field as it was chosen; merging that one closes this one.

    By whoever opened it, or an arbiter. `seen` is what main held in these fields when they chose. Raises NotFound,
    NotSignedIn, Muted, Forbidden, RateLimited, Invalid (a field without a choice, or nothing left), Conflict
    (nothing to resolve, main moved again, replaced or decided meanwhile), Busy and Upstream.
    """
    op_id = op_id or new_operation_id()
    async with context.store.write() as work:
        pull = await find_meta_pull(work, context.meta, slug=slug, number=number)
        person = await entitled(work, may_withdraw, actor, pull.standing, act="resolve this PR")
        await _require_resolvable(work, pull, person, slug, number)
        changes = _changes(pull, _clashes(pull, seen), choices)
        context.limits.count(Limited.METADATA, person.login)
        intent = ChangeIntent(
            display_name=person.display_name,
            slug=slug,
            branch=metadata_branch_name(slug, op_id),
            title=title_of_changes(changes, pull.entry.title),
            reason=without_trailers(pull.row.body),
            changes=changes,
            supersedes=number,
        )
        await begin(work, OPEN_METADATA, op_id=op_id, actor_id=person.id, login=person.login, intent=intent)
    return await carry_out(context, OPEN_METADATA, op_id)


async def _require_resolvable(
    work: Work, pull: KnownMetaPull, person: Actor, slug: Slug, number: PullNumber
) -> None:
    require_open(pull)
    await require_undisturbed(work, number, by=person)
    await require_not_graduating(work, slug)
    replacement = await open_replacement(work, slug, number)
    if replacement is not None:
        raise Conflict(f"#{replacement} is to take its place already.")


def _clashes(pull: KnownMetaPull, seen: Mapping[MetadataField, Words]) -> tuple[FieldClash, ...]:
    clashes = () if pull.is_claim else clashes_of(pull.entry, pull.row.metadata_changes)
    if not clashes:
        raise Conflict(NO_CLASH)
    moved = [field_name(clash.field) for clash in clashes if seen.get(clash.field) != clash.theirs]
    if moved:
        raise Conflict(moved_sentence(tuple(moved)), hint="Look at the page again, then choose.")
    return clashes


def _changes(
    pull: KnownMetaPull, clashes: tuple[FieldClash, ...], choices: Mapping[MetadataField, Choice]
) -> tuple[FieldChange, ...]:
    """What the new PR changes, made from what main holds now."""
    contested = {clash.field: clash for clash in clashes}
    undecided = next((clash for clash in clashes if choices.get(clash.field) not in clash.choices), None)
    if undecided is not None:
        raise Invalid(f"Choose what “{field_name(undecided.field)}” should be.", field=undecided.field)
    changes = []
    for change in pull.row.metadata_changes:
        present, clash = words_of(pull.entry, change.field), contested.get(change.field)
        wanted = change.after if clash is None else clash.chosen(choices[change.field])
        if wanted != present:
            changes.append(FieldChange(field=change.field, before=present, after=wanted))
    if not changes:
        raise Invalid(ALL_THEIRS)
    return tuple(changes)
