"""Lines of front matter whose people have other logins by now: told in the sync report, and updated by a PR (§6.1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from services.domain.actors import Actor
from services.domain.errors import Invalid
from services.domain.identifiers import PullNumber, Slug
from services.domain.metadata import FieldChange, Words, words_of
from services.domain.permissions import MetadataField, may_run_admin
from services.store.queries import catalog, users
from services.store.queries.catalog import RfcRow
from services.store.work import Work
from services.usecases.authority import meant_by
from services.usecases.change_metadata import change_metadata
from services.usecases.context import Context
from services.usecases.meta_pulls import open_meta_pulls
from services.usecases.metadata_writes import OpenedMetadata
from services.usecases.people import entitled
from services.usecases.views.entry import find_entry

NAMING_PEOPLE = (MetadataField.OWNERS, MetadataField.ARBITERS, MetadataField.FUNDER)
REASON = "The people named here have other logins by now."
UP_TO_DATE = "Everybody named there is called so by now."


@dataclass(frozen=True, slots=True, kw_only=True)
class OutdatedLogins:
    """An entry and the fields that name people by former logins, with what they would say now.

    `pending` is an open PR that changes one of these fields already.
    """

    slug: Slug
    title: str
    changes: tuple[FieldChange, ...]
    pending: PullNumber | None


async def outdated_logins(work: Work) -> tuple[OutdatedLogins, ...]:
    """Every entry that names somebody by a login they hold no more, by slug."""
    former = await users.former_logins(work)
    if not former:
        return ()
    found = [await _outdated(work, row) for row in await _naming(work, former)]
    return tuple(one for one in found if one is not None)


async def update_logins(context: Context, *, actor: Actor | None, slug: Slug) -> OpenedMetadata:
    """Open the metadata PR that names an entry's people by the logins they have now.

    Raises NotSignedIn, Muted, Forbidden, NotFound, Invalid (nothing is outdated), and what `change_metadata` raises.
    """
    async with context.store.read() as work:
        person = await entitled(work, may_run_admin, actor, act="update logins")
        entry = await find_entry(work, slug)
        changes = await _changes(work, entry)
    if not changes:
        raise Invalid(UP_TO_DATE)
    return await change_metadata(
        context,
        actor=person,
        slug=slug,
        wanted={change.field: change.after for change in changes},
        seen={change.field: change.before for change in changes},
        reason=REASON,
    )


async def _naming(work: Work, logins: frozenset[str]) -> list[RfcRow]:
    """The entries whose front matter has one of these logins, in lower case."""
    named = [
        row.slug for row in await catalog.list_rows(work) if _lower((*row.owners, *row.arbiters)) & logins
    ]
    funded = [
        row.slug for row in await catalog.list_funded(work) if row.funder and _lower([row.funder]) & logins
    ]
    return await catalog.rows_of(work, slugs={*named, *funded})


def _lower(logins: Iterable[str]) -> frozenset[str]:
    return frozenset(login.lower() for login in logins)


async def _outdated(work: Work, entry: RfcRow) -> OutdatedLogins | None:
    changes = await _changes(work, entry)
    if not changes:
        return None
    fields = {change.field for change in changes}
    pending = [
        row.pr_number
        for row in await open_meta_pulls(work, entry.slug)
        if fields & {change.field for change in row.metadata_changes}
    ]
    return OutdatedLogins(
        slug=entry.slug, title=entry.title, changes=changes, pending=pending[0] if pending else None
    )


async def _changes(work: Work, entry: RfcRow) -> tuple[FieldChange, ...]:
    found = []
    for field in NAMING_PEOPLE:
        before = words_of(entry, field)
        after = await _present(work, entry, before)
        if after != before:
            found.append(FieldChange(field=field, before=before, after=after))
    return tuple(found)


async def _present(work: Work, entry: RfcRow, logins: Words) -> Words:
    """The same people under the logins they have now; a login that nobody can be told by stays."""
    if logins is None:
        return None
    present: list[str] = []
    for login in logins:
        person = await meant_by(work, entry, login)
        present.append(login if person is None or not person.has_login else person.gitea_login)
    same = [one.lower() for one in present] == [one.lower() for one in logins]
    return logins if same else tuple(dict.fromkeys(present))
