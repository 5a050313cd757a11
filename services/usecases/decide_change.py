"""Deciding on change cards (§8.7, §8.8): accept, in one's own wording or in part, decline, undo."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

from services.domain.actors import Actor
from services.domain.audit import ActionKind
from services.domain.change import ChangeKind, ChangeState
from services.domain.change_protocol import Located, Refusal
from services.domain.clock import now
from services.domain.errors import Busy, Conflict, Invalid, NotFound
from services.domain.events import ChangeDecided, ChangeProposed
from services.domain.identifiers import ChangeId, CommitSha, MessageId, OperationId
from services.domain.part_accept import joined, sentences_of
from services.domain.permissions import may_comment, may_edit_branch
from services.domain.proposal import check_card_text, check_reason
from services.domain.trailers import new_operation_id
from services.gitea.outcomes import TextMoved
from services.store.queries import actions, changes, events
from services.store.queries.changes import ChangeRow, NewChange
from services.store.work import Work
from services.usecases.bot_writes import begin, carry_out
from services.usecases.card_places import place_of, review_cards
from services.usecases.change_writes import ACCEPT, UNDO, ChangeIntent
from services.usecases.context import Context
from services.usecases.known_branch import KnownBranch, find_branch
from services.usecases.live_texts.editing import EditedBranch
from services.usecases.live_texts.flush import FlushReason, shown_text
from services.usecases.people import entitled

TRIES = 3
ON_MAIN = "This card waits on main. Start contributing, and it moves to your branch."


async def accept(
    context: Context,
    *,
    actor: Actor | None,
    change_id: ChangeId,
    op_id: OperationId | None = None,
    text: str | None = None,
) -> CommitSha:
    """Accept a card, in the words of `text` if given: one commit on its branch.

    What is typed is committed first. Raises NotFound, NotSignedIn, Muted, Forbidden, Busy, Conflict (decided by
    somebody else, or its passage is gone: the card is stale then), Invalid (field `text`), and Upstream.
    """
    edited = None if text is None else check_card_text(text)
    card = await _card(context, change_id)
    for attempt in range(1, TRIES + 1):
        async with _on_branch(context, card) as branch:
            await branch.flush(FlushReason.ACCEPT)
            try:
                return await _accept_on(context, branch, actor, card, op_id or new_operation_id(), edited)
            except TextMoved:
                if attempt == TRIES:
                    raise
    raise Busy("The text keeps changing on Gitea.")


async def accept_part(
    context: Context,
    *,
    actor: Actor | None,
    change_id: ChangeId,
    sentences: Sequence[int],
    op_id: OperationId | None = None,
) -> CommitSha:
    """Accept some sentences of a card; the rest stays pending as the card it was. Raises what `accept` raises."""
    card = await _card(context, change_id)
    parts = sentences_of(card.original, card.proposed)
    chosen = frozenset(sentences)
    if not chosen or not chosen <= {part.number for part in parts}:
        raise Invalid("Choose the sentences to accept.", field="sentences")
    if chosen == {part.number for part in parts}:
        return await accept(context, actor=actor, change_id=change_id, op_id=op_id)
    halfway = joined(card.original, card.proposed, chosen)
    async with context.store.write() as work:
        person = await _decider(work, context, actor, card)
        part_id = await changes.insert(work, _part_of(card, proposed=halfway))
        await changes.narrow(work, id=card.id, original=halfway, proposed=card.proposed, anchor=card.anchor)
        await events.append(work, ChangeProposed(card.rfc_slug, card.branch_name, part_id))
        await events.append(work, ChangeDecided(card.rfc_slug, card.branch_name, card.id))
    try:
        return await accept(context, actor=person, change_id=part_id, op_id=op_id)
    except Conflict:
        await _take_part_back(context, card, part_id)
        raise


async def accept_all(
    context: Context, *, actor: Actor | None, set_id: MessageId
) -> tuple[tuple[ChangeId, ...], str | None]:
    """Accept every pending card of an answer, one commit each; those accepted, and why it stopped if it did."""
    async with context.store.read() as work:
        cards = await changes.list_for_messages(work, message_ids=[set_id])
    done: list[ChangeId] = []
    for card in cards:
        if card.state is ChangeState.PENDING and card.branch_name is not None:
            try:
                await accept(context, actor=actor, change_id=card.id)
            except Conflict as error:
                return tuple(done), error.message
            done.append(card.id)
    return tuple(done), None


async def decline(
    context: Context, *, actor: Actor | None, change_id: ChangeId, reason: str | None = None
) -> None:
    """Decline a card; it stays, with the reason, and the branch's next prompt is told. Raises as `accept` does."""
    checked = check_reason(reason) if reason and reason.strip() else None
    card = await _card(context, change_id)
    async with context.store.write() as work:
        person = await _decider(work, context, actor, card, on_main=True)
        if not await changes.decline(work, id=card.id, decided_by=person.id, reason=checked, at=now()):
            raise await _decided_meanwhile(work, card.id)
        await actions.append(
            work,
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
) -> CommitSha:
    """Take an accepted card back with a commit that restores its original. Raises as `accept` does."""
    card = await _card(context, change_id)
    async with _on_branch(context, card) as branch:
        await branch.flush(FlushReason.ACCEPT)
        return await _undo_on(context, branch, actor, card, op_id or new_operation_id())


async def _accept_on(
    context: Context,
    branch: EditedBranch,
    actor: Actor | None,
    card: ChangeRow,
    op_id: OperationId,
    edited: str | None,
) -> CommitSha:
    text = shown_text(branch.head)
    found = place_of(card, text, edited)
    after = text
    async with context.store.write() as work:
        person = await _decider(work, context, actor, card)
        if not await changes.begin_accepting(
            work, id=card.id, op_id=op_id, decided_by=person.id, edited=edited
        ):
            raise await _decided_meanwhile(work, card.id)
        if isinstance(found, Located):
            after = text[: found.span.start] + found.replacement + text[found.span.end :]
            intent = _accepting(branch, person, card, after, edited)
            await begin(work, ACCEPT, op_id=op_id, actor_id=person.id, login=person.login, intent=intent)
        else:
            await changes.make_stale(work, id=card.id, why=found.sentence, op_id=op_id)
            await events.append(work, ChangeDecided(card.rfc_slug, card.branch_name, card.id))
    if isinstance(found, Refusal):
        raise Conflict(f"{found.sentence} The card can't be accepted any more.", hint="Ask the model again.")
    done = await carry_out(context, ACCEPT, op_id)
    await _take_over(context, branch, card, after, done.commit_sha, person)
    return done.commit_sha


async def _undo_on(
    context: Context, branch: EditedBranch, actor: Actor | None, card: ChangeRow, op_id: OperationId
) -> CommitSha:
    text = shown_text(branch.head)
    after = _without(card, text)
    async with context.store.write() as work:
        person = await _decider(work, context, actor, card)
        if not await changes.begin_undoing(work, id=card.id, op_id=op_id):
            raise await _decided_meanwhile(work, card.id)
        intent = _undoing(branch, person, card, after)
        await begin(work, UNDO, op_id=op_id, actor_id=person.id, login=person.login, intent=intent)
    done = await carry_out(context, UNDO, op_id)
    await _take_over(context, branch, card, after, done.commit_sha, person)
    return done.commit_sha


async def _take_over(
    context: Context, branch: EditedBranch, card: ChangeRow, text: str, commit_sha: CommitSha, person: Actor
) -> None:
    """The live text learns of the commit, and the other cards are looked at again."""
    await branch.committed(text, commit_sha, user_id=person.id)
    async with context.store.write() as work:
        await review_cards(work, slug=card.rfc_slug, key=branch.key, text=branch.text)


def _without(card: ChangeRow, text: str) -> str:
    """The text with an accepted card taken back; raises Conflict where its passage does not stand once any more."""
    accepted = card.proposed if card.edited is None else card.edited
    if not accepted.strip():
        raise Conflict("The passage was removed, so nothing shows where it would go back.")
    found = place_of(replace(card, original=accepted, proposed=card.original, anchor=None), text)
    if isinstance(found, Refusal):
        raise Conflict("The passage has been changed since, so this can't be taken back by itself.")
    return text[: found.span.start] + card.original + text[found.span.end :]


def _accepting(
    branch: EditedBranch, person: Actor, card: ChangeRow, text: str, edited: str | None
) -> ChangeIntent:
    title = card.reason.strip().rstrip(".") or "Change a passage"
    body = [f"Original:\n{card.original}", f"Proposed:\n{card.proposed}"]
    if edited is not None:
        body.append(f"Accepted as:\n{edited}")
    if card.reason:
        body.append(f"Reason: {card.reason}")
    message = f"{_one_line(title)}\n\n" + "\n\n".join(body)
    return _intent(branch, person, card, text, message)


def _undoing(branch: EditedBranch, person: Actor, card: ChangeRow, text: str) -> ChangeIntent:
    message = f"Undo change {card.id}\n\nThis takes back commit {card.commit_sha}."
    return _intent(branch, person, card, text, message)


def _intent(branch: EditedBranch, person: Actor, card: ChangeRow, text: str, message: str) -> ChangeIntent:
    trailers = {"Change_Id": str(card.id)}
    if card.message_id is not None:
        trailers["Source_Message_Id"] = str(card.message_id)
    if card.kind is ChangeKind.MODEL and card.model_key:
        trailers["Model"] = card.model_key
    return ChangeIntent(
        display_name=person.display_name,
        change_id=card.id,
        slug=card.rfc_slug,
        repo=branch.key.repo,
        branch=branch.key.name,
        path=branch.head.home.path,
        blob_sha=branch.head.blob_sha,
        content=branch.file_with(text),
        message=message,
        trailers=trailers,
    )


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 72 else line[:69].rstrip() + "…"


def _part_of(card: ChangeRow, *, proposed: str) -> NewChange:
    return NewChange(
        rfc_slug=card.rfc_slug,
        repo=card.repo,
        branch_name=card.branch_name,
        thread_id=card.thread_id,
        message_id=card.message_id,
        kind=card.kind,
        model_key=card.model_key,
        model_name=card.model_name,
        asked_by=card.asked_by,
        prompt=card.prompt,
        original=card.original,
        proposed=proposed,
        reason=card.reason,
        anchor=card.anchor,
        parent_id=card.id,
    )


async def _take_part_back(context: Context, card: ChangeRow, part_id: ChangeId) -> None:
    """A part that could not be accepted is whole again with the rest."""
    async with context.store.write() as work:
        part = await changes.find(work, id=part_id)
        if part is not None and part.state is ChangeState.PENDING:
            await changes.narrow(
                work, id=card.id, original=card.original, proposed=card.proposed, anchor=card.anchor
            )
            await changes.make_stale(work, id=part_id, why="It was to be accepted in part, which failed.")


async def _card(context: Context, change_id: ChangeId) -> ChangeRow:
    async with context.store.read() as work:
        card = await changes.find(work, id=change_id)
    if card is None:
        raise NotFound("There is no such change.")
    return card


def _on_branch(context: Context, card: ChangeRow) -> AbstractAsyncContextManager[EditedBranch]:
    if card.branch_name is None:
        raise Conflict(ON_MAIN, hint="Start contributing.")
    return context.live_texts.editing(context, slug=card.rfc_slug, name=card.branch_name)


async def _decider(
    work: Work, context: Context, actor: Actor | None, card: ChangeRow, *, on_main: bool = False
) -> Actor:
    """The actor, if they may decide on this card: whoever may edit the branch; on main, whoever asked for it."""
    if card.branch_name is None:
        if not on_main:
            raise Conflict(ON_MAIN, hint="Start contributing.")
        person = await entitled(work, may_comment, actor, act="decide on this change")
        if card.asked_by not in (None, person.id) and not person.runs_the_app:
            raise Conflict("On main, only whoever asked for a change can decline it.")
        return person
    branch: KnownBranch = await find_branch(work, context.meta, slug=card.rfc_slug, name=card.branch_name)
    return await entitled(work, may_edit_branch, actor, branch.standing, act="decide on this change")


async def _decided_meanwhile(work: Work, change_id: ChangeId) -> Conflict:
    card = await changes.find(work, id=change_id)
    if card is None:
        return Conflict("There is no such change any more.")
    if card.state is ChangeState.ACCEPTING:
        return Busy("Somebody is accepting this change right now.")
    return Conflict(f"This change is {card.state} already.")
