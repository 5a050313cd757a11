"""What is known of one branch, and who may do what there (§6.4, §11)."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.domain.actors import Viewer
from services.domain.branch import BranchKey, BranchState, Visibility
from services.domain.errors import NotFound
from services.domain.identifiers import Repository, Slug, UserId
from services.domain.permissions import EditAccess, Standing, allows, may_read_branch
from services.domain.pull import PullState
from services.store.queries import branch_settings, branches, pulls, users
from services.store.queries.branch_settings import BranchSettingRow
from services.store.queries.branches import BranchRow
from services.store.queries.catalog import RfcRow
from services.store.queries.pulls import PullRow
from services.store.queries.users import UserRow
from services.store.work import Work
from services.usecases.authority import authority_of
from services.usecases.branch_takeover import branch_state
from services.usecases.views.entry import find_entry
from services.usecases.views.parts import PersonView
from services.usecases.views.threads import person_view

if TYPE_CHECKING:
    from services.usecases.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownBranch:
    """One branch of an entry: its row, its settings, its open pull request, and what rules look at.

    `cached` is None for a moment after it was cut; `setting` is None for one that somebody cut on Gitea.
    """

    entry: RfcRow
    key: BranchKey
    cached: BranchRow | None
    setting: BranchSettingRow | None
    pull: PullRow | None
    creator: UserRow | None
    granted: tuple[UserRow, ...]
    is_merged: bool
    """Whether a pull request of it became part of main."""
    standing: Standing

    @property
    def state(self) -> BranchState:
        """How it stands."""
        return self.standing.branch_state


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFacts:
    """An entry with its owners, branches and pull requests, whoever may read them."""

    meta: Repository
    entry: RfcRow
    authority: Standing
    branches: tuple[KnownBranch, ...]
    pulls: tuple[PullRow, ...]
    people: Mapping[str, UserRow]
    """Owners and those who opened pull requests, by their logins, as far as they have signed in."""

    def person(self, login: str) -> PersonView:
        """An owner, or somebody who opened a pull request."""
        known = self.people.get(login)
        return PersonView(login=login, name=login) if known is None else person_view(known)

    def branch(self, name: str, viewer: Viewer) -> KnownBranch:
        """One branch; raises NotFound, also where it is private and the viewer may not read it."""
        branch = self.any_branch(name)
        if not allows(may_read_branch, viewer, branch.standing):
            raise _not_found(self.entry.slug, name)
        return branch

    def any_branch(self, name: str) -> KnownBranch:
        """The same, whoever asks."""
        found = [branch for branch in self.branches if branch.key.name == name]
        if not found:
            raise _not_found(self.entry.slug, name)
        # A graduated entry's earlier branches stay in the meta repository; its own repository comes first.
        return min(found, key=lambda branch: branch.key.repo == self.meta)

    def readable(self, viewer: Viewer) -> list[KnownBranch]:
        """Every branch that the viewer may read, deleted ones too, by name."""
        return [branch for branch in self.branches if allows(may_read_branch, viewer, branch.standing)]

    def standing(self, branch: str | None, viewer: Viewer) -> Standing:
        """What rules look at on main (`branch` None) or on a branch; raises what `branch` raises."""
        return self.authority if branch is None else self.branch(branch, viewer).standing


async def entry_facts(context: Context, slug: Slug) -> EntryFacts:
    """What is known of an entry, read once for all pages that ask at the same moment; raises NotFound."""
    return await context.readings.of(("entry", slug), lambda: _facts(context, slug))


@dataclass(frozen=True, slots=True)
class _Stored:
    """The rows of one branch, before anybody is looked up."""

    key: BranchKey
    cached: BranchRow | None
    setting: BranchSettingRow | None


async def find_branch(work: Work, meta: Repository, *, slug: Slug, name: str) -> KnownBranch:
    """One branch, whoever asks; raises NotFound."""
    entry = await find_entry(work, slug)
    stored = [row for row in await _stored(work, slug) if row.key.name == name]
    if not stored:
        raise _not_found(slug, name)
    # A graduated entry's earlier branches stay in the meta repository; its own repository comes first.
    stored.sort(key=lambda row: row.key.repo == meta)
    (branch,) = await _known(work, entry, stored[:1])
    return branch


async def readable_branch(
    work: Work, meta: Repository, *, slug: Slug, name: str, viewer: Viewer
) -> KnownBranch:
    """The same; raises NotFound too where it is private and the viewer may not read it."""
    branch = await find_branch(work, meta, slug=slug, name=name)
    if not allows(may_read_branch, viewer, branch.standing):
        raise _not_found(slug, name)
    return branch


async def list_branches(work: Work, entry: RfcRow, *, viewer: Viewer) -> list[KnownBranch]:
    """Every branch of an entry that the viewer may read, deleted ones too, by name."""
    found = await every_branch(work, entry)
    return [branch for branch in found if allows(may_read_branch, viewer, branch.standing)]


async def every_branch(work: Work, entry: RfcRow) -> list[KnownBranch]:
    """Every branch of an entry, whoever may read it, by name."""
    return await _known(work, entry, await _stored(work, entry.slug))


def _not_found(slug: Slug, name: str) -> NotFound:
    return NotFound(f"“{slug}” has no branch “{name}”.")


async def _stored(work: Work, slug: Slug) -> list[_Stored]:
    cached = {row.key: row for row in await branches.list_for_slug(work, slug=slug)}
    settings = {row.key: row for row in await branch_settings.list_for_slug(work, slug=slug)}
    keys = sorted(cached.keys() | settings.keys(), key=lambda key: (key.name, key.repo))
    return [_Stored(key, cached.get(key), settings.get(key)) for key in keys]


async def _facts(context: Context, slug: Slug) -> EntryFacts:
    async with context.store.read() as work:
        entry = await find_entry(work, slug)
        authority = await authority_of(work, entry)
        pulled = await pulls.list_for_slug(work, slug=slug)
        branches = await _joined(work, entry, await _stored(work, slug), authority, pulled)
        people = await users.names_of(work, logins={*entry.owners, *(row.opened_by for row in pulled)})
    return EntryFacts(
        meta=context.meta,
        entry=entry,
        authority=authority,
        branches=tuple(branches),
        pulls=tuple(pulled),
        people=people,
    )


async def _known(work: Work, entry: RfcRow, stored: Sequence[_Stored]) -> list[KnownBranch]:
    pulled = await pulls.list_for_slug(work, slug=entry.slug)
    return await _joined(work, entry, stored, await authority_of(work, entry), pulled)


async def _joined(
    work: Work, entry: RfcRow, stored: Sequence[_Stored], authority: Standing, pulled: Sequence[PullRow]
) -> list[KnownBranch]:
    open_pulls = {(row.repo, row.head_branch): row for row in pulled if row.state is PullState.OPEN}
    people = await users.find_many(work, user_ids=[user_id for row in stored for user_id in _named(row)])
    merged = {(row.repo, row.head_branch) for row in pulled if row.state is PullState.MERGED}
    return [
        _branch(
            entry,
            row,
            authority,
            open_pulls.get((row.key.repo, row.key.name)),
            people,
            is_merged=(row.key.repo, row.key.name) in merged,
        )
        for row in stored
    ]


def _branch(
    entry: RfcRow,
    stored: _Stored,
    authority: Standing,
    pull: PullRow | None,
    people: Mapping[UserId, UserRow],
    *,
    is_merged: bool,
) -> KnownBranch:
    setting = stored.setting
    private = setting is not None and setting.visibility is Visibility.PRIVATE
    creator = people.get(setting.created_by) if setting and setting.created_by else None
    granted = tuple(people[user_id] for user_id in (setting.grants if setting else ()) if user_id in people)
    return KnownBranch(
        entry=entry,
        key=stored.key,
        cached=stored.cached,
        setting=setting,
        pull=pull,
        creator=creator,
        granted=granted,
        is_merged=is_merged,
        standing=dataclasses.replace(
            authority,
            branch_creator=creator.gitea_login if creator else None,
            # A branch with an open pull request is public, and so is the record of what became part of main.
            branch_private=private and pull is None and not is_merged,
            branch_state=_state(stored),
            branch_access=setting.edit_access if setting else EditAccess.CREATOR,
            branch_grants=tuple(person.gitea_login for person in granted),
            branch_left_behind=entry.repo is not None and stored.key.repo != entry.repo,
        ),
    )


def _named(stored: _Stored) -> tuple[UserId, ...]:
    """The people that a branch's settings name."""
    if stored.setting is None:
        return ()
    creator = stored.setting.created_by
    return stored.setting.grants if creator is None else (creator, *stored.setting.grants)


def _state(stored: _Stored) -> BranchState:
    if stored.cached is not None:
        gone = stored.cached.state is BranchState.DELETED
    else:
        gone = stored.setting is not None and stored.setting.deleted_at is not None
    return branch_state(stored.setting, gone=gone)
