"""The facts about a branch that the rules of §6.4 look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.domain.branch import MAIN, BranchKey, Visibility
from services.domain.identifiers import Login, Slug
from services.domain.permissions import Standing
from services.store.queries import branch_settings, users
from services.store.work import Work
from services.usecases.texts import home_of_branch
from services.usecases.views.entry import find_entry

if TYPE_CHECKING:
    from services.usecases.context import Context


async def standing_of_branch(work: Work, context: Context, *, slug: Slug, name: str) -> Standing:
    """Who made a branch, who may see and edit it, and who owns its RFC; raises NotFound without the RFC.

    A branch the app did not cut has no creator: it is public, and edited by nobody.
    """
    row = await find_entry(work, slug)
    rfc = Standing(owners=tuple(map(Login, row.owners)), arbiters=tuple(map(Login, row.arbiters)))
    if name == MAIN:
        return rfc
    home = await home_of_branch(work, context.meta, row, name)
    found = await branch_settings.find(work, key=BranchKey(home.repo, name))
    if found is None:
        return rfc
    people = await users.find_many(work, user_ids=[*found.grants, *filter(None, [found.created_by])])
    creator = people.get(found.created_by) if found.created_by is not None else None
    return Standing(
        owners=rfc.owners,
        arbiters=rfc.arbiters,
        branch_creator=creator.gitea_login if creator else None,
        branch_private=found.visibility is Visibility.PRIVATE,
        branch_access=found.edit_access,
        branch_grants=tuple(people[user_id].gitea_login for user_id in found.grants if user_id in people),
    )
