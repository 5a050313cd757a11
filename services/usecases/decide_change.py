"""Deciding on change cards (§8.7, §8.8): accept, in one's own wording or in part, keep both (§8.10), decline, undo."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress

from services.domain.actors import Actor
from services.domain.audit import ActionKind
from services.domain.change import ChangeState
from services.domain.clock import now
from services.domain.errors import Conflict, Forbidden, Invalid, NotFound, NotSignedIn, ProductError
from services.domain.events import ChangeBegun, ChangeDecided
from services.domain.identifiers import ChangeId, CommitSha, MessageId, OperationId
from services.domain.part_accept import joined, sentences_of
from services.domain.proposal import check_card_text, check_reason
from services.domain.trailers import new_operation_id
from services.gitea.outcomes import TextMoved
from services.store.queries import changes, events, operations
from services.store.queries.changes import ChangeRow
from services.store.queries.operations import OperationState
from services.store.work import Work
from services.usecases.bot_writes import begin, carry_out
from services.usecases.card_commits import (
    BY_HAND,
    Wording,
    accepting,
    restored,
    suggester_of,
    take_over,
    undoing,
)
from services.usecases.card_places import place_of, review_cards
from services.usecases.card_rights import (
    MayDecide,
    decided_meanwhile,
    find_card,
    may_decide_anything,
    may_still_accept,
    may_still_decline,
    may_still_reopen,
    may_still_undo,
)
from services.usecases.change_writes import ACCEPT, UNDO, Committed
from services.usecases.context import Context
from services.usecases.live_texts.editing import EditedBranch
from services.usecases.live_texts.flush import FlushReason, shown_text
from services.usecases.record import record_action

Decide = Callable[[EditedBranch, OperationId], Awaitable[CommitSha]]
TRIES = 3
"""How often an accept starts over because somebody committed to the branch on Gitea meanwhile."""
NO_BOTH = "These two wordings can’t stand one after the other here."
TYPED_ON = "The typed wording has been changed since."
NOTHING_TO_CHOOSE = (
    "The typed wording does not stand in the text any more, so there is nothing to choose between."
)
NO_PLACE = "Ask the model again, or make the change in the editor."


async def accept(
    context: Context,
    *,
    actor: Actor | None,
    change_id: ChangeId,
    op_id: OperationId | None = None,
    text: str | None = None,
) -> CommitSha:
    """Accept a card, in the words of `text` if given: one commit on its branch. The same `op_id` again does nothing.

    What is typed is committed first. Raises NotFound, NotSignedIn, Muted, Forbidden, Busy, Conflict (decided by
    somebody else, or its passage is gone: the card is stale then), Invalid (field `text`), and Upstream.
    """
    own = None if text is None else check_card_text(text)
    card = await find_card(context, change_id)
    if own is not None and own.strip() == card.original.strip():
        raise Invalid("That is what stands there already.", field="text")
    return await _accept(context, actor, card, Wording(own=own), op_id or new_operation_id())


async def keep_both(
    context: Context, *, actor: Actor | None, change_id: ChangeId, op_id: OperationId | None = None
) -> CommitSha:
    """Accept both wordings of a passage that was typed and committed at the same time (§8.10), typed first.

    Raises what `accept` raises, and Conflict where the two can't stand side by side.
    """
    card = await find_card(context, change_id)
    both = None if card.clash is None else card.clash.both
    if both is None:
        async with context.store.read() as work:
            await may_still_accept(work, context, actor, card)
        raise Conflict(NO_BOTH, hint="Take one of them, or write your own wording.")
    return await _accept(context, actor, card, Wording(own=both), op_id or new_operation_id())


async def accept_part(
    context: Context,
    *,
    actor: Actor | None,
    change_id: ChangeId,
    sentences: Sequence[int],
    op_id: OperationId | None = None,
) -> CommitSha:
    """Accept some sentences of a card, by their numbers; the rest waits as a card of its own.

    Raises what `accept` raises, and Invalid (field `sentences`).
    """
    card = await find_card(context, change_id)
    numbers = {part.number for part in sentences_of(card.original, card.proposed)}
    chosen = frozenset(sentences)
    if not chosen or not chosen <= numbers:
        raise Invalid("Choose the sentences to accept.", field="sentences")
    wording = Wording()
    if chosen != numbers:
        part = joined(card.original, card.proposed, chosen)
        wording = Wording(own=part, rest=card.proposed)
    return await _accept(context, actor, card, wording, op_id or new_operation_id())


async def accept_all(
    context: Context, *, actor: Actor | None, set_id: MessageId
) -> tuple[tuple[ChangeId, ...], str | None]:
    """Accept every card of an answer that waits on a branch, one commit each, up to the first that can't be.

    Returns those accepted, and why it stopped if it did. Raises NotSignedIn, Muted and Forbidden.
    """
    async with context.store.read() as work:
        cards = await changes.list_for_messages(work, message_ids=[set_id])
    done: list[ChangeId] = []
    for card in cards:
        if card.state is not ChangeState.PENDING or card.branch_name is None:
            continue
        try:
            await accept(context, actor=actor, change_id=card.id)
        except (NotSignedIn, Forbidden):
            raise
        except ProductError as error:
            return tuple(done), error.message
        done.append(card.id)
    return tuple(done), None


async def decline(
    context: Context, *, actor: Actor | None, change_id: ChangeId, reason: str | None = None
) -> None:
    """Decline a card; it stays, with the reason, and the next question on the branch tells of it.

    A card that waits on main is declined by whoever asked for it, or an arbiter. Raises NotFound, NotSignedIn,
    Muted, Forbidden, Conflict, and Invalid (field `reason`).
    """
    checked = check_reason(reason) if reason and reason.strip() else None
    card = await find_card(context, change_id)
    async with context.store.write() as work:
        person = await may_still_decline(work, context, actor, card)
        if not await changes.decline(work, id=card.id, decided_by=person.id, reason=checked, at=now()):
            raise await decided_meanwhile(work, card.id)
        await record_action(
            work,
            context,
            actor_user_id=person.id,
            on_behalf_of=person.login,
            kind=ActionKind.DECLINE_CHANGE,
            op_id=new_operation_id(),
            slug=card.rfc_slug,
            branch=card.branch_name,
            details={"change": card.id} | ({} if checked is None else {"reason": checked}),
        )
        await events.append(work, ChangeDecided(card.rfc_slug, card.branch_name, card.id))


async def undo(
    context: Context, *, actor: Actor | None, change_id: ChangeId, op_id: OperationId | None = None
) -> CommitSha | None:
    """Take an accepted card back with a commit; what was changed since elsewhere stays.

    On the passage of a clash one chooses again afterwards (§8.10), also where the typed wording was kept: that needs
    no commit. Raises NotFound, NotSignedIn, Muted, Forbidden, Busy, Conflict (its sentences were changed since), and
    Upstream.
    """
    op_id = op_id or new_operation_id()
    card = await find_card(context, change_id)
    if card.clash is not None and card.state is ChangeState.DECLINED:
        await _choose_again(context, actor, card, op_id)
        return None

    async def decide(branch: EditedBranch, op_id: OperationId) -> CommitSha:
        return await _undo_on(context, branch, actor, card, op_id)

    return await _decided(context, actor, card, op_id, may_still_undo, decide)


async def _accept(
    context: Context, actor: Actor | None, card: ChangeRow, wording: Wording, op_id: OperationId
) -> CommitSha:
    async def decide(branch: EditedBranch, op_id: OperationId) -> CommitSha:
        return await _accept_on(context, branch, actor, card, wording, op_id)

    return await _decided(context, actor, card, op_id, may_still_accept, decide)


async def _decided(
    context: Context, actor: Actor | None, card: ChangeRow, op_id: OperationId, may: MayDecide, decide: Decide
) -> CommitSha:
    """Decide under the branch's lock, again where somebody committed on Gitea meanwhile; once for one click."""
    done = await _done_before(context, actor, card, op_id)
    if done is not None:
        return done
    try:
        for _ in range(TRIES - 1):
            with suppress(TextMoved):
                return await _decide_once(context, actor, card, op_id, may, decide)
            op_id = new_operation_id()
        return await _decide_once(context, actor, card, op_id, may, decide)
    except NotFound:
        async with context.store.read() as work:
            await may(work, context, actor, card)  # knows better why: the branch was deleted, or is private
        raise


async def _decide_once(
    context: Context, actor: Actor | None, card: ChangeRow, op_id: OperationId, may: MayDecide, decide: Decide
) -> CommitSha:
    """What is typed is committed first, though not for somebody who may not decide; where nothing is, the rule is
    looked at once, in the transaction that writes the decision down."""
    async with _on_branch(context, card) as branch:
        if branch.dirty:
            async with context.store.read() as work:
                await may(work, context, actor, card)
            await branch.flush(FlushReason.ACCEPT)
        return await decide(branch, op_id)


async def _accept_on(
    context: Context,
    branch: EditedBranch,
    actor: Actor | None,
    card: ChangeRow,
    wording: Wording,
    op_id: OperationId,
) -> CommitSha:
    text = shown_text(branch.head)
    span = place_of(card, text)
    async with context.store.write() as work:
        person = await may_still_accept(work, context, actor, card)
        await _require_as_seen(work, card)
        if isinstance(span, str):
            await changes.make_stale(work, id=card.id, why=span)
            await events.append(work, ChangeDecided(card.rfc_slug, card.branch_name, card.id))
        else:
            await _begin_accepting(work, person, card, wording, op_id)
            after = text[: span.start] + wording.of(card) + text[span.end :]
            suggester = await suggester_of(work, card, person)
            intent = accepting(branch, person, card, span, wording, after, suggester=suggester)
            await begin(work, ACCEPT, op_id=op_id, actor_id=person.id, login=person.login, intent=intent)
    if isinstance(span, str):
        raise Conflict(span, hint=NO_PLACE)
    done = await carry_out(context, ACCEPT, op_id)
    await take_over(context, branch, intent, after, done, person)
    return done.commit_sha


async def _require_as_seen(work: Work, card: ChangeRow) -> None:
    """The typed wording of a clash goes on while it is typed: nobody decides on one that they have not read."""
    present = await changes.find(work, id=card.id)
    if card.clash is not None and present is not None and present.original != card.original:
        raise Conflict(TYPED_ON, hint="Read it, and choose again.")


async def _begin_accepting(
    work: Work, person: Actor, card: ChangeRow, wording: Wording, op_id: OperationId
) -> None:
    """Of two who accept at once, one gets past here."""
    begun = await changes.begin_accepting(
        work, id=card.id, op_id=op_id, decided_by=person.id, edited=wording.own
    )
    if not begun:
        raise await decided_meanwhile(work, card.id)
    await events.append(work, ChangeBegun(card.rfc_slug, card.branch_name, card.id))


async def _undo_on(
    context: Context, branch: EditedBranch, actor: Actor | None, card: ChangeRow, op_id: OperationId
) -> CommitSha:
    after = await restored(context, branch, card)
    async with context.store.write() as work:
        person = await may_still_undo(work, context, actor, card)
        if not await changes.begin_undoing(work, id=card.id, op_id=op_id):
            raise await decided_meanwhile(work, card.id)
        intent = undoing(branch, person, card, after)
        await begin(work, UNDO, op_id=op_id, actor_id=person.id, login=person.login, intent=intent)
    done = await carry_out(context, UNDO, op_id)
    await take_over(context, branch, intent, after, done, person)
    return done.commit_sha


async def _choose_again(context: Context, actor: Actor | None, card: ChangeRow, op_id: OperationId) -> None:
    """The typed wording was kept: the card waits again, as long as that wording is still to be found."""
    async with context.store.read() as work:
        await may_still_reopen(work, context, actor, card)
    async with _on_branch(context, card) as branch, context.store.write() as work:
        person = await may_still_reopen(work, context, actor, card)
        await changes.reopen_clash(work, id=card.id)
        await review_cards(work, slug=card.rfc_slug, key=branch.key, text=branch.text)
        present = await changes.find(work, id=card.id)
        if present is None or present.state is not ChangeState.PENDING:
            raise Conflict(NOTHING_TO_CHOOSE, hint=BY_HAND)
        await record_action(
            work,
            context,
            actor_user_id=person.id,
            on_behalf_of=person.login,
            kind=ActionKind.UNDO_CHANGE,
            op_id=op_id,
            slug=card.rfc_slug,
            branch=card.branch_name,
            details={"change": card.id},
        )
        await events.append(work, ChangeDecided(card.rfc_slug, card.branch_name, card.id))


async def _done_before(
    context: Context, actor: Actor | None, card: ChangeRow, op_id: OperationId
) -> CommitSha | None:
    """The commit of the same click sent before. Whoever may decide on nothing at all is told so here."""
    async with context.store.read() as work:
        await may_decide_anything(work, actor, card)
        earlier = await operations.find(work, id=op_id)
    if earlier is None or actor is None or earlier.actor_user_id != actor.id:
        return None
    if earlier.state is not OperationState.DONE or earlier.intent.get("change_id") != card.id:
        return None
    committed: Committed = ACCEPT.effect_of(earlier)
    return committed.commit_sha


def _on_branch(context: Context, card: ChangeRow) -> AbstractAsyncContextManager[EditedBranch]:
    return context.live_texts.editing(context, slug=card.rfc_slug, name=card.branch_name or "")
