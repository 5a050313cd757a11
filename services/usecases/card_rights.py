"""Who may decide on a change card, and how things stand with it (§6.4, §8.7, §8.8)."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable

from services.domain.actors import Actor
from services.domain.change import ChangeState
from services.domain.clash_card import ClashSides
from services.domain.errors import Busy, Conflict, NotFound
from services.domain.identifiers import ChangeId, Login
from services.domain.permissions import may_comment, may_decide_waiting, may_edit_branch
from services.store.queries import changes, users
from services.store.queries.changes import ChangeRow
from services.store.work import Work
from services.usecases.authority import authority_of
from services.usecases.context import Context
from services.usecases.known_branch import readable_branch
from services.usecases.people import entitled
from services.usecases.views.entry import find_entry

ON_MAIN = "This change waits on main. It is decided on a branch."
CHOOSE_AGAIN = "Undo that to choose again."
START = "Start contributing: the changes you asked for move to your branch."


MayDecide = Callable[[Work, Context, Actor | None, ChangeRow], Awaitable[Actor]]
"""A rule of this module: the actor, if they may."""


async def find_card(context: Context, change_id: ChangeId) -> ChangeRow:
    """The card, or NotFound."""
    async with context.store.read() as work:
        return await _found(work, change_id)


async def may_decide_anything(work: Work, actor: Actor | None, card: ChangeRow) -> None:
    """Cheap and first: raises NotSignedIn and Muted, and Conflict for a card that waits on main."""
    await entitled(work, may_comment, actor, act="decide on changes")
    if card.branch_name is None:
        raise Conflict(ON_MAIN, hint=START)


async def may_still_accept(work: Work, context: Context, actor: Actor | None, card: ChangeRow) -> Actor:
    """The actor, if they may edit the card's branch and it waits for a decision.

    Raises NotFound, NotSignedIn, Muted, Forbidden, Busy and Conflict.
    """
    person = await _editor(work, context, actor, card, act="accept changes of this branch")
    await _require(work, card, ChangeState.PENDING)
    return person


async def may_still_undo(work: Work, context: Context, actor: Actor | None, card: ChangeRow) -> Actor:
    """The actor, if they may edit the card's branch and it is accepted; raises as `may_still_accept`."""
    person = await _editor(work, context, actor, card, act="undo changes of this branch")
    await _require(work, card, ChangeState.ACCEPTED)
    return person


async def may_still_reopen(work: Work, context: Context, actor: Actor | None, card: ChangeRow) -> Actor:
    """The actor, if they may edit the branch of a clash whose typed wording was kept; raises as `may_still_accept`."""
    person = await _editor(work, context, actor, card, act="undo changes of this branch")
    await _require(work, card, ChangeState.DECLINED)
    return person


async def may_still_decline(work: Work, context: Context, actor: Actor | None, card: ChangeRow) -> Actor:
    """The actor, if they may decline the card; one on main, if they asked for it or are an arbiter."""
    act = "decline this change"
    if card.branch_name is not None:
        return await _editor(work, context, actor, card, act=act)
    standing = dataclasses.replace(
        await authority_of(work, await find_entry(work, card.rfc_slug)), opened_by=await _asker(work, card)
    )
    return await entitled(work, may_decide_waiting, actor, standing, act=act)


async def decided_meanwhile(work: Work, change_id: ChangeId) -> Conflict:
    """What to tell somebody who came too late."""
    card = await _found(work, change_id)
    by = (await users.find(work, user_id=card.decided_by)) if card.decided_by is not None else None
    who = by.display_name or by.gitea_login if by is not None else "Somebody"
    if card.clash is not None and card.op_id is None:
        return _chosen_meanwhile(card, card.clash, who)
    if card.state is ChangeState.ACCEPTING:
        return Busy(f"{who} is accepting this change right now.")
    if card.state is ChangeState.ACCEPTED and card.op_id is not None:
        return Busy("This change is being undone right now.")
    if card.state in (ChangeState.ACCEPTED, ChangeState.DECLINED):
        return Conflict(f"{who} has {card.state} this change.")
    if card.state in (ChangeState.STALE, ChangeState.REFUSED):
        return Conflict(card.refusal or "This change does not fit the text.", hint="Ask the model again.")
    return Conflict(
        "This change has been undone." if card.state is ChangeState.UNDONE else "This change waits."
    )


def _chosen_meanwhile(card: ChangeRow, clash: ClashSides, who: str) -> Conflict:
    """The same of a clash, where nothing is accepted or declined: one of two wordings is kept (§8.10)."""
    if card.state is ChangeState.DECLINED:
        return Conflict(f"{who} has kept the typed wording.", hint=CHOOSE_AGAIN)
    if card.state is ChangeState.ACCEPTED:
        took = "has kept both wordings" if card.edited == clash.both else "has written another wording"
        return Conflict(
            f"{who} {'has taken the committed wording' if card.edited is None else took}.", hint=CHOOSE_AGAIN
        )
    if card.state is ChangeState.STALE:
        return Conflict(card.refusal or "The passage has changed.", hint="Make the change in the editor.")
    return Conflict("Nothing is chosen here yet.")


async def _editor(work: Work, context: Context, actor: Actor | None, card: ChangeRow, *, act: str) -> Actor:
    if card.branch_name is None:
        await entitled(work, may_comment, actor, act=act)
        raise Conflict(ON_MAIN, hint=START)
    branch = await readable_branch(
        work, context.meta, slug=card.rfc_slug, name=card.branch_name, viewer=actor
    )
    return await entitled(work, may_edit_branch, actor, branch.standing, act=act)


async def _require(work: Work, card: ChangeRow, state: ChangeState) -> None:
    present = await _found(work, card.id)
    if present.state is not state or (state is ChangeState.ACCEPTED and present.op_id is not None):
        raise await decided_meanwhile(work, card.id)


async def _found(work: Work, change_id: ChangeId) -> ChangeRow:
    card = await changes.find(work, id=change_id)
    if card is None:
        raise NotFound("There is no such change.")
    return card


async def _asker(work: Work, card: ChangeRow) -> Login | None:
    asker = await users.find(work, user_id=card.asked_by) if card.asked_by is not None else None
    return asker.gitea_login if asker is not None else None
